"""«Мои данные»: what is stored of this chat, the same as a file, and having it deleted (152-ФЗ, articles 14 and 21)."""

from __future__ import annotations

from collections.abc import Sequence

from backend import consents, feedback, invitations, outbox, relays, tasks
from backend.appeals import drafts, erasure, following, mine
from backend.appeals.mine import Mine, MyAppeal, MyConsent, MyDraft
from backend.knowledge import asked
from backend.pages.my_data import MINUTES, link_of
from bot import appeal_words
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Asks, Button, Choose, Reply, Say

LANGUAGE_NAMES = {"ru": "Русский", "en": "English"}


# --- what is stored ---------------------------------------------------------------------------------------


async def lines(turn: Turn) -> list[str]:
    """Exactly what the tables hold of this chat, a line each."""
    words = turn.words
    found = [words("data-conversation", language=LANGUAGE_NAMES.get(turn.language, turn.language))]
    if turn.stopped:
        found.append(words("data-stopped"))
    response = await feedback.open_of(turn.session, turn.key)
    if response is not None:
        found.append(words("data-open", name=survey_talk.subject_name(turn, response.subject_kind, response.subject)))
    today = await feedback.with_ties(turn.session, await survey_talk.todays_ties(turn))
    if today:
        found.append(words("data-today", n=len(today)))
    for relay in await relays.of_address(turn.session, turn.key):
        found.append(words("data-relay", day=words.day(relay.ends_on, turn.today)))
    waiting = await asked.waiting(turn.session, turn.key)
    if waiting:
        found.append(words("data-questions", n=len(waiting)))
    if '"seen":' in turn.taken.state:
        found.append(words("data-seen"))
    link = await invitations.link_of(turn.session, turn.key)
    if link is not None:
        found.append(words("data-link", day=words.day(link.made_on)))
    invited = await invitations.of_chat(turn.session, turn.key)
    if any(row.state in invitations.OPEN for row in invited):
        found.append(words("data-invitation-open"))
    if any(row.sent_on is not None for row in invited):
        found.append(words("data-invitations", n=invitations.KEPT_DAYS))
    of_appeals = await _of_appeals(turn)
    found += of_appeals
    if turn.traits.pages:
        found.append(words("data-relay-page"))
    if turn.person is not None:
        found.append(words("data-staff", name=turn.person.short))
    found.append(words("data-nothing-else" if of_appeals else "data-no-more"))
    return found


async def _of_appeals(turn: Turn) -> list[str]:
    """Appeals, the draft and consents."""
    words, found = turn.words, []
    every = await following.listed(turn.session, turn.key, hidden=True)
    followed = await following.listed(turn.session, turn.key)
    if followed and turn.may("track"):
        numbers = ", ".join(row.number for row in followed)
        found.append(words("data-appeals", n=len(followed), numbers=numbers))
    elif followed:
        found.append(words("data-appeals-count", n=len(followed)))
    if left := {row.id for row in every} - {row.id for row in followed}:
        found.append(words("data-appeals-left", n=len(left)))
    written = await drafts.of(turn.session, turn.keys, turn.key)
    if written is not None:
        found.append(words("data-draft", day=words.day(written.touched_on, turn.today)))
    given = await consents.of_chat(turn.session, turn.key)
    if given:
        found.append(words("data-consents", n=len(given)))
    return found


async def data(turn: Turn) -> Say:
    """What is stored, and what can be done with it."""
    found = await lines(turn)
    buttons = [Button(key="data-file", label=turn.words("button-data-file"))]
    if turn.office.consents:
        buttons.append(Button(key="consents", label=turn.words("menu-consents")))
    followed = turn.may("track")
    return Say(
        text="\n".join([turn.words("data-title"), *(f"– {line}" for line in found)]),
        asks="track" if followed else "nothing",
        buttons=(*buttons, Button(key="delete", label=turn.words("button-delete"), tone="bad"), menu_button(turn)),
    )


# --- as a file --------------------------------------------------------------------------------------------


def file(turn: Turn) -> Say:
    """A link that gives the file for a quarter of an hour."""
    link = link_of(turn.keys, turn.url, turn.key, turn.traits.name, turn.now)
    return Say(
        text=turn.words("data-file", n=MINUTES),
        buttons=(Button(label=turn.words("button-data-download"), url=link), menu_button(turn)),
    )


async def as_text(turn: Turn) -> str:
    """All that is stored of this chat as a text to be read. Names, contacts and words only where this channel may carry
    them."""
    words = turn.words
    parts = [
        words("my-data-title", office=turn.text(turn.office.name)),
        words("my-data-day", moment=words.moment(turn.now)),
        "\n".join(f"– {line}" for line in await lines(turn)),
    ]
    if turn.office.appeals is not None:
        gathered = await mine.gather(turn.session, turn.office, turn.keys, turn.key, personal=turn.may("personal"))
        parts += _sections(turn, gathered)
    return "\n\n".join(parts) + "\n"


def _sections(turn: Turn, gathered: Mine) -> list[str]:
    return [
        *(_appeal(turn, one) for one in gathered.appeals),
        *([_draft(turn, gathered.draft)] if gathered.draft is not None else []),
        *([_consents(turn, gathered.consents)] if gathered.consents else []),
    ]


def _appeal(turn: Turn, one: MyAppeal) -> str:
    """One appeal: its card, then the words of both sides where this channel may carry them."""
    words, office = turn.words, turn.office
    service = office.service(one.service) if one.service else None
    until = words.day(one.promised_on or one.due_on, turn.today)
    found = [
        words("my-data-appeal", number=one.number, kind=appeal_words.kind_of(office, words, one)),
        words("my-data-sent" if one.filed else "my-data-followed", moment=words.moment(one.since)),
        words("my-data-registered", day=words.day(one.registered_on, turn.today), until=until),
        words("my-data-notices" if one.notices else "my-data-no-notices"),
    ]
    if service is not None:
        found.append(words("my-data-service", name=turn.text(service.name)))
    found += [
        words("my-data-stage", moment=words.moment(stage.at), name=appeal_words.stage_of(office, words, stage.code))
        for stage in one.stages
    ]
    if name := one.applicant.get("name"):
        found.append(words("write-line-name", value=name))
    if contact := one.applicant.get("contact"):
        found.append(words("write-line-contact", value=contact))
    if one.text:
        found.append(words("my-data-text", text=one.text))
    found += [words("my-data-message", moment=words.moment(m.at), text=m.text) for m in one.messages if m.text]
    found += [words("my-data-file", moment=words.moment(f.at), name=f.name, size=f.size) for f in one.sent if f.name]
    found += [words("my-data-reply", moment=words.moment(m.at), text=m.text) for m in one.replies]
    if not turn.may("personal"):
        found.append(words("my-data-words-elsewhere"))
    return "\n".join(found)


def _draft(turn: Turn, draft: MyDraft) -> str:
    day = turn.words.day(draft.touched_on, turn.today)
    text = [text for name, text in draft.fields.items() if name != "topic"]
    return "\n".join([turn.words("my-data-draft", day=day), *text])


def _consents(turn: Turn, given: Sequence[MyConsent]) -> str:
    words, found = turn.words, [turn.words("my-data-consents")]
    for one in given:
        consent = turn.office.consent(one.purpose)
        about: dict[str, str | int] = {
            "name": turn.text(consent.title) if consent is not None else one.purpose,
            "version": one.version,
            "moment": words.moment(one.given_at),
        }
        if one.withdrawn_at is None:
            found.append(words("my-data-consent", **about))
        else:
            found.append(words("my-data-consent-ended", **about, ended=words.moment(one.withdrawn_at)))
    return "\n".join(found)


# --- deletion ---------------------------------------------------------------------------------------------


async def ask_delete(turn: Turn) -> Choose:
    """What goes at once, what is destroyed by when, what the law keeps and why – before anything happens."""
    words, asks = turn.words, "nothing"
    text: list[str] = []
    content = turn.office.appeals
    if content is not None:
        kept, gone = await erasure.outlook(turn.session, content, turn.key)
        if await _more_at_once(turn):
            text.append(words("ask-delete-at-once"))
        if gone:
            due = appeal_words.day(words, turn.calendar, erasure.due_day(content, turn.today), turn.today)
            text.append(words("ask-delete-destroyed", n=len(gone), numbers=_numbers(turn, gone), day=due))
        if kept:
            text.append(words("ask-delete-kept", n=len(kept), numbers=_numbers(turn, kept)))
        if kept or gone:
            asks = "track"
    shown: Asks = "track" if asks == "track" and turn.may("track") else "nothing"
    return Choose(
        text="\n\n".join([*text, words("ask-delete")]),
        step="delete",
        asks=shown,
        options=(
            Button(key="yes", label=words("button-delete-yes"), tone="bad"),
            Button(key="no", label=words("button-delete-no")),
        ),
    )


async def _more_at_once(turn: Turn) -> bool:
    if await drafts.of(turn.session, turn.keys, turn.key) is not None:
        return True
    if await following.listed(turn.session, turn.key, limit=1):
        return True
    return any(row.withdrawn_at is None for row in await consents.of_chat(turn.session, turn.key))


def _numbers(turn: Turn, numbers: list[str]) -> str:
    """Numbers, where this channel may show them."""
    return ", ".join(numbers) if turn.may("track") else turn.words("data-numbers-hidden", n=len(numbers))


async def forget(turn: Turn) -> Step:
    """Remove everything of this chat at once; a task stays, without a way back to the client. What was sent and no law
    keeps is withdrawn and destroyed within days; official appeals stay."""
    demanded = None
    turn.dropped += await drafts.drop_files(turn.session, turn.key)
    if turn.office.appeals is not None:
        demanded = await erasure.demand(turn.session, turn.office, turn.calendar, turn.keys, turn.key, turn.now)
    ended = await relays.forget(turn.session, turn.key)
    for task in ended:
        await tasks.touch(turn.session, task, turn.now, note="address_deleted")
    await feedback.forget_chat(turn.session, turn.key, await survey_talk.todays_ties(turn))
    await outbox.drop_for(turn.session, [turn.key], kinds=("answer", "moved"))
    await invitations.forget(turn.session, turn.key)
    if demanded is not None and (demanded.gone or demanded.kept):
        text = [turn.words("deleted-now-stopped" if turn.stopped else "deleted-now")]
    else:
        text = [turn.words("deleted-stopped" if turn.stopped else "deleted")]
    if demanded is not None:
        text += _told(turn, demanded)
    numbers = demanded is not None and bool(demanded.kept or demanded.gone) and turn.may("track")
    step = Step(Idle(), [Say(text="\n\n".join(text), asks="track" if numbers else "nothing")])
    step.forget = turn.person is None
    step.farewell = "\n\n".join(text) if demanded is not None and turn.traits.pages else ""
    return step


def _told(turn: Turn, demanded: erasure.Asked) -> list[str]:
    words, told = turn.words, []
    if demanded.gone:
        day = appeal_words.day(words, turn.calendar, demanded.due_on, turn.today)
        told.append(
            words("deleted-destroyed", n=len(demanded.gone), numbers=_numbers(turn, list(demanded.gone)), day=day)
        )
    if demanded.kept:
        told.append(words("deleted-kept", n=len(demanded.kept), numbers=_numbers(turn, list(demanded.kept))))
    told.append(words("deleted-record", number=demanded.number))
    return told


async def place(turn: Turn, name: str) -> Reply:
    match name:
        case "delete":
            return await ask_delete(turn)
        case "data-file":
            return file(turn)
        case _:
            return await data(turn)
