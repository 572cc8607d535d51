"""«В базу знаний»: the answer to a handed-over question becomes a draft that another person approves (3.14)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backend import outbox, relays, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.knowledge import templates
from backend.knowledge.model import Template
from backend.masking import mask
from backend.office.model import Person
from bot import approved, cards, layout
from bot.dialogue import staff as staff_talk
from bot.dialogue.common import menu_button, office_phones
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Say

REVIEW_AFTER = timedelta(days=180)
TITLE, QUESTION = 100, 300  # characters of the client's words


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """The button under an answered question; None when it is another one."""
    number = step.removeprefix("task.")
    if key != "learn" or number == step or not number.isdecimal() or len(number) > 9:
        return None
    who = await staff_talk.actor(turn)
    task = await tasks.get(turn.session, int(number))
    if who is None or task is None:
        key = "not-staff" if who is None else "task-gone"
        return Step(Idle(), [Say(text=turn.words(key), buttons=(menu_button(turn),) * turn.incoming.private)])
    person = turn.office.person(who.person) if who.person else None
    if person is None:
        return await staff_talk.back_to(turn, task, turn.words("learn-known-only"))
    return await staff_talk.back_to(turn, task, await _learn(turn, task, person))


async def _learn(turn: Turn, task: Any, person: Person) -> str:
    """Make the draft, once; what there is to say about it."""
    known = next((n.partition(":")[2] for n in task.notes.split() if n.startswith("learnt:")), "")
    if known:
        return turn.words("learn-already", id=known)
    relay = await relays.of_task(turn.session, task.id)
    if not cards.may_learn(task, relay):
        return turn.words("learn-nothing")
    template = draft_of(turn, task, relay, person)
    if not await tasks.note_once(turn.session, task.id, turn.now, mark="learnt", value=template.id):
        return turn.words("learn-already", id=template.id)
    try:
        await templates.save_draft(
            turn.session,
            template,
            author=person,
            now=turn.now,
            seen=None,
            source=f"task:{task.id}",
            written_by=task.person,
        )
    except templates.Stale:  # an editor has given this id to a template of his own
        return turn.words("learn-already", id=template.id)
    await _tell_editors(turn, template, person)
    return turn.words("learnt", id=template.id)


def draft_of(turn: Turn, task: Any, relay: Any, person: Person) -> Template:
    """The template that this answer would be: masked like everything that is kept of a client's words."""
    question = _masked(turn, " ".join(task.text.split()))
    text = _masked(turn, relay.answer.strip())
    language = approved.written_in(text, relay.language)
    title = layout.shorten(question, TITLE) or turn.words("task-title-question", number=task.id)
    rule = turn.office.rule_of(task.subject)
    asked = {approved.written_in(question, relay.language): (layout.shorten(question, QUESTION),)} if question else {}
    return Template(
        id=f"task-{task.id}",
        title={language: title},
        questions=asked,
        answer={language: text},
        category=rule.code if rule is not None else "other",
        service=task.service,
        owner=rule.owner if rule is not None else person.id,
        checked_on=turn.today,
        review_on=turn.today + REVIEW_AFTER,
    )


def _masked(turn: Turn, text: str) -> str:
    return mask(text, keep=office_phones(turn)).text


async def _tell_editors(turn: Turn, template: Template, author: Person) -> None:
    """Those who may approve it: the editors, or where there is none beside the author the approvers."""
    others = [person for person in turn.office.persons if person.id != author.id]
    for role in ("editor", "approver", "administrator"):
        told = [person for person in others if role in person.roles]
        places = [place for person in told for place in await staff.places_of(turn.session, person.id)]
        rows = [
            outbox.row(
                cause=f"draft:{template.id}:{place.address}",
                channel=place.channel,
                address=place.address,
                sealed=place.sealed,
                language=place.language or turn.office.languages[0],
                kind="note",
                data={"key": "note-draft", "id": template.id, "name": author.short},
                due_at=turn.now,
            )
            for place in places
            if place.channel not in SILENT_CHANNELS
        ]
        if rows:
            await outbox.put(turn.session, rows)
            return
