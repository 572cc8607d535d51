"""«Меня нет до …»: a member of staff says until when he is away and who stands in for him.

What he has taken stays his unless he gives it back. He is back by himself when the day has passed, or by a button.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from backend import absences, alerts, staff, tasks
from backend.absences import DAY
from backend.office.model import Office, Person
from bot.dialogue import typed
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle, Leaving
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Choose, Event, Fill, Press, Reply, Say, Text
from bot.waiting import name

LONGEST = timedelta(days=366)
MEANT_PAST = timedelta(days=180)  # «20 ноября» said on the 23rd is a slip; «14 января» is next year's
_NUMBERS = re.compile(r"(\d{1,2})[./\-](\d{1,2})(?:[./\-](\d{4}|\d{2}))?\Z")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:-?го)? ([а-яa-z]{3,})\.?(?: (\d{4}))?(?: ?г(?:ода)?\.?)?\Z")
_MONTH_DAY = re.compile(r"([a-z]{3,})\.? (\d{1,2})(?:,? (\d{4}))?\Z")
_MONTHS = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_MONTHS_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BEFORE = re.compile(r"\A(?:меня (?:нет|не будет) )?(?:до|по|until|till) ")


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them, or one that needs the day said before."""
    if step != "away":
        return None
    person = turn.person
    if person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    match key:
        case "open":
            now_away = await _until(turn, person)
            if now_away is not None:
                return Step(Idle(place="away"), [await current(turn)])
            return Step(Leaving(), [_ask_until(turn)])
        case "today" | "tomorrow" | "week":
            return await _said(turn, dict(_days(turn))[key])
        case "back":
            return await _back(turn, person)
        case "return":
            count = await tasks.give_back_all(turn.session, person.id, turn.now)
            say = await current(turn, turn.words("away-returned", n=count))
            return Step(Idle(place="away"), [say])
        case _:
            return Step(Leaving(), [_ask_until(turn)])


async def screen(turn: Turn, state: Leaving) -> Reply:
    """What is asked now."""
    return _ask_until(turn) if state.until is None else await _ask_who(turn, state.until)


async def current(turn: Turn, top: str = "") -> Reply:
    """Whether he is away, until when, and who stands in."""
    person = turn.person
    until = await _until(turn, person) if person is not None else None
    if person is None or until is None:
        return Say(
            text=top or turn.words("away-not"),
            step="away",
            buttons=(Button(key="change", label=turn.words("menu-away")), menu_button(turn)),
        )
    away = await absences.away(turn.session, turn.today)
    lines = [*([top] if top else []), _confirmation(turn, person, until, absences.stands_in(away, person.id))]
    buttons = [Button(key="back", label=turn.words("button-back-at-work"), tone="good")]
    mine = await tasks.taken_by(turn.session, person.id)
    if mine:
        lines.append(turn.words("away-tasks", n=mine))
        buttons.append(Button(key="return", label=turn.words("button-return-tasks")))
    buttons.append(Button(key="change", label=turn.words("button-other-days")))
    return Say(text="\n".join(lines), step="away", buttons=(*buttons, menu_button(turn)))


async def answer(turn: Turn, state: Leaving, event: Event) -> Step:
    """One event while this is open: a day, then a person."""
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    shown = await screen(turn, state)
    match event:
        case Text(text=text):
            day = day_of(text, turn.today)
            if day is not None:
                return await _said(turn, day)
            presses = typed.press(shown, text)
            if presses and presses[0].step == "away":
                return await pressed(turn, "away", presses[0].key) or Step(state, [shown])
            if presses and presses[0].step == "away.who" and state.until is not None:
                return await _chosen(turn, state.until, presses[0].key)
            note = "away-not-a-day" if state.until is None else "choose-or-type"
            return Step(state, [Say(text=turn.words(note)), shown])
        case Press(step="away.who", key=key) | Fill(step="away.who", keys=(key, *_)) if state.until is not None:
            return await _chosen(turn, state.until, key)
        case _:
            return Step(state, [Say(text=turn.words("old-button")), shown])


# --- until when -------------------------------------------------------------------------------------------


def _days(turn: Turn) -> list[tuple[str, date]]:
    sunday = turn.today + DAY * (6 - turn.today.weekday())
    return [("today", turn.today), ("tomorrow", turn.today + DAY), ("week", sunday)]


def _ask_until(turn: Turn) -> Choose:
    return Choose(
        text=turn.words("away-until"),
        step="away",
        hint=turn.words("away-until-hint"),
        options=tuple(
            Button(key=key, label=turn.words(f"away-{key}", day=turn.words.day(day, turn.today)))
            for key, day in _days(turn)
        ),
        controls=(menu_button(turn),),
    )


async def _said(turn: Turn, until: date) -> Step:
    """A day was named: the last one of the absence."""
    if until < turn.today:
        return Step(Leaving(), [Say(text=turn.words("away-past", day=_day(turn, until))), _ask_until(turn)])
    if until > turn.today + LONGEST:
        return Step(Leaving(), [Say(text=turn.words("away-too-long", day=_day(turn, until))), _ask_until(turn)])
    return Step(Leaving(until=until), [await _ask_who(turn, until)])


def day_of(text: str, today: date) -> date | None:
    """The day that is meant by «14.12», «до 14 декабря», «14.12.2026», «завтра»; None for other words. Without a year
    it is the next such day, unless it has just passed."""
    word = " ".join(text.casefold().replace("ё", "е").strip(" .!").split())
    word = _BEFORE.sub("", word)
    near = {"сегодня": 0, "today": 0, "завтра": 1, "завтрашнего дня": 1, "tomorrow": 1, "послезавтра": 2}
    if word in near:
        return today + DAY * near[word]
    if found := _ISO.match(word):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.match(word):
        return _next(today, int(found[1]), int(found[2]), found[3])
    if found := _DAY_MONTH.match(word):
        return _next(today, int(found[1]), _month(found[2]), found[3])
    if found := _MONTH_DAY.match(word):
        return _next(today, int(found[2]), _month(found[1]), found[3])
    return None


def _month(word: str) -> int:
    """1–12 by the first letters; 0 for no month."""
    for names in (_MONTHS, _MONTHS_ENGLISH):
        for number, start in enumerate(names, 1):
            if word.startswith(start) and (start != "ма" or word in ("май", "мая", "мае")):
                return number
    return 0


def _next(today: date, day: int, month: int, year: str | None) -> date | None:
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this = _date(today.year, month, day)
    if this is not None and this >= today - MEANT_PAST:
        return this
    return _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- who stands in ----------------------------------------------------------------------------------------


def deputies(office: Office, person: str) -> list[str]:
    """Who is named as the deputy of anything that this person answers for."""
    pairs = [(s.owner, s.deputy) for s in office.points]
    pairs += [(s.owner, s.deputy) for s in office.services]
    pairs += [(t.owner, t.deputy) for t in office.topics]
    return list(dict.fromkeys(d for owner, d in pairs if owner == person and d is not None and d != person))


async def _ask_who(turn: Turn, until: date) -> Choose:
    person = turn.person
    connected = await staff.places(turn.session)
    own = deputies(turn.office, person.id) if person is not None else []
    if own:
        names = ", ".join(name(turn.office, deputy) for deputy in own)
        first = Button(key="deputy", label=turn.words("away-deputy", names=names))
    else:
        first = Button(key="nobody", label=turn.words("away-nobody"))
    colleagues = tuple(
        Button(
            key=f"p.{p.id}",
            label=f"{p.short}, {turn.text(p.post)}" if p.id in connected else turn.words("away-silent", name=p.short),
        )
        for p in turn.office.persons
        if person is None or p.id != person.id
    )
    return Choose(
        text=turn.words("away-who", day=_day(turn, until)),
        step="away.who",
        options=(first, *colleagues),
        controls=(Button(key="change", step="away", label=turn.words("button-back")), menu_button(turn)),
    )


async def _chosen(turn: Turn, until: date, key: str) -> Step:
    """The last thing to say: the absence begins today."""
    person = turn.person
    assert person is not None
    if until < turn.today:  # the question has waited overnight
        return await _said(turn, until)
    other = turn.office.person(key.removeprefix("p.")) if key.startswith("p.") else None
    if key not in ("deputy", "nobody") and (other is None or other.id == person.id):
        return Step(Leaving(until=until), [Say(text=turn.words("choose-or-type")), await _ask_who(turn, until)])
    if other is not None:
        known = await absences.periods(turn.session, turn.today, other.id)
        busy = [p for p in known if p.since <= until]
        if busy:
            text = turn.words(
                "away-too", name=other.short, since=_day(turn, busy[-1].since), until=_day(turn, busy[-1].until)
            )
            return Step(Leaving(until=until), [Say(text=text), await _ask_who(turn, until)])
    # A new word about today replaces the one before.
    await absences.end(turn.session, turn.now, person=person.id, today=turn.today, by=person.id)
    await absences.enter(
        turn.session,
        turn.now,
        person=person.id,
        since=turn.today,
        until=until,
        substitute=other.id if other is not None else None,
        by=person.id,
    )
    await alerts.tell_stand_ins(turn.session, turn.office, person.id, turn.now)
    top = ""
    if other is not None and not await staff.places_of(turn.session, other.id):
        top = turn.words("away-silent-chosen", name=other.short)
    return Step(Idle(place="away"), [await current(turn, top)])


def _confirmation(turn: Turn, person: Person, until: date, substitute: str | None) -> str:
    own = deputies(turn.office, person.id)
    if substitute is not None:
        instead = turn.words("away-instead", names=name(turn.office, substitute))
    elif own:
        instead = turn.words("away-instead-deputy", n=len(own), names=", ".join(name(turn.office, p) for p in own))
    else:
        following = turn.office.administrator if person.id == turn.office.head else turn.office.head
        instead = turn.words("away-instead-nobody", name=name(turn.office, following))
    text = turn.words("away-now", day=_day(turn, until))
    return f"{text} {instead} {turn.words('away-returns', day=_day(turn, until + DAY))}"


async def _back(turn: Turn, person: Person) -> Step:
    ended = await absences.end(turn.session, turn.now, person=person.id, today=turn.today, by=person.id)
    buttons = (
        Button(key="tasks", step="menu", label=turn.words("menu-tasks"), tone="good"),
        menu_button(turn),
    )
    return Step(Idle(), [Say(text=turn.words("away-ended" if ended else "away-not"), step="away", buttons=buttons)])


async def _until(turn: Turn, person: Person) -> date | None:
    known = await absences.periods(turn.session, turn.today, person.id)
    return absences.last_day(known, person.id, turn.today)


def _day(turn: Turn, day: date) -> str:
    return turn.words.day(day, turn.today)
