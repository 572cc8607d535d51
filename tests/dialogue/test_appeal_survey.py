"""Survey B: asked once, the day after the answer; what it says is kept with the appeal and leads to deeds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from backend.appeals import work
from tests.base.talk import Person, Talk
from tests.dialogue.appeals import CLERK, HEAD, Registered, answers, does, follows, registers, row_of, takes


async def answered(talk: Talk, channel: str = "vk", ident: int | str = 7, **more: str) -> tuple[Person, Registered]:
    """A client whose appeal was answered, on its card."""
    client = talk.client(channel, ident)
    await client.starts()
    registered = await registers(talk, **more)
    await takes(talk, registered)
    await follows(client, registered)
    await answers(talk, registered)
    await talk.settle()
    return client, registered


def invitations(client: Person) -> list[str]:
    return [reply.text for reply in client.posted if "Оценить" in "".join(b.label for b in reply.buttons)]  # type: ignore[union-attr]  # notices are Say


async def at(talk: Talk, moment: datetime) -> None:
    talk.now = moment
    await talk.settle()


async def tasks(talk: Talk) -> list[tuple[str, str, str]]:
    rows = await talk.rows("SELECT kind, subject, owner FROM task ORDER BY id")
    return [(row.kind, row.subject, row.owner or "") for row in rows]


async def test_it_is_asked_the_next_day_at_ten_and_reminded_once(talk: Talk) -> None:
    client, _ = await answered(talk)
    before = len(client.posted)
    await at(talk, datetime(2026, 11, 24, 6, 59, tzinfo=UTC))
    assert len(client.posted) == before
    await at(talk, datetime(2026, 11, 24, 7, 1, tzinfo=UTC))
    assert len(client.posted) == before + 1
    await at(talk, datetime(2026, 11, 25, 7, 2, tzinfo=UTC))
    assert len(client.posted) == before + 2
    await at(talk, datetime(2026, 12, 25, 7, 2, tzinfo=UTC))
    assert len(client.posted) == before + 2


async def test_who_has_rated_is_asked_no_more(talk: Talk) -> None:
    client, registered = await answered(talk)
    await client.presses("rate", "5", "yes")
    await client.presses("skip")
    row = await row_of(talk, registered)
    assert (row.clear, row.solved) == (5, "yes")
    before = len(client.posted)
    await at(talk, datetime(2026, 11, 26, 7, 1, tzinfo=UTC))
    assert len(client.posted) == before
    assert await tasks(talk) == []


async def test_it_names_the_appeal_and_does_not_claim_to_be_anonymous(talk: Talk) -> None:
    client, registered = await answered(talk)
    await client.presses("rate")
    assert registered.number in client.text
    assert "нонимно" not in client.text
    row = await talk.one("SELECT subject_kind, subject FROM response")
    assert (row.subject_kind, row.subject) == ("appeal", registered.number)


async def test_no_reaches_the_head_of_appeals_even_if_the_survey_is_left_there(talk: Talk) -> None:
    client, registered = await answered(talk)
    await client.presses("rate", "4", "no")
    assert await tasks(talk) == [("appeal", registered.number, HEAD)]
    row = await row_of(talk, registered)
    assert (row.clear, row.solved, row.open) == (4, "no", False)


async def test_an_unclear_answer_alerts_once_not_twice(talk: Talk) -> None:
    head = await talk.joins(HEAD, "vk", 9100)
    client, _ = await answered(talk)
    await client.presses("rate", "1", "no")
    await talk.after(seconds=61)
    assert [kind for kind, _, _ in await tasks(talk)] == ["low_score"]
    assert [r.text for r in head.posted if "обращени" in r.text.lower() and "1 Ничего не понятно" in r.text]


async def test_look_again_reopens_with_a_new_term_and_says_the_date(talk: Talk) -> None:
    client, registered = await answered(talk)
    talk.now += timedelta(days=3)
    await client.presses("rate", "2", "no")
    await client.presses("other")
    await client.presses("done")
    await client.presses("look", "skip")
    row = await row_of(talk, registered)
    assert (row.open, row.means, row.reopened) == (True, "work", 1)
    assert row.started_on == date(2026, 11, 26)
    assert row.due_on == date(2026, 12, 25)  # 26 December is a Saturday
    assert "25 декабря" in client.text
    assert "{" not in client.text


async def test_how_to_contest_is_shown_if_he_asks_for_it(talk: Talk) -> None:
    client, registered = await answered(talk)
    await client.presses("rate", "3", "no")
    await client.presses("other")
    await client.presses("done")
    await client.presses("contest", "skip")
    content = talk.app.office.appeals
    assert content is not None
    assert content.contest["ru"].split("\n")[0] in client.text
    assert not (await row_of(talk, registered)).open


async def test_after_a_new_answer_it_may_be_rated_anew(talk: Talk) -> None:
    client, registered = await answered(talk)
    await client.presses("rate", "2", "no")
    await client.presses("other")
    await client.presses("done")
    await client.presses("look", "skip")
    talk.now += timedelta(days=1)
    await answers(talk, registered)
    row = await row_of(talk, registered)
    assert (row.clear, row.solved, row.answers) == (None, "", 2)
    await talk.settle()
    await client.presses("rate", "5", "yes", "skip")
    row = await row_of(talk, registered)
    assert (row.clear, row.solved) == (5, "yes")


async def test_on_the_next_day_it_cannot_be_rated_twice(talk: Talk) -> None:
    client, _ = await answered(talk)
    await client.presses("rate", "5", "yes", "skip")
    await talk.midnight()
    await talk.after(hours=10)
    notice = next(r for r in client.posted if any(b.key == "rate" for b in getattr(r, "buttons", ())))
    await client.presses_old(notice.step, "rate")
    assert "уже оценили" in client.text
    assert len(await talk.rows("SELECT 1 FROM response")) == 1


async def test_what_an_appeal_complains_of_him_says_does_not_reach_him(talk: Talk) -> None:
    complained = await talk.joins(HEAD, "vk", 9100)
    client, registered = await answered(talk)
    await does(talk, work.complain_of, registered, (HEAD,), by=CLERK)
    seen = len(complained.posted)
    await client.presses("rate", "1", "no")
    await talk.after(seconds=61)
    assert len(complained.posted) == seen
    await complained.types("открытые задачи")
    assert registered.number not in complained.text


async def test_figures_put_all_appeals_into_one_line(talk: Talk) -> None:
    from backend import feedback

    for ident in (7, 8):
        client, _ = await answered(talk, ident=ident)
        await client.presses("rate", "5", "yes", "skip")
    async with talk.app.db.read() as session:
        found = [t for t in await feedback.tallies(session) if t.kind == "appeal"]
    assert [(t.ident, t.marks) for t in found] == [("", {5: 2})]
