"""Survey B, after the answer to an appeal: when it is offered, and how it begins.

It is the one survey that is not anonymous – its introduction says so –, since it leads to deeds with this very appeal.
What its answers do: `rated`.
"""

from __future__ import annotations

from typing import Any

from backend import feedback
from backend.feedback import Subject
from bot.dialogue import survey as survey_talk
from bot.dialogue.common import menu_button
from bot.dialogue.state import Idle
from bot.dialogue.turn import Step, Turn
from bot.messages import Say


def offered(turn: Turn, row: Any) -> bool:
    """Whether this appeal's answer can be rated now: there is one, the office asks, the channel may, nobody has yet."""
    content = turn.office.appeals
    has_survey = content is not None and content.survey in turn.office.surveys
    ended = row.means in ("answered", "refused", "closed") and row.answers > 0
    return has_survey and ended and turn.may("rating") and row.clear is None and not row.solved


async def begin(turn: Turn, row: Any) -> Step:
    """Ask about the answer to this appeal, once."""
    content = turn.office.appeals
    if content is None or row.answers == 0:
        return Step(Idle(), [Say(text=turn.words("appeal-nothing-to-rate"), buttons=(menu_button(turn),))])
    given = (row.clear is not None or row.solved) and not await _of_today(turn, row)
    if given:
        return Step(Idle(), [Say(text=turn.words("appeal-rated-already"), buttons=(menu_button(turn),))])
    return await survey_talk.begin(turn, _subject(row), content.survey)


def _subject(row: Any) -> Subject:
    return Subject("appeal", row.number, row.service)


async def _of_today(turn: Turn, row: Any) -> bool:
    """Whether this chat has a response of today, which it may still change, or one that is open."""
    content = turn.office.appeals
    assert content is not None
    opened = await feedback.open_of(turn.session, turn.key)
    if opened is not None and (opened.subject_kind, opened.subject) == ("appeal", row.number):
        return True
    tie = await turn.tie(_subject(row), content.survey)
    return await feedback.of_today(turn.session, tie) is not None
