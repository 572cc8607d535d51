"""An appeal as its client sees it: the list, the card, the answer. Pure: rows and events in, a reply out.

The card asks for `track` only: numbers, stages and dates. Words of the client and of the answer stand on screens of
their own, which ask for `personal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from backend.appeals import access, events, mine, numbers, routing
from backend.appeals.events import Event
from backend.appeals.mine import Item
from backend.appeals.work import reopenable
from backend.calendar import WorkCalendar
from backend.office.model import Office
from bot import appeal_words, hours
from bot.messages import Button, Choose, Say
from bot.words import Words

PAGE: Final = 5  # lines of the list at once: with its other buttons as many as a messenger takes
STEPS: Final = 7  # passed stages that the card shows
LETTERS: Final = 6
LETTER: Final = 500  # characters of an older letter; the newest is shown whole
DECISIONS: Final = ("answered", "suspended", "refused", "closed", "redirected", "extended")


def step_of(appeal: int) -> str:
    return f"appeal.{appeal}"


def link_to(url: str, row: Any) -> str:
    """Where our pages ask for the code of this appeal; the address tells nothing but its number."""
    payload = numbers.payload_of(row.number)
    return f"{url}/f/{payload}" if payload else f"{url}/talk"


@dataclass(frozen=True, slots=True)
class Reader:
    """How this chat may see an appeal. `notices`: it takes notices of it; `stopped`: of nothing at all; `rates`: the
    answer can be rated here and now; `pages`: nothing can be sent here unasked."""

    notices: bool = True
    stopped: bool = False
    pages: bool = False
    rates: bool = False


# --- the card ---------------------------------------------------------------------------------------------


def card(
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    row: Any,
    history: Sequence[Event],
    today: date,
    reader: Reader,
) -> Say:
    """Number, kind, passed stages with dates, the present one and what comes next, the deadline, who answers.
    `history`: what the client may see, oldest first."""
    passed, current = _way(office, words, history, row, today)
    then = appeal_words.then_of(office, words, row.stage)
    parts = [
        "\n".join(
            [
                words("appeal-title", number=row.number),
                words(
                    "appeal-filed",
                    kind=appeal_words.kind_of(office, words, row),
                    way=appeal_words.way_of(office, words, row.way),
                    day=words.day(row.registered_on, today),
                ),
            ]
        ),
        "\n".join([words("appeal-passed"), *passed]) if passed else "",
        "\n".join([current, words("appeal-then", then=then) if then else ""]).strip(),
        "\n".join(
            filter(
                None,
                [
                    _term(words, calendar, row, today),
                    _who(office, words, row),
                    words("appeal-phone", phone=office.phone),
                    _notices(words, reader),
                ],
            )
        ),
    ]
    return Say(
        text="\n\n".join(filter(None, parts)),
        step=step_of(row.id),
        asks="track",
        buttons=_buttons(words, row, history, today, reader),
    )


def _way(office: Office, words: Words, history: Sequence[Event], row: Any, today: date) -> tuple[list[str], str]:
    """Passed stages with their days, and the line of the present one."""
    lines: list[str] = []
    last: Event | None = None
    for event in history:
        line = _passed(office, words, event, today)
        if line:
            lines.append(line)
            last = event
    since = row.stage_at
    if last is not None and last.kind in events.STAGES and last.kind != "reopened" and last.stage == row.stage:
        lines.pop()  # it is the present one
    if len(lines) > STEPS:
        lines = [*lines[:1], words("appeal-passed-more", n=len(lines) - STEPS), *lines[-STEPS + 1 :]]
    name = appeal_words.stage_of(office, words, row.stage)
    return lines, words("appeal-now", stage=name, day=_day(words, since, today))


def _passed(office: Office, words: Words, event: Event, today: date) -> str:
    """One line of the way; empty for what is no part of it."""
    when = _day(words, event.at, today)
    match event.kind:
        case "reopened":
            return words("appeal-passed-reopened" if event.by == "client" else "appeal-passed-returned", day=when)
        case kind if kind in events.STAGES:
            return words("appeal-passed-stage", day=when, stage=appeal_words.stage_of(office, words, event.stage))
        case "extended":
            return words("appeal-passed-extended", day=when, until=_iso(words, event.data.get("due"), today))
        case "deadline":
            return words("appeal-passed-moved", day=when, until=_iso(words, event.data.get("due"), today))
        case "overdue":
            return words("appeal-passed-late", day=when, until=_iso(words, event.data.get("until"), today))
        case _:
            return ""


def _day(words: Words, moment: datetime, today: date) -> str:
    return words.day(moment.astimezone(words.zone).date(), today)


def _iso(words: Words, text: Any, today: date) -> str:
    return words.day(date.fromisoformat(str(text)), today) if text else "–"


def _term(words: Words, calendar: WorkCalendar, row: Any, today: date) -> str:
    if row.open:
        return words("appeal-term", due=appeal_words.standing(words, calendar, row, today))
    if reopenable(row, today):
        return words("appeal-reopen-until", day=words.day(row.reopen_until, today))
    return ""


def answering(office: Office, row: Any) -> str | None:
    """Who answers: who has it, else who watches over appeals; never one of whom it complains."""
    excluded = access.complained_of(row)
    if row.holder is not None and row.holder not in excluded and office.person(row.holder) is not None:
        return str(row.holder)
    return routing.head_over(office, {}, excluded, row.unit)


def _who(office: Office, words: Words, row: Any) -> str:
    person = appeal_words.person_of(office, words, answering(office, row))
    return words("appeal-who", person=person) if person else ""


def _notices(words: Words, reader: Reader) -> str:
    if reader.pages:
        return ""
    if reader.stopped:
        return words("appeal-notices-stopped")
    return words("appeal-notices-on" if reader.notices else "appeal-notices-off")


def _buttons(words: Words, row: Any, history: Sequence[Event], today: date, reader: Reader) -> tuple[Button, ...]:
    found: list[Button] = []

    def offer(key: str, label: str, tone: Any = "plain", *, when: bool = True) -> None:
        if when:
            found.append(Button(key=key, label=words(label), tone=tone))

    answered = answer_in(history) is not None
    offer("answer", "appeal-read-answer", "good", when=answered)
    offer("rate", "appeal-rate", when=reader.rates)
    offer("again", "appeal-look-again", when=reopenable(row, today))
    offer("why", "appeal-why-term", when=row.open)
    offer("late", "appeal-late", "bad", when=row.open and row.due_on < today)
    offer("decided", "appeal-why-decided", when=decision_in(row, history) is not None)
    offer("add", "appeal-add", when=row.open)
    offer("letters", "appeal-letters", when=any(event.kind in ("reply", "message") for event in history))
    offer("contest", "appeal-contest")
    if not reader.pages:
        if reader.stopped:
            found.append(Button(key="stop", step="menu", label=words("menu-start-again")))
        else:
            offer("quiet" if reader.notices else "notify", "appeal-quiet" if reader.notices else "appeal-notify")
    offer("leave", "appeal-leave")
    found.append(Button(key="open", step="appeals", label=words("appeal-to-list")))
    return tuple(found)


def back(words: Words, row: Any) -> Button:
    """From a screen about an appeal to its card."""
    return Button(key="open", step=step_of(row.id), label=words("appeal-to-card"))


# --- words that only `personal` may carry -----------------------------------------------------------------


def answer_in(history: Sequence[Event]) -> Event | None:
    """The last answer in this history."""
    return next((event for event in reversed(history) if event.kind == "answered"), None)


def answer(words: Words, row: Any, event: Event, today: date, links: Sequence[Button] = ()) -> Say:
    """«По существу – основание – что дальше» (requirement 3.19), with the files that came along."""
    said = event.words
    parts = [
        words("appeal-answer-title", number=row.number, day=_day(words, event.at, today)),
        answer_parts(words, said) or words("appeal-no-words"),
    ]
    return Say(
        text="\n\n".join(parts),
        step=f"{step_of(row.id)}.answer",
        asks="personal",
        buttons=(*links, back(words, row)),
    )


def answer_parts(words: Words, said: dict[str, str]) -> str:
    parts = [
        said.get("essence", ""),
        words("appeal-basis", text=said["basis"]) if said.get("basis") else "",
        words("appeal-next", text=said["then"]) if said.get("then") else "",
    ]
    return "\n\n".join(filter(None, parts))


def decision_in(row: Any, history: Sequence[Event]) -> Event | None:
    """The decision that «Почему так решили?» explains; None where nothing was decided, or nobody wrote why."""
    found = next((event for event in reversed(history) if event.kind in DECISIONS), None)
    if found is None:
        return None
    match found.kind:
        case "answered":
            return found if found.words.get("why") else None
        case "suspended":
            return found if row.means == "suspended" else None
        case "closed":
            return found if found.data.get("reason") or found.words else None
        case _:
            return found if found.words else None


def reason_public(office: Office, words: Words, event: Event) -> str:
    """What of a decision is no secret: the reason of the office's list, the body that decides."""
    content = office.appeals
    if content is None:
        return ""
    if event.kind == "closed" and (reason := content.reason(str(event.data.get("reason", "")))) is not None:
        return words("appeal-reason", text=office.text(reason.name, words.language))
    if event.kind == "redirected" and (body := content.body(str(event.data.get("body", "")))) is not None:
        contacts = office.text(body.contacts, words.language) if body.contacts else ""
        name = office.text(body.name, words.language)
        return "\n".join(filter(None, [words("appeal-body", name=name), contacts]))
    return ""


def reason_words(office: Office, words: Words, event: Event) -> str:
    """The reason in full, as staff wrote it (requirements 3.10, 3.13)."""
    said = event.words
    public = reason_public(office, words, event)
    parts = [public]
    if event.kind == "redirected" and not public and said.get("to"):
        parts.append(words("appeal-body", name=said["to"]))
    parts += [said.get("why", ""), said.get("text", "")]
    if said.get("reason"):
        parts.append(words("appeal-reason", text=said["reason"]))
    if said.get("then") and event.kind != "answered":
        parts.append(words("appeal-next", text=said["then"]))
    return "\n\n".join(filter(None, parts))


def decided(office: Office, words: Words, row: Any, event: Event, today: date) -> Say:
    """«Почему так решили?»"""
    head = words(
        "appeal-decided-title",
        number=row.number,
        day=_day(words, event.at, today),
        decision=words("appeal-decided-extended")
        if event.kind == "extended"
        else appeal_words.stage_of(office, words, event.stage),
    )
    return Say(
        text=f"{head}\n\n{reason_words(office, words, event) or words('appeal-no-words')}",
        step=f"{step_of(row.id)}.decided",
        asks="personal",
        buttons=(back(words, row),),
    )


def letters(office: Office, words: Words, row: Any, history: Sequence[Event]) -> Say:
    """What was written to and fro, the newest last."""
    found = [event for event in history if event.kind in ("reply", "message")][-LETTERS:]
    parts = [words("appeal-letters-title", number=row.number)]
    for number, event in enumerate(found, 1):
        text = event.words.get("text", "") or words("appeal-no-words")
        if number < len(found) and len(text) > LETTER:
            text = f"{text[:LETTER].rstrip()}…"
        when = words.moment(event.at)
        if event.by == "client":
            parts.append(f"{words('appeal-letter-mine', moment=when)}\n{text}")
        else:
            who = appeal_words.person_of(office, words, event.by)
            parts.append(f"{words('appeal-letter-theirs', moment=when, person=who)}\n{text}")
    add = (Button(key="add", step=step_of(row.id), label=words("appeal-add")),) if row.open else ()
    return Say(
        text="\n\n".join(parts),
        step=f"{step_of(row.id)}.letters",
        asks="personal",
        buttons=(*add, back(words, row)),
    )


# --- the list ---------------------------------------------------------------------------------------------


def listing(
    office: Office,
    words: Words,
    calendar: WorkCalendar,
    found: Sequence[Item],
    today: date,
    *,
    kind: str = "all",
    skip: int = 0,
    last: tuple[Button, ...] = (),
) -> Say:
    """«Мои обращения»: what fits the filter, a page of it, with a button for each line; `last`: buttons after all."""
    fitting = mine.fitting(list(found), kind)
    skip = skip if 0 <= skip < len(fitting) else 0
    page = fitting[skip : skip + PAGE]
    lines = [f"{skip + number}. {_line(office, words, calendar, item, today)}" for number, item in enumerate(page, 1)]
    buttons = [Button(key=_key(item), label=_label(words, item, today)) for item in page]
    if skip + PAGE < len(fitting):
        buttons.append(Button(key=f"more.{kind}.{skip + PAGE}", label=words("button-more")))
    elif skip:
        buttons.append(Button(key=f"show.{kind}", label=words("button-first-page")))
    if any(len(mine.fitting(list(found), one)) < len(found) for one in mine.present(list(found))):
        buttons.append(Button(key="filter", label=words("appeals-filter")))
    buttons.append(Button(key="add", label=words("appeals-add"), tone="plain" if page else "good"))
    place = "appeals" if kind == "all" and not skip else f"appeals.{kind}.{skip}"
    return Say(
        text="\n\n".join([_title(words, fitting, kind), *lines]),
        step=place,
        asks="track",
        buttons=tuple(b.model_copy(update={"step": "appeals"}) for b in buttons) + last,
    )


def _title(words: Words, fitting: Sequence[Item], kind: str) -> str:
    if not fitting:
        return words("appeals-empty")
    if kind in mine.KINDS:
        return words("appeals-title-only", kind=words(f"appeals-kind-{kind}"), n=len(fitting))
    return words("appeals-title", n=len(fitting))


def _key(item: Item) -> str:
    return f"a{item.row.id}" if item.what == "appeal" else f"q{item.row.id}"


def _label(words: Words, item: Item, today: date) -> str:
    if item.what == "appeal":
        return str(item.row.number)
    return words("appeals-question-button", day=words.day(_asked(item.row), today))


def _asked(relay: Any) -> date:
    """The day of a question; of an old one the day that was promised is all we know."""
    return date.fromisoformat(str(relay.asked_on or relay.promised))


def _line(office: Office, words: Words, calendar: WorkCalendar, item: Item, today: date) -> str:
    row = item.row
    if item.what == "question":
        day = words.day(_asked(row), today)
        if row.answer and row.state != "waiting":
            return words("appeals-question-answered", day=day)
        return words("appeals-question-waiting", day=day, until=hours.until(words, calendar, row.promised, today))
    service = office.service(row.service) if row.service else None
    about = office.text(service.name, words.language) if service is not None else ""
    kind = appeal_words.kind_of(office, words, row)
    stage = appeal_words.stage_of(office, words, row.stage)
    if row.open:
        state = words("appeals-line-open", stage=stage, due=appeal_words.standing(words, calendar, row, today))
    else:
        ended = row.ended_on or row.registered_on
        state = words("appeals-line-ended", stage=stage, day=words.day(ended, today))
    return "\n".join(filter(None, [f"{row.number}. {kind}", about, state]))


def kinds(words: Words, found: Sequence[Item], chosen: str, last: tuple[Button, ...]) -> Choose:
    """What the list can be narrowed to: only what is there."""
    options = [Button(key="all", label=words("appeals-kind-all", n=len(found)), chosen=chosen == "all")]
    for kind in mine.present(list(found)):
        n = len(mine.fitting(list(found), kind))
        label = words("appeals-kind-counted", kind=words(f"appeals-kind-{kind}"), n=n)
        options.append(Button(key=kind, label=label, chosen=chosen == kind))
    return Choose(
        text=words("appeals-filter-ask"), step="appeals.filter", asks="track", options=tuple(options), controls=last
    )
