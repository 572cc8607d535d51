"""What a typed message is, where it is no question to be searched: a greeting, thanks, abuse, the wish to speak to a
person; and the small questions that only make sense after an answer. Pure: words in, a name out.

Whole messages are recognised, never single words in them: «Здравствуйте, какие документы нужны?» is a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from bot.dialogue.typed import plain

Intent = Literal["", "empty", "greeting", "thanks", "bye", "abuse", "person", "opening", "who", "english", "foreign"]
Part = Literal["", "cost", "term", "where", "documents", "steps"]

_LONGEST = 200  # a longer message is no mere greeting
_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_JCUKEN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LAYOUT = str.maketrans(_QWERTY, _JCUKEN)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GREETING = _set(
    "здравствуйте здравствуй здрасьте здрасте здаров здарова привет приветик приветствую хай салют алло ау салам "
    "салом ассаламу ассалому добрый доброе доброго доброй hello hi hey good morning privet zdravstvuyte zdravstvuite"
)
_GREETING_MORE = _set(
    "день дня вечер вечера утро утра ночи времени суток всем вам вас тебя тебе бот уважаемые уважаемый алейкум как "
    "дела ты вы поживаете кто нибудь есть тут здесь morning afternoon evening day there everybody bot how are you "
    "dear а ну и"
)
_THANKS = _set(
    "спасибо спасибки спс пасиб пасибо благодарю благодарим благодарен благодарна сенкс мерси thanks thank thx ty "
    "понятно понял поняла ясно ок окей хорошо отлично супер класс здорово молодцы молодец выручили помогли spasibo "
    "great"
)
_THANKS_MORE = _set(
    "большое огромное преогромное вам тебе вас за помощь ответ ответы информацию консультацию подробный быстрый "
    "быстро очень все всё всем не надо нужно больше пожалуйста нет да и а ну я так your very much you so for help "
    "answer it that fast no need good the"
)
_BYE = _set("пока прощайте прощай досвидания досвиданья свидания свиданья бай bye goodbye")
_BYE_MORE = _set("до свидания всего доброго хорошего встречи скорой вам бот see you later good")
_ABUSE = re.compile(
    r"(отвали|отстань|надоел|достал[аи]?$|пош(?:ел|ла|ли)$|дурак|дура$|дуры$|идиот|дебил|тупо[йе]$|тупая$|тупые$|тупиц|козел$|козлы$|урод|мразь|мрази|тварь$|твари$|скотин"
    r"|сволоч|мудак|мудил|пидор|пидар|хрень|хер$|херн|пизд|бля|ебан|ебат|ебал|заеб|наху[йя]|похуй|хуй|хуе|сука$|суки$"
    r"|сучк|говно|говен|дерьм|жоп|заткни|бездельник|бестолоч|тупорыл|fuck|shit$|idiot|stupid|moron|asshole|bitch|dumb$)"
)
_ABUSE_MORE = _set(
    "вы ты все всё там тут сами сам какой какие какая такой такие просто да и а ну же бот робот этот эта это пошли "
    "пошел пошла на в иди идите тебя вас вам тебе твой ваш ваша ваше ничего совсем полный полные полная что за чтоб "
    "чтобы не умеешь умеете работает знаешь знаете можешь можете you are is this the your a it of what such так "
    "мне меня нам нас никто никогда ладно больше"
)
_PERSON = re.compile(
    r"(человек\w{0,3}|человеч\w*|люд(и|ей|ям|ьми)|оператор\w{0,3}|сотрудник\w{0,3}|консультант\w{0,3}|жив(ой|ого|ому|ым)"
    r"|human|person|operator|someone|somebody)\Z"
)
_PERSON_MORE = _set(
    "я мне можно хочу хотел хотела хотелось бы нужен нужна нужно надо дайте дай позовите позови соедините соедини "
    "переключите переключи переведите переведи свяжите свяжи свяжитесь поговорить говорить пообщаться общаться "
    "спросить задать вопрос вызовите пожалуйста срочно на к с со у меня с кем нибудь реальным реальному настоящим "
    "настоящему обычным а не ботом роботом бот ответит пусть лучше i want to a talk speak with real live can please "
    "need the an me connect staff member of would like could may ask"
)
# What announces a question, or answers one that nobody has asked: there is nothing in it that a person could answer.
_OPENING = _set(
    "подскажите подскажи скажите скажи вопрос вопросик вопросы спросить узнать помогите помоги посоветуйте да нет ага "
    "угу неа ну ладно слушайте послушайте извините простите знаю tell question yes nope"
)
_OPENING_MORE = _set(
    "пожалуйста здравствуйте добрый день вечер утро привет у меня есть один одна такой к вам вас мне нам можно хочу "
    "хотел хотела хотелось бы не а и вот тут еще возник кое что задать нужна ваша помощь очень please me i have a can "
    "you help hello"
)
_OPENING_WHOLE = ("помогите", "помоги", "помогите пожалуйста", "нужна помощь", "нужна ваша помощь")
_WHO = re.compile(
    r"(?:а |и |скажи(?:те)? )?(?:кто ты|ты кто|кто вы|вы кто|ты бот|вы бот|ты робот|вы робот|это бот|это робот"
    r"|ты человек|вы человек|(?:что|чего) (?:ты|вы|он|бот) (?:умее\w+|може\w+|знае\w+)"
    r"|чем (?:ты|вы) (?:можешь|можете) помочь"
    r"|как тебя зовут|what can you do|who are you|are you (?:a )?(?:bot|robot|human|person))(?: такой| такая| такие)?\Z"
)
_ENGLISH_SMALL = _set(
    "hello hi hey good morning afternoon evening day there everybody thanks thank thx you very much so for help bye "
    "goodbye see later how are"
)
_ENGLISH_HEAD = _set("english английски английский английском англиски инглиш по-английски по-англиски")
_ENGLISH_MORE = _set(
    "do you speak please can i we talk in does anyone anybody here is there speaking any staff hello hi switch to "
    "language want вы говорите ли по на можно перевести перевод пожалуйста язык умеете говорить понимаете хочу"
)
_COMMON_ENGLISH = _set(
    "what how where when which who why is are am do does did can could may must should would will the a an of to for "
    "in on at my your our i you we it this that there get need have has want apply find take much many long help "
    "please if or and with not no any from about by be was were been me us subsidy subsidies grant grants farm "
    "farmer farmers documents document papers form application office address phone opening hours money tractor "
    "equipment complaint complain appointment visit wheelchair ramp entrance status answer reply deadline cost pay "
    "free"
)
_CONTENT_ENGLISH = _set(
    "subsidy subsidies grant grants farm farmer farmers documents form application office address phone complaint "
    "appointment equipment tractor wheelchair deadline"
)
# Words of Uzbek, Tajik, Kyrgyz, Kazakh, Azerbaijani as they are typed without the letters of their own.
_FOREIGN_WORDS = _set(
    "qanday qayer qayerda qachon qancha nima uchun kerak kerakmi menga bormi olish olaman olsam bo'ladi mumkin "
    "mumkinmi rahmat iltimos yordam o'zbek ozbek salom assalomu alaykum xujjat hujjat hujjatlar bilan emas yoki "
    "uzbek tilida салом қандай канча нарса хужжат керак керакми мумкин мумкинми рахмат илтимос ёрдам езилади узбекча "
    "айтинг кандай керек кайда канча рахмат кайсы тилинде салем калай неге шығыс лутфан кучо чи хел "
    "nece harada lazimdir kömək təşəkkür edirəm salam"
)
_RUSSIAN_LETTER = re.compile("[а-яё]")
_FOREIGN_LETTER = re.compile("[ўқғҳҷӣӯүөңәһұіїєґ]")
_LETTER = re.compile(r"[^\W\d_]")

_PART_HEADS: tuple[tuple[Part, frozenset[str]], ...] = (
    (
        "cost",
        _set(
            "стоит стоить цена стоимость бесплатно бесплатный платно платный платная платить пошлина cost price free "
            "pay"
        ),
    ),
    ("documents", _set("документы документ документов бумаги бумаг бумажки справки справок documents papers")),
    ("term", _set("срок сроки долго ждать времени дней когда long when скоро быстро")),
    ("where", _set("где куда адрес where address")),
    ("steps", _set("порядок шаги дальше steps")),
)
_PART_MORE = _set(
    "а и ну это этого эти этому оно он она они там туда тогда ли будет будут какие какой какая каких нужны нужен "
    "нужна нужно надо мне как сколько что по за для него нее них в на с у вас именно еще при этом брать взять "
    "принести нести подавать подать идти обращаться обратиться прийти находится находитесь приходить сдавать делать "
    "ее его стоит занимает займет рассматривают the is are it does how much do i need what which about and of for "
    "take go should to can long will be that this many days"
)
_WHAT_IS = (
    re.compile(r"(?:а |и |скажите |подскажите )*(?:что (?:это )?(?:такое|значит|за|означает)|кто такой|кто такие|как "
               r"расшифровывается|расшифруйте) (.+?)(?: это)?\Z"),
    re.compile(r"(.+?) (?:это что(?: такое)?|что это(?: такое)?|что такое|что значит|что означает)\Z"),
    re.compile(r"(?:what is|what s|what does|what are) (?:an? |the )?(.+?)(?: mean| stand for)?\Z"),
)  # fmt: skip
_QUESTION_WORD = re.compile(
    r"\b(как|какие|какой|какая|какую|каков\w*|где|куда|когда|сколько|кто|кому|кого|что|чем|почему|зачем|откуда|можно|могу|можете"
    r"|нужн\w+|надо|есть ли|дадут ли|how|what|where|when|who|why|which|can|do|does|is|are)\b"
)
_AND = re.compile(r",?\s+(?:и еще|и ещё|а еще|а ещё|а также|и также|и|а|and also|and)\s+", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[?!.…])\s+|\n+")


def of(text: str) -> Intent:
    """What the message as a whole is; empty for everything that should be searched."""
    word = plain(text[:_LONGEST])
    if not _LETTER.search(word) or len(word.replace(" ", "")) < 2:
        return "empty"
    if is_foreign(text):
        return "foreign"
    if len(text) > _LONGEST:
        return ""
    found = _of(word.split())
    if not found and not _RUSSIAN_LETTER.search(word):
        found = _of(plain(text.casefold().translate(_LAYOUT)).split())
    return found


def _of(tokens: Sequence[str]) -> Intent:
    if len(tokens) > 10:
        return ""
    if _only(tokens, _ENGLISH_HEAD, _ENGLISH_MORE):
        return "english"
    if _only(tokens, _GREETING, _GREETING_MORE) or _joined(tokens) in (
        "кто нибудь есть",
        "есть кто",
        "вы тут",
        "как дела",
    ):
        return "greeting"
    if _only(tokens, _THANKS, _THANKS_MORE | _BYE | _BYE_MORE | _GREETING_MORE):
        return "thanks"
    if _only(tokens, _BYE, _BYE_MORE) or _joined(tokens) in (
        "всего доброго",
        "всего хорошего",
        "до встречи",
        "see you",
    ):
        return "bye"
    if _WHO.match(_joined(tokens)):
        return "who"
    abusive = [bool(_ABUSE.match(t)) for t in tokens]
    if any(abusive) and all(bad or t in _ABUSE_MORE for bad, t in zip(abusive, tokens, strict=True)):
        return "abuse"
    persons = [
        bool(_PERSON.match(t)) or _near_any(t, ("человеком", "оператор", "оператора", "сотрудником")) for t in tokens
    ]
    if any(persons) and len(tokens) <= 8 and all(p or t in _PERSON_MORE for p, t in zip(persons, tokens, strict=True)):
        return "person"
    if tokens and all(t in _OPENING or t in _OPENING_MORE for t in tokens) and any(t in _OPENING for t in tokens):
        # A bare cry for help is answered by the base: it is a question of somebody who starts.
        return "" if _joined(tokens) in _OPENING_WHOLE else "opening"
    return ""


def _joined(tokens: Sequence[str]) -> str:
    return " ".join(tokens)


def _only(tokens: Sequence[str], heads: frozenset[str], more: frozenset[str]) -> bool:
    """At least one of these words, and nothing but them and what goes with them; a slip of the finger is forgiven."""
    if len(tokens) > 8:
        return False
    is_head = [t in heads or (t not in more and _near_any(t, heads)) for t in tokens]
    return any(is_head) and all(h or t in more for h, t in zip(is_head, tokens, strict=True))


@lru_cache(maxsize=4096)
def _near(one: str, other: str) -> bool:
    """Whether long words differ by one slip (two in very long ones): a letter more, less, other, or two swapped."""
    if one == other:
        return True
    short = min(len(one), len(other))
    if short < 5 or abs(len(one) - len(other)) > 2:
        return False
    allowed = 2 if short >= 9 else 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1] <= allowed


def _near_any(token: str, words: Iterable[str]) -> bool:
    return len(token) >= 5 and any(_near(token, word) for word in words)


def is_english(text: str) -> bool:
    """Whether the words are English: not Russian in Latin letters, not Russian on the wrong keyboard."""
    word = plain(text[:1000])
    if _RUSSIAN_LETTER.search(word):
        return False
    tokens = [t for t in word.split() if _LETTER.search(t)]
    known = sum(t in _COMMON_ENGLISH for t in tokens)
    if len(tokens) <= 2:
        return bool(tokens) and known == len(tokens) and any(t in _CONTENT_ENGLISH for t in tokens)
    return known >= 2 and known * 3 >= len(tokens)


def is_english_small(text: str) -> bool:
    """Whether a greeting, thanks or a farewell is said in English."""
    tokens = plain(text[:_LONGEST]).split()
    return bool(tokens) and all(t in _ENGLISH_SMALL for t in tokens)


def is_russian(text: str) -> bool:
    """Whether it is a message in Russian letters: more than a word or two."""
    tokens = plain(text[:1000]).split()
    return len(tokens) >= 2 and sum(bool(_RUSSIAN_LETTER.search(t)) for t in tokens) * 2 > len(tokens)


def is_foreign(text: str) -> bool:
    """Whether it is written in a language that is neither Russian nor English: by its letters, or by common words."""
    word = plain(text[:1000].replace("ʻ", "'").replace("’", "'").replace("‘", "'"))
    letters = [c for c in word if c.isalpha()]
    if not letters:
        return False
    other = sum(not ("a" <= c <= "z" or "а" <= c <= "я" or c == "ё") for c in letters)
    if other * 2 > len(letters):
        return True
    strange = len(_FOREIGN_LETTER.findall(word))
    tokens = word.split()
    known = sum(t in _FOREIGN_WORDS for t in tokens)
    if strange >= 2 or (strange and known):
        return True
    if known == len(tokens) and not _RUSSIAN_LETTER.search(word):
        return True  # «salom»
    return known >= 2 and known * 4 >= len(tokens) and not is_english(text)


def part_of_answer(text: str) -> Part:
    """«А сколько стоит?», «а документы?»: what is asked of the topic spoken about; empty when the message names a
    topic itself or asks for something else."""
    tokens = plain(text[:100]).split()
    if not tokens or len(tokens) > 7:
        return ""
    asked = {p: [t in heads or _near_any(t, heads) for t in tokens] for p, heads in _PART_HEADS}
    known = [any(flags[n] for flags in asked.values()) or t in _PART_MORE for n, t in enumerate(tokens)]
    if not all(known):
        return ""
    for part, _ in _PART_HEADS:
        if any(asked[part]):
            return part
    if "сколько" in tokens or "how much" in _joined(tokens):
        return "cost"
    return "steps" if _joined(tokens) in ("а как", "и как", "что делать", "что надо делать", "what should i do") else ""


def leans_on_topic(text: str) -> bool:
    """«А если я ИП?»: a short message that begins as a continuation."""
    tokens = plain(text[:100]).split()
    return 1 < len(tokens) <= 6 and tokens[0] in ("а", "и", "and", "или")


def explained_word(text: str) -> str:
    """The word of «что такое КФХ?»; empty when no explanation is asked for."""
    word = plain(text[:100])
    for pattern in _WHAT_IS:
        if (found := pattern.match(word)) is not None:
            return found[1].strip()
    return ""


def questions(text: str) -> list[str]:
    """The questions of a message that holds two or three; empty when it is one question, or one long story."""
    if len(text) > 400:
        return []
    parts = [p.strip() for p in _SENTENCE.split(text.strip()) if p.strip()]
    asking = [p for p in parts if (p.endswith("?") or _QUESTION_WORD.search(plain(p))) and len(plain(p).split()) >= 2]
    if 2 <= len(asking) <= 3:
        return asking
    if len(asking) == 1:
        halves = [h.strip() for h in _AND.split(asking[0]) if h.strip()]
        if 2 <= len(halves) <= 3 and all(
            len(plain(h).split()) >= 2 and _QUESTION_WORD.search(plain(h)) for h in halves
        ):
            return halves
    return []
