"""Words of danger to life: when one is heard, the client is told of 112 at once and staff are alerted.

A list of phrases, not a model: an office can read it, argue about it and add to it. Phrases are looked up
in normalised words: small letters, ё as е, no punctuation, a repeated letter counts once («умруууу»).

In a phrase `*` ends a stem, `|` parts words that fit the same place, `…` stands for up to three words of the
same sentence. An exception silences only the danger that it overlaps: «пожарный выход закрыт» is no fire, and
a fire reported in the next sentence still is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

_PERSON = (
    "человек*|мужчин*|женщин*|ребен*|дет*|девочк*|мальчик*|девушк*|парн*|бабушк*|дедушк*|мам*|пап*|отец|отц*|мать|матери"
    "|муж|мужу|мужа|жена|жене|жены|сын*|дочь|дочк*|дочери|посетител*|старик*|старушк*|пенсионер*|беременн*|сотрудник*|сотрудниц*"
    "|кто-то|он|она|ему|ей|сосед*|охранник*|коллег*"
)
_PLACE = "здани*|дом|дома|крыш*|кабинет*|этаж*|проводк*|щит*|розетк*|склад*|подвал*|офис*|коридор*|мебел*|лес|пол|стен*"
_ARMS = "нож|ножом|ножа|оружие|оружием|оружия|пистолет*|ружье|ружьем|ружья|обрез*|автоматом|топор*|гранат*"
_IN_NEED = (
    "человеку|людям|женщине|мужчине|ребенку|детям|девушке|девочке|мальчику|бабушке|дедушке|посетителю|посетительнице"
    "|старику|старушке|пенсионеру|пенсионерке|беременной|маме|папе|мужу|жене|сыну|дочери|сотруднику|сотруднице|ему|ей"
)
# What is done badly to people («плохо видно»), so that nobody is ill. Never an imperative: «плохо, помогите».
_BADLY = (
    "видно|видит|вижу|слышно|слышит|слышу|объяснил*|объясняют|объясняет|обслужил*|обслуживают|обслуживание|понятно"
    "|относятся|относится|отнеслись|ответили|отвечают|помогли|помогают|организован*|сделано|сделали|работает|работают"
    "|работать|информируют|разбираются|разбирается|подготовлен*|знаю|знают|знает|ориентируется|ходит|ходят|принимают"
    "|приняли|консультируют|доступн*|читается"
)
_TIRED = "умираю|умираем|умирают|умирал*|умирать|помираю|помираем|подыхаю|подыхаем|умру|умрем|умрут|помру|помрем"
_TIRED_TOO = f"{_TIRED}|сдохну|сдохнем|задыхаюсь|задыхаемся|умереть|помереть|сдохнуть"
_TIRESOME = (
    "скук*|смех*|жар*|голод*|жажд*|ожидани*|духот*|стыд*|нетерпени*|любопытств*|зависти|счастья|восторг*|усталост*"
    "|холод*|тоск*|бюрократи*|очеред*|умилени*|страх*"
)
_LIVE_NOT = "не хочу|хочется|хочет|могу"

_SURE = (
    # health
    "не дыш*",
    "перестал* дышать",
    f"{_PERSON} дышать не может",
    f"{_PERSON} не может дышать",
    "плохо с|со сердцем",
    "плохо сердцу",
    "сердечн* приступ*",
    f"у {_PERSON}|меня|него|нее … инфаркт|инсульт",
    f"инфаркт|инсульт у {_PERSON}|меня|него|нее",
    "сердце остановил*|остановилось",
    "остановилось|остановка сердце|сердца",
    "нет пульса",
    "пульса нет",
    "без сознания",
    "потерял* … сознани*",
    "теря* сознани*",
    "сознани* … потерял*|теря*",
    "упал* … обморок",
    f"{_PERSON} … стало|сделалось … плохо",
    f"{_IN_NEED} … очень|совсем|резко плохо",
    f"{_IN_NEED} плохо",
    f"{_PERSON} умирает|умирают|задыхается|тонет|истекает",
    f"умирает|умирают|задыхается|тонет {_PERSON}",
    "истека* кровью",
    "сильн* кровотечени*",
    "кровь не останавливается",
    "вызовите|вызывайте|вызвать … скорую",
    "скорую … срочно|быстрее|пожалуйста|сюда|вызовите",
    "срочно|нужна|нужно … скорую|скорая",
    "приступ|приступа эпилепси*|астмы|удушья",
    "эпилептическ* приступ*",
    "приступ* эпилепси*|астмы",
    "угарн* газ*",
    "ударило током",
    "током ударило",
    "роды начались",
    "начались роды",
    # fire, gas, things that explode
    "пожар|пожара|пожаре|пожару",
    "пожаром",
    f"горит|горят|горели|загорел*|полыхает|пылает … {_PLACE}",
    f"{_PLACE} горит|горят|загорел*|полыхает|пылает",
    "мы горим",
    "пахнет|запах*|воняет|тянет … газом|газа|гарью|гари|дымом|дыма|горелым",
    "газом|гарью|дымом|горелым … пахнет|воняет|тянет|запахло",
    "утечк* газа",
    "газ утекает",
    "задымлен*",
    "дым|дыма … валит|идет|полно|коридоре|здании|кабинете|подъезде",
    "валит|идет … дым",
    "сожгу|подожгу|поджигают|подпалю",
    "облью|оболью … бензином",
    "бензином … облью|оболью|подожгу",
    "самосожжени*",
    "бомба|бомбу|бомбы|бомбой|бомбе",
    "заминир*",
    "взорву|взорвем|взорвет|взорвут|взорвать|взорвется|взорвалось|взорвался",
    "взрывчат*",
    "взрывное|взрывного устройство|устройства",
    "прогремел|произошел|будет взрыв",
    "теракт*",
    "гранатой|гранату|граната",
    "подозрительн*|бесхозн*|оставленн* предмет*|пакет*|сумк*|коробк*|рюкзак*|чемодан*",
    # violence
    "убью|убьем",
    "он|она|они|муж|отец|сосед|отчим|сын|брат … меня|нас|ее|его убьет|убьют",
    "сказал*|обеща*|кричит|грозит* … убьет|убьют|зарежет|застрелит|взорвет",
    "хотят|хочет|пытал*|угрожа*|грозит*|обеща* … убить|зарезать|застрелить|сжечь|взорвать",
    "меня|нас|человека|людей|ее|его|ребенка убивают",
    "убивают меня|нас|человека|людей|ребенка",
    "зарежу|застрелю|прирежу|пристрелю|перестреляю|расстреляю|прикончу|перережу|задушу",
    f"угрожа*|грозит* … {_ARMS}|убийством|расправой|взрывом|смертью",
    f"{_ARMS} … угрожа*|грозит*|размахива*|напал*|кида*",
    f"напал*|размахива*|кида*|ворвал*|приду|бегает|достал* … {_ARMS}",
    f"с ножом|ружьем|пистолетом|топором|обрезом|автоматом … {_PERSON}|приду|бегает|ходит|стоит",
    f"{_PERSON} … с ножом|ружьем|пистолетом|топором|обрезом|автоматом",
    "вооружен*",
    "стрельб*",
    "стреляют|стреляет",
    "взял*|захват* … заложник*",
    "избивают|избивает",
    "муж|отец|отчим|мать|сын … бьет|избил*|избива*",
    "бьет|бьют … ребенка|жену|меня|женщину",
    "изнасил*|насилует|насилуют",
    # suicide
    "суицид*",
    "самоубий*",
    "покончу|покончить|покончит|кончу|кончаю … собой|жизнью",
    "с собой … покончу|покончить",
    "свести|сведу счеты … жизнью",
    "не хочу|хочется|хочет … жить",
    "жить … не хочу|хочется|хочет",
    "жить незачем",
    "незачем … жить",
    "нет|вижу смысла … жить|жизни",
    "смысла жить … нет|вижу",
    "хочу|хочется|хочет|решил* … умереть|сдохнуть|повеситься|застрелиться|отравиться|утопиться|убить … себя",
    "хочу|хочется|хочет|решил*|готов* … умереть|сдохнуть|повеситься|застрелиться|отравиться|утопиться",
    "повешусь|вздернусь|застрелюсь|утоплюсь|отравлюсь|зарежусь",
    "наложу|наложить … руки",
    "руки … наложу|наложить",
    "вскрою|порежу|вскрыл*|порезал* … вены",
    "прыгну|спрыгну|выброшусь|сброшусь|прыгнуть|выброситься … крыши|моста|окна|балкона|этажа",
    "с крыши|моста|окна|балкона … прыгну|спрыгну|выброшусь|сброшусь",
    "выпью|выпил*|наглотал*|наглотаюсь … таблеток|таблетки|снотворного",
    "убить|убью|убиваю себя",
    "уйду|уйти|ухожу из жизни",
    # English
    "suicid*",
    "kill|killing|killed myself|himself|herself|themselves",
    "kill you|them|him|her|everyone|everybody|people|someone",
    "wants|want|going|threaten*|trying to kill me|us",
    "end my|it life|all",
    "take|taking my own life",
    "want to die",
    "dont|not want to live",
    "no reason to live",
    "hang myself",
    "cut my wrists",
    "bomb|bombs",
    "explosives|explosion",
    "blow up this|the|your building|office|place|house|everything",
    "not breathing",
    "isnt|stopped breathing",
    "is unconscious",
    "unconscious man|woman|person",
    "passed out",
    "lost consciousness",
    "man|woman|person|someone|somebody|child|visitor|mother|father|husband … collapsed|fainted|dying|choking",
    "having|had|has a heart attack|stroke",
    "heart attack",
    "fire … building|room|office|corridor|hall|house|floor|lift|basement",
    "building|office|room|house|corridor|car|roof is on fire",
    "there is|theres a fire",
    "smell|smells … gas|smoke|burning",
    "gas leak",
    "smoke in|from|everywhere",
    "with|has|holding|pulled a gun|knife|weapon|axe",
    "active shooter",
    "shooting|shoot … people|you|everyone|inside|building",
    "call|need|send … ambulance",
    "ambulance please|now|quickly|urgently",
    "bleeding … heavily|badly|out|floor",
    "hostage|hostages",
    "terror|terrorist attack",
    "stabbed|stab",
)

_DOUBT = (
    "умираю|умираем|умирает|умирают|помираю|помираем|подыхаю|подыхаем",
    "умру|умрем|умрет|умрут|помру|помрем|сдохну|сдохнем|подохну",
    "лучше … умереть|сдохнуть|повеситься",
    "повеситься|застрелиться|вешайся|удавиться",
    "в петлю",
    "помогите … плохо|срочно|умоляю",
    "срочно|умоляю … помогите|помощь",
    "спасите|sos|сос",
    "на помощь",
    "мне|нам … плохо",
    "стало|становится … плохо",
    "задыхаюсь|задыхаемся|задыхаются|задыхается",
    "не могу|можем дышать",
    "инфаркт*|инсульт*",
    "обморок*",
    "вызвали|вызывали|приезжала|приехала|увезла|увезли скорую|скорая|скорой",
    "скорую|скорой … вызвали|вызывали|вызывал*|увезли",
    "болит|сжимает|колет … сердце",
    "сердце … болит|сжимает|колет",
    "в крови",
    "угрожа*",
    "убьет|убьют|убить",
    "убийц*",
    "террорист*",
    "пистолет*|ружье|ружьем|оружие|оружием",
    "избил*",
    "взрыв|взрыва|взрывы",
    "искрит|искрят|дымит|дымится|тлеет",
    "застрял* … лифт*",
    "лифт* … застрял*",
    "угроза|угрозу|опасно|опасность … жизни",
    "жизнь|жизни … опасности|угрозой",
    "голодовк*",
    "не могу … жить",
    "сил … жить",
    "жить … сил",
    "dying|die",
    "kill|killing me|us",
    "cant|cannot breathe",
    "help me|us … please|now|urgent*",
    "please|urgent* help me|us",
    "emergency",
    "fainted|faint",
    "fire",
    "gun|knife|weapon",
    "ambulance",
    "my life is in danger",
    "stuck in the lift|elevator",
)

# A gap here may swallow a real danger, so it stands only where nothing worse fits in.
_EXCEPTIONS = (
    # dying of small things
    f"{_TIRED_TOO} … от|со|с … {_TIRESOME}",
    f"от|со|с {_TIRESOME} … {_TIRED_TOO}",
    "умираю|умираем как хочу|хочется",
    "умираю|умираем хочу|хочется",
    "умирает|умирают|умрет село|деревня|бизнес|хозяйство|район|поселок|производство|отрасль|телефон",
    "село|деревня|деревни|бизнес|хозяйство|район|поселок|надежда|производство|отрасль умирает|умирают|умрет",
    "скот|корова|коровы|пчелы|телята|овцы|куры умирает|умирают",
    "не умру|умрем|умрете|умрет",
    "скорее|раньше|быстрее|прежде умру|умрем|сдохну|помру",
    "умру|умрем|помру|сдохну … дождусь|дождемся|дожду*",
    "можно|проще|легче умереть|сдохнуть|застрелиться|повеситься … чем|пока|ожидания|очереди|скуки|справк*",
    # figures of speech with life and death
    "убью|убьем|убить время|полдня|весь день",
    "убил*|убива* … время|времени|часа|часов|дня|дней|полдня",
    "убил* час|день|утро|неделю|выходной|месяц|вечер|нервы",
    ("меня|нас … убивает … очеред*|отношени*|ожидани*|бюрократи*|музык*|сервис*|хамств*|формальност*|равнодуши*"),
    "убивает|убьет|убьют|убили … желани*|мотивац*|интерес|настроени*|бизнес|хозяйств*|довери*|инициатив*",
    "убил* бы",
    "убить двух зайцев",
    "убийственн*",
    "бизнеса|финансовое|политическое|карьерное|экономическое самоубийств*",
    "самоубийство бизнеса|карьеры",
    (
        f"{_LIVE_NOT} … жить в|во|на … город*|район*|сел*|деревн*|дом*|квартир*|общежити*|стран*"
        "|грязи|нищет*|подвал*|барак*"
    ),
    f"{_LIVE_NOT} … жить в|во|на … област*|поселк*|центр*|окраин*|пособи*|пенси*|улиц*|свалк*|стройк*|счет",
    f"{_LIVE_NOT} … жить как бомж*|собак*|свинь*|скот|все|раньше|нищ*",
    f"{_LIVE_NOT} … жить по закон*|правил*|лжи",
    f"{_LIVE_NOT} … жить с|со … сосед*|родител*|свекр*|тещ*|крыс*|таракан*",
    (f"{_LIVE_NOT} … жить без света|воды|газа|отоплени*|дорог*|интернет*|канализаци*|документ*|прописк*|субсид*"),
    f"{_LIVE_NOT} … жить рядом|около|возле|напротив|вместе|там|здесь|тут|отдельно",
    f"{_LIVE_NOT} здесь|там|тут|рядом|вместе жить",
    "жить рядом|здесь|там|тут не хочу|хочется",
    "бьет|бьют по карман*|нервам|кошельк*|рукам",
    # sickness already past, and almost
    "после инфаркта|инсульта|обморока|пожара|взрыва",
    "перенес*|был инфаркт|инсульт",
    "чуть|едва|почти не … инфаркт*|инсульт*|обморок*|сознани*",
    "чуть|едва|почти … обморок не",
    "до инфаркта|инсульта|обморока",
    f"плохо {_BADLY}",
    ("стало|становится плохо с|со очеред*|парковк*|запис*|интернет*|связью|обслуживани*|сайтом|порядком|транспорт*"),
    # fire: rooms, papers, insurance, a fire of long ago
    "пожарн*|противопожарн*|пожаротушен*|пожаробезопасн*|пожароопасн*",
    "учебн* … пожар*",
    "при|случае|случай пожара|пожаре",
    (
        "страхов*|застрахов*|защит*|ущерб*|пострада*|компенсац*|помощь|справк*|субсиди*|погорел*"
        "|выплат* … от|о|об|в|на|при пожар*"
    ),
    "сгорел* в|при пожаре",
    "был|была|были|случился|произошел пожар|пожара … году|назад|летом|весной|зимой|осенью",
    "году|летом|весной|зимой|осенью … был|случился|произошел пожар",
    "пожар был|случился|произошел … году|назад|летом|весной|зимой|осенью",
    "как на пожар",
    (
        "горит|горят|горели|сгорел*|загорел* срок*|план*|путевк*|дедлайн*|глаза|нервы|работа|экран"
        "|лампочк*|табло|индикатор*"
    ),
    "горит|горят|загорел* свет|лампа|лампы|фонарь|фонари|кнопк*|номер|талон",
    "срок|сроки|план|планы|дедлайн|путевка|нервы|глаза|свет|лампа|лампочка|табло … горит|горят|сгорел*",
    "горит|горят одна|только|всего|постоянно … лампа|лампы|лампочка|свет",
    "горим по срокам",
    "не дышит нос",
    "не дышит через нос",
    "не горит|горят|загорел*|взорвал*|взорвет*|убью|пожар|бомба|суицид*",
    "нет|никакого|никакой пожара|бомбы|взрыва|стрельбы|запаха",
    "не было|будет пожара|бомбы|взрыва|стрельбы|запаха",
    "пожара|бомбы|взрыва|запаха нет",
    "пожара|бомбы|взрыва|запаха не было|будет",
    # bombs that are none
    "бомба а не сервис*|работа|приложени*|обслуживани*|бот|отдел|услуга|центр|команда|сайт|офис|прием|мфц",
    "просто|секс|витаминн* бомба",
    "сервис|приложение|бот|команда|идея|сайт бомба",
    "бомба замедленного действия",
    "взрыв|взрыва мозг*|эмоций|негатива|цен|рынка|интереса|возмущения|хохота",
    "мозг|мозги|голова взорв*|взрыв*",
    "взорвет*|взорвал*|взорвать … мозг*",
    # weapons and threats on paper
    "разрешени*|лицензи*|справк* на|об оружи*|ружь*",
    "хранени*|регистрац*|покупк*|владени*|охотнич* оружи*|ружь*",
    (
        "угрожа*|грозит* штраф*|закрыти*|закрыть|увольнени*|уволить|банкротств*|суд*|потер*|отказ*"
        "|отключ*|выселени*|пени|проверк*"
    ),
    "угрожа*|грозит* мне|нам|вам|нас|меня штраф*|увольнени*|уволить|суд*|отказ*|отключ*|выселени*|проверк*",
    "стреляет в спине|колене|ухе|ноге|пояснице",
    "зарежу|зарезать … барана|корову|свинью|скот|птицу|овцу|теленка|курицу|кур|быка|поросенка|гуся",
    "убью|убить мух*|комар*|сорняк*|таракан*",
    "без ножа",
    "пакет* документов",
    "вооружен* силы|сил|силах|знаниями|терпением|документами",
    "антитеррорист*",
    # help with papers
    (
        "срочно|помогите|помощь … нужен|нужна|нужно|нужны … справк*|выписк*|документ*|талон*"
        "|консультац*|паспорт*|субсид*|копи*"
    ),
    "срочно|помогите|помощь получить|оформить|записаться|распечат*|разобраться|заполнить|найти|подать|узнать",
    (
        "помогите мне|нам|пожалуйста|срочно получить|оформить|записаться|распечат*|разобраться"
        "|заполнить|найти|подать|узнать"
    ),
    "нужна|срочно помощь с|со|в|юриста|специалиста … заполн*|оформлен*|документ*|подач*|запис*|вопрос*",
    "нужна|нужно|срочно скорая|скорую консультац*|запись|ответ*",
    "сердце|душа болит за",
    "спасите деревн*|наш*|парк|школ*|бизнес|хозяйств*|больниц*",
    "воняет|пахнет|тянет дымом от|из сигарет|курилки",
    "сигаретн*|табачн* дым*",
    # English
    "dying|die|died of|from … boredom|heat|laughter|thirst|hunger|shame|waiting|curiosity",
    "dying to|for",
    "kill|killing|killed time",
    "killed … hour|hours",
    "queue|wait|waiting|heat|bureaucracy|paperwork is|will|was killing|kill me|us",
    "could|would kill for",
    "is|was|simply the bomb",
    "bath|photo|sex bomb*",
    "almost|nearly … heart attack",
    "almost|nearly died|die|fainted|passed out",
    "had a heart attack … years|year|ago|last",
    "after a|my|his|her heart attack|stroke|fire",
    "dont|not want to live here|near|next|with",
    "dont|not want to live in … city|town|village|house|flat|region|district",
    "fire exit|exits|drill|safety|alarm|extinguisher|door|doors|department|inspection|insurance|regulations",
    "fire him|her",
    "in case of fire",
    "emergency exit|exits|contact|number|numbers|phone|fund",
    "gun|knife|weapon licence|license|permit",
    "help me|us fill|find|understand|apply|get|book|print|register|with",
)


@dataclass(frozen=True, slots=True)
class DangerWords:
    """Phrases in the notation of this module; an office adds its own with `extended`."""

    sure: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()

    def extended(
        self, sure: Iterable[str] = (), exceptions: Iterable[str] = (), doubt: Iterable[str] = ()
    ) -> DangerWords:
        """These words and the office's own; raises ValueError for a phrase that says nothing."""
        words = DangerWords((*self.sure, *sure), (*self.exceptions, *exceptions), (*self.doubt, *doubt))
        _compiled(words)
        return words


DEFAULT = DangerWords(_SURE, _EXCEPTIONS, _DOUBT)


class _Phrases(NamedTuple):
    any_of_them: re.Pattern[str]
    each: tuple[re.Pattern[str], ...]


def find(text: str, words: DangerWords = DEFAULT) -> Literal["sure", "doubt"] | None:
    """Whether the text speaks of danger to life: surely, perhaps, or not at all."""
    plain = _plain(text)
    sure, exceptions, doubt = _compiled(words)
    excused = [m.span() for m in _hits(exceptions, plain)]
    if _stands(sure, plain, excused):
        return "sure"
    return "doubt" if _stands(doubt, plain, excused) else None


def _stands(phrases: _Phrases, plain: str, excused: list[tuple[int, int]]) -> bool:
    return any(not any(start < m.end() and m.start() < end for start, end in excused) for m in _hits(phrases, plain))


def _hits(phrases: _Phrases, plain: str) -> Iterator[re.Match[str]]:
    """Every phrase at every word, since a silenced phrase may hide one that is not."""
    for word in re.finditer(r"[^ ]+", plain):
        if phrases.any_of_them.match(plain, word.start()):
            yield from filter(None, (one.match(plain, word.start()) for one in phrases.each))


_REPEATED = re.compile(r"([^\W\d_])\1+")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?](?![.!?…])|[;\n]|[!?]{2,}")


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.lower()).replace("ё", "е")
    text = "".join(ch for ch in text if unicodedata.category(ch) != "Cf")
    return _REPEATED.sub(r"\1", re.sub(r"['’ʼ`]", "", text))


def _plain(text: str) -> str:
    """Words parted by single spaces, with a lone full stop where a sentence ends."""
    folded = _SENTENCE_END.sub(" . ", _fold(text).replace("...", " ").replace("…", " "))
    return " ".join(re.findall(r"[^\W_]+|(?<= )\.(?= )", folded))


@lru_cache(maxsize=16)
def _compiled(words: DangerWords) -> tuple[_Phrases, _Phrases, _Phrases]:
    return _compile(words.sure), _compile(words.exceptions), _compile(words.doubt)


def _compile(phrases: tuple[str, ...]) -> _Phrases:
    each = tuple(_expression(p) for p in phrases)
    # With no phrases at all nothing may match: (?!) never does.
    return _Phrases(re.compile("|".join(each) or "(?!)"), tuple(re.compile(one) for one in each))


def _expression(phrase: str) -> str:
    """One phrase as a bounded regular expression over the words of `_plain`."""
    parts: list[str] = []
    gap = ""
    for place in phrase.replace("...", "…").split():
        if place == "…":
            gap = r"(?:[^ .]+ ){0,3}?" if parts else ""
            continue
        choices = [_choice(word) for word in place.split("|")]
        if not all(choices):
            raise ValueError(f"a phrase of danger says nothing: {phrase!r}")
        parts.append(f"{gap}(?:{'|'.join(choices)})")
        gap = ""
    if not parts:
        raise ValueError(f"a phrase of danger says nothing: {phrase!r}")
    return " ".join(parts) + r"(?= |\Z)"


def _choice(word: str) -> str:
    letters = " ".join(re.findall(r"[^\W_]+", _fold(word)))
    if not letters:
        return ""
    return re.escape(letters) + (r"[^ .]*" if word.endswith("*") else r"(?= |\Z)")
