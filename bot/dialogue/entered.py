"""What a survey is for a member of staff who enters an answer from paper or telephone: the same questions, but he is
not the client. He may leave a question empty as the client did, and is asked nothing about an answer to himself.
"""

from __future__ import annotations

from typing import Any

from backend import feedback, journal
from backend.feedback import Answers, Subject
from bot.dialogue.state import Answering, Entering
from bot.dialogue.turn import Step, Turn
from bot.messages import Button, Reply, Say
from surveys.definition import Survey

OFFLINE = ("paper", "phone")


def chat_of(turn: Turn, state: Answering) -> str:
    """What the open response is tied to. An entered one must not be found as the operator's own."""
    return entry_chat(turn) if state.entered else turn.key


def entry_chat(turn: Turn) -> str:
    return turn.keys.hash(f"entry:{turn.key}")


def for_operator(turn: Turn, survey: Survey, name: str, channel: str) -> Survey:
    """The survey as he is asked: in his words, and only the main question is mandatory, for what the client left
    empty on paper cannot be made up."""
    intro = {language: words("enter-survey", name=name, channel=channel) for language, words in turn.all_words.items()}
    questions = tuple(
        question if question.id == survey.main else question.model_copy(update={"optional": True})
        for question in survey.questions
    )
    return survey.model_copy(update={"intro": intro, "questions": questions, "ask_reply": False})


async def kept(
    turn: Turn, state: Answering, row: Any, answers: Answers, score: int | None, before: list[Reply], name: str
) -> Step:
    """Store the whole response, tied to nobody, and note in the journal who entered it (requirements 1.07)."""
    await feedback.finish(turn.session, row.id, answers=answers, score=score, tie=None)
    by = turn.person.short if turn.person is not None else ""
    action = "response.corrected" if state.again else "response.entered"
    await journal.note(turn.session, turn.now, by, action, f"{row.subject_kind}:{row.subject}", row.channel)
    done = Entering(
        channel=row.channel,
        response=row.id,
        subject_kind=row.subject_kind,
        subject=row.subject,
        service=row.service,
        survey=row.survey,
    )
    return Step(done, [*before, done_screen(turn, done, name, again=state.again)])


def place_key(turn: Turn, subject: Subject) -> str:
    """How the list of places names a subject in a button; empty when it is not in the office any more."""
    if subject.kind == "service":
        codes = [service.code for service in turn.office.services]
        return f"s{codes.index(subject.id)}" if subject.id in codes else ""
    point = turn.office.point_by_code(subject.id)
    return point.token or "" if point is not None else ""


def done_screen(turn: Turn, state: Entering, name: str, *, again: bool = False) -> Say:
    words = turn.words
    same = place_key(turn, Subject(state.subject_kind, state.subject, state.service))
    list_step = f"enter.{state.channel}"
    return Say(
        text=words("entered-again" if again else "entered", name=name),
        step="enter.last",
        buttons=(
            *([Button(key=same, step=list_step, label=words("enter-same"), tone="good")] if same else []),
            Button(key="list", step=list_step, label=words("enter-other")),
            Button(key="fix", label=words("enter-fix")),
            Button(key="open", step="menu", label=words("button-menu")),
        ),
    )
