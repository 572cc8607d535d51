"""Invitations to rate a visit: the client's code in the menu, the message that invites, and what he answers to it."""

from __future__ import annotations

from typing import Any

from backend import feedback, invitations
from backend.feedback import Subject
from backend.office.model import Office
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button, where_else
from bot.dialogue.state import Answering, Idle
from bot.dialogue.turn import Door, Step, Turn, long_id, short_id
from bot.messages import Button, Choose, Rate, Reply, Say, Write
from bot.policy import may
from bot.words import Words
from surveys import walk

# --- the message ------------------------------------------------------------------------------------------


def invitation_message(words: Words, office: Office, row: Any, *, again: bool) -> Say | None:
    """The invitation as it is sent, or its one reminder; None when the office has nothing to ask about this any
    more."""
    survey = office.surveys.get(invitations.survey_of(office, Subject(row.subject_kind, row.subject)) or "")
    if survey is None or row.visited_on is None:
        return None
    if row.subject_kind == "point":
        point = office.point_by_code(row.subject)
        assert point is not None
        name = office.text(point.name, words.language)
        # 8.1 is the telephone, 7.x are our own pages and chats: nobody «was» there.
        met = point.kind.startswith("8.") and not point.kind.startswith("8.1")
    else:
        service = office.service(row.subject)
        assert service is not None
        name, met = office.text(service.name, words.language), False
    said = words("invitation-visited" if met else "invitation-turned-to-us", day=words.day(row.visited_on), name=name)
    _, questions = walk.progress(survey, {}, walk.first(survey).id)
    step = f"invite.{short_id(row.id)}"
    return Say(
        text="\n".join(
            [
                *([words("invitation-again")] if again else []),
                said,
                words("invitation-ask", n=questions),
            ]
        ),
        step=step,
        asks="relay",
        buttons=(
            Button(key="rate", label=words("invitation-rate"), tone="good"),
            Button(key="later", label=words("invitation-later")),
            Button(key="stop", label=words("invitation-stop")),
        ),
    )


# --- the code in the menu ---------------------------------------------------------------------------------


def menu_buttons(turn: Turn) -> list[Button]:
    """The menu's way here; none where no channel of this office can invite."""
    if not turn.office.rules.invitations or not (_can_invite(turn) or (turn.traits.pages and _elsewhere(turn))):
        return []
    return [Button(key="invitations", label=turn.words("menu-invitations"))]


def _can_invite(turn: Turn) -> bool:
    """Nothing can be pushed to a page."""
    return not turn.traits.pages and turn.may("relay")


def _elsewhere(turn: Turn) -> list[Door]:
    return [door for door in turn.doors if door.name != turn.traits.name and may(door.mode, "relay")]


async def screen(turn: Turn) -> Reply:
    """What invitations are, and the code; in the browser: which channels can."""
    words = turn.words
    if not turn.office.rules.invitations:
        return Say(text=words("invitations-off"), buttons=(menu_button(turn),))
    if not _can_invite(turn):
        return where_else(turn, "relay") if not turn.traits.pages else _not_on_pages(turn)
    link = await invitations.link_of(turn.session, turn.key)
    about = words("invitations-about", days=max(1, turn.office.rules.invite_gap_days))
    if link is None:
        lines = [about, words("invitations-stopped" if turn.stopped else "invitations-how")]
    else:
        lines = [about, words("invitations-have", day=words.day(link.made_on))]
    return _with_buttons(turn, "\n\n".join(lines), has_code=link is not None)


def _not_on_pages(turn: Turn) -> Say:
    doors = _elsewhere(turn)
    names = ", ".join(turn.words(f"channel-{door.name}") for door in doors)
    ways = tuple(
        Button(label=turn.words("button-go-to", name=turn.words(f"channel-{door.name}")), url=door.link)
        for door in doors
        if door.link
    )
    text = turn.words("invitations-pages", names=names) if doors else turn.words("invitations-off")
    return Say(text=text, buttons=(*ways, menu_button(turn)))


def _with_buttons(turn: Turn, text: str, *, has_code: bool) -> Say:
    words = turn.words
    buttons = [Button(key="code", label=words("invitations-new-code" if has_code else "invitations-get-code"))]
    if has_code:
        buttons.append(Button(key="stop", label=words("invitation-stop")))
    return Say(text=text, step="invitations", asks="relay", buttons=(*buttons, menu_button(turn)))


async def pressed(turn: Turn, step: str, key: str) -> Step | None:
    """A button of these screens and of an invitation; None when it is none of them. «Больше не спрашивать» is the
    menu's own «стоп»."""
    if step == "invitations":
        if key == "code" and turn.office.rules.invitations and _can_invite(turn):
            return await _new_code(turn)
        return Step(Idle(place="invitations"), [await screen(turn)])
    if not step.startswith("invite."):
        return None
    ident = long_id(step.removeprefix("invite."))
    row = await invitations.get(turn.session, ident, turn.key) if ident is not None and ident < 1 << 63 else None
    if row is None or row.state not in ("sent", "reminded"):
        return await _ended_before(turn, key)
    if key == "rate":
        return await _rate(turn, row)
    await invitations.end(turn.session, row.id, "refused")
    return Step(Idle(), [Say(text=turn.words("invitation-thanks"), buttons=(menu_button(turn),))])


async def _new_code(turn: Turn) -> Step:
    """He asks to be invited, so an earlier «стоп» is over."""
    turn.stopped = False
    code = await invitations.agree(
        turn.session,
        turn.keys,
        chat=turn.key,
        channel=turn.traits.name,
        ident=turn.incoming.where.id,
        language=turn.language,
        today=turn.today,
    )
    text = turn.words("invitations-code", code=invitations.in_groups(code))
    return Step(Idle(place="invitations"), [_with_buttons(turn, text, has_code=True)])


async def _rate(turn: Turn, row: Any) -> Step:
    """From here on the invitation knows neither what was visited nor the response: they share no value."""
    subject = Subject(row.subject_kind, row.subject, row.service)
    await invitations.end(turn.session, row.id, "answered")
    survey = invitations.survey_of(turn.office, subject)
    if survey is None or survey not in turn.office.surveys:
        return _over(turn)
    return _marked(await survey_talk.begin(turn, subject, survey))


async def _ended_before(turn: Turn, key: str) -> Step:
    """An invitation that was answered, refused or closed: a second press of «Оценить» finds its open survey."""
    if key == "later":
        return Step(Idle(), [Say(text=turn.words("invitation-thanks"), buttons=(menu_button(turn),))])
    row = await feedback.open_of(turn.session, turn.key)
    step = await survey_talk.resume(turn, row) if row is not None else None
    return _marked(step) if step is not None else _over(turn)


def _over(turn: Turn) -> Step:
    rate = (Button(key="rate", step="menu", label=turn.words("menu-rate")),) if turn.may("rating") else ()
    return Step(Idle(), [Say(text=turn.words("invitation-over"), buttons=(*rate, menu_button(turn)))])


# --- the survey that follows ------------------------------------------------------------------------------


def _marked(step: Step) -> Step:
    if isinstance(step.state, Answering):
        step.state = step.state.model_copy(update={"invited": True})
    return step


def with_way_out(turn: Turn, step: Step) -> Step:
    """Every question of a survey that began from an invitation offers «Больше не спрашивать»."""
    if isinstance(step.state, Answering) and step.state.invited and not step.state.paused:
        out = Button(key="stop", step="invitations", label=turn.words("invitation-stop"))
        step.replies = [
            reply.model_copy(update={"controls": (*reply.controls, out)})
            if isinstance(reply, Rate | Choose | Write)
            else reply
            for reply in step.replies
        ]
    return step
