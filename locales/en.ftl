### Texts of the program, English.

## Menu and greetings

greeting = Hello! I am the bot of { $office }: ask me in your own words or rate your visit, no name needed.
    You can also type the code from the poster, or choose:
menu = Menu. Please choose:
menu-rate = Rate a visit or a service
menu-rate-bot = Rate this bot
menu-language = Язык / Language
menu-data = My data
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
reply-waiting = We have your message. A member of staff will answer here by { $day }.
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

    { $hours }

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
not-understood = I did not understand. Please press a button or type your question in words.

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
    }. Urgent ones first, then the oldest.
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
web-write-hint = For example: your question, “Menu”, “Stop” or the code from the poster.
web-start-title = Start here
web-start-text = Ask a question or rate how you were served. No name is needed.
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
web-file = Attach a file (photo or document, up to { $megabytes } MB)
web-file-hint = JPEG, PNG, WebP, PDF, DOCX, XLSX, ODT or TXT. We remove the place from photos.
web-file-large-title = The file is too large
web-file-large-text = We take files of up to { $megabytes } MB. Make the photo smaller or divide the document. You can also send the text without a file.
web-file-again = Go back
web-busy-file = Go back, paste your text and choose the file again.
web-no-file-title = There is no such file
web-no-file-text = It may have been deleted when its time was over, or this browser is not recognised. Sign in and open the appeal again.
web-gone-title = There is nothing at this link
web-gone-text = There may be a mistake in the address, or the link has expired. Check the address or call us.
web-home = Home page
web-phone = Phone
# Pages before the talk: where the printed code leads
web-site-title = Visitors' feedback
web-site-text = Tell us how you were served. Two or three questions, half a minute, no name needed. A poor rating reaches a head of department who will look into it.
web-site-points = Choose a place
web-site-menu = Open the menu
web-point-text = Please answer a few questions. It takes half a minute. Anonymous.
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
web-address = Address

## Hours and the calendar

menu-hours = When we are open
hours-title = When we are open
hours-of = Opening hours: { $office }
hours-open = Open now, until { $until }.
hours-open-lunch = Open now, until { $until } (lunch { $lunch }).
hours-at-lunch = Closed for lunch now, we open at { $at }.
hours-at-break = Closed for a break now, we open at { $at }.
hours-closed = Closed now.
hours-closed-today = Closed now, we open today at { $at }.
hours-closed-tomorrow = Closed now, we open tomorrow at { $at }.
hours-closed-weekday = Closed now, we open on { $weekday ->
        [0] Monday
        [1] Tuesday
        [2] Wednesday
        [3] Thursday
        [4] Friday
        [5] Saturday
       *[6] Sunday
    } at { $at }.
hours-closed-day = Closed now, we open on { $day } at { $at }.
hours-unknown = Please ask for our opening hours by phone.
hours-weekday = { $weekday ->
        [0] Mon
        [1] Tue
        [2] Wed
        [3] Thu
        [4] Fri
        [5] Sat
       *[6] Sun
    }
hours-every-day = every day
hours-off = closed
hours-lunch = lunch { $lunch }
hours-day-off = { $day } – closed
hours-day-off-why = { $day } – closed: { $why }
hours-days-off = { $since } to { $until } – closed
hours-day-until = { $day } – until { $until }
hours-day-other = { $day } – { $hours }
hours-day-work = { $weekday } { $day } – open { $hours }
day-preliminary = { $day } (preliminary)
promise-moved-off = { $day } was declared a day off. We will answer you by { $until }.
promise-moved-work = { $day } was declared a working day. We will answer you by { $until }.
promise-moved = The calendar of working days has changed. We will answer you by { $until }.
note-year-unconfirmed = The calendar of { $year } is not confirmed. Until it is, the dates we name in that year are preliminary.
    Compare the days off with the government’s decree, then: python -m bot calendar confirm { $year } --basis …

## Escalation, absences, the list of tasks

when-today = today at { $time }
when-tomorrow = tomorrow at { $time }
when-day = on { $day } at { $time }
working-hours = { $n ->
        [one] { $n } working hour
       *[other] { $n } working hours
    }
working-hours-part = { $n } working hours
minutes = { $n ->
        [one] { $n } minute
       *[other] { $n } minutes
    }
task-overdue = OVERDUE. The client was promised an answer by { $day }
task-overdue-short = OVERDUE
task-untaken = Nobody took it within { $waited }
task-late-back = Back in the common queue: no result within { $hours }
task-nobody = Nobody was told: none of the responsible people has joined the bot. The task waits in the list
task-held = The alert goes out { $when }
task-held-short = goes out { $when }
task-top-remind = Reminder: you have this task and there is no result yet. In { $hours } it goes back to the common queue.
task-top-soon = Reminder: the client expects an answer, and the day is near.
task-top-taken-back = The task went back to the common queue: no result within { $hours }.
gap-who = { $who ->
        [point] The owner of the point
        [service] The owner of the service
        [deputy] The deputy
        [head] The head
        [administrator] The administrator
       *[other] The responsible person
    } { $why ->
        [out] has not joined the bot
        [away] is away
       *[none] is not named
    }
gap-told = { $told ->
        [owner] the responsible person was told
        [deputy] the deputy was told
        [head] the head was told
       *[administrator] the administrator was told
    }
person-away = { $name } is away until { $day }.
person-instead = Substitute: { $name }
menu-away = I am away
away-until = Until what day will you be away, that day included?
away-until-hint = Press a button or write the day: 14.12, “until 14 December”.
away-today = Only today
away-tomorrow = Until tomorrow, { $day }
away-week = Until the end of the week, { $day }
away-not-a-day = I could not understand the day. Please write, for example, 14.12 or “until 14 December”.
away-past = { $day } is over. Please name today or a later day.
away-too-long = { $day } is more than a year away. Please name an earlier day; you can prolong it later.
away-who = You are away until { $day }. Who stands in for you?
away-deputy = My deputy ({ $names })
away-nobody = Nobody
away-silent = { $name } – has not joined the bot
away-silent-chosen = { $name } has not joined the bot yet and gets no alerts. Until then they go to the next in line.
away-too = { $name } is away on these days too: { $since } to { $until }. Please choose somebody else.
away-now = You are away until { $day }.
away-instead = Your substitute: { $names }
away-instead-deputy = { $n ->
        [one] Your deputy stands in: { $names }
       *[other] The deputies of your points and services stand in: { $names }
    }
away-instead-nobody = No substitute; your tasks will be told to { $name }
away-returns = On { $day } everything is as before by itself.
away-tasks = { $n ->
        [one] You have { $n } task in work; it stays yours.
       *[other] You have { $n } tasks in work; they stay yours.
    } Give back to the queue?
away-returned = { $n ->
        [one] { $n } task is back in the common queue.
       *[other] { $n } tasks are back in the common queue.
    }
away-ended = Welcome back! Alerts come to you again.
away-not = You are here now: alerts come to you.
button-back-at-work = I am back
button-return-tasks = Give my tasks back to the queue
button-other-days = Change the days

## Incidents and exclusions

channel-system = system
task-title-series = No. { $number }. A series of low ratings
task-title-drift = No. { $number }. Ratings have become worse
task-title-silence = No. { $number }. Nobody opens the code
task-short-series = series of low ratings
task-short-drift = ratings have become worse
task-short-silence = code is not opened
task-more-low = { $n ->
        [one] { $n } more low rating here:
       *[other] { $n } more low ratings here:
    }
task-more-low-some = { $n ->
        [one] { $n } more low rating here.
       *[other] { $n } more low ratings here.
    } { $shown ->
        [0] All are in the list.
        [one] The newest has a button, the others are in the list.
       *[other] The newest have buttons, the others are in the list.
    }
task-more-incidents = { $n ->
        [one] { $n } more message like this:
       *[other] { $n } more messages like this:
    }
task-more-incidents-some = { $n ->
        [one] { $n } more message like this.
       *[other] { $n } more messages like this.
    } { $shown ->
        [0] All are in the list.
        [one] The newest has a button, the others are in the list.
       *[other] The newest have buttons, the others are in the list.
    }
task-more-review = { $n ->
        [one] { $n } more answer must be checked:
       *[other] { $n } more answers must be checked:
    }
task-more-review-some = { $n ->
        [one] { $n } more answer must be checked.
       *[other] { $n } more answers must be checked.
    } { $shown ->
        [0] All of them are in the list.
       *[other] Some are on the buttons, the others in the list.
    }
task-more-button = No. { $number } · { $what }
series-marks = Ratings up to { $upto } within { $hours ->
        [one] { $hours } hour
       *[other] { $hours } hours
    }: { $n } ({ $marks })
series-mark = “{ $mark }” – { $n }
series-reasons = Reasons chosen: { $reasons }
series-excluded = Excluded as spam or doubles: { $n }
series-tasks = { $n ->
        [one] One of these ratings has a task:
       *[other] Tasks of these ratings:
    }
series-tasks-some = Tasks of these ratings: { $n }. The first have buttons, the others are in the list.
drift-last = { $n ->
        [one] The last rating
       *[other] The last { $n } ratings
    }: { $share } % good (interval { $low }–{ $high } %).
drift-before = { $days ->
        [one] The day
       *[other] The { $days } days
    } before: { $share } %, { $n ->
        [one] { $n } rating
       *[other] { $n } ratings
    }.
drift-good = Good ratings are 4 and 5.
silence = Nobody has opened sheet { $number } for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }. Please check: is it torn off, is the code pasted over?
silence-place = Where it hangs: { $place }
silence-never = It was never opened since it was printed.
exclusion-spam = spam
exclusion-double = double
task-excluded = Not in the figures: { $kind }. Reason: “{ $reason }”. { $by }, { $moment }
button-exclude = Spam or double
button-include = Put back into the figures
button-excluded = Excluded ratings
exclude-what = Why should the rating of task No. { $number } be left out of the figures?
exclude-what-hint = Spam: it was not given by a client (a joke, a robot, advertising). Double: the same person has rated the same visit once more. A bad rating alone is no reason.
exclude-spam = Spam
exclude-double = Double
exclude-why = Task No. { $number }, { $kind }. Write the reason.
exclude-why-hint = Everybody who reads reports will see it. Do not write names, phone numbers or document numbers. For example: { $mark ->
        [spam] “30 equal ratings within a minute, there were no visitors”
       *[double] “the client rated one visit in two messengers”
    }.
exclude-short = Too short. Write the reason in words, at least 5 letters.
exclude-hidden = Numbers and e-mail in the reason are hidden: everybody will see it.
exclude-preview = Task No. { $number }, { $mark }: { $kind }.
    Reason: “{ $reason }”

    The rating will be left out of the figures. The record stays, and reports will show the reason.
exclude-preview-closes = The task will be closed.
button-exclude-yes = Exclude from the figures
exclude-done = The rating is excluded from the figures: { $kind }. { $reason }
excluded-now = The rating of task No. { $number } is excluded from the figures.
excluded-already = This rating is excluded already: { $by }, { $moment }.
included-now = The rating of task No. { $number } is in the figures again.
included-already = This rating is in the figures anyway.
exclude-not-allowed = Only an administrator may exclude ratings and put them back.
exclude-concerned = This rating is about you, so somebody else must decide. { $names ->
        [none] There is no administrator or head for it: add one in staff.yaml.
       *[some] This can be done by: { $names }.
    }
exclude-gone = This rating is no more: the client has deleted it or taken it back.
exclude-client-waits = The client waits for an answer until { $day }. Answer first, then exclude the rating.
excluded-title = { $n ->
        [one] { $n } excluded rating
       *[other] { $n } excluded ratings
    }. The newest first.
excluded-none = There are no excluded ratings.
excluded-line = No. { $number } · { $mark } · { $kind } · { $name }

## Codes and sheets

code-revoked = This code no longer works.
code-over = The code worked until { $day }.
code-early = The code will work from { $day }.
code-closed = The place itself is closed: { $name }.
code-nearest = The nearest open one: { $name }.
code-contacts = Ratings are not collected here. If you need help, this is how to find us.
button-elsewhere = I am somewhere else
choose-page = Showing { $first }–{ $last } of { $total }.
choose-page-hint = Press a button or type a part of the name, for example “room 104”.
choose-page-hint-typed = Press a button, type its number or a part of the name, for example “room 104”.
button-more = More
button-first-page = To the beginning of the list
search-found = Found: { $n }.
search-many = Found: { $n }. The first { $shown } are below. If yours is missing, type more of the name.
search-nothing = Nothing was found. Type another word of the name, or the number of the room.
button-all-places = The whole list
# Pages: what a code no longer does, and the list of many places
web-code-revoked = This code no longer works
web-code-over = The code worked until { $day }
web-code-early = The code will work from { $day }
web-code-closed = The place itself is closed: { $name }.
web-code-still = You can rate this place without the code.
web-contacts-text = Ratings are not collected here. If you need help, call us or come: phone, address and hours are at the bottom of the page.
web-contacts-call = Call { $phone }
web-search-label = Name or number of the room
web-search-button = Search
web-search-found = { $n ->
        [one] { $n } place found.
       *[other] { $n } places found.
    }
web-search-nothing = Nothing was found. Try another word, or the number alone.
web-all-points = All places
web-pages = Pages of the list
web-page = Page { $number } of { $pages }
web-page-before = ← Back
web-page-after = Next →

## Answers from paper and telephone

channel-paper = paper form
channel-phone = telephone
menu-enter = Enter an answer from paper or telephone
enter-how = How did the answer come?
enter-how-hint = Enter what the client marked or said. No name and no phone number of the client are needed.
enter-paper = On a paper form
enter-phone = By telephone
enter-where = What place or service is it about?
enter-where-hint = Press a button or type a part of the name.
enter-found = Found for “{ $find }”:
enter-none = Nothing was found for “{ $find }”. Choose from the list.
enter-next = Next
enter-before = Previous
enter-all = Whole list
enter-page = Page { $page } of { $pages }
enter-survey = Form: { $name }. Enter what the client has { $channel ->
        [paper] marked
       *[phone] said
    }.
enter-danger = This answer has words of danger. The people responsible have been told.
enter-gone = This form is closed already. Please begin again.
entered = Entered: { $name }. Another one?
entered-again = Corrected: { $name }. Enter another one?
enter-same = One more like it
enter-other = Another place
enter-fix = Correct the last one
task-from-paper = From a paper form
task-from-phone = By telephone
task-note-corrected = The operator has corrected the mark: now { $value ->
        [unsure] “hard to say”
       *[other] { $value }
    }

## Instruments

mark-of = { $mark } of { $most }
task-question = { $question } – { $mark }

## Invitations

menu-invitations = Invitations after a visit
invitations-about = After a visit we can write to you here and ask how it went. Not more often than once in { $days ->
        [one] { $days } day
       *[other] { $days } days
    }, never at night, on a Sunday or a holiday.
invitations-how = For this, get a code and show it at the window or type it at the electronic queue. No name is needed. You can stop at any time.
invitations-stopped = We do not write to you first now, as you asked. To switch invitations on, get a code and show it at the window or type it at the electronic queue. No name is needed.
invitations-have = Your code was given on { $day } and works for a year. We cannot show it again: we keep only a fingerprint of it. If it is lost, get a new one. The old one then stops working.
invitations-get-code = Get my code
invitations-new-code = Get a new code
invitations-code = Your code:

    { $code }

    Show it at the window or type it at the electronic queue. It works for a year. A new code replaces this one.
invitations-pages = We cannot write to a browser first. Invitations after a visit come there: { $names }. Open the bot and choose “Invitations after a visit” in the menu.
invitations-off = No invitations are sent now. You can rate a visit at any time from the menu.
invitations-ended = There will be no more invitations, and your code does not work any more. If you change your mind, open “Invitations after a visit” in the menu.
invitation-visited = You visited us on { $day }: { $name }.
invitation-turned-to-us = You turned to us on { $day }: { $name }.
invitation-again = We remind you once.
invitation-ask = Please rate it: { $n ->
        [one] { $n } question
       *[other] { $n } questions
    }, half a minute, anonymous.
invitation-rate = Rate
invitation-later = Not now
invitation-stop = Do not ask again
invitation-thanks = All right, we will not ask about this visit again. Thank you!
invitation-over = This invitation is closed. You can rate a visit without it.
data-link = your code for invitations, given on { $day }: its fingerprint and an encrypted address, to invite you after a visit. A year at most
data-invitation-open = an open invitation: place and day of the visit. They are forgotten when you answer or decline
data-invitations = the days on which we invited you, so as not to do it too often. { $n ->
        [one] { $n } day
       *[other] { $n } days
    } at most. What you answered is not kept here
# The help page of the HTTP API
api-title = For other systems: visits, knowledge base, appeals
api-text = For the electronic queue and other systems of the office. A client gets a code from the bot and gives it to you. You report the visit, and we invite the client to rate it: not more often than agreed.
api-token-title = Token
api-token-text = The administrator makes it: python -m bot token PERSON --label queue. Keep it like a password.
api-request-title = Report a visit
api-fields-title = Fields
api-field-point = code or token of the point; instead of it or beside it: service
api-field-service = code of the service
api-field-time = time of the visit with its time zone; not in the future and not older than 7 days
api-field-link = the code that the client gave you
api-field-id = your own number of the visit: the same number again changes nothing
api-batch = You can send a list: up to { $n } visits at once. If one has an error, none is accepted.
api-answers-title = Answers
api-answer-202 = accepted. The answer is the same whether there is such a client or not: who declined invitations is known to us alone
api-answer-401 = no token, or it was ended, or it has expired
api-answer-403 = the person of this token may not do this
api-answer-404 = there is no such point, service, template or appeal, or not for this person
api-answer-413 = the request or file is too large: of visits up to 64 KB
api-answer-415 = send Content-Type: application/json
api-answer-422 = an error in the request; message says where
api-answer-429 = too often: more than { $n } visits or changes a minute
api-answer-503 = the database is busy, repeat in a minute
api-knowledge-title = Knowledge base
api-knowledge-text = Any member of staff with a token may search. Editors, approvers and administrators edit and approve; one's own draft is approved by another. Whoever edits names the edits that were read: if the template was changed meanwhile, 409 comes back with a name.
api-knowledge-search = find an answer in your own words, internal articles too; text and version are those of the client
api-knowledge-list = the list; filters: status, category, owner, overdue, page
api-knowledge-one = one template: draft, published version, history, remarks
api-knowledge-draft = write a draft or a new template; remarks on the text come back
api-knowledge-approve = approve another's draft; with publish, publish it at once
api-knowledge-publish = publish an approved version: clients get it within seconds
api-knowledge-refuse = refuse a draft, with a reason
api-knowledge-withdraw = withdraw an answer, or give it again
api-knowledge-phrasings = how clients have asked: accept or refuse wordings
api-knowledge-unanswered = questions without an answer, without personal data
api-knowledge-files = export the base as YAML files; import a file as drafts
api-openapi = Description in the OpenAPI format

## The knowledge base for staff

menu-kb = Knowledge base
kb-ask = What shall I find in the knowledge base?
kb-ask-hint = Write the question in the client's words, part of a title or the number of an answer. Or at once: “/kb certificate”.
kb-empty = The knowledge base is still empty. The administrator fills it by: python -m bot knowledge import
kb-nothing = Nothing was found. Try other words.
kb-found = The nearest answers, the best one first:
kb-far = There is no exact answer. The nearest ones:
kb-anew = Another search
kb-back = Back to what was found
kb-gone = This answer is no longer in the base: it was withdrawn or replaced.
kb-internal-line = Internal · { $name }
kb-internal = INTERNAL: for staff only, do not send it to clients
kb-draft = DRAFT, version { $number }: not approved yet, do not send it to clients
kb-version = Version { $number }, checked on { $checked }
kb-review = To be checked by { $day }
kb-overdue = THE REVIEW IS OVERDUE since { $day }. Check the answer before you send it
kb-owner = Responsible: { $name }
kb-short = Short text for a comment
kb-no-short = There is no short text for comments
kb-whole = Full text
kb-file = { $name }, version { $version } of { $day }
kb-documents = Documents:
kb-term = Term: { $text }
kb-cost = Cost: { $text }
kb-where = Where: { $text }
kb-source = Legal source: { $text }
subject-category = A question outside the topics
subject-template = Answer of the knowledge base: { $name }
task-title-question = No. { $number }. A client's question
task-title-review = No. { $number }. Check an answer of the knowledge base
task-short-question = a client's question
task-short-review = check an answer
task-asked = Question: “{ $text }”
task-asked-in = Asked in: { $channel }
rule = How to answer: { $text }
rule-days = { $n ->
        [one] Term: { $n } working day
       *[other] Term: { $n } working days
    }
rule-agrees = Who agrees: { $text }
review-passed = The review was due on { $day }
review-do = Open the answer in the knowledge base, compare it with the rules in force, and publish it with a new review date.
review-gone = This answer is no longer in the base: it was withdrawn or replaced. The task can be closed.
review-open = Open the answer
task-insert = Insert the answer: { $title }
task-insert-number = Insert answer { $title }
write-near = Approved answers to similar questions:
task-learn = To the knowledge base
task-note-learnt = The answer is proposed for the knowledge base: draft { $value }
phrasing-proposed = The client's words are proposed to the editor: next time the bot may answer by itself.
learnt = Draft { $id } is made. Another member of staff will approve it.
learn-already = This answer is proposed for the knowledge base already: draft { $id }.
learn-nothing = Only an answer that you wrote to the client yourself can be proposed.
learn-known-only = Only a member of staff who joined by a personal link can propose an answer.
note-draft = A new draft in the knowledge base: { $id }. Author: { $name }.
    To read it: “/kb { $id }”. It is approved by another member of staff, not by the author.

## Questions: the knowledge base, as clients see it

menu-topics = Find out: answers by topic
menu-ask = Ask
menu-forms = Download a form
menu-about = About us: address, hours, phone
menu-client = The menu of clients
menu-more = More
menu-more-text = What else you can do:
topics = Choose a topic.
topics-all = All topics
topics-hint = Press a button or type its number. Or just ask in your own words.
forms = Which form do you need?
about-contacts = Phone: { $phone }
    Address: { $address }
about-news = News and plans
ask-how = Type your question in your own words.
ask-how-hint = No names or document numbers, please.
ask-example = For example: “{ $question }”.
ask-person = Ask a person
ask-write-person = Type your question, a member of staff will get it.
ask-write-hint = Please do not write names, phone numbers or document numbers.
ask-say-again = These choices are closed already.
ask-choose = Is it one of these?
ask-several = I see several questions. Which one first?
ask-none = None of these
ask-unknown = I do not know the answer. I am passing your question to a member of staff.
ask-passed = I am passing your question to a member of staff.
ask-answer-by = The answer will come by { $day }.
ask-near = Meanwhile, this may help.
ask-waits = Your question is with a member of staff.
ask-take-back = Do not pass it on
ask-taken-back = All right, the question is not passed on.
ask-not-waiting = This question is not waiting any more.
ask-already = This question is with a member of staff already. The answer will come by { $day }.
ask-enough = { $n ->
        [one] { $n } question of yours is
       *[other] { $n } questions of yours are
    } waiting for an answer already. Please wait for it or call us: { $phone }.
ask-cut = Your question is very long. The first { $limit } characters are passed on.
ask-not-found = No answer was found.
ask-say-more = I did not understand the question. Please write it in one full sentence.
ask-of-what = What is your question about? Please name the topic.
ask-no-part = The answer “{ $title }” does not say this. See the whole answer or ask a person.
ask-gone = This answer is not available any more. Choose another one or ask in your own words.
ask-helped = We are glad it helped. Thank you!
ask-sorry = We are sorry it did not help. See similar answers or ask a person.
ask-resume = Go on with the survey
ask-greeting = Hello! Type your question in your own words or choose a topic.
ask-thanks = You are welcome! If you have a question, just write.
ask-bye = Goodbye! If you need us, just write.
ask-abuse = I see that you are upset. Write what happened, and a member of staff will look into it. Or choose a topic.
ask-who = I am a bot. I answer questions, give you forms and take ratings. What I do not know goes to a member of staff.
ask-desk = I do not know the answer. Search the knowledge base: it has answers for staff too. To hand the question over, press “Ask as a client”.
ask-desk-find = Search the knowledge base
ask-desk-client = Ask as a client
ask-english = I answer in English. Please type your question.
ask-foreign = I answer in Russian and English. I can answer a question, show our address and hours, and take a rating. You can ask a person.
data-questions = { $n ->
        [one] { $n } question
       *[other] { $n } questions
    } waiting for an answer, without your name. Numbers in the text are hidden
data-seen = until the end of the day: which answers you have marked, and fingerprints of questions we have passed on, so that we do not do so twice
tell-checked = Checked on { $day }.
tell-files = { $n ->
        [one] File
       *[other] Files
    }, version { $version } of { $day }: { $names }
tell-file-button = Download: { $name }
tell-foreign = This answer is available in Russian only. A member of staff can help you in English: press “Ask a person”.
tell-whole = The whole answer
tell-back = Back to the answer
tell-what-is = What is { $word }?
tell-term = { $word } – { $text }.
task-withdrawn = The client took the question back
task-note-withdrawn = The client took the question back, no answer is needed
# The page of a file that cannot be had
web-file-title = This file is not here now
web-file-text = It is being updated, or its answer was withdrawn. Please come back later or call us, we will help.

# --- the life of a template -------------------------------------------------------------------------------
note-review-soon = { $n ->
    [one] Please check this answer of the knowledge base by { $day }: “{ $title }”.
   *[other] { $n } answers of the knowledge base must be checked soon. The first by { $day }: “{ $title }”.
  }

# --- appeals: the deadline in words -----------------------------------------------------------------------
appeal-due = by { $day }, { $n ->
        [one] { $n } day left
       *[other] { $n } days left
    }
appeal-due-today = today is the last day
appeal-overdue = { $n ->
        [one] { $n } day overdue
       *[other] { $n } days overdue
    } (it was due on { $day })
why-rule = Rule: { $basis }.
why-start-registered = The appeal was registered on { $day }. We count from the next day.
why-start-received = The appeal was received on { $day }. We count from the next day.
why-count-calendar = { $n ->
        [one] { $n } calendar day ends
       *[other] { $n } calendar days end
    } on { $day }.
why-count-working = { $n ->
        [one] { $n } working day ends
       *[other] { $n } working days end
    } on { $day }.
why-off = { $n ->
        [one] { $n } day off is not counted.
       *[other] { $n } days off are not counted.
    }
why-extend-calendar = The term was extended by { $n ->
        [one] { $n } calendar day
       *[other] { $n } calendar days
    }, until { $day }.
why-extend-working = The term was extended by { $n ->
        [one] { $n } working day
       *[other] { $n } working days
    }, until { $day }.
why-roll-previous = { $day } is a day off ({ $name }). We answer earlier, on the working day before it: { $until }.
why-roll-next = { $day } is a day off ({ $name }). The term moves to the first working day after it: { $until }.
why-result = So we will answer by { $day }.
why-legal = By law the last day is { $day }.
why-preliminary = The term is preliminary: the official calendar of that year has not been approved yet. If it changes, we will write to you.
weekday-0 = Monday
weekday-1 = Tuesday
weekday-2 = Wednesday
weekday-3 = Thursday
weekday-4 = Friday
weekday-5 = Saturday
weekday-6 = Sunday

## Files that come with a message

file-not-here = Files can be attached to an appeal: choose “Appeal” in the menu. This file has not been stored.
file-refused-empty = The file is empty. Please check it and send it again.
file-refused-large = The file is too large. We take files of up to { $megabytes } MB: make the photo smaller or divide the document.
file-refused-kind = We do not take files of this kind. Photos (JPEG, PNG, WebP) and documents PDF, DOCX, XLSX, ODT, TXT without macros are fine.
file-refused-archive = We do not take archives or files with a password. Please send the documents or photos themselves.
file-refused-broken = The file does not open: it seems to be damaged. Please check it and send it again.
file-refused-virus = Malware was found in the file, so we have not stored it. Please check your device with an antivirus program.
file-refused-scanner = The file cannot be checked at the moment, so we have not stored it. Please try later.

# --- appeals: rating the answer ---------------------------------------------------------------------------
appeal-nothing-to-rate = This appeal has no answer yet. Once there is one, you can rate it.
appeal-rated-already = You have already rated this answer. Thank you!
appeal-open = To the appeal

# --- appeals: writing to the office -----------------------------------------------------------------------
menu-write = Write to the office
write-lawful = An official appeal can be filed like this: { $ways }.
write-draft = Prepare an official appeal
write-here = From right here you can send: { $names }.
write-message = Send a message
write-idea = Suggest an idea
write-send-kind = Send: { $name }
write-ways = How to file officially
write-nothing-kept = Nothing is written down in this chat, so we only show what to write and where to file it.
write-go-on = Continue the draft of { $day }
write-anew = Start anew, delete the old one
write-old = You have a draft of { $day }: { $name }. Continue it? If you start anew, the old one is deleted.
write-ways-title = How to file officially:
write-checklist = What must be in the appeal:
write-which = What would you like to file?
write-text = Write what happened and what you want.
write-text-idea = Describe the idea: what to change and why.
write-example-what = Example: “On 10 November in room 104 I got a certificate with a mistake in the name of the farm”.
write-example-ask = Example: “Please correct the certificate and tell me when to collect it”.
write-example-idea = Example: “Let us book room 104 through the bot, so that nobody has to queue”.
write-masked-hint = Do not write names, phones or document numbers: we hide the numbers.
write-personal-hint = Better not write document numbers: they are not needed for an answer.
write-topic = Which topic is it? This way the letter gets to the right person sooner.
write-name = How should we call you?
write-name-official = Your surname, first name and patronymic (if you have one)?
write-name-hint = Only those who prepare the answer see the name.
write-contact = How can we reach you if needed? Phone or e-mail.
write-contact-official = Where should the answer go? E-mail or postal address.
write-contact-hint = In any case the answer appears here, in “My appeals”.
write-file = { $n ->
        [0] Send a photo or a document. Up to { $most } files.
        [one] { $n } file is attached, up to { $most }. Send more or press “Done”.
       *[other] { $n } files are attached, up to { $most }. Send more or press “Done”.
    }
write-file-hint = JPEG, PNG, WebP, PDF, DOCX, XLSX, ODT or TXT. We remove the place from photos.
write-file-only = A file is expected here. Send it or press a button.
write-words-added = The words are added at the end of the text.
write-file-taken = The file is attached.
write-files-enough = { $most } files are attached already. More can be added after sending, in “My appeals”.
write-whole-draft = Your draft. Kind: { $name }
write-whole-send = Please check before sending. Kind: { $name }
write-line-topic = Topic: { $name }
write-line-name = Name: { $value }
write-line-contact = Contact: { $value }
write-line-files = { $n ->
        [one] { $n } file attached
       *[other] { $n } files attached
    }
write-add = Add this where you file it (do not write it here):
write-kept = The draft is kept for { $n ->
        [one] { $n } day
       *[other] { $n } days
    } after the last change. Copy the text and file the appeal in one of these ways.
write-before-send = This is not an official appeal. We will register it, give you a number and answer.
write-before-send-official = We will register the appeal and give you number and code at once.
write-send = Send
write-add-name = Name and contact
write-add-file = Attach a file
write-with-consent = Send it from here (consent needed)
write-drop = Delete the draft
write-dropped = The draft is deleted.
write-gone = The draft is gone: it was sent or deleted.
write-choose = Press a button: send, change or delete.
write-changed = The text has changed. Check it once more and press “Send”.
write-needs-name = By law an official appeal without name and address gets no answer. Give consent, or file it in one of these ways.
write-not-here = This cannot be sent from here.
write-enough = { $n ->
        [one] Only { $n } message a day can be sent from one chat.
       *[other] Only { $n } messages a day can be sent from one chat.
    } The draft is kept, send it tomorrow. Is it urgent? Call { $phone }.
write-cannot = It cannot be sent right now. The draft is kept. Try later or call { $phone }.
write-sent = It was sent already. Number: { $number }.
write-sent-above = It was sent already. Number and code are in the message above.
receipt-title = Received. Kind: { $name }
receipt-number = Number: { $number }
receipt-code = Code: { $code }. Keep it: you need it to follow from another channel. We show the code only now.
receipt-code-elsewhere = Code: { $code }. Keep number and code: we show them only now.
receipt-where = With number and code you can follow it here: { $names }.
receipt-ask = To learn the decision, call { $phone } and give the number.
receipt-due = We will answer { $due }.
receipt-next = What comes next: { $text }
receipt-not-official = This is not an official appeal.
receipt-open = Follow the answer

## Consents

menu-consents = My consents
button-consents = All consents
consent-yes = I agree
consent-no = I do not agree
consent-given = Thank you, the consent is recorded. You can withdraw it in “My consents”.
consent-declined = All right, without consent. We ask for no name or contact and hide the numbers in the text.
consent-choose = Press “I agree” or “I do not agree”. The word “menu” leads back to the menu.
consent-newer = The text of the consent has changed. Please read the new one.
consent-old = This text is no longer in force. When consent is needed, we will ask again.
consent-gone = No consent is needed any more.
consent-answers = Answers to your questions
consents-title = Your consents:
consents-none = We ask for no consents.
consents-not-here = No personal data are asked for in this chat, so no consent is needed here.
consent-line-none = { $name }: no consent.
consent-line-given = { $name }: consent given on { $moment }, version { $version }, channel: { $channel }.
consent-line-older = { $name }: consent given on { $moment }, version { $version }, channel: { $channel }. The text has changed since (version { $newest }), so it is no longer in force: we will ask again.
consent-line-withdrawn = { $name }: consent given on { $moment }, version { $version }, channel: { $channel }; withdrawn on { $ended }.
consent-give = Give consent
consent-withdraw = Withdraw consent
consent-withdraw-yes = Yes, withdraw
consent-withdraw-no = No, keep it
consent-end-answers = If you withdraw the consent, we erase at once the name, contacts and files of the messages and ideas that you sent from here, and hide the numbers in the text. We go on answering them. To erase everything, choose “Delete my data”. Withdraw?
consent-end-other = If you withdraw the consent, we stop using the data for this purpose at once. Withdraw?
consent-withdrawn = The consent is withdrawn. Nothing personal is kept under it any more.
consent-withdrawn-numbers = The consent is withdrawn. Name, contacts and files are erased, numbers in the text are hidden: { $numbers }. { $n ->
        [one] This message will be answered all the same.
       *[other] These messages will be answered all the same.
    }
consent-was-withdrawn = This consent is withdrawn already.

## My data and deletion

data-appeals = { $n ->
        [one] { $n } appeal that you follow
       *[other] { $n } appeals that you follow
    }: { $numbers }
data-appeals-count = { $n ->
        [one] { $n } appeal that you follow
       *[other] { $n } appeals that you follow
    }
data-appeals-left = { $n ->
        [one] { $n } appeal sent from here that you no longer follow
       *[other] { $n } appeals sent from here that you no longer follow
    }
data-nothing-else = nothing else
data-draft = a draft of { $day }, encrypted
data-consents = { $n ->
        [one] { $n } record of a consent
       *[other] { $n } records of consents
    }, kept for three years after withdrawal: by law we must prove that you agreed
data-numbers-hidden = { $n }
button-data-file = Get it as a file
button-data-download = Download the file
data-file = Here is the link to a file with everything that is stored about you. It works for { $n ->
        [one] { $n } minute
       *[other] { $n } minutes
    }. Do not pass it on.
web-my-data-title = The link is over
web-my-data-text = The link to the file with your data lives for 15 minutes. Open “My data” in the bot and press “Get it as a file” again.
my-data-title = My data. { $office }
my-data-day = Made on { $moment }
my-data-appeal = Appeal { $number }. Kind: { $kind }
my-data-sent = Sent from this chat: { $moment }
my-data-followed = Added by number and code: { $moment }
my-data-registered = Registered on { $day }, answer by { $until }
my-data-notices = Notices are on
my-data-no-notices = Notices are off
my-data-service = Service: { $name }
my-data-stage = { $moment } – { $name }
my-data-text = Your text:
    { $text }
my-data-message = You added on { $moment }:
    { $text }
my-data-file = Your file, { $moment }: { $name } ({ $size ->
        [one] { $size } byte
       *[other] { $size } bytes
    })
my-data-reply = We wrote to you on { $moment }:
    { $text }
my-data-words-elsewhere = Texts and names are not shown here: this channel is not for personal data.
my-data-draft = Draft of { $day }:
my-data-consents = Consents:
my-data-consent = { $name }: version { $version }, given on { $moment }
my-data-consent-ended = { $name }: version { $version }, given on { $moment }, withdrawn on { $ended }
ask-delete-at-once = At once we delete the draft, withdraw the consents, and stop showing your appeals and writing about them.
ask-delete-destroyed = { $n ->
        [one] We withdraw and by { $day } erase what you sent from here: { $numbers }. It will not be answered.
       *[other] We withdraw and by { $day } erase all that you sent from here: { $numbers }. They will not be answered.
    }
ask-delete-kept = { $n ->
        [one] The law obliges us to keep an official appeal, it is not deleted: { $numbers }. The answer comes the way you filed it. You can find it again by number and code.
       *[other] The law obliges us to keep official appeals, they are not deleted: { $numbers }. The answers come the way you filed them. You can find them again by number and code.
    }
deleted-now = All that can be deleted at once is deleted.
deleted-now-stopped = All that can be deleted at once is deleted. The mark “do not write to me” stays.
deleted-destroyed = { $n ->
        [one] Withdrawn, to be erased by { $day }: { $numbers }.
       *[other] Withdrawn, all to be erased by { $day }: { $numbers }.
    }
deleted-kept = { $n ->
        [one] Kept by law: { $numbers }. The answer comes the way you filed the appeal. Number and code still work.
       *[other] Kept by law: { $numbers }. The answers come the way you filed the appeals. Numbers and codes still work.
    }
deleted-record = Number of your demand for deletion: { $number }.

# --- appeals: the client ----------------------------------------------------------------------------------
menu-appeals = My appeals
appeals-title = My appeals: { $n }
appeals-title-only = { $kind }: { $n }
appeals-empty = Nothing here yet.
    Add an appeal by its number and code: both are in the notice of registration. We will show its stage and tell you of every change.
appeals-add = Add by number
appeals-filter = Choose by kind
appeals-filter-ask = What should we show?
appeals-kind-all = Everything: { $n }
appeals-kind-counted = { $kind }: { $n }
appeals-kind-service = Services
appeals-kind-measure = Support measures
appeals-kind-function = Functions
appeals-kind-resource = Information services
appeals-kind-appeal = Appeals
appeals-kind-question = Questions to staff
appeals-line-open = { $stage }; answer { $due }
appeals-line-ended = { $stage }, { $day }
appeals-question-button = Question of { $day }
appeals-question-waiting = Question to staff of { $day }
    Answer by { $until }
appeals-question-answered = Question to staff of { $day }
    Answered
appeals-question-wait = We have your question. A member of staff will answer by { $day }.
appeals-not-here = In this channel we do not ask for numbers and codes of appeals and keep nothing about them.
appeals-lawful = You can appeal officially like this:
    { $ways }
appeals-notices-ended = We will not write about your appeals either. You can see them in the menu: “My appeals”.

follow-number = Type the number of the appeal.
follow-number-hint = For example, { $example }. You can add the code right away. Dashes and capitals do not matter.
follow-code = Appeal { $number }. Now type the code.
follow-code-hint = 8 letters and digits from the notice of registration. For example, { $example }
follow-lost = Lost the code?
follow-lost-text = The code is in the notice of registration. It cannot be restored in a chat: this keeps your appeal from strangers. Our staff give a new one – call us or come: { $phone }.
follow-other-number = Another number
follow-no-number = This does not look like a number: “{ $typed }”. A number looks like this: { $example }.
follow-no-code = This does not look like a code. A code has 8 letters and digits, for example { $example }. It has no zeros and ones.
follow-wrong = Not found. Please check the number and the code. { $n ->
        [one] { $n } try is left
       *[other] { $n } tries are left
    }, then you will have to wait. You can also call: { $phone }.
follow-wait = Too many wrong tries. Try again after { $until }. If the code is lost or it is urgent, call us: { $phone }.
follow-found = Done, the appeal is in your list. We will write here about every change.
follow-found-page = Done, the appeal is in your list. You will see changes here.

appeal-title = No. { $number }
appeal-filed = { $kind }. Registered { $day }. How it was filed: { $way }.
appeal-passed = What has happened:
appeal-passed-more = … { $n } more
appeal-passed-stage = ✓ { $day } – { $stage }
appeal-passed-reopened = ✓ { $day } – you asked us to look again
appeal-passed-extended = ✓ { $day } – the term was extended to { $until }
appeal-passed-moved = ✓ { $day } – the term has changed, now by { $until }
appeal-passed-late = ✓ { $day } – we missed the term, the new one is { $until }
appeal-now = Now: { $stage } (since { $day }).
appeal-then = What is next: { $then }
appeal-term = Term of the answer: { $due }.
appeal-due-missed = we promised it by { $missed } and missed that; the new term is { $until }
appeal-reopen-until = If your issue is not solved, you can ask us to look again until { $day }.
appeal-who = Who answers: { $person }.
appeal-phone = Phone: { $phone }
appeal-notices-on = Notices of changes are on.
appeal-notices-off = Notices about this appeal are off.
appeal-notices-stopped = There are no notices: you asked us not to write first.
appeal-notices-switched-on = All right, we will write here about every change.
appeal-notices-switched-off = All right, no more notices about this appeal. You can look at it here at any time.
appeal-read-answer = Read the answer
appeal-rate = Rate the answer
appeal-look-again = Look again
appeal-why-term = Why this term?
appeal-why-title = No. { $number }. Why this term?
appeal-why-unknown = The rule of this term has changed, so we cannot show the count step by step. Call us and we will explain: { $phone }.
appeal-why-decided = Why was it decided so?
appeal-add = Add words or a file
appeal-letters = Correspondence
appeal-contest = I do not agree
appeal-quiet = Switch notices off
appeal-notify = Switch notices on
appeal-leave = Remove from the list
appeal-to-list = To the list
appeal-to-card = Back to the appeal
appeal-not-found = Not found. There is no such appeal in your list. Add it by its number and code.
appeal-nothing-yet = Nothing here yet.
appeal-no-words = The text is not kept any more.
appeal-answer-title = Answer to No. { $number }, { $day }
appeal-basis = On what basis: { $text }
appeal-next = What is next: { $text }
appeal-reason = Reason: { $text }
appeal-body = The answer will come from: { $name }.
appeal-decided-title = No. { $number }. { $decision }, { $day }
appeal-decided-extended = The term was extended
appeal-letters-title = Correspondence on No. { $number }
appeal-letter-mine = You, { $moment }:
appeal-letter-theirs = { $person }, { $moment }:
appeal-file = File: { $name }
appeal-read-elsewhere = We do not show the texts of appeals here: this protects your data. You can read them there: { $names }. You will need the number { $number } and the code.
appeal-add-elsewhere = You cannot add words or files here: this protects your data. You can do it there: { $names }. You will need the number { $number } and the code.
appeal-leave-ask = Remove No. { $number } from the list? There will be no more notices. To bring it back you will need the number and the code.
appeal-leave-yes = Yes, remove it
appeal-leave-no = No, keep it
appeal-left = No. { $number } is not in your list any more. Work on it goes on. You can bring it back by its number and code.
appeal-reopened = We will look again. The head of department knows. You will have an answer to No. { $number } by { $day }.
appeal-open-already = We are looking again already. You will have an answer by { $day }.
appeal-reopen-over = It is too late to ask us to look again. But you can contest the answer.
appeal-add-ask = What would you like to add to No. { $number }?
appeal-add-more = Would you like to add anything else?
appeal-add-hint = Type a text or send a file: a photo, PDF, DOCX, XLSX, ODT or TXT of up to { $megabytes } MB. If that is all, press “Done”.
appeal-add-done = Done
appeal-add-ended = This appeal has ended, nothing can be added. You can ask us to look again or write to us anew.
appeal-add-many = One appeal can have { $n ->
        [one] { $n } file
       *[other] { $n } files
    }. This one is too many and was not kept. You can bring the others on paper or on a flash drive.
appeal-add-enough = You can add to one appeal { $n ->
        [one] { $n } time
       *[other] { $n } times
    } a day. This message was not kept. Please write tomorrow or call us: { $phone }.
appeal-add-too-long = Too long: { $n } characters. { $most } fit. Please divide the text.
appeal-added-text = We have your message: { $moment }, No. { $number }. Characters: { $n }.
appeal-added-file = We have the file “{ $name }”, { $size }: { $moment }, No. { $number }.
size-kb = { $n } KB
size-mb = { $n } MB

notice-registered = We have received it. Number: { $number }.
    { $kind }. You will have an answer by { $day }.
notice-stage = No. { $number }. New stage: { $stage }.
    { $then }
notice-decided = No. { $number }. { $stage }.
notice-extended = No. { $number }. The term of the answer was extended to { $day }.
notice-moved = No. { $number }. The term of the answer has changed: it was { $before }, now it is { $day }. The reason is a change of the calendar of working days.
notice-late = No. { $number }. We have not answered by { $missed } as we promised. We are sorry. The new term is { $day }.
    Ask about the reason: { $person }. Phone: { $phone }
notice-redirected = No. { $number }. Another body decides your question. We have passed your appeal on, and that body will answer.
notice-answered = No. { $number }. The answer is ready.
notice-reopened = No. { $number }. We are looking at your question again. You will have an answer by { $day }.
notice-reply = No. { $number }. A member of staff has written to you.
notice-file = No. { $number }. A member of staff has attached a file.
notice-until = Answer: { $due }.
notice-read-elsewhere = We do not show the details here: this protects your data. Read them on our website; you will need the number and the code.
notice-read = Read on the website
notice-quiet = No more about this appeal
notice-survey = We have answered your appeal No. { $number }. Please tell us: is the answer clear, is your issue solved? These are a few short questions. Staff will see your answers together with the number.
notice-survey-again = This is our only reminder: we will not ask again.
web-follow-title = See an appeal
web-follow-text = We will open the appeal by its number. You will need the code if the link does not have it.
web-follow-button = Open

# --- appeals: the page of the API -------------------------------------------------------------------------
api-answer-409 = somebody has changed it before you: who and when is said. Read it again, then decide
api-answer-428 = what you have read is not named: If-Match or seen
api-appeals-settled = Settled in a system of the office, by the API.
api-appeals-title = Appeals
api-appeals-text = For the document system and for staff. Rights are those of the person in the bot: appeals of others do not exist for them, and whoever is complained of sees nothing. Whoever changes one names the version that was read. All that is done and read is in the journal. Numbers may be typed in Latin letters: A-2026-147.
api-appeals-list = your appeals, the nearest deadline first; filters: all, open, kind, stage, unit, due_before, overdue, number, page
api-appeals-register = register: number, secret code (once) and deadline come back. The same id does not register a second one
api-appeals-one = the whole appeal: text, applicant, history; reading it is journalled
api-appeals-deadline = why this deadline: the rule and the count step by step, as data and in words (language=ru, en)
api-appeals-take = make it yours, hand it to another person, go on to the next stage
api-appeals-extend = extend once, with a reason; the client is told
api-appeals-refuse = pass on to another body, suspend, refuse: with the reason and the client's next step
api-appeals-reply = write to the client; note something for colleagues
api-appeals-answer = the answer in parts or by a template; open variables are named, and nothing is sent
api-appeals-close = close with a reason of the list; open again with a new term
api-appeals-complained = of whom it complains: from now on this person does not see it
api-appeals-code = a new secret code in place of a lost one, shown once
api-appeals-files = files: list, content (/files/ID), add: the body of the request, its name in X-File-Name

# --- appeals: staff ---------------------------------------------------------------------------------------
menu-desk = My work
menu-register = Register an appeal
menu-count = +1 contact
desk-overdue = 🔴 { $n ->
        [one] { $n } day
       *[other] { $n } days
    } overdue
desk-today = today
desk-today-word = today
desk-in = in { $n ->
        [one] { $n } day
       *[other] { $n } days
    }
desk-nobody = nobody
desk-mine = { $n ->
        [0] You have no open appeals.
        [201] You have more than 200 appeals.
        [one] You have { $n } appeal.
       *[other] You have { $n } appeals.
    }
desk-all = { $n ->
        [0] There are no open appeals.
        [201] More than 200 open appeals.
        [one] { $n } open appeal.
       *[other] { $n } open appeals.
    }
desk-late-count = 🔴 Overdue: { $n ->
        [201] more than 200
       *[other] { $n }
    }
desk-show-mine = Only mine
desk-show-all = All appeals
desk-find = Find an appeal
desk-find-anew = Search again
desk-find-what = Which appeal do you want?
desk-find-hint = Its number, its number in another system, or a word of what it is about.
desk-found = { $n ->
        [one] { $n } appeal found.
       *[other] { $n } appeals found.
    }
desk-found-none = No such appeal was found. Check the number or try another word.
desk-tasks = Open tasks: { $n }
desk-not-here = Numbers and cases are not shown in this channel: this is how we protect clients' data. Work in the browser: { $url }
desk-gone = There is no such appeal.
desk-open = Open the appeal
desk-browser = Open in the browser
desk-back = To the appeal
desk-whole = Show it whole
desk-fold = Show it short
desk-late = 🔴 Answer: { $due }
desk-due = Answer: { $due }
desk-promised = The client was promised a new date: { $day }
desk-ended = Ended on { $day }
desk-stage = Stage: { $stage } (since { $day })
desk-holder = Responsible: { $name }
desk-no-holder = Nobody is responsible: take the appeal or hand it over.
desk-reopened = { $n ->
        [one] Reopened once
       *[other] Reopened { $n } times
    }
desk-here = Here now: { $names }
desk-doing-answer = writing the answer
desk-doing-reply = writing to the client
desk-doing-extend = extending the term
desk-doing-redirect = passing it on to another body
desk-doing-suspend = asking for details
desk-doing-refuse = leaving it without an answer on the substance
desk-doing-close = closing it
desk-in-browser = Name, text and files are in the browser only: { $url }
desk-about = About: { $value }
desk-topic = Topic: { $value }
desk-service = Service: { $value }
desk-point = Where: { $value }
desk-unit = Unit: { $value }
desk-way = How it was filed: { $way }
desk-dates = Received { $received }, registered { $registered }
desk-terms = Legal deadline: { $legal }. Working deadline: { $due }
desk-extended = Extended by { $n ->
        [one] { $n } day
       *[other] { $n } days
    }
desk-outside = Number in another system: { $number } ({ $source })
applicant-person = a citizen
applicant-entrepreneur = an individual entrepreneur
applicant-legal = an organisation
applicant-foreigner = a foreign citizen
applicant-association = an unregistered association
applicant-anonymous = without a name
desk-applicant = Applicant: { $kind }
desk-applicant-name = Name: { $value }
desk-applicant-organisation = Name: { $value }
desk-applicant-inn = INN: { $value }
desk-applicant-contact = Contact: { $value }
desk-applicant-address = Address: { $value }
desk-no-applicant = Who wrote it is not recorded.
desk-anonymous = No answer is due: there is no surname or address (law 59-FZ, article 11). If it tells of a crime, pass it on to the police.
desk-complained = Complaint about: { $names }
desk-told-in = The client gets notices in this channel: { $channel }
desk-told-page = The client follows the appeal on the website and gets no notices. Tell what matters by letter or phone.
desk-told-nowhere = The client has no chat: tell them by letter or phone.
desk-client-told = A notice was sent to the client: { $channel }
desk-text = Text of the appeal:
desk-history = History:
desk-files = Files:
desk-file = – { $name }, { $size } KB { $who }
desk-file-staff = (for staff only)
desk-file-get = Download: { $name }
desk-earlier = Earlier appeals of this client:
desk-earlier-line = – { $line }
desk-rated = The client on the answer: clear { $clear } of 5, the question is { $solved ->
        [yes] solved
        [partly] partly solved
        [no] not solved
        [early] too early to judge
       *[other] not rated
    }
desk-event = – { $moment }: { $what } ({ $who })
desk-event-words = { $name }: “{ $text }”
desk-event-registered = registered
desk-event-stage = stage “{ $stage }”
desk-event-assigned = responsible: { $to }
desk-event-extended = extended until { $due }
desk-event-deadline = deadline counted anew by the calendar: { $due }
desk-event-redirected = passed on to another body
desk-event-suspended = waiting for details from the client
desk-event-refused = left without an answer on the substance
desk-event-message = a message from the client
desk-event-reply = a message to the client
desk-event-answered = answered
desk-event-closed = closed: { $reason }
desk-event-reopened = reopened, due { $due }
desk-event-file = a file
desk-event-note = a note for colleagues
desk-event-code = a new code was given
desk-event-overdue = deadline missed ({ $missed }), the client was told a new one: { $until }
desk-event-rated = the client rated the answer: clear { $clear } of 5, the question is { $solved ->
        [yes] solved
        [partly] partly solved
        [no] not solved
        [early] too early to judge
       *[other] not rated
    }
desk-event-unreachable = a notice did not arrive
desk-event-withdrawn = withdrawn by the client
desk-by-client = client
desk-by-system = program
desk-field-text = Text
desk-field-note = Note
desk-field-reason = Reason
desk-field-then = What next
desk-field-to = To whom
desk-field-essence = To the point
desk-field-basis = Basis
desk-field-why = Why it was decided so
desk-field-days = Days
desk-field-name = File name
desk-field-stage = Stage
desk-field-complained = Complained of
desk-field-cause = Reason for closing
desk-do-take = Take it
desk-do-move = Stage: { $stage }
desk-do-why = Why this deadline?
desk-do-more = Other actions
desk-do-code = New code for the client
desk-do-answer = Answer
desk-do-reply = Write to the client
desk-do-note = Note for colleagues
desk-do-assign = Hand over to a colleague
desk-do-extend = Extend the term
desk-do-redirect = Pass on to another body
desk-do-suspend = Ask for details (suspend)
desk-do-refuse = Refuse an answer on the substance
desk-do-close = Close
desk-do-complain = Complaint about a member of staff
desk-do-file = Attach a file
desk-more = { $number }: what should be done?
desk-why = { $number }: why this deadline
desk-no-rule = The settings have no rule for this term any more.
desk-taken = Appeal { $number } is yours.
desk-yours-already = This appeal is yours already.
desk-moved = New stage: { $stage }.
desk-moved-already = The appeal is at this stage already.
desk-code-sure = Give a new code for appeal { $number }? The old one will stop working; the client's chats stay.
desk-code-yes = Give a new code
desk-code-new = New code for appeal { $number }: { $code }
    Give it to the client in person or by letter. It will not be shown again.
desk-stale = While you were working, the appeal changed at { $time }: { $what } ({ $who }).
desk-stale-self = At { $time } you changed the appeal yourself: { $what }.
desk-stale-unknown = While you were working, the appeal changed.
desk-stale-kept = Your text is not lost:
desk-did-registered = registered
desk-did-stage = a new stage
desk-did-assigned = handed over
desk-did-extended = term extended
desk-did-deadline = deadline counted anew
desk-did-redirected = passed on to another body
desk-did-suspended = details asked for
desk-did-refused = left without an answer on the substance
desk-did-message = the client wrote more
desk-did-reply = a message to the client
desk-did-answered = answer to the client
desk-did-closed = closed
desk-did-reopened = reopened
desk-did-file = a file attached
desk-did-code = a new code given
desk-did-overdue = deadline missed
desk-did-rated = the client rated the answer
desk-did-unreachable = a notice did not arrive
desk-did-withdrawn = withdrawn by the client
desk-unfit-unfilled = Not filled in: { $names }. It cannot be sent like this.
desk-unfit-days = The term can be extended by at most { $n ->
        [one] { $n } day
       *[other] { $n } days
    }. Write a number.
desk-unfit-missing = “{ $field }”: please write more. It cannot be saved without it.
desk-unfit-too-short = “{ $field }” is too short, please write more.
desk-unfit-unknown = “{ $field }”: there is no such thing, choose another.
desk-unfit-ended = This appeal is over already, no answer is needed any more.
desk-unfit-extended-already = The term was extended already. By law this can be done once.
desk-unfit-not-extendable = The term of this appeal cannot be extended.
desk-unfit-needs-words = This stage needs words: choose the action on the card.
desk-unfit-unanswered = It cannot be closed for this reason without an answer. Answer the client first.
desk-unfit-no-rule = The settings have no term for this kind. Tell the administrator.
desk-unfit-no-appeals = The office keeps no appeals.
desk-unfit-future = This day has not come yet.
desk-unfit-other = It could not be saved like this. Open the card and try again.
desk-short = “{ $field }” is too short. At least { $n ->
        [one] { $n } character
       *[other] { $n } characters
    } are needed.
desk-no-names = No names, phone numbers or addresses, please: they may not be carried in this channel.
desk-part = Part { $number } of { $total }
desk-cancelled-kept = Cancelled. What you wrote is kept: the same button goes on with it.
desk-draft-goes-on = Going on with what you began.
desk-from-template = Take a template
desk-ask-answer-essence = Answer to { $number }. What is the answer to the point?
desk-hint-answer-essence = Answer the client's question directly and in plain words.
desk-ask-answer-basis = On what basis?
desk-hint-answer-basis = Law, rules or agreement, with the clause.
desk-ask-answer-then = What should the client do next?
desk-hint-answer-then = Where to come, what to bring, until when. If nothing is needed, say so.
desk-ask-answer-why = Why was it decided so?
desk-hint-answer-why = A sentence or two. The client reads it behind “Why was it decided so?”. You can skip it.
desk-ask-reply-text = What should the client read about { $number }?
desk-hint-reply-text = A question or an interim answer. It does not end the appeal.
desk-ask-note-text = A note for colleagues on { $number }
desk-hint-note-text = The client will not see it.
desk-ask-extend-days = By how many days should the term be extended?
desk-hint-extend-days = At most { $n }. It can be extended once.
desk-ask-extend-reason = Why must the term be extended?
desk-hint-extend-reason = The client reads this in the notice.
desk-ask-redirect-to = To whom should { $number } go?
desk-hint-redirect-to = Choose from the list, or write the name of the body in the message line.
desk-ask-redirect-reason = Why is it passed on?
desk-hint-redirect-reason = The client reads this in the notice. You can skip it.
desk-ask-suspend-reason = What details are missing?
desk-hint-suspend-reason = The client reads this. The deadline does not move.
desk-ask-suspend-then = What should the client do, and until when?
desk-hint-suspend-then = It cannot be suspended without this.
desk-ask-refuse-reason = Why will there be no answer on the substance?
desk-hint-refuse-reason = Name the reason and the article of the law in plain words.
desk-ask-refuse-then = What should the client do next to get it solved all the same?
desk-hint-refuse-then = It cannot be refused without this.
desk-ask-close-cause = Why is { $number } closed?
desk-ask-close-text = What should the client be told?
desk-hint-close-text = If there was no answer, the client must be told why.
desk-ask-assign-to = To whom should { $number } be handed over?
desk-ask-complain = Which members of staff does complaint { $number } concern?
desk-hint-complain = Those who are ticked will not see this appeal any more. If the responsible person is among them, it goes to another.
desk-ask-file-whom = Who will see the file?
desk-file-for-client = The client and staff
desk-file-for-staff = Staff only
desk-ask-file = Send the file for { $number }
desk-hint-file-client = The client will see it on the card of the appeal.
desk-hint-file-staff = The client will not see this file.
desk-send-file = Choose a file and send it.
desk-file-kept = File accepted: { $name }, { $size } KB.
desk-file-note = File: { $name }
desk-which-template = Which template?
desk-template-hint = It replaces what is written so far. Everything can be changed before sending.
desk-ask-gap = Fill in: { $name }
desk-hint-gap = Its place in the template: “{ $line }”
desk-gaps-left = { $n ->
        [one] { $n } gap left
       *[other] { $n } gaps left
    }
desk-gap-whole = Show the whole text
desk-gap-topic = topic
desk-gap-service = service
desk-gap-point = place
desk-gap-applicant = name of the applicant
desk-fill-gap = Fill in: { $name }
desk-preview-answer = The client will read the answer to { $number } like this:
desk-preview-reply = The client will read this about { $number }:
desk-preview-note = A note on { $number }:
desk-preview-extend = The term of { $number } is extended.
desk-preview-redirect = { $number } is passed on to another body.
desk-preview-suspend = Details are asked for on { $number }. The client will read:
desk-preview-refuse = There will be no answer on the substance of { $number }. The client will read:
desk-preview-close = { $number } is closed.
desk-preview-part = { $name }:
    { $text }
desk-new-date = Extended by { $n ->
        [one] { $n } day
       *[other] { $n } days
    }: the new date is { $day } (before: { $before }).
desk-send-answer = Send
desk-send-reply = Send
desk-send-note = Save
desk-send-extend = Extend
desk-send-redirect = Pass on
desk-send-suspend = Send
desk-send-refuse = Send the refusal
desk-send-close = Close
desk-send-anyway = Send all the same
desk-edit = Change: { $field }
desk-anew = Begin anew
desk-look-card = Look at the card
desk-done-answer = The answer to { $number } was sent.
desk-done-reply = The message on { $number } was saved.
desk-done-note = The note on { $number } was saved.
desk-done-extend = The term of { $number } was extended.
desk-done-redirect = Appeal { $number } was passed on to another body.
desk-done-suspend = Details were asked for on { $number }.
desk-done-refuse = A refusal with its reasons was sent on { $number }.
desk-done-close = Appeal { $number } was closed.
desk-done-assign = Appeal { $number } was handed over: { $name }
desk-done-complain = It is recorded whom { $number } complains of.
desk-notice-assigned = Appeal { $number } is now yours
desk-notice-due = The deadline of appeal { $number } is near
desk-notice-overdue = Appeal { $number } is overdue
desk-notice-message = The client has added to appeal { $number }
desk-notice-reopened = The client asks to look again at appeal { $number }
desk-notice-redirect = If another body decides appeal { $number }, it can still be passed on in time
desk-notice-moved = The calendar has changed, the deadline of appeal { $number } was counted anew
desk-notice-other = News in appeal { $number }
desk-notice-kind = Kind: { $kind }
desk-notice-stage = Stage: { $stage }
desk-notice-elsewhere = Number and card are in the browser: they are not shown in this channel.
subject-appeal = An appeal
subject-appeal-numbered = Appeal { $number }
task-title-appeal = No. { $number }. An appeal needs a person
task-appeal-unreachable = A notice could not reach the client in any chat. Tell them by letter or phone and close the task.
task-appeal-unsolved = The client says the question is not solved. Look at the answer again and contact the client.
task-appeal-unrouted = Nobody could be made responsible: all who could are away or complained of. Name somebody.
task-appeal-other = Look at the card of the appeal.
task-short-appeal-unreachable = client not told
task-short-appeal-unsolved = not solved
task-short-appeal-unrouted = nobody responsible
task-short-appeal-other = look at the appeal
reg-not-allowed = Appeals are registered by those who were given this work. Tell the administrator.
reg-kept = Cancelled. What you wrote is kept: you can go on.
reg-goes-on = Going on with what you began.
reg-nothing = There is nothing to register: the draft is empty, or the appeal is registered already.
reg-files-later = Files are attached to the card once the appeal is registered.
reg-today = Today
reg-look = To the check
reg-part = Step { $number } of { $total }
reg-ask-kind = What is to be registered?
reg-ask-way = How did it come?
reg-ask-topic = What is the topic?
reg-ask-service = Which service is it about?
reg-ask-point = Where was it?
reg-hint-point = If the place is not on the list, write a word of its name.
reg-ask-who = Who wrote it?
reg-ask-name = Surname, first name, patronymic
reg-hint-name = The patronymic only if there is one. As in the appeal.
reg-ask-organisation = Name of the organisation
reg-hint-organisation = As in the appeal.
reg-ask-inn = INN (taxpayer number)
reg-hint-inn = 10 or 12 digits.
reg-ask-contact = Phone or e-mail
reg-hint-contact = To tell the client where there is no chat.
reg-ask-address = Address for the answer
reg-hint-address = The postal address for the letter.
reg-ask-received = When was it received?
reg-hint-received = For example 20.11.2026 or “yesterday”.
reg-ask-text = Text of the appeal
reg-hint-text = Copy it or retell it. Only those who work with the appeal will see it.
reg-ask-summary = What is it about, in a few words?
reg-hint-summary = No names, phone numbers or addresses: this line is seen in lists. If you skip it, the topic stands here.
reg-ask-complained = Which members of staff does it complain of?
reg-hint-complained = They will not see the appeal. Skip this if there is no complaint.
reg-ask-link = The client's code for notices
reg-hint-link = The invitation code that the client got from the bot, for example K7PM-4XQ2-9DTJ. Then the receipt comes to their chat.
reg-name-kind = Kind
reg-name-way = Way
reg-name-topic = Topic
reg-name-service = Service
reg-name-point = Where
reg-name-who = Who
reg-name-name = Name
reg-name-organisation = Organisation
reg-name-inn = INN
reg-name-contact = Contact
reg-name-address = Address
reg-name-received = Received
reg-name-text = Text
reg-name-summary = About
reg-name-complained = Complaint about
reg-name-link = Notices
reg-link-given = by the client's code
reg-line = { $name }: { $value }
reg-not-a-day = I could not tell which day this is. Write, for example, 20.11.2026 or “yesterday”.
reg-bad-inn = An INN has 10 or 12 digits. Check it or skip it.
reg-bad-link = There is no such code: check it or skip it. The client can take a new one in the bot: “More” – “Invitations after visits”.
reg-preview = Check before registering
reg-term = The answer is due by { $day }.
reg-late = 🔴 It should have been registered by { $day }. The report will show this.
reg-change = Change
reg-change-what = What should be changed?
reg-do = Register
reg-done = Appeal { $number } is registered.
reg-unrouted = Nobody could be made responsible. A task says so.
reg-was-late = 🔴 The term to register was missed.
reg-told = The receipt was sent to the client: { $channel }
reg-another = Register another
reg-receipt = Receipt. { $office }
reg-receipt-number = Number: { $number }. Kind: { $kind }. Registered on { $day }.
reg-receipt-code = Code: { $code }. Do not tell it to anybody.
reg-receipt-due = We will answer by { $day }.
reg-receipt-follow = Follow the appeal: { $url } – choose “My appeals”. Questions: { $phone }.
reg-receipt-link = { $channel }: { $url }
count-where = Where was the contact?
count-add = Counted. { $kind ->
        [call] Calls
        [visit] Visitors
       *[letter] Letters
    } today: { $n }
count-off = One taken back. { $kind ->
        [call] Calls
        [visit] Visitors
       *[letter] Letters
    } today: { $n }
count-none = Nothing was counted here today.
count-today = Today: { $calls } calls, { $visits } visitors, { $letters } letters.
count-plus = { $kind ->
        [call] +1 call
        [visit] +1 visitor
       *[letter] +1 letter
    }
count-minus = { $kind ->
        [call] −1 call
        [visit] −1 visitor
       *[letter] −1 letter
    }
count-other-point = Another place

# --- appeals: the answer has not come ---------------------------------------------------------------------
appeal-late = No answer in time
appeal-late-told = We have passed your question about appeal { $number } to the head of appeals. You will hear the reason and a new date by { $day }. You can also call { $phone }. We are sorry.
task-appeal-late = The answer is overdue and the client asks about it. Explain the reason and give a new date by the end of the next working day.
task-short-appeal-late = the client waits, the term has passed

# --- the desk: what a reader with fresh eyes missed ---
web-desk = My work
joined-desk = Appeals that you answer for are in “My work”.
desk-nearest-first = The nearest deadline first.
desk-late-all = 🔴 Overdue among all appeals: { $n ->
        [201] more than 200
       *[other] { $n }
    }
desk-sent-already = This text has been sent or deleted. The appeal now looks like this.
desk-by-demo = example
desk-redirect-late = 🔴 By law it had to be passed on by { $day }. The report will count it as late.
desk-do-reopen = Back to work
desk-ask-reopen-reason = Why must { $number } be looked at again?
desk-hint-reopen-reason = The client learns the new date. Only colleagues see the reason.
desk-preview-reopen = { $number } goes back to work.
desk-reopen-date = The new date for the answer is { $day }. The client sees it on the card of the appeal.
desk-send-reopen = Back to work
desk-done-reopen = Appeal { $number } is in work again.
desk-unfit-not-reopenable = This appeal cannot go back to work: the time for that is over, or it is open already.
desk-notice-returned = Appeal { $number } was put back to work
appeal-passed-returned = ✓ { $day } – we took up the appeal again
