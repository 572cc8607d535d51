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
    Часы работы: { $hours }

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
    }. Сначала старые.
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
web-point-text = Ответьте на 2–3 вопроса. Это займёт полминуты. Анонимно.
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
web-hours = Часы работы
web-address = Адрес

## Hours and the calendar

## Escalation, absences, the list of tasks

## Incidents and exclusions

## Codes and sheets

## Answers from paper and telephone

## Instruments

## Invitations
