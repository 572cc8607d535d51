"""Taking a mark out of the figures as spam or a double, with a reason; and back (requirements 1.28)."""

from __future__ import annotations

from typing import Any

from backend import exclusions, feedback, relays, tasks
from backend.exclusions import REASON_LIMIT
from backend.masking import EMAIL_HIDDEN, NUMBER_HIDDEN, mask
from backend.office.model import Person
from bot import cards, marks
from bot.dialogue import staff as staff_talk
from bot.dialogue import typed
from bot.dialogue.common import menu_button, office_phones
from bot.dialogue.state import Excluding, Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Choose, Event, Fill, Press, Reply, Say, Text, Write

LETTERS = 5  # of a reason, at least


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens; None when it is none of them."""
    if step == "excluded":
        if not exclusions.decides(turn.person):
            return Step(Idle(), [Say(text=turn.words("exclude-not-allowed"), buttons=(menu_button(turn),))])
        return Step(Idle(place="excluded"), [await listing(turn)])
    number = step.removeprefix("task.")
    if key not in ("exclude", "include") or not number.isdecimal() or len(number) > 9 or number == step:
        return None
    task = await tasks.get(turn.session, int(number))
    if task is None or turn.person is None or tasks.hidden_from(task, turn.person.id):
        return Step(Idle(), [Say(text=turn.words("exclude-not-allowed"), buttons=(menu_button(turn),))])
    if key == "include":
        return await _include(turn, task, turn.person)
    state = Excluding(task=task.id)
    refused = await _refusal(turn, task)
    return await staff_talk.back_to(turn, task, refused) if refused else Step(state, [await screen(turn, state)])


async def _may_not(turn: Turn, task: Any) -> str:
    """Why this person may not decide about this mark; empty when he may."""
    about = await exclusions.concerned(turn.session, turn.office, task)
    if exclusions.may_judge(turn.office, turn.person, about):
        return ""
    if turn.person is None or not exclusions.decides(turn.person) or turn.person.id not in about:
        return turn.words("exclude-not-allowed")
    able = [person.short for person in turn.office.persons if exclusions.may_judge(turn.office, person, about)]
    return turn.words("exclude-concerned", names=", ".join(able) or "none")


async def _refusal(turn: Turn, task: Any) -> str:
    """Why the mark of this task cannot be excluded now by this person; empty when it can."""
    refused = await _may_not(turn, task)
    if refused:
        return refused
    row = await feedback.any_response(turn.session, task.response) if task.response else None
    if row is None or row.score is None:
        return turn.words("exclude-gone")
    if row.excluded:
        kept = await exclusions.of_response(turn.session, row.id)
        if kept is not None:
            return turn.words("excluded-already", by=kept.by, moment=turn.words.moment(kept.at))
    relay = await relays.of_task(turn.session, task.id)
    if relay is not None and relay.state == "waiting":
        # A promise is kept first: closing without an answer would leave the client waiting for ever.
        return turn.words("exclude-client-waits", day=turn.words.day(relay.promised))
    return ""


async def _include(turn: Turn, task: Any, person: Person) -> Step:
    text = await _may_not(turn, task)
    if not text:
        done = await exclusions.include(turn.session, task, turn.now, by=person)
        text = turn.words("included-now" if done else "included-already", number=task.id)
    return await staff_talk.back_to(turn, task, text)


async def listing(turn: Turn) -> Reply:
    """Marks that are left out of the figures, each opened by its button."""
    found, total = await exclusions.excluded_tasks(turn.session)
    options = tuple(
        Button(
            key="open",
            step=cards.step_of(task.id),
            label=turn.words(
                "excluded-line",
                number=task.id,
                mark=_mark(turn, task),
                kind=turn.words(f"exclusion-{task.mark}"),
                name=cards.place_name(turn.office, turn.words, task),
            ),
        )
        for task in found
        if not tasks.hidden_from(task, turn.person.id if turn.person else None)
    )
    text = turn.words("excluded-title", n=total) if total else turn.words("excluded-none")
    back = Button(key="tasks", step="menu", label=turn.words("menu-tasks"))
    return Say(text=text, step="excluded", buttons=(*options, back, menu_button(turn)))


def _mark(turn: Turn, row: Any) -> str:
    """«оценка 2», in the words of its survey."""
    return marks.short(turn.words, turn.office.surveys.get(row.survey), row.score) if row and row.score else "–"


# --- what is asked ----------------------------------------------------------------------------------------


def _asks_why(state: Excluding) -> bool:
    return bool(state.mark) and (state.again or not state.reason)


async def screen(turn: Turn, state: Excluding) -> Reply:
    """What is asked now."""
    cancel = Button(key="cancel", label=turn.words("button-cancel"))
    if not state.mark:
        return Choose(
            text=turn.words("exclude-what", number=state.task),
            hint=turn.words("exclude-what-hint"),
            step=f"exclude.{state.task}",
            options=tuple(Button(key=kind, label=turn.words(f"exclude-{kind}")) for kind in ("spam", "double")),
            controls=(cancel,),
        )
    kind = turn.words(f"exclusion-{state.mark}")
    if _asks_why(state):
        return Write(
            text=turn.words("exclude-why", number=state.task, kind=kind),
            hint=turn.words("exclude-why-hint", mark=state.mark),
            step=f"exclude.{state.task}.why",
            controls=(cancel,),
            value=state.reason,
            limit=REASON_LIMIT,
        )
    task = await tasks.get(turn.session, state.task)
    row = await feedback.any_response(turn.session, task.response) if task is not None and task.response else None
    mark = _mark(turn, row)
    text = turn.words("exclude-preview", number=state.task, mark=mark, kind=kind, reason=state.reason)
    if task is not None and task.status != "closed":
        text = f"{text} {turn.words('exclude-preview-closes')}"
    return Say(
        text=text,
        step=f"exclude.{state.task}.sure",
        buttons=(
            Button(key="yes", label=turn.words("button-exclude-yes"), tone="bad"),
            Button(key="edit", label=turn.words("button-rewrite")),
            cancel,
        ),
    )


async def answer(turn: Turn, state: Excluding, event: Event) -> Step:
    """One event while this is open."""
    task = await tasks.get(turn.session, state.task)
    if task is None or turn.person is None or tasks.hidden_from(task, turn.person.id):
        return Step(Idle(), [Say(text=turn.words("exclude-not-allowed"), buttons=(menu_button(turn),))])
    refused = await _refusal(turn, task)
    if refused:
        return await staff_talk.back_to(turn, task, refused)
    shown = await screen(turn, state)
    step, key, text = _meant(shown, event)
    if key == "cancel" or typed.plain(text[:20]) in ("отмена", "cancel", typed.plain(turn.words("button-cancel"))):
        return await staff_talk.back_to(turn, task, turn.words("cancelled"))
    if step == f"exclude.{state.task}" and (key == "spam" or key == "double"):
        # Also when he goes back: the reason that he wrote stays.
        return await _go(turn, state.model_copy(update={"mark": key, "again": bool(state.reason)}))
    if _asks_why(state) and text.strip():
        return await _reason(turn, state, shown, text)
    if step == f"exclude.{state.task}.sure" and state.reason:
        if key == "edit":
            return await _go(turn, state.model_copy(update={"again": True}))
        if key == "yes" and not state.again and state.mark:
            return await _exclude(turn, state, task, turn.person)
    return Step(state, [Say(text=turn.words("choose-or-type")), shown])


def _meant(shown: Reply, event: Event) -> tuple[str, str, str]:
    """Step, key and words of an event; a typed answer means the button it names."""
    match event:
        case Press(step=step, key=key):
            return step, key, ""
        case Fill(step=step, keys=keys, text=text):
            return step, next(iter(keys), ""), text
        case Text(text=text):
            found = typed.press(shown, text)
            return (found[0].step, found[0].key, "") if found else (shown.step, "", text)
        case _:
            return "", "", ""


async def _go(turn: Turn, state: Excluding) -> Step:
    return Step(state, [await screen(turn, state)])


async def _reason(turn: Turn, state: Excluding, shown: Reply, text: str) -> Step:
    masked = mask(" ".join(text.split())[: 10 * REASON_LIMIT], keep=office_phones(turn))
    said = masked.text.replace(NUMBER_HIDDEN, "").replace(EMAIL_HIDDEN, "")
    if sum(letter.isalpha() for letter in said) < LETTERS:
        return Step(state, [Say(text=turn.words("exclude-short")), shown])
    if len(masked.text) > REASON_LIMIT:
        return Step(state, [Say(text=turn.words("too-long", limit=REASON_LIMIT)), shown])
    state = state.model_copy(update={"reason": masked.text, "again": False})
    before = [Say(text=turn.words("exclude-hidden"))] if masked.hidden else []
    return Step(state, [*before, await screen(turn, state)])


async def _exclude(turn: Turn, state: Excluding, task: Any, person: Person) -> Step:
    if not state.mark:
        raise ValueError("nothing was chosen")
    done = await exclusions.exclude(
        turn.session,
        task,
        turn.now,
        kind=state.mark,
        reason=state.reason,
        done=turn.words("exclude-done", kind=turn.words(f"exclusion-{state.mark}"), reason=state.reason),
        by=person,
    )
    if done:
        return await staff_talk.back_to(turn, task, turn.words("excluded-now", number=task.id))
    # Another one was faster, or the client has taken his mark back at this very moment.
    return await staff_talk.back_to(turn, task, await _refusal(turn, task) or turn.words("exclude-gone"))
