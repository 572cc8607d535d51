"""The staff dialogue: joining, open tasks, taking, answering, closing. The same in every channel, browser included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select

from backend import conversation, exclusions, feedback, journal, outbox, relays, staff, tasks
from backend.alerts import SILENT_CHANNELS
from backend.knowledge import asked, templates
from backend.masking import mask
from bot import approved, card_parts, cards, waiting
from bot.dialogue import typed
from bot.dialogue.common import menu_button, office_phones
from bot.dialogue.state import Idle, Previewing, Writing
from bot.dialogue.turn import Elsewhere, Step, Turn
from bot.messages import Button, Choose, Event, Fill, Press, Reply, Say, Text, Write
from bot.policy import masks_outgoing

CODE = re.compile(r"(?:\A|[\s-])([A-Z0-9]{16})\Z", re.IGNORECASE)
TEXT_LIMIT = 3000
PAGE = 50  # tasks of a list at once
NEAR = 3  # templates that are offered for an answer


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a known person, or a member of a bound group as the messenger names him."""

    name: str
    person: str | None


async def actor(turn: Turn, state: Writing | Previewing | None = None) -> Actor | None:
    """None when this person may not act on tasks here. `state`: what he goes on with, maybe begun in a group."""
    if turn.incoming.private:
        if turn.person is not None:
            return Actor(turn.person.short, turn.person.id)
        if state is None or not state.group:
            return None
        of_settings = bool(turn.staff_chat) and state.group == turn.keys.hash(turn.staff_chat)
        return Actor(state.name, None) if of_settings or await staff.is_bound(turn.session, state.group) else None
    where = turn.incoming.where
    if str(where) != turn.staff_chat and not await staff.is_bound(turn.session, turn.keys.hash(str(where))):
        return None
    known = (
        await turn.session.execute(
            select(staff.addresses.c.person).where(staff.addresses.c.address == turn.keys.hash(str(turn.incoming.who)))
        )
    ).scalar()
    person = turn.office.person(known) if known else None
    if person is not None:
        return Actor(person.short, person.id)
    return Actor(turn.incoming.name or turn.words("group-member"), None)


# --- joining ----------------------------------------------------------------------------------------------


async def join(turn: Turn, code: str) -> Step:
    """A one-time link of `python -m bot invite`."""
    where = turn.incoming.where
    invitation = await staff.look_at(turn.session, turn.keys, code, where.channel, turn.now)
    if invitation is None or not turn.incoming.private or invitation.person is None:
        return Step(Idle(), [Say(text=turn.words("invite-bad"), buttons=(menu_button(turn),))])
    person = turn.office.person(invitation.person)
    if person is None or not await staff.use(turn.session, invitation):
        return Step(Idle(), [Say(text=turn.words("invite-bad"), buttons=(menu_button(turn),))])
    await staff.join(
        turn.session,
        person=person.id,
        address=turn.key,
        channel=where.channel,
        sealed=turn.keys.seal(where.id),
        now=turn.now,
    )
    text = turn.words("joined", name=person.short, post=turn.text(person.post))
    buttons = [Button(key="tasks", step="menu", label=turn.words("menu-tasks"), tone="good"), menu_button(turn)]
    if turn.office.appeals is not None:
        text = f"{text}\n{turn.words('joined-desk')}"
        buttons.insert(0, Button(key="open", step="work", label=turn.words("menu-desk"), tone="good"))
    return Step(Idle(place="tasks"), [Say(text=text, buttons=tuple(buttons))])


async def bind(turn: Turn, text: str) -> Step | None:
    """A group is bound by a one-time code written into it; None when the text carries no code."""
    found = CODE.search(text.strip())
    if found is None:
        return None
    where = turn.incoming.where
    invitation = await staff.look_at(turn.session, turn.keys, found[1], where.channel, turn.now)
    if invitation is None or invitation.person is not None or not await staff.use(turn.session, invitation):
        return Step(Idle(), [Say(text=turn.words("bind-bad"))])
    await staff.bind(
        turn.session,
        address=turn.keys.hash(str(where)),
        channel=where.channel,
        sealed=turn.keys.seal(where.id),
        now=turn.now,
        by=turn.incoming.name or where.channel,
    )
    return Step(Idle(), [Say(text=turn.words("bound"))])


# --- lists and cards --------------------------------------------------------------------------------------


def skipped(place: str) -> int:
    """How many tasks stand before this page of the list (`tasks.50`)."""
    number = place.removeprefix("tasks.")
    return int(number) if number.isdecimal() and len(number) < 7 else 0


async def task_list(turn: Turn, skip: int = 0) -> Reply:
    """What is theirs and what nobody has taken, a page at a time."""
    person = turn.person.id if turn.person else None
    found, total = await tasks.open_for(turn.session, person, turn.today, skip=skip, limit=PAGE)
    if not found and skip:  # closed meanwhile
        return await task_list(turn)
    if not found:
        return Say(
            text=turn.words("no-tasks"),
            step="tasks",
            buttons=(
                Button(key="tasks", step="menu", label=turn.words("button-refresh")),
                *await _excluded(turn),
                menu_button(turn),
            ),
        )
    scores = await _scores(turn, [t.response for t in found if t.response])
    held = await outbox.held_until(turn.session, [t.id for t in found if t.status == "new"], turn.now)
    titles = {ident: turn.text(dict(one.title)) for ident, one in turn.knowledge.staff_listed.items()}
    options = tuple(
        Button(
            key="open",
            step=cards.step_of(t.id),
            label=cards.short_line(
                turn.office,
                turn.words,
                t,
                *scores.get(t.response, (None, "")),
                state=waiting.state(turn.words, t.promised, held.get(t.id), turn.now),
                titles=titles,
                numbers=turn.may("track"),
            ),
        )
        for t in found
    )
    text = turn.words("open-tasks", n=total)
    if total > len(found):
        shown = turn.words("choose-page", first=skip + 1, last=skip + len(found), total=total)
        text = f"{text}\n{shown}"
    pages = []
    if skip + len(found) < total:
        pages.append(Button(key=f"from.{skip + PAGE}", label=turn.words("button-more")))
    if skip:
        pages.append(Button(key="from.0", label=turn.words("button-first-page")))
    return Say(text=text, step="tasks", buttons=(*options, *pages, *await _excluded(turn), menu_button(turn)))


async def _excluded(turn: Turn) -> tuple[Button, ...]:
    """The way to excluded marks for those who decide about them, while there are any."""
    person = turn.person
    if person is None or not exclusions.decides(person) or not await exclusions.are_there(turn.session):
        return ()
    return (Button(key="open", step="excluded", label=turn.words("button-excluded")),)


async def _page(turn: Turn, key: str) -> Step:
    """Another page of the list of tasks."""
    if turn.person is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    skip = skipped(key.removeprefix("from."))
    return Step(Idle(place=f"tasks.{skip}" if skip else "tasks"), [await task_list(turn, skip)])


async def _scores(turn: Turn, responses: list[int]) -> dict[int, tuple[int | None, str]]:
    """Score and survey by response."""
    c = feedback.response.c
    rows = await turn.session.execute(select(c.id, c.score, c.survey).where(c.id.in_(responses)))
    return {r[0]: (r[1], r[2]) for r in rows}


async def card_screen(turn: Turn, step: str) -> Reply:
    number = step.removeprefix("task.")
    task = await tasks.get(turn.session, int(number)) if number.isdecimal() and len(number) < 10 else None
    if task is None or tasks.hidden_from(task, turn.person.id if turn.person else None):
        return await task_list(turn)
    return await _card(turn, task)


async def _card(turn: Turn, task: Any, top: str = "") -> Say:
    viewer = turn.person if turn.incoming.private else None
    near = _near(turn, task) if viewer is not None else []
    say = await cards.card(
        turn.session,
        turn.office,
        turn.words,
        task,
        turn.now,
        turn.zone,
        top=top,
        viewer=viewer,
        near=near,
        numbers=viewer is not None and turn.may("track"),
    )
    if turn.incoming.private:
        more = Button(key="tasks", step="menu", label=turn.words("menu-tasks"))
        say = say.model_copy(update={"buttons": (*say.buttons, more)})
    return say


def _near(turn: Turn, task: Any) -> list[tuple[str, str]]:
    """Templates near a handed-over question that clients may read: id and title."""
    if task.kind != "question" or not task.text or task.status == "closed":
        return []
    base = turn.knowledge
    ranked = base.ask(task.text, wrong_share=turn.office.rules.wrong_share).ranked[:NEAR]
    near = (base.listed.get(one.id) for one in ranked if one.score > 0)
    return [(one.id, turn.text(dict(one.title))) for one in near if one is not None and not one.internal]


def _apart(card: Say) -> Say:
    """The card as a message of its own: the one whose button was pressed tells something else, and stays."""
    buttons = tuple(b.model_copy(update={"step": b.step or card.step}) for b in card.buttons)
    return card.model_copy(update={"step": f"apart.{card.step}", "buttons": buttons})


# --- acting -----------------------------------------------------------------------------------------------


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of a task, or of the list; None when it is not one."""
    if step == "tasks":
        return await _page(turn, key)
    number = step.removeprefix("task.")
    if not step.startswith("task.") or not number.isdecimal() or len(number) > 9:
        return None
    who = await actor(turn)
    if who is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    task = await tasks.get(turn.session, int(number))
    if task is None or tasks.hidden_from(task, who.person):
        return Step(Idle(), [Say(text=turn.words("task-gone"))])
    if key in ("open", "show"):
        card = await _card(turn, task)
        return Step(Idle(place=step), [_apart(card) if key == "show" and not turn.traits.pages else card])
    if task.status == "closed":
        top = turn.words("already-closed", holder=task.holder, time=turn.words.clock(task.closed_at))
        return Step(Idle(place=step), [await _card(turn, task, top)])
    match key:
        case "take":
            return await _take(turn, task, who)
        case "return":
            return await _give_back(turn, task, who)
        case "close" | "answer":
            return await _ask_text(turn, task, who, key)
        case "transfer":
            return Step(Idle(place=step), [_whom(turn, task)])
        case _ if key.startswith("insert."):
            return await _insert(turn, task, who, key.removeprefix("insert."))
        case _ if key.startswith("to."):
            return await _hand_over(turn, task, who, key.removeprefix("to."))
        case _:
            return Step(Idle(place=step), [await _card(turn, task)])


async def back_to(turn: Turn, task: Any, top: str) -> Step:
    """The card as it is now, with a line above it that says what has happened."""
    return await _again(turn, task, top)


async def _again(turn: Turn, task: Any, top: str) -> Step:
    fresh = await tasks.get(turn.session, task.id)
    step = cards.step_of(task.id)
    viewer = turn.person.id if turn.person is not None else None
    if turn.incoming.private and fresh is not None and tasks.hidden_from(fresh, viewer):
        return Step(Idle(), [Say(text=turn.words("task-gone"), buttons=(menu_button(turn),))])
    if turn.incoming.private and turn.person is None:
        # A member of a group who went on in private: the task's buttons are in the group.
        return Step(Idle(), [Say(text=top, buttons=(menu_button(turn),))])
    if not turn.incoming.private and fresh is not None and fresh.joined_to is not None:
        return Step(Idle(), [await _card(turn, fresh, top)])  # nothing was posted of it: the opened card changes
    if not turn.incoming.private:
        # In a group the posted card itself is changed by the outbox; a second card would only be noise.
        return Step(Idle(), [Say(text=top, step=step)])
    return Step(Idle(place=step), [await _card(turn, fresh, top)])


async def _take(turn: Turn, task: Any, who: Actor) -> Step:
    if await tasks.take(turn.session, task.id, turn.now, person=who.person, holder=who.name):
        return await _again(
            turn,
            task,
            turn.words("you-took", number=task.id)
            if turn.incoming.private
            else turn.words("task-taken-by", number=task.id, name=who.name),
        )
    fresh = await tasks.get(turn.session, task.id)
    if fresh is None or fresh.taken_at is None:
        return await _again(turn, task, turn.words("task-gone"))
    mine = who.person is not None and fresh.person == who.person
    key = "taken-by-you" if mine else "taken-already"
    return await _again(turn, task, turn.words(key, holder=fresh.holder, time=turn.words.clock(fresh.taken_at)))


async def _give_back(turn: Turn, task: Any, who: Actor) -> Step:
    done = await tasks.give_back(turn.session, task.id, turn.now, by=who.name)
    return await _again(turn, task, turn.words("task-returned" if done else "task-not-taken", number=task.id))


def _whom(turn: Turn, task: Any) -> Choose:
    step = cards.step_of(task.id)
    options = tuple(
        Button(key=f"to.{p.id}", label=f"{p.short}, {turn.text(p.post)}")
        for p in turn.office.persons
        if p.id != task.person and not tasks.hidden_from(task, p.id)
    )
    back = Button(key="open", step=step, label=turn.words("button-back"))
    return Choose(text=turn.words("transfer-whom", number=task.id), step=step, options=options, controls=(back,))


async def _hand_over(turn: Turn, task: Any, who: Actor, to: str) -> Step:
    person = turn.office.person(to)
    if person is None or tasks.hidden_from(task, to):
        return await _again(turn, task, turn.words("task-gone"))
    await tasks.hand_over(turn.session, task.id, turn.now, to=person.id, holder=person.short, by=who.name)
    reachable = await staff.places_of(turn.session, person.id)
    key = "task-handed-over" if reachable else "task-handed-over-silent"
    return await _again(turn, task, turn.words(key, number=task.id, name=person.short))


async def _ask_text(turn: Turn, task: Any, who: Actor, what: str) -> Step:
    relay = await relays.of_task(turn.session, task.id)
    if what == "answer" and (relay is None or relay.state != "waiting"):
        return await _again(turn, task, turn.words("nobody-waits"))
    if task.status == "new":
        await tasks.take(turn.session, task.id, turn.now, person=who.person, holder=who.name)
    state = Writing(what="answer" if what == "answer" else "close", task=task.id)
    ask = _ask(turn, state, relay, task)
    if turn.incoming.private or turn.traits.writes_in_groups:
        return Step(state, [ask])
    say = Say(text=turn.words("write-in-private", name=turn.incoming.name), step=cards.step_of(task.id))
    state = state.model_copy(update={"group": turn.keys.hash(str(turn.incoming.where)), "name": who.name})
    return Step(Idle(), [say], elsewhere=Elsewhere(turn.incoming.who, state, [ask]))


async def _insert(turn: Turn, task: Any, who: Actor, ident: str, state: Writing | None = None) -> Step:
    """The approved text of a template goes into the answer, to be looked at before it is sent."""
    relay = await relays.of_task(turn.session, task.id)
    if relay is None or relay.state != "waiting":
        return await _again(turn, task, turn.words("nobody-waits"))
    one = await templates.published(turn.session, ident)
    if one is None or one.template.internal:
        top = turn.words("kb-gone")
        return Step(state, [Say(text=top), _ask(turn, state, relay, task)]) if state else await _again(turn, task, top)
    if task.status == "new":
        await tasks.take(turn.session, task.id, turn.now, person=who.person, holder=who.name)
    language = approved.language_of(turn.office, one.template, relay.language)
    words = turn.all_words.get(language, turn.words)
    text, hidden = _masked(turn, relay, approved.whole_text(turn.office, words, one.template, language))
    group, name = (state.group, state.name) if state else ("", "")
    closes = state is not None and state.what == "close"
    preview = Previewing(task=task.id, text=text, closes=closes, group=group, name=name, template=ident)
    return Step(preview, [_preview(turn, preview, hidden=hidden)])


def _ask(turn: Turn, state: Writing, relay: Any, task: Any) -> Write:
    waits = relay is not None and relay.state == "waiting"
    near = _near(turn, task) if waits and task is not None else []
    key = "write-answer" if state.what == "answer" else ("write-done-and-tell" if waits else "write-done")
    text, insertions = turn.words(key, number=state.task), card_parts.insertions(turn.words, near)
    if near and not turn.traits.pages:
        # Controls of a messenger are narrow: the titles stand in the text, the buttons name their numbers.
        text += f"\n\n{turn.words('write-near')}\n" + "\n".join(f"{n}. {name}" for n, (_, name) in enumerate(near, 1))
        insertions = card_parts.insertions(
            turn.words, [(ident, str(n)) for n, (ident, _) in enumerate(near, 1)], key="task-insert-number"
        )
    return Write(
        text=text,
        step=f"write.{state.what}.{state.task}",
        hint=turn.words("write-answer-hint" if state.what == "answer" else "write-done-hint"),
        limit=TEXT_LIMIT,
        controls=(
            *insertions,
            Button(key="cancel", label=turn.words("button-cancel")),
        ),
    )


async def screen(turn: Turn, state: Writing | Previewing) -> Reply:
    if isinstance(state, Writing):
        task = await tasks.get(turn.session, state.task)
        if task is not None and tasks.hidden_from(task, turn.person.id if turn.person else None):
            return await task_list(turn)
        return _ask(turn, state, await relays.of_task(turn.session, state.task), task)
    return _preview(turn, state)


def writing_of(step: str) -> Writing | None:
    """The place that a form was made for, by its step; None when it is no such form."""
    parts = step.split(".")
    if len(parts) != 3 or parts[0] != "write" or parts[1] not in ("close", "answer") or not parts[2].isdecimal():
        return None
    return Writing(what="answer" if parts[1] == "answer" else "close", task=int(parts[2][:9]))


async def write(turn: Turn, state: Writing, event: Event) -> Step:
    """The text that was asked for: kept, shown or sent."""
    who = await actor(turn, state)
    task = await tasks.get(turn.session, state.task)
    if who is None or task is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    if tasks.hidden_from(task, who.person):
        return Step(Idle(), [Say(text=turn.words("task-gone"), buttons=(menu_button(turn),))])
    relay = await relays.of_task(turn.session, state.task)
    match event:
        case Text(text=text) | Fill(text=text) if text.strip():
            pass
        case Press(key="cancel"):
            return await _again(turn, task, turn.words("cancelled"))
        case Press(key=key) if key.startswith("insert.") and task.status != "closed":
            return await _insert(turn, task, who, key.removeprefix("insert."), state)
        case _:
            return Step(state, [_ask(turn, state, relay, task)])
    text = text.strip()
    if text.casefold() in ("отмена", "cancel", turn.words("button-cancel").casefold()):
        return await _again(turn, task, turn.words("cancelled"))
    if len(text) > TEXT_LIMIT:
        return Step(state, [Say(text=turn.words("too-long", limit=TEXT_LIMIT)), _ask(turn, state, relay, task)])
    if len(text) < 3 or not any(c.isalpha() for c in text):
        return Step(state, [Say(text=turn.words("write-more")), _ask(turn, state, relay, task)])
    if task.status == "closed":
        top = turn.words("already-closed", holder=task.holder, time=turn.words.clock(task.closed_at))
        return await _again(turn, task, top)
    if state.what == "answer" or (relay is not None and relay.state == "waiting"):
        shown, hidden = _masked(turn, relay, text)
        preview = Previewing(
            task=state.task, text=shown, closes=state.what == "close", group=state.group, name=state.name
        )
        return Step(preview, [_preview(turn, preview, hidden=hidden)])
    if not await _close(turn, task, relay, text, who):
        return await _closed_already(turn, task)
    return await _again(turn, task, turn.words("task-closed-now", number=task.id))


async def _closed_already(turn: Turn, task: Any) -> Step:
    """Somebody was faster: who and when."""
    fresh = await tasks.get(turn.session, task.id)
    if fresh is None or fresh.closed_at is None:
        return await _again(turn, task, turn.words("task-gone"))
    top = turn.words("already-closed", holder=fresh.holder, time=turn.words.clock(fresh.closed_at))
    return await _again(turn, task, top)


async def _close(turn: Turn, task: Any, relay: Any, text: str, who: Actor) -> bool:
    if not await tasks.close(turn.session, task.id, turn.now, done=text, by=who.name, person=who.person):
        return False
    if relay is not None and relay.state == "rated":
        # Closed and rated: the way back has served.
        await relays.end(turn.session, relay.id)
    return True


def _masked(turn: Turn, relay: Any, text: str) -> tuple[str, bool]:
    """The text as it may go out through the client's channel, and whether something was hidden in it."""
    mode = next((d.mode for d in turn.doors if relay is not None and d.name == relay.channel), "track")
    if not masks_outgoing("personal" if mode == "personal" else "track"):
        return text, False
    masked = mask(text, keep=office_phones(turn))
    return masked.text, bool(masked.hidden)


def _preview(turn: Turn, state: Previewing, *, hidden: bool = False) -> Say:
    text = turn.words("preview-close" if state.closes else "preview", text=state.text)
    if hidden:
        text = f"{turn.words('number-hidden-staff')}\n\n{text}"
    return Say(
        text=text,
        step=f"send.{state.task}",
        buttons=(
            Button(key="send", label=turn.words("button-send"), tone="good"),
            Button(key="edit", label=turn.words("button-rewrite")),
            Button(key="cancel", label=turn.words("button-cancel")),
        ),
    )


async def decide(turn: Turn, state: Previewing, event: Event) -> Step:
    """Send, write again, or cancel."""
    who = await actor(turn, state)
    task = await tasks.get(turn.session, state.task)
    if who is None or task is None:
        return Step(Idle(), [Say(text=turn.words("not-staff"), buttons=(menu_button(turn),))])
    if tasks.hidden_from(task, who.person):
        return Step(Idle(), [Say(text=turn.words("task-gone"), buttons=(menu_button(turn),))])
    key = ""
    match event:
        case Press(key=pressed_key) | Fill(keys=(pressed_key, *_)) if event.step == f"send.{state.task}":
            key = pressed_key
        case Text(text=text):
            found = typed.press(_preview(turn, state), text)
            key = found[0].key if found else ""
        case _:
            pass
    relay = await relays.of_task(turn.session, state.task)
    match key:
        case "send":
            return await _send(turn, state, task, relay, who)
        case "edit":
            what: Literal["close", "answer"] = "close" if state.closes else "answer"
            writing = Writing(what=what, task=state.task, group=state.group, name=state.name)
            return Step(writing, [_ask(turn, writing, relay, task).model_copy(update={"value": state.text})])
        case "cancel":
            return await _again(turn, task, turn.words("cancelled"))
        case _:
            return Step(state, [Say(text=turn.words("choose-or-type")), _preview(turn, state)])


async def _send(turn: Turn, state: Previewing, task: Any, relay: Any, who: Actor) -> Step:
    if task.status == "closed":
        return await _closed_already(turn, task)
    sent = relay is not None and relay.state == "waiting"
    if sent:
        person = turn.office.person(who.person) if who.person else None
        post = turn.office.text(person.post, relay.language) if person else turn.text(turn.office.short)
        sent = await relays.answer(turn.session, relay.id, state.text, post, turn.now)
    if sent:
        if relay.channel in SILENT_CHANNELS:
            # The secret page must show the answer, whatever was on it.
            await conversation.show_anew(turn.session, relay.address)
        else:
            row = outbox.row(
                cause=f"answer:{relay.id}:{relay.answers + 1}",
                channel=relay.channel,
                address=relay.address,
                sealed=relay.sealed,
                language=relay.language,
                kind="answer",
                data={"relay": relay.id},
                due_at=turn.now,
            )
            await outbox.put(turn.session, [row])
        if state.template:
            await _inserted(turn, task, relay, state.template, who)
    proposed = sent and bool(state.template) and task.kind == "question"
    if state.closes:
        if not await _close(turn, task, relay, state.text, who):
            return await _closed_already(turn, task)
        key = "answered-and-closed" if sent else "task-closed-now"
    else:
        await tasks.touch(turn.session, task.id, turn.now, stage=sent)
        key = "answer-sent" if sent else "nobody-waits"
    top = turn.words(key, number=task.id)
    return await _again(turn, task, f"{top}\n{turn.words('phrasing-proposed')}" if proposed else top)


async def _inserted(turn: Turn, task: Any, relay: Any, template: str, who: Actor) -> None:
    """The answer was a template's own: the client's words are proposed to the editor as one more way to ask for it."""
    await tasks.touch(turn.session, task.id, turn.now, note=f"inserted:{relay.answers + 1}")
    await journal.note(turn.session, turn.now, who.name, "knowledge.inserted", task.id, template)
    if task.kind == "question" and task.text:
        language = approved.written_in(task.text, relay.language)
        await asked.propose(turn.session, template, task.text, language=language, origin="task", day=turn.today)
