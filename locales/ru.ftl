### Texts of the program, Russian. Short sentences, «вы», no chancery language.
### Variables in braces are filled in; plural forms are marked [one] [few] *[many].

## Menu and greetings

greeting = Здравствуйте! Это бот отзывов. { $office }.
    Здесь можно оценить посещение. Это анонимно и занимает полминуты.
    Введите код с плаката или выберите:
menu = Меню. Выберите, что вам нужно:
menu-rate = Оценить посещение или услугу
menu-rate-bot = Оценить работу бота
menu-language = Язык / Language
menu-data = Что обо мне хранится
menu-stop = Больше мне не писать
menu-start-again = Снова писать мне
menu-help = Помощь и контакты
menu-tasks = Открытые задачи
button-menu = Меню
button-back = Назад
button-skip = Пропустить
button-done = Готово
button-continue = Продолжить
button-change = Изменить
button-keep = Оставить как есть
button-cancel = Отмена
button-refresh = Обновить
button-go-to = Перейти: { $name }

channel-telegram = Telegram
channel-vk = ВКонтакте
channel-web = страница в браузере
channel-console = терминал

## Surveys

progress = { $number } из { $total }
note-required = обязательный вопрос
note-optional = можно пропустить
choose-or-type = Не получилось понять ответ. Нажмите кнопку или напишите её номер.
choose-at-least-one = Выберите хотя бы один вариант.
write-something = Напишите несколько слов.
too-long = Слишком длинно. Сократите, пожалуйста, до { $limit } знаков.
number-hidden = Мы нашли в тексте личные данные (номер или почту) и не сохранили их: номер скрыт.
skipped = вопрос пропущен
your-comment = ваш комментарий
already-answered = Вы уже ответили: { $mark }.
already-today = Сегодня вы уже оценили: { $name }. Ваша оценка: { $mark }.
    До конца дня её можно изменить.
mark-kept = Хорошо, оценка осталась прежней. Спасибо!
survey-closed = Этот опрос уже закрыт. Спасибо!
old-button = Эта кнопка больше не действует.
resume = Вы не закончили опрос: { $name }. Продолжим с вопроса { $number }?
subject-bot = Работа бота
subject-answer = Ответ по сообщению № { $number }
subject-none = Сообщение вне опроса ({ $channel })
ask-reply = Хотите узнать, что мы сделаем? Ответим до { $day }.
ask-reply-hint = Ответ напишет сотрудник. Ваше имя мы не узнаем.
button-want-reply = Да, хочу ответ
button-no-reply = Нет, спасибо
reply-promised = Сотрудник ответит вам до { $day }.
keep-link = Это ваша личная ссылка. По ней вы прочитаете ответ. Сохраните её и никому не передавайте.
danger = Если есть угроза жизни, позвоните 112. Звонок бесплатный, с любого телефона.
    Мы уже сообщили сотрудникам.

## Points

choose-what-to-rate = Что вы хотите оценить?
choose-what-to-rate-hint = Нажмите кнопку или напишите номер.
service-named = Услуга: { $name }
unknown-token = Такого кода нет. Проверьте буквы и цифры под QR-кодом или выберите место из списка.
point-closed = Это место закрыто: { $name }. Выберите другое.
point-closed-nearest = Это место закрыто: { $name }. Ближайшее открытое: { $nearest }.

## The answer of a person

answer = Вам ответил сотрудник ({ $post }):

    { $text }
answer-helped = Это помогло?
answer-gone = Эта переписка уже закрыта. Если нужна помощь, откройте меню.
reply-waiting = Мы получили вашу оценку. Сотрудник ответит здесь до { $day }.
    Сохраните адрес этой страницы.
button-helped = Помогло
button-unhelped = Не помогло
button-rate-answer = Оценить ответ
helped = Рады, что помогло. Спасибо!
unhelped = Жаль, что не помогло. Мы передали вопрос руководителю. Новый ответ будет до { $day }.
unhelped-again = Нам жаль. Позвоните, пожалуйста: { $phone }. Мы разберёмся вместе с вами.
already-told = Вы уже сказали нам об этом. Спасибо!

## Language, help, data

language-changed = Теперь я пишу по-русски.
choose-language = Выберите язык. Choose your language.
help-contacts = Телефон: { $phone }
    Адрес: { $address }

    { $hours }

    «Меню» – вернуться в меню. «Стоп» – больше не писать вам.
data-title = Вот всё, что хранится об этой переписке:
data-conversation = язык ({ $language }) и место в меню; вместо вашего имени – зашифрованный отпечаток адреса
data-stopped = отметка «не писать мне»
data-open = открытый опрос: { $name }. После завершения он станет анонимным
data-today = до конца дня: связь с { $n ->
        [one] { $n } оценкой
       *[other] { $n } оценками
    } за сегодня, чтобы вы могли её изменить. Ночью связь исчезнет
data-relay = зашифрованный адрес для ответа, который вы попросили. Он удалится после вашей оценки ответа, не позже { $day }
data-relay-page = если вы просили ответ, он ждёт по вашей личной ссылке. Удалить его можно на той странице
data-staff = вы сотрудник: { $name }
data-no-more = больше ничего: ни имени, ни телефона, ни текста переписки
button-delete = Удалить всё
ask-delete = Удалить всё, что хранится об этой переписке? Ваши оценки останутся без связи с вами. Ответ на них уже не придёт.
button-delete-yes = Да, удалить
button-delete-no = Нет, оставить
delete-cancelled = Ничего не удалено.
deleted = Всё удалено. Если понадобимся, просто напишите.
deleted-stopped = Всё удалено. Осталась только отметка «не писать мне».
stopped = Хорошо, первыми больше не напишем. Ответ, о котором вы попросили сами, всё же придёт.
    Отказаться и от него можно в меню: «Что обо мне хранится».
started-again = Хорошо, снова можем вам писать.
not-understood = Я не понял. Выберите, пожалуйста, кнопку.

## When something is not possible

unreadable-voice = Голосовые сообщения я не слышу. Напишите, пожалуйста, словами или нажмите кнопку.
unreadable-photo = Фото я не смотрю и не сохраняю. Напишите, пожалуйста, словами или нажмите кнопку.
unreadable-video = Видео я не смотрю и не сохраняю. Напишите, пожалуйста, словами или нажмите кнопку.
unreadable-file = Файлы я не принимаю и не сохраняю. Напишите, пожалуйста, словами или нажмите кнопку.
unreadable-sticker = Наклейки я не понимаю. Нажмите, пожалуйста, кнопку или напишите словами.
unreadable-contact = Контакты я не принимаю и не сохраняю. Нажмите, пожалуйста, кнопку.
unreadable-location = Место на карте я не принимаю и не сохраняю. Нажмите, пожалуйста, кнопку.
unreadable-edited = Изменённое сообщение я не перечитываю. Ответьте, пожалуйста, ещё раз.
unreadable-foreign = Эта кнопка не от нашего бота.
unreadable-other = Такое сообщение я не понимаю. Напишите, пожалуйста, словами или нажмите кнопку.
slow-down = Слишком много сообщений подряд. Подождите, пожалуйста, минуту и напишите снова.
busy = Сообщение получено. Отвечу чуть позже: сейчас много работы.
our-fault = Что-то пошло не так, это наша ошибка. Попробуйте, пожалуйста, ещё раз или позвоните: { $phone }.
refused = Здесь это сделать нельзя. Позвоните, пожалуйста: { $phone }.
refused-elsewhere = Здесь это сделать нельзя: так мы защищаем ваши данные. Можно там: { $names }. Телефон: { $phone }.

## Staff

joined = Вы вошли как сотрудник: { $name } ({ $post }).
    Здесь вы увидите низкие оценки ваших точек.
invite-bad = Эта ссылка уже использована, устарела или сделана для другого мессенджера. Попросите у администратора новую.
group-joined = Здравствуйте! Чтобы получать сюда оценки, администратор должен написать код подключения.
group-member = участник группы
bound = Готово: эта группа подключена. Сюда будут приходить низкие оценки.
bind-bad = Код подключения не подошёл: он уже использован или устарел. Попросите у администратора новый.
not-staff = Эта кнопка только для сотрудников.
note-group-removed = Бота удалили из группы ({ $channel }). Низкие оценки туда больше не приходят.
open-tasks = { $n ->
        [one] { $n } открытая задача
        [few] { $n } открытые задачи
       *[many] { $n } открытых задач
    }. Сначала срочные, потом старые.
no-tasks = Открытых задач нет.
task-gone = Такой задачи нет.
task-line = № { $number } · { $mark } · { $name }
task-line-taken = № { $number } · { $mark } · { $name } · { $holder }
task-mark-short = оценка { $score }
task-short-low_score = сообщение
task-short-danger = опасность
task-low_score = № { $number }. Низкая оценка
task-danger = № { $number }. СРОЧНО: слова об опасности
task-service = Услуга: { $name }
task-mark = Оценка: { $mark }
task-reasons = Что выбрано: { $reasons }
task-words = Комментарий: «{ $text }»
task-low-today = Низких оценок здесь за сегодня: { $n }
task-series = Похоже на серию одинаковых оценок с одного места
task-wants-reply = Клиент ждёт ответа до { $day }
task-replied = Клиенту ответили
task-new = Никто не взял
task-taken = В работе: { $holder }, { $time }
task-closed = Закрыто: { $holder }, { $time }. Сделано: { $done }
task-still-answering = Клиент ещё отвечает, сообщение дополнится.
task-note-raised = Клиент изменил оценку: теперь { $value ->
        [unsure] «затрудняюсь ответить»
       *[other] { $value }
    }
task-note-not_helped = Клиент: «Не помогло». Нужен новый ответ
task-note-not_helped_again = Клиент снова: «Не помогло». Ему дали телефон
task-note-helped = Клиент: «Помогло»
task-note-address_deleted = Клиент удалил адрес: ответить ему нельзя
task-note-unreachable = Сообщения до клиента не доходят
task-take = Взять в работу
task-answer = Ответить клиенту
task-close = Закрыть
task-return = Вернуть
task-transfer = Передать
you-took = Вы взяли задачу № { $number }.
task-taken-by = Задача № { $number } в работе: { $name }
taken-already = Эта задача уже в работе: { $holder }, { $time }.
taken-by-you = Эта задача уже у вас, с { $time }.
task-returned = Задача № { $number } снова в общей очереди.
task-not-taken = Эту задачу никто не брал.
transfer-whom = Кому передать задачу № { $number }?
task-handed-over = Задача № { $number } передана: { $name }
task-handed-over-silent = Задача № { $number } передана: { $name }
    Этот сотрудник ещё не подключён к боту. Предупредите его сами.
nobody-waits = Клиент сейчас не ждёт ответа.
write-in-private = { $name }, напишите текст мне в личные сообщения: я уже жду его там.
write-answer = Напишите ответ клиенту по задаче № { $number }.
write-answer-hint = Что сделали и что будет дальше, простыми словами. Перед отправкой я покажу, как это увидит клиент.
write-done = Задача № { $number }: что сделано?
write-done-and-tell = Задача № { $number }: что сделано? Клиент ждёт ответа, и этот текст уйдёт ему.
write-done-hint = Без этого закрыть нельзя. Например: «Поставили второй стол, очередь стала короче».
write-more = Слишком коротко. Напишите, что сделано.
preview = Клиент увидит это:

    «{ $text }»

    Отправить?
preview-close = Клиент увидит это, и задача закроется:

    «{ $text }»

    Отправить?
button-send = Отправить
button-rewrite = Переписать
number-hidden-staff = Номера и почта скрыты: в этом канале их передавать нельзя.
cancelled = Отменено.
answer-sent = Ответ по задаче № { $number } отправлен.
answered-and-closed = Ответ отправлен, задача № { $number } закрыта.
task-closed-now = Задача № { $number } закрыта.
already-closed = Эта задача уже закрыта: { $holder }, { $time }.
# Pages of the browser: the talk
web-language = Русский
web-languages = Язык
web-skip = К содержанию
web-next = Дальше
web-send = Отправить
web-limit = До { $limit ->
    [one] { $limit } знака
   *[other] { $limit } знаков
}.
web-to-answer = Перейти к ответу
web-talk = Разговор
web-write-title = Написать словами
web-write-hint = Например: «Меню», «Стоп» или код с плаката.
web-start-title = Начните здесь
web-start-text = Оцените, как вас обслужили, или откройте меню. Имя не нужно. Это займёт полминуты.
web-start-button = Начать
web-keep-label = Ваш личный адрес
web-keep-hint = Скопируйте адрес или сфотографируйте код. Показывайте его только тем, кому доверяете.
web-keep-open = Открыть эту страницу
web-keep-code = Код с вашим личным адресом
web-tasks = Открытые задачи
web-fresh = Страница обновляется сама раз в минуту.
web-fresh-off = Не обновлять
web-fresh-on = Обновлять саму
web-write-link = Написать словами
web-forgotten-title = Удалено
web-forgotten-text = Мы удалили то, что хранили о вас. Ваши оценки остались без связи с вами.
web-join-title = Вход для сотрудника
web-join-text = Нажмите кнопку, и этот браузер станет вашим рабочим местом: сюда будут приходить задачи. Ссылка сработает один раз. Не входите с чужого компьютера.
web-join-button = Войти
web-refused-title = Мы не приняли эту форму
web-refused-text = Страница была открыта слишком давно, или браузер не сохраняет cookie – маленькую запись, по которой мы узнаём ваш разговор. Откройте страницу ещё раз и повторите.
web-refused-kept = Вот что вы написали. Скопируйте, чтобы не потерять:
web-refused-button = Открыть страницу ещё раз
web-busy-title = Сейчас не получилось сохранить
web-busy-text = Нажмите «Отправить ещё раз». Ваш ответ здесь, он не потерялся.
web-busy-button = Отправить ещё раз
web-busy-look = Страница сейчас не открылась. Подождите немного и попробуйте ещё раз.
web-busy-look-button = Открыть ещё раз
web-large-title = Слишком длинно
web-large-text = Столько текста мы принять не можем. Вернитесь назад в браузере: ваш текст там остался. Сократите его и отправьте ещё раз.
web-gone-title = По этой ссылке ничего нет
web-gone-text = Возможно, в адресе ошибка или срок ссылки прошёл. Проверьте адрес или позвоните нам.
web-home = На главную
web-phone = Телефон
# Pages before the talk: where the printed code leads
web-site-title = Отзывы посетителей
web-site-text = Расскажите, как вас обслужили. Два-три вопроса, полминуты, имя не нужно. Плохую оценку увидит начальник и разберётся.
web-site-points = Выбрать место
web-site-menu = Открыть меню
web-point-text = Ответьте на несколько вопросов. Это займёт полминуты. Анонимно.
web-doors = Где вам удобно ответить?
web-open = Открыть { $title }
web-hint-telegram = Там нажмите «Запустить» (Start).
web-hint-vk = Нажмите «Начать» или напишите любое слово.
web-here = Ответить здесь, без мессенджера
web-elsewhere = Я в другом месте
web-closed-title = { $name }: сейчас закрыто
web-closed-nearest = Ближайшее место, где вас примут: { $name }.
web-closed-none = Выберите место, где вы были.
web-unknown-title = Такого адреса нет
web-unknown-text = Проверьте буквы и цифры после /q/. В коде не бывает 0, O, 1, I, L и U. Или выберите место из списка.
web-points-title = Где вы были?
web-points-text = Выберите место, которое хотите оценить.
web-points-none = Сейчас открытых мест нет. Позвоните нам, пожалуйста.
web-address = Адрес

## Hours and the calendar

menu-hours = Когда мы работаем
hours-title = Когда мы работаем
hours-of = Часы работы: { $office }
hours-open = Сейчас открыто, до { $until }.
hours-open-lunch = Сейчас открыто, до { $until } (обед { $lunch }).
hours-at-lunch = Сейчас обед, откроемся в { $at }.
hours-at-break = Сейчас перерыв, откроемся в { $at }.
hours-closed = Сейчас закрыто.
hours-closed-today = Сейчас закрыто, откроемся сегодня в { $at }.
hours-closed-tomorrow = Сейчас закрыто, откроемся завтра в { $at }.
hours-closed-weekday = Сейчас закрыто, откроемся { $weekday ->
        [0] в понедельник
        [1] во вторник
        [2] в среду
        [3] в четверг
        [4] в пятницу
        [5] в субботу
       *[6] в воскресенье
    } в { $at }.
hours-closed-day = Сейчас закрыто, откроемся { $day } в { $at }.
hours-unknown = Часы работы можно узнать по телефону.
hours-weekday = { $weekday ->
        [0] пн
        [1] вт
        [2] ср
        [3] чт
        [4] пт
        [5] сб
       *[6] вс
    }
hours-every-day = ежедневно
hours-off = выходной
hours-lunch = обед { $lunch }
hours-day-off = { $day } – выходной
hours-day-off-why = { $day } – выходной: { $why }
hours-days-off = С { $since } по { $until } – выходные
hours-day-until = { $day } – до { $until }
hours-day-other = { $day } – { $hours }
hours-day-work = { $weekday } { $day } – работаем { $hours }
day-preliminary = { $day } (предварительно)
promise-moved-off = { $day } объявлен выходным. Ответим вам до { $until }.
promise-moved-work = { $day } объявлен рабочим днём. Ответим вам до { $until }.
promise-moved = Изменился календарь рабочих дней. Ответим вам до { $until }.
note-year-unconfirmed = Календарь на { $year } год не подтверждён. Сроки в этом году мы называем предварительно.
    Сверьте выходные с постановлением Правительства, затем: python -m bot calendar confirm { $year } --basis …

## Escalation, absences, the list of tasks

when-today = сегодня в { $time }
when-tomorrow = завтра в { $time }
when-day = { $day } в { $time }
working-hours = { $n ->
        [one] { $n } рабочий час
        [few] { $n } рабочих часа
       *[many] { $n } рабочих часов
    }
working-hours-part = { $n } рабочего часа
minutes = { $n ->
        [one] { $n } минуту
        [few] { $n } минуты
       *[many] { $n } минут
    }
task-overdue = СРОК ПРОШЁЛ. Клиенту обещали ответить до { $day }
task-overdue-short = СРОК ПРОШЁЛ
task-untaken = Никто не взял за { $waited }
task-late-back = Вернулась в общую очередь: за { $hours } нет результата
task-nobody = Никому не сообщили: никто из ответственных не подключён к боту. Задача ждёт в списке
task-held = Оповещение уйдёт { $when }
task-held-short = уйдёт { $when }
task-top-remind = Напоминание: задача у вас, результата ещё нет. Через { $hours } она вернётся в общую очередь.
task-top-soon = Напоминание: клиент ждёт ответа, срок подходит.
task-top-taken-back = Задача вернулась в общую очередь: за { $hours } нет результата.
gap-who = { $who ->
        [point] Владелец точки
        [service] Владелец услуги
        [deputy] Заместитель
        [head] Руководитель
        [administrator] Администратор
       *[other] Ответственный
    } { $why ->
        [out] не подключён к боту
        [away] отсутствует
       *[none] не назначен
    }
gap-told = { $told ->
        [owner] сообщили ответственному
        [deputy] сообщили заместителю
        [head] сообщили руководителю
       *[administrator] сообщили администратору
    }
person-away = { $name } отсутствует до { $day }.
person-instead = Замещает: { $name }
menu-away = Меня нет
away-until = До какого дня вас не будет, включая этот день?
away-until-hint = Нажмите кнопку или напишите день: 14.12, «до 14 декабря».
away-today = Только сегодня
away-tomorrow = До завтра, { $day }
away-week = До конца недели, { $day }
away-not-a-day = Не получилось понять, какой это день. Напишите, например, 14.12 или «до 14 декабря».
away-past = { $day } уже прошло. Назовите сегодняшний день или более поздний.
away-too-long = До { $day } больше года. Назовите день поближе, потом срок можно продлить.
away-who = Вас не будет до { $day }. Кто вместо вас?
away-deputy = Мой заместитель ({ $names })
away-nobody = Никто
away-silent = { $name } – к боту не подключён
away-silent-chosen = { $name }: ещё нет подключения к боту, оповещения сюда не дойдут. Пока его нет, они уйдут следующему по порядку.
away-too = { $name } в эти дни тоже отсутствует: с { $since } до { $until }. Выберите кого-нибудь ещё.
away-now = Вас нет до { $day }.
away-instead = Вместо вас: { $names }
away-instead-deputy = { $n ->
        [one] Вместо вас заместитель: { $names }
       *[other] Вместо вас заместители ваших точек и услуг: { $names }
    }
away-instead-nobody = Замены нет, о ваших задачах узнает { $name }
away-returns = { $day } всё вернётся само.
away-tasks = { $n ->
        [one] У вас в работе { $n } задача, она остаётся за вами.
        [few] У вас в работе { $n } задачи, они остаются за вами.
       *[many] У вас в работе { $n } задач, они остаются за вами.
    } Вернуть в очередь?
away-returned = { $n ->
        [one] { $n } задача снова в общей очереди.
        [few] { $n } задачи снова в общей очереди.
       *[many] { $n } задач снова в общей очереди.
    }
away-ended = С возвращением! Оповещения снова приходят вам.
away-not = Сейчас вы на месте: оповещения приходят вам.
button-back-at-work = Я вернулся
button-return-tasks = Вернуть мои задачи в очередь
button-other-days = Изменить дни

## Incidents and exclusions

channel-system = система
task-title-series = № { $number }. Серия низких оценок
task-title-drift = № { $number }. Оценки стали хуже
task-title-silence = № { $number }. Код никто не открывает
task-short-series = серия низких оценок
task-short-drift = оценки стали хуже
task-short-silence = код не открывают
task-more-low = { $n ->
        [one] Ещё { $n } низкая оценка здесь:
        [few] Ещё { $n } низкие оценки здесь:
       *[many] Ещё { $n } низких оценок здесь:
    }
task-more-low-some = { $n ->
        [one] Ещё { $n } низкая оценка здесь.
        [few] Ещё { $n } низкие оценки здесь.
       *[many] Ещё { $n } низких оценок здесь.
    } { $shown ->
        [0] Все – в списке.
        [one] Новая – на кнопке, остальные – в списке.
       *[many] Новые – на кнопках, остальные – в списке.
    }
task-more-incidents = { $n ->
        [one] Ещё { $n } такое же сообщение:
        [few] Ещё { $n } таких же сообщения:
       *[many] Ещё { $n } таких же сообщений:
    }
task-more-incidents-some = { $n ->
        [one] Ещё { $n } такое же сообщение.
        [few] Ещё { $n } таких же сообщения.
       *[many] Ещё { $n } таких же сообщений.
    } { $shown ->
        [0] Все – в списке.
        [one] Новое – на кнопке, остальные – в списке.
       *[many] Новые – на кнопках, остальные – в списке.
    }
task-more-button = № { $number } · { $what }
series-marks = Оценки не выше { $upto } за { $hours ->
        [one] { $hours } час
        [few] { $hours } часа
       *[many] { $hours } часов
    }: { $n } ({ $marks })
series-mark = «{ $mark }» – { $n }
series-reasons = Что выбрано: { $reasons }
series-excluded = Исключено как спам или повтор: { $n }
series-tasks = { $n ->
        [one] Есть задача по одной из оценок:
       *[many] Задачи по этим оценкам:
    }
series-tasks-some = Задачи по этим оценкам: { $n }. Первые – на кнопках, остальные – в списке.
drift-last = { $n ->
        [one] Последняя { $n } оценка
        [few] Последние { $n } оценки
       *[many] Последние { $n } оценок
    }: { $share } % хороших (интервал { $low }–{ $high } %).
drift-before = За { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[many] { $days } дней
    } до этого: { $share } %, { $n ->
        [one] { $n } оценка
        [few] { $n } оценки
       *[many] { $n } оценок
    }.
drift-good = Хорошие оценки – 4 и 5.
silence = Лист { $number } не открывали { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[many] { $days } дней
    }. Проверьте: не сорван ли, не заклеен ли код.
silence-place = Где висит: { $place }
silence-never = С печати его не открывали ни разу.
exclusion-spam = спам
exclusion-double = повтор
task-excluded = Не входит в показатели: { $kind }. Причина: «{ $reason }». { $by }, { $moment }
button-exclude = Спам или повтор
button-include = Вернуть в показатели
button-excluded = Исключённые оценки
exclude-what = Почему оценка по задаче № { $number } не должна войти в показатели?
exclude-what-hint = Спам: оценку поставил не клиент (шутка, робот, реклама). Повтор: тот же человек ещё раз оценил то же посещение. Плохая оценка сама по себе – не причина.
exclude-spam = Спам
exclude-double = Повтор
exclude-why = Задача № { $number }, { $kind }. Напишите причину.
exclude-why-hint = Её увидят все, кто читает отчёты. Не пишите имён, телефонов и номеров документов. Например: { $mark ->
        [spam] «30 одинаковых оценок за минуту, посетителей не было»
       *[double] «клиент оценил один визит в двух мессенджерах»
    }.
exclude-short = Слишком коротко. Напишите причину словами, хотя бы 5 букв.
exclude-hidden = Номера и почта в причине скрыты: её увидят все.
exclude-preview = Задача № { $number }, { $mark }: { $kind }.
    Причина: «{ $reason }»

    Оценка не войдёт в показатели. Запись останется, причина будет видна в отчётах.
exclude-preview-closes = Задача закроется.
button-exclude-yes = Исключить из показателей
exclude-done = Оценка исключена из показателей: { $kind }. { $reason }
excluded-now = Оценка по задаче № { $number } исключена из показателей.
excluded-already = Эта оценка уже исключена: { $by }, { $moment }.
included-now = Оценка по задаче № { $number } снова входит в показатели.
included-already = Эта оценка и так входит в показатели.
exclude-not-allowed = Исключать оценки и возвращать их может только администратор.
exclude-concerned = Эта оценка касается вас, поэтому решать должен другой. { $names ->
        [none] Администратора и руководителя для этого нет: добавьте их в staff.yaml.
       *[some] Это может: { $names }.
    }
exclude-gone = Этой оценки больше нет: клиент удалил её или убрал.
exclude-client-waits = Клиент ждёт ответа до { $day }. Сначала ответьте ему, потом исключайте оценку.
excluded-title = { $n ->
        [one] { $n } исключённая оценка
        [few] { $n } исключённые оценки
       *[many] { $n } исключённых оценок
    }. Сначала новые.
excluded-none = Исключённых оценок нет.
excluded-line = № { $number } · { $mark } · { $kind } · { $name }

## Codes and sheets

code-revoked = Этот код больше не действует.
code-over = Код действовал до { $day }.
code-early = Код начнёт действовать { $day }.
code-closed = Само место закрыто: { $name }.
code-nearest = Ближайшее открытое: { $name }.
code-contacts = Здесь оценок не собирают. Если нужна помощь, вот как нас найти.
button-elsewhere = Я в другом месте
choose-page = Показано { $first }–{ $last } из { $total }.
choose-page-hint = Нажмите кнопку или напишите часть названия, например «кабинет 104».
choose-page-hint-typed = Нажмите кнопку, напишите её номер или часть названия, например «кабинет 104».
button-more = Ещё
button-first-page = В начало списка
search-found = Нашлось: { $n }.
search-many = Нашлось: { $n }. Первые { $shown } – ниже. Если нужного нет, напишите точнее.
search-nothing = Ничего не нашлось. Напишите другое слово из названия или номер кабинета.
button-all-places = Весь список
# Pages: what a code no longer does, and the list of many places
web-code-revoked = Этот код больше не действует
web-code-over = Код действовал до { $day }
web-code-early = Код начнёт действовать { $day }
web-code-closed = Само место закрыто: { $name }.
web-code-still = Оценить это место можно и без кода.
web-contacts-text = Здесь оценок не собирают. Если нужна помощь, позвоните или приходите: телефон, адрес и часы – внизу страницы.
web-contacts-call = Позвонить: { $phone }
web-search-label = Название или номер кабинета
web-search-button = Найти
web-search-found = { $n ->
        [one] Нашлось { $n } место.
        [few] Нашлось { $n } места.
       *[many] Нашлось { $n } мест.
    }
web-search-nothing = Ничего не нашлось. Попробуйте другое слово или только номер.
web-all-points = Все места
web-pages = Страницы списка
web-page = Страница { $number } из { $pages }
web-page-before = ← Назад
web-page-after = Дальше →

## Answers from paper and telephone

channel-paper = бумажная анкета
channel-phone = телефон
menu-enter = Внести ответ с бумаги или по телефону
enter-how = Как пришёл ответ?
enter-how-hint = Внесите то, что отметил или сказал клиент. Имя и телефон клиента не нужны.
enter-paper = С бумажной анкеты
enter-phone = По телефону
enter-where = О каком месте или услуге этот ответ?
enter-where-hint = Нажмите кнопку или напишите часть названия.
enter-found = Нашлось по слову «{ $find }»:
enter-none = Ничего не нашлось по слову «{ $find }». Выберите из списка.
enter-next = Дальше
enter-before = Раньше
enter-all = Весь список
enter-page = Страница { $page } из { $pages }
enter-survey = Анкета: { $name }. Внесите, что { $channel ->
        [paper] отметил
       *[phone] ответил
    } клиент.
enter-danger = В этом ответе есть слова об опасности. Мы уже сообщили ответственным сотрудникам.
enter-gone = Эта анкета уже закрыта. Начните, пожалуйста, заново.
entered = Внесено: { $name }. Ещё одну?
entered-again = Исправлено: { $name }. Внести ещё одну?
enter-same = Ещё такую же
enter-other = Другая точка
enter-fix = Исправить последнюю
task-from-paper = С бумажной анкеты
task-from-phone = По телефону
task-note-corrected = Оператор исправил оценку: теперь { $value ->
        [unsure] «затрудняюсь ответить»
       *[other] { $value }
    }

## Instruments

mark-of = { $mark } из { $most }
task-question = { $question } – { $mark }

## Invitations

menu-invitations = Приглашения после визита
invitations-about = После визита мы можем написать вам сюда и спросить, как всё прошло. Не чаще раза в { $days ->
        [one] { $days } день
        [few] { $days } дня
       *[many] { $days } дней
    }, не ночью, не в воскресенье и не в праздник.
invitations-how = Для этого получите код и покажите его в окне или введите в электронной очереди. Имя не нужно. Отказаться можно в любой момент.
invitations-stopped = Сейчас мы первыми вам не пишем: вы так просили. Чтобы включить приглашения, получите код и покажите его в окне или введите в электронной очереди. Имя не нужно.
invitations-have = Ваш код выдан { $day } и действует год. Показать его ещё раз мы не можем: храним только отпечаток. Если код потерялся, получите новый. Старый тогда перестанет действовать.
invitations-get-code = Получить мой код
invitations-new-code = Получить новый код
invitations-code = Ваш код:

    { $code }

    Покажите его в окне или введите в электронной очереди. Код действует год. Новый код заменит этот.
invitations-pages = В браузер мы первыми написать не можем. Приглашения после визита приходят там: { $names }. Откройте бота и выберите в меню «Приглашения после визита».
invitations-off = Сейчас приглашения не рассылаются. Оценить посещение можно в любой момент через меню.
invitations-ended = Приглашений больше не будет, ваш код не действует. Передумаете – откройте в меню «Приглашения после визита».
invitation-visited = Вы были у нас { $day }: { $name }.
invitation-turned-to-us = Вы обращались к нам { $day }: { $name }.
invitation-again = Напоминаем один раз.
invitation-ask = Оцените, пожалуйста: { $n ->
        [one] { $n } вопрос
        [few] { $n } вопроса
       *[many] { $n } вопросов
    }, полминуты, анонимно.
invitation-rate = Оценить
invitation-later = Не сейчас
invitation-stop = Больше не спрашивать
invitation-thanks = Хорошо, об этом визите больше не спросим. Спасибо!
invitation-over = Это приглашение уже закрыто. Оценить посещение можно и без него.
data-link = код приглашений, выдан { $day }: его отпечаток и зашифрованный адрес, чтобы пригласить вас после визита. Не дольше года
data-invitation-open = открытое приглашение: место и день визита. Когда вы ответите или откажетесь, они забудутся
data-invitations = дни, когда мы вас приглашали, чтобы не делать этого слишком часто. Не дольше { $n ->
        [one] { $n } дня
       *[other] { $n } дней
    }. Что вы ответили, здесь не записано
# The help page of the HTTP API
api-title = Сообщить о визите
api-text = Для электронной очереди и других систем учреждения. Клиент получает код в боте и даёт его вам. Вы сообщаете о визите, и мы приглашаем клиента оценить его: не чаще, чем он согласился.
api-token-title = Ключ
api-token-text = Ключ выдаёт администратор: python -m bot token СОТРУДНИК --label очередь. Храните его как пароль.
api-request-title = Запрос
api-fields-title = Поля
api-field-point = код или токен точки; вместо него или вместе с ним – service
api-field-service = код услуги
api-field-time = время визита с часовым поясом; не в будущем и не старше 7 дней
api-field-link = код, который дал клиент
api-field-id = ваш номер визита: повторный запрос с тем же номером ничего не изменит
api-batch = Можно передать список: до { $n } визитов сразу. Если в одном ошибка, не принят ни один.
api-answers-title = Ответы
api-answer-202 = принято. Ответ одинаков, есть такой клиент или нет: кто отказался от приглашений, знаем только мы
api-answer-401 = ключа нет, он закрыт или истёк
api-answer-403 = сотруднику с этим ключом такое не разрешено
api-answer-404 = точки или услуги с таким кодом нет
api-answer-413 = запрос больше 64 КБ
api-answer-415 = нужен Content-Type: application/json
api-answer-422 = ошибка в запросе; message говорит, где
api-answer-429 = слишком часто: больше { $n } визитов в минуту
api-answer-503 = база данных занята, повторите через минуту
api-openapi = Описание в формате OpenAPI
