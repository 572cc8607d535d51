"""What survey B says of the answer to an appeal: kept with the appeal at once, answer by answer, so that a survey left
half way counts too; «нет, не решён» reaches the head of appeals, «посмотрите ещё раз» reopens (1.11, 4.19)."""

from __future__ import annotations

from typing import Any

from backend import tasks
from backend.appeals import access, following, work
from backend.feedback import Answers
from bot import appeal_words
from bot.dialogue.common import menu_button
from bot.dialogue.turn import Turn
from bot.messages import Button, Say

SOLVED, AGAIN = "solved", "again"  # questions of the survey from which deeds follow


async def kept(turn: Turn, response: Any, answers: Answers, score: int | None, task: int | None) -> None:
    """After each answer: what the appeal keeps of it, and what follows."""
    row = await following.by_number(turn.session, response.subject)
    if row is None or turn.office.appeals is None or row.blocked:
        return
    solved = next(iter(answers.get(SOLVED) or ()), "")
    if (row.clear, row.solved) != (score, solved):
        await work.rated(desk(turn), row, clear=score, solved=solved, alerts=task is None)
    if task is not None:
        # What is said of an answer goes to nobody of whom the appeal complains.
        found = await tasks.get(turn.session, task)
        for person in access.complained_of(row):
            if found is not None and not tasks.hidden_from(found, person):
                await tasks.touch(turn.session, task, turn.now, note=f"not:{person}")
    if answers.get(AGAIN) == ["look"] and work.reopenable(row, turn.today):
        fresh = await work.get(turn.session, row.id)
        await work.reopen(desk(turn), fresh)


async def ending(turn: Turn, response: Any, answers: Answers, say: Say) -> list[Say]:
    """The closing words with the new date, and the ways to contest if he asked for them."""
    row = await following.by_number(turn.session, response.subject)
    until = appeal_words.day(turn.words, turn.calendar, row.due_on, turn.today, row.legal_on) if row is not None else ""
    number = row.number if row is not None else response.subject
    said = say.text.replace("{until}", until).replace("{appeal}", number)
    card = (Button(key="open", step=f"appeal.{row.id}", label=turn.words("appeal-open")),) if row is not None else ()
    told = [say.model_copy(update={"text": said, "buttons": (*card, *say.buttons)})]
    if answers.get(AGAIN) == ["contest"] and turn.office.appeals is not None:
        told.append(Say(text=turn.text(turn.office.appeals.contest), buttons=(menu_button(turn),)))
    return told


def desk(turn: Turn) -> work.Desk:
    """A client's deed: nobody of the staff acts."""
    return work.Desk(turn.session, turn.office, turn.calendar, turn.keys, turn.now)
