### Texts of the program, English.

## Menu and greetings

greeting = Hello! This is the feedback bot of { $office }.
    Here you can rate your visit. It is anonymous and takes half a minute.
    Type the code from the poster or choose:
menu = Menu. Please choose:
menu-rate = Rate a visit or a service
menu-rate-bot = Rate this bot
menu-language = Язык / Language
menu-data = What is stored about me
menu-stop = Stop writing to me
menu-start-again = Write to me again
menu-help = Help and contacts
menu-tasks = Open tasks
button-menu = Menu
button-back = Back
button-skip = Skip
button-done = Done
button-continue = Continue
button-change = Change
button-keep = Leave it as it is
button-cancel = Cancel
button-refresh = Refresh
button-go-to = Go to { $name }

channel-telegram = Telegram
channel-vk = VK
channel-web = the page in your browser
channel-console = terminal

## Surveys

progress = { $number } of { $total }
note-required = required
note-optional = can be skipped
choose-or-type = I could not understand the answer. Press a button or type its number.
choose-at-least-one = Please choose at least one.
write-something = Please write a few words.
too-long = That is too long. Please keep it under { $limit } characters.
number-hidden = We found personal data in the text (a number or an e-mail) and did not store it: it is hidden.
skipped = skipped
your-comment = your comment
already-answered = You have already answered: { $mark }.
already-today = You have already rated this today: { $name }. Your rating: { $mark }.
    You can change it until the end of the day.
mark-kept = Fine, your rating stays as it was. Thank you!
survey-closed = This survey is closed. Thank you!
old-button = This button no longer works.
resume = You have not finished the survey: { $name }. Shall we go on with question { $number }?
subject-bot = This bot
subject-answer = The answer to message No. { $number }
subject-none = A message outside a survey ({ $channel })
ask-reply = Would you like to hear what we do about it? We will answer by { $day }.
ask-reply-hint = A member of staff will write. We will not learn your name.
button-want-reply = Yes, please answer
button-no-reply = No, thank you
reply-promised = A member of staff will answer you by { $day }.
keep-link = This is your personal link. You will read the answer there. Keep it and do not share it.
danger = If life is in danger, call 112. The call is free from any phone.
    We have already told our staff.

## Points

choose-what-to-rate = What would you like to rate?
choose-what-to-rate-hint = Press a button or type a number.
service-named = Service: { $name }
unknown-token = There is no such code. Check the letters and digits under the QR code or choose from the list.
point-closed = This place is closed: { $name }. Please choose another one.
point-closed-nearest = This place is closed: { $name }. The nearest open one: { $nearest }.

## The answer of a person

answer = A member of staff has answered you ({ $post }):

    { $text }
answer-helped = Did it help?
answer-gone = This conversation is closed. If you need help, open the menu.
reply-waiting = We have your rating. A member of staff will answer here by { $day }.
    Please keep the address of this page.
button-helped = It helped
button-unhelped = It did not help
button-rate-answer = Rate the answer
helped = We are glad it helped. Thank you!
unhelped = We are sorry it did not help. We have passed it on to the head. You will get a new answer by { $day }.
unhelped-again = We are sorry. Please call { $phone }. We will sort it out together.
already-told = You have already told us. Thank you!

## Language, help, data

language-changed = I write in English now.
choose-language = Выберите язык. Choose your language.
help-contacts = Phone: { $phone }
    Address: { $address }
    Hours: { $hours }

    “Menu” – back to the menu. “Stop” – no more messages.
data-title = This is all that is stored about this conversation:
data-conversation = the language ({ $language }) and your place in the menu; instead of your name – an encrypted fingerprint of the address
data-stopped = the mark “do not write to me”
data-open = an open survey: { $name }. It becomes anonymous when finished
data-today = until the end of the day: a link to { $n ->
        [one] { $n } rating
       *[other] { $n } ratings
    } of today, so that you can change it. It disappears at night
data-relay = an encrypted address for the answer you asked for. It is removed after you rate the answer, by { $day } at the latest
data-relay-page = if you asked for an answer, it waits at your personal link. You can delete it on that page
data-staff = you are staff: { $name }
data-no-more = nothing else: no name, no phone, no text of the conversation
button-delete = Delete everything
ask-delete = Delete everything stored about this conversation? Your ratings stay, without any link to you. No answer to them will come.
button-delete-yes = Yes, delete
button-delete-no = No, keep it
delete-cancelled = Nothing was deleted.
deleted = Everything is deleted. If you need us, just write.
deleted-stopped = Everything is deleted. Only the mark “do not write to me” remains.
stopped = Fine, we will not write first any more. An answer you asked for yourself will still come.
    You can refuse that too: menu, “What is stored about me”.
started-again = Fine, we may write to you again.
not-understood = I did not understand. Please choose a button.

## When something is not possible

unreadable-voice = I cannot hear voice messages. Please write or press a button.
unreadable-photo = I do not look at photos or store them. Please write or press a button.
unreadable-video = I do not watch videos or store them. Please write or press a button.
unreadable-file = I do not take files or store them. Please write or press a button.
unreadable-sticker = I do not understand stickers. Please press a button or write.
unreadable-contact = I do not take contacts or store them. Please press a button.
unreadable-location = I do not take locations or store them. Please press a button.
unreadable-edited = I do not read edited messages again. Please answer once more.
unreadable-foreign = This button is not from our bot.
unreadable-other = I do not understand this kind of message. Please write or press a button.
slow-down = Too many messages in a row. Please wait a minute and write again.
busy = Your message is here. I will answer a little later: there is a lot to do right now.
our-fault = Something went wrong, and it is our fault. Please try again or call { $phone }.
refused = This cannot be done here. Please call { $phone }.
refused-elsewhere = This cannot be done here: that is how we protect your data. You can do it in: { $names }. Phone: { $phone }.

## Staff

joined = You have joined as staff: { $name } ({ $post }).
    Low ratings of your points will come here.
invite-bad = This link has been used, has expired, or was made for another messenger. Ask the administrator for a new one.
group-joined = Hello! To get ratings here, the administrator must write the connection code.
group-member = member of the group
bound = Done: this group is connected. Low ratings will come here.
bind-bad = The connection code did not work: it has been used or has expired. Ask the administrator for a new one.
not-staff = This button is for staff only.
note-group-removed = The bot was removed from a group ({ $channel }). Low ratings no longer arrive there.
open-tasks = { $n ->
        [one] { $n } open task
       *[other] { $n } open tasks
    }. Oldest first.
no-tasks = There are no open tasks.
task-gone = There is no such task.
task-line = No. { $number } · { $mark } · { $name }
task-line-taken = No. { $number } · { $mark } · { $name } · { $holder }
task-mark-short = rating { $score }
task-short-low_score = message
task-short-danger = danger
task-low_score = No. { $number }. Low rating
task-danger = No. { $number }. URGENT: words of danger
task-service = Service: { $name }
task-mark = Rating: { $mark }
task-reasons = Chosen: { $reasons }
task-words = Comment: “{ $text }”
task-low-today = Low ratings here today: { $n }
task-series = Looks like a series of equal ratings from one place
task-wants-reply = The client expects an answer by { $day }
task-replied = The client has been answered
task-new = Nobody has taken it
task-taken = In work: { $holder }, { $time }
task-closed = Closed: { $holder }, { $time }. Done: { $done }
task-still-answering = The client is still answering; this message will be completed.
task-note-raised = The client changed the rating: now { $value ->
        [unsure] “hard to say”
       *[other] { $value }
    }
task-note-not_helped = Client: “It did not help”. A new answer is needed
task-note-not_helped_again = Client again: “It did not help”. He was given the phone number
task-note-helped = Client: “It helped”
task-note-address_deleted = The client deleted the address: no answer can reach him
task-note-unreachable = Messages do not reach the client
task-take = Take it
task-answer = Answer the client
task-close = Close
task-return = Give back
task-transfer = Hand over
you-took = You have taken task No. { $number }.
task-taken-by = Task No. { $number } was taken by { $name }
taken-already = This task is in work already: { $holder }, { $time }.
taken-by-you = You have had this task since { $time }.
task-returned = Task No. { $number } is back in the common queue.
task-not-taken = Nobody had taken this task.
transfer-whom = Whom shall task No. { $number } go to?
task-handed-over = Task No. { $number } is handed over: { $name }
task-handed-over-silent = Task No. { $number } is handed over: { $name }
    This person has not joined the bot yet. Please tell them yourself.
nobody-waits = The client does not expect an answer now.
write-in-private = { $name }, please write the text to me in private: I am waiting for it there.
write-answer = Write the answer to the client for task No. { $number }.
write-answer-hint = What was done and what comes next, in plain words. Before sending I will show how the client sees it.
write-done = Task No. { $number }: what was done?
write-done-and-tell = Task No. { $number }: what was done? The client expects an answer, and this text will go to him.
write-done-hint = It cannot be closed without this. For example: “We put up a second desk, the queue is shorter”.
write-more = Too short. Please write what was done.
preview = The client will see this:

    “{ $text }”

    Send it?
preview-close = The client will see this, and the task will be closed:

    “{ $text }”

    Send it?
button-send = Send
button-rewrite = Write again
number-hidden-staff = Numbers and e-mails are hidden: this channel may not carry them.
cancelled = Cancelled.
answer-sent = The answer for task No. { $number } is sent.
answered-and-closed = The answer is sent, task No. { $number } is closed.
task-closed-now = Task No. { $number } is closed.
already-closed = This task is closed already: { $holder }, { $time }.
# Pages of the browser: the talk
web-language = English
web-languages = Language
web-skip = Skip to content
web-next = Next
web-send = Send
web-limit = Up to { $limit ->
    [one] { $limit } character
   *[other] { $limit } characters
}.
web-to-answer = Go to the answer
web-talk = Conversation
web-write-title = Write in words
web-write-hint = For example: “Menu”, “Stop” or the code from the poster.
web-start-title = Start here
web-start-text = Rate how you were served, or open the menu. No name is needed. It takes half a minute.
web-start-button = Start
web-keep-label = Your personal address
web-keep-hint = Copy the address or take a photo of the code. Show it only to people you trust.
web-keep-open = Open this page
web-keep-code = Code with your personal address
web-tasks = Open tasks
web-fresh = This page refreshes itself every minute.
web-fresh-off = Stop refreshing
web-fresh-on = Refresh by itself
web-write-link = Write in words
web-forgotten-title = Deleted
web-forgotten-text = We have deleted what we kept about you. Your ratings remain with no link to you.
web-join-title = Staff sign-in
web-join-text = Press the button, and this browser becomes your workplace: tasks will arrive here. The link works once. Do not sign in on somebody else's computer.
web-join-button = Sign in
web-refused-title = We did not accept this form
web-refused-text = The page was opened too long ago, or the browser does not keep cookies – a small note by which we recognise your conversation. Open the page again and repeat.
web-refused-kept = This is what you wrote. Copy it so that it is not lost:
web-refused-button = Open the page again
web-busy-title = We could not save it just now
web-busy-text = Press “Send again”. Your answer is here, it is not lost.
web-busy-button = Send again
web-busy-look = The page did not open just now. Wait a little and try again.
web-busy-look-button = Open again
web-large-title = Too long
web-large-text = We cannot take that much text. Go back in your browser: your text is still there. Make it shorter and send it again.
web-gone-title = There is nothing at this link
web-gone-text = There may be a mistake in the address, or the link has expired. Check the address or call us.
web-home = Home page
web-phone = Phone
# Pages before the talk: where the printed code leads
web-site-title = Visitors' feedback
web-site-text = Tell us how you were served. Two or three questions, half a minute, no name needed. A poor rating reaches a head of department who will look into it.
web-site-points = Choose a place
web-site-menu = Open the menu
web-point-text = Please answer 2–3 questions. It takes half a minute. Anonymous.
web-doors = Where would you like to answer?
web-open = Open { $title }
web-hint-telegram = Then press “Start”.
web-hint-vk = Press “Start” or write any word.
web-here = Answer here, without a messenger
web-elsewhere = I am somewhere else
web-closed-title = { $name }: closed now
web-closed-nearest = The nearest place that is open: { $name }.
web-closed-none = Choose the place that you visited.
web-unknown-title = There is no such address
web-unknown-text = Check the letters and digits after /q/. A code never has 0, O, 1, I, L or U. Or choose the place from the list.
web-points-title = Where were you?
web-points-text = Choose the place that you want to rate.
web-points-none = There are no open places now. Please call us.
web-hours = Opening hours
web-address = Address

## Hours and the calendar

## Escalation, absences, the list of tasks

## Incidents and exclusions

## Codes and sheets

## Answers from paper and telephone

## Instruments

## Invitations
