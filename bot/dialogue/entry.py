"""An answer from paper or telephone, entered by a member of staff; its channel is kept (requirement 1.07).

How it came, what it is about, then the survey itself (`bot.dialogue.survey`, `bot.dialogue.entered`). He enters many in
a row, so nothing is asked about «already today», and every screen leads to the next one in one press.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from backend import feedback, journal, tasks
from backend.clock import to_the_hour
from backend.feedback import Subject
from backend.office.finding import found_by, searchable
from backend.office.model import Point, Service
from bot.dialogue import entered, typed
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button, where_else
from bot.dialogue.entered import OFFLINE, entry_chat, place_key
from bot.dialogue.state import Answering, Entering, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Choose, Event, Fill, Press, Reply, Say, Text
from surveys import walk

FEW = 20  # places that are offered all at once
PAGE = 8  # of more: as many buttons as a phone shows without scrolling
FIND_LIMIT = 40
LATELY = timedelta(days=30)
Offline = Literal["paper", "phone"]


def menu_buttons(turn: Turn) -> tuple[Button, ...]:
    """The way in, for members of staff where answers may be taken at all."""
    if turn.person is None or not (turn.may("rating") and turn.may("comment")):
        return ()
    return (Button(key="open", step="enter", label=turn.words("menu-enter")),)


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them. `enter.paper` and `enter.phone` name the channel, so
    that a list far up in the chat still works."""
    if step != "enter" and step not in ("enter.paper", "enter.phone"):
        return None
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    if not (turn.may("rating") and turn.may("comment")):
        return Step(Idle(), [where_else(turn, "comment")])
    await _abandon(turn)
    channel = _offline(key if step == "enter" else "" if key == "back" else step.removeprefix("enter."))
    if channel is None:
        state = Entering()
        return Step(state, [await screen(turn, state)])
    subject = _subject(turn, key) if step != "enter" else None
    if subject is not None:
        return await _begin(turn, channel, subject)
    page = int(key[1:5]) if key[:1] == "p" and key[1:].isdecimal() else 0
    state = Entering(channel=channel, page=page)
    return Step(state, [await screen(turn, state)])


async def screen(turn: Turn, state: Entering) -> Reply:
    """What is asked now."""
    if state.response is not None:
        return entered.done_screen(turn, state, survey_talk.subject_name(turn, state.subject_kind, state.subject))
    if not state.channel:
        return Choose(
            text=turn.words("enter-how"),
            step="enter",
            hint=turn.words("enter-how-hint"),
            options=tuple(Button(key=name, label=turn.words(f"enter-{name}")) for name in OFFLINE),
            controls=(menu_button(turn),),
        )
    return await _places(turn, state)


async def answer(turn: Turn, state: Entering, event: Event) -> Step:
    """One event while this is open: words are a button or a part of a name."""
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    shown = await screen(turn, state)
    match event:
        case Press(step="enter.last", key="fix") | Fill(step="enter.last", keys=("fix", *_)):
            return await _fix(turn, state)
        case Text(text=text):
            choosing = bool(state.channel) and state.response is None
            if choosing and len(_found(turn, text)) > 1:
                return await _search(turn, state, text)
            found = typed.press(shown, text)
            if found and (found[0].step, found[0].key) == ("enter.last", "fix"):
                return await _fix(turn, state)
            step = await pressed(turn, found[0].step, found[0].key) if found else None
            if step is not None:
                return step
            if choosing:
                return await _search(turn, state, text)
            return Step(state, [Say(text=turn.words("choose-or-type")), shown])
        case _:
            return Step(state, [Say(text=turn.words("old-button")), shown])


# --- what it is about -------------------------------------------------------------------------------------


def _offline(name: str) -> Offline | None:
    return "paper" if name == "paper" else "phone" if name == "phone" else None


def _subject(turn: Turn, key: str) -> Subject | None:
    """A place of the list by the key of its button."""
    if key[:1] == "s" and key[1:].isdecimal() and int(key[1:5]) < len(turn.office.services):
        service = turn.office.services[int(key[1:5])]
        return Subject("service", service.code, service.code)
    point = turn.office.point(key)
    if point is None or point.internal:
        return None
    return Subject("point", point.code, point.services[0] if len(point.services) == 1 else None)


def _all(turn: Turn) -> list[Subject]:
    """Everything that can be rated: places where paper lies first, then the digital ones, then services."""
    points = sorted(turn.office.open_points(), key=lambda point: not point.kind.startswith("8."))
    found = [_subject(turn, point.token) for point in points if point.token]
    found += [Subject("service", service.code, service.code) for service in turn.office.services]
    return [subject for subject in found if subject is not None]


def _label(turn: Turn, subject: Subject) -> str:
    name = survey_talk.subject_name(turn, subject.kind, subject.id)
    return turn.words("service-named", name=name) if subject.kind == "service" else name


async def _last_used(turn: Turn) -> list[str]:
    """What this person entered lately, as «point:Т5», the last one first."""
    by = turn.person.short if turn.person is not None else ""
    return await journal.subjects_of(turn.session, by, "response.entered", turn.now - LATELY)


async def _places(turn: Turn, state: Entering) -> Choose:
    words = turn.words
    used = await _last_used(turn)
    order = {name: place for place, name in enumerate(used)}
    found = sorted(_all(turn), key=lambda subject: order.get(f"{subject.kind}:{subject.id}", len(order)))
    step = f"enter.{state.channel}"
    controls: list[Button] = []
    text, hint = words("enter-where"), words("enter-where-hint")
    if state.find:
        found = _found(turn, state.find)
        text = words("enter-found", find=state.find)
        controls.append(Button(key="list", label=words("enter-all")))
    size = FEW if len(found) <= FEW and not state.find else PAGE
    pages = max(-(-len(found) // size), 1)
    page = min(state.page, pages - 1)
    if pages > 1 and not state.find:
        hint = f"{words('enter-page', page=page + 1, pages=pages)}. {hint}"
        if page:
            controls.append(Button(key=f"p{page - 1}", label=words("enter-before")))
        if page < pages - 1:
            controls.append(Button(key=f"p{page + 1}", label=words("enter-next")))
    return Choose(
        text=text,
        step=step,
        hint=hint,
        options=tuple(
            Button(key=place_key(turn, subject), label=_label(turn, subject))
            for subject in found[page * size : (page + 1) * size]
        ),
        controls=(*controls, Button(key="back", label=words("button-back")), menu_button(turn)),
    )


def _found(turn: Turn, find: str) -> list[Subject]:
    """What has these words in its name, or this code."""
    named = [(_searchable(turn, subject), subject) for subject in _all(turn)]
    return found_by(find, named)


def _searchable(turn: Turn, subject: Subject) -> str:
    thing = _thing(turn, subject)
    return searchable(*(thing.name.values() if thing is not None else ()), place_key(turn, subject))


def _thing(turn: Turn, subject: Subject) -> Point | Service | None:
    return turn.office.service(subject.id) if subject.kind == "service" else turn.office.point_by_code(subject.id)


async def _search(turn: Turn, state: Entering, text: str) -> Step:
    """A part of a name: the only place that fits is taken, several are shown."""
    find = " ".join(text.split())[:FIND_LIMIT]
    fitting = _found(turn, find)
    if len(fitting) == 1:
        return await _begin(turn, state.channel or "paper", fitting[0])
    searched = state.model_copy(update={"find": find if fitting else "", "page": 0})
    shown = await screen(turn, searched)
    if not fitting:
        return Step(searched, [Say(text=turn.words("enter-none", find=find)), shown])
    return Step(searched, [shown])


# --- the survey -------------------------------------------------------------------------------------------


async def _begin(turn: Turn, channel: Offline, subject: Subject) -> Step:
    """Open a response that belongs to nobody, at its first question."""
    thing = _thing(turn, subject)
    if thing is None:
        state = Entering(channel=channel)
        return Step(state, [Say(text=turn.words("old-button")), await screen(turn, state)])
    name = survey_talk.subject_name(turn, subject.kind, subject.id)
    survey = turn.office.surveys[thing.survey]
    response = await feedback.open_response(
        turn.session,
        survey=survey.id,
        version=survey.version,
        subject=subject,
        channel=channel,
        language=turn.language,
        chat=entry_chat(turn),
        hour=to_the_hour(turn.now),
        closes_on=turn.today,
    )
    question = walk.first(survey)
    reply = survey_talk.show(
        turn, entered.for_operator(turn, survey, name, channel), question, {}, response, first=True
    )
    answering = Answering(
        response=response, survey=survey.id, version=survey.version, question=question.id, entered=channel
    )
    return Step(answering, [survey_talk.named(reply, name)])


async def _fix(turn: Turn, state: Entering) -> Step:
    """Open the last entered response again, at its main question."""
    row = await feedback.any_response(turn.session, state.response) if state.response is not None else None
    survey = await turn.survey(row.survey, row.version) if row is not None else None
    channel = _offline(row.channel) if row is not None else None
    if row is None or survey is None or channel is None or row.status != "complete" or turn.taken.day < turn.today:
        fresh = Entering(channel=state.channel)
        return Step(fresh, [Say(text=turn.words("enter-gone")), await screen(turn, fresh)])
    await feedback.reopen(turn.session, row.id, entry_chat(turn), turn.today)
    task = await tasks.of_response(turn.session, row.id)
    name = survey_talk.subject_name(turn, row.subject_kind, row.subject)
    question = survey.question(survey.main) or walk.first(survey)
    answers = feedback.answers_of(row)
    asked = entered.for_operator(turn, survey, name, channel)
    first = question.id == survey.questions[0].id
    reply = survey_talk.show(turn, asked, question, answers, row.id, first=first)
    answering = Answering(
        response=row.id,
        survey=survey.id,
        version=survey.version,
        question=question.id,
        task=task.id if task is not None else None,
        again=True,
        entered=channel,
    )
    return Step(answering, [survey_talk.named(reply, name)])


async def _abandon(turn: Turn) -> None:
    """What he began to enter and left: a correction stays as far as it came, anything else was never entered (unless
    people were alerted by it already)."""
    row = await feedback.open_of(turn.session, entry_chat(turn))
    if row is None:
        return
    if row.status == "changing":
        await feedback.finish(turn.session, row.id, answers=feedback.answers_of(row), score=row.score, tie=None)
    else:
        await feedback.leave(turn.session, row.id, None)
