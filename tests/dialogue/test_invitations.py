"""Invitations as a client meets them: the code, the message, his three answers, the reminder, and what is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.feedback import Subject
from bot.channels import Mode, TryLater, Unreachable
from bot.messages import Choose, Left, Press, Rate, Say, buttons_of
from tests.base.databases import SQLiteTemplate
from tests.base.talk import Person, Talk, edges, open_talk
from tests.dialogue.invitees import agrees, invited, later, visits
from tests.dialogue.test_anonymity import traced
from tests.dialogue.visits import SITE, STAND, WINDOW, rates


def invitations_in(client: Person) -> list[str]:
    return [r.text for r in client.posted if r.step.startswith("invite.")]


async def states(talk: Talk) -> list[tuple[str, str]]:
    return sorted((r.state, r.why) for r in await talk.rows("SELECT state, why FROM invitation"))


# --- the code ---------------------------------------------------------------------------------------------


async def test_the_code_is_shown_once_and_a_new_one_replaces_it(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await client.presses("Ещё", "Приглашения после визита")
    assert "раза в 14 дней" in client.text
    assert "Имя не нужно" in client.text
    first = await agrees(client)
    row = await talk.one("SELECT * FROM client_link")
    assert first.replace("-", "") not in str(dict(row._mapping))
    await client.types("приглашения")
    assert first not in client.text
    assert "Ваш код выдан 23 ноября" in client.text
    second = await agrees(client)
    assert second != first
    await visits(talk, first)
    assert await states(talk) == []
    await visits(talk, second)
    assert await states(talk) == [("planned", "")]


async def test_typed_numbers_on_the_screen_of_the_code(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("vk", 7)
    await client.types("приглашения")
    await client.types("1")
    assert "Ваш код:" in client.text
    await client.types("2")
    assert "Приглашений больше не будет" in client.text
    assert await talk.rows("SELECT 1 FROM client_link") == []


async def test_a_page_cannot_invite_and_says_who_can(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("web", "browser-cookie-0001")
    await client.starts()
    await client.presses("more", "invitations")
    assert "В браузер мы первыми написать не можем" in client.text
    assert "Telegram, ВКонтакте" in client.text
    assert {b.url for b in buttons_of(client.last) if b.url} == {
        "https://telegram.example/otklik?start=",
        "https://vk.example/otklik?start=",
    }
    await client.presses_old("invitations", "code")
    assert await talk.rows("SELECT 1 FROM client_link") == []


async def test_a_page_alone_offers_nothing(sqlite_template: SQLiteTemplate, tmp_path: Path) -> None:
    channels = edges(telegram="off", vk="info")
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=channels) as talk:
        client = talk.client("web", "browser-cookie-0001")
        await client.starts()
        assert "invitations" not in {b.key for b in buttons_of(client.last)}


@pytest.mark.parametrize("mode", ["info", "anonymous", "personal"])
async def test_only_where_the_mode_permits(sqlite_template: SQLiteTemplate, tmp_path: Path, mode: Mode) -> None:
    async with open_talk(sqlite_template.copy(tmp_path), tmp_path, channels=edges(telegram=mode)) as talk:
        client = talk.client("telegram", 7)
        await client.starts()
        await client.presses("more")
        offered = "invitations" in {b.key for b in buttons_of(client.last)}
        assert offered == (mode != "info")
        await client.presses_old("invitations", "code")
        assert bool(await talk.rows("SELECT 1 FROM client_link")) == (mode != "info")


# --- the message ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["telegram", "vk", "console"])
async def test_an_hour_after_the_visit_every_messenger_invites(sqlite_talk: Talk, channel: str) -> None:
    talk = sqlite_talk
    client = talk.client(channel, 7)
    await client.starts()
    await visits(talk, await agrees(client))
    await later(talk, minutes=59)
    assert invitations_in(client) == []
    await later(talk, minutes=2)
    assert client.posted[-1].text == (
        "Вы были у нас 23 ноября: Окно приёма документов, кабинет 104.\n"
        "Оцените, пожалуйста: 3 вопроса, полминуты, анонимно."
    )
    assert client.labels == ["Оценить", "Не сейчас", "Больше не спрашивать"]
    await talk.minute()
    assert len(invitations_in(client)) == 1


async def test_in_english_and_about_a_service(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7, language="en")
    await client.starts()
    await client.types("invitations")
    await client.presses("code")
    code = next(word for word in client.text.split() if word.count("-") == 2)
    await visits(talk, code, subject=Subject("service", "У4", "У4"))
    await later(talk, minutes=61)
    assert client.posted[-1].text.startswith("You turned to us on 23 November: ")
    assert client.labels == ["Rate", "Not now", "Do not ask again"]
    await client.presses("rate")
    assert isinstance(client.last, Rate)
    row = await talk.one("SELECT subject_kind, subject FROM response")
    assert (row.subject_kind, row.subject) == ("service", "У4")


async def test_rating_begins_the_survey_and_the_invitation_forgets_the_visit(talk: Talk) -> None:
    client = await invited(talk)
    await client.presses("rate")
    assert isinstance(client.last, Rate)
    assert "кабинет 104" in client.text
    row = await talk.one("SELECT * FROM invitation")
    assert row.state == "answered"
    assert (row.subject, row.subject_kind, row.service, row.visited_on, row.due_at) == ("", "", None, None, None)
    # A second and a third press find the same question again, and no second response.
    invitation = next(r for r in client.posted if r.step.startswith("invite."))
    for _ in range(2):
        await client.sends(Press(invitation.step, "rate"))
        assert isinstance(client.last, Rate)
    await client.presses("5", "skip", "skip")
    assert len(await talk.rows("SELECT 1 FROM response")) == 1
    await client.sends(Press(invitation.step, "rate"))
    assert "приглашение уже закрыто" in client.text
    await client.sends(Press(invitation.step, "later"))
    assert "Спасибо" in client.text


async def test_nothing_leads_from_the_client_to_his_answer(talk: Talk) -> None:
    client = await invited(talk, ident=700_000_001)
    await client.presses("rate", "4", "skip", "skip")
    await talk.midnight()
    await talk.minute()
    assert await traced(talk, client) == set()
    row = await talk.one("SELECT * FROM invitation")
    kept = {k: v for k, v in row._mapping.items() if v not in (None, "", 0)}
    # Not even whether he answered: the day of the invitation alone is kept.
    assert set(kept) == {"id", "cause", "chat", "state", "sent_on", "made_on"}
    assert row.state == "over"


async def test_not_now_thanks_and_is_not_reminded(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await client.presses("later")
    assert "Спасибо" in client.text
    assert buttons_of(client.last)
    await later(talk, days=1, hours=2)
    assert len(invitations_in(client)) == 1
    assert (await talk.one("SELECT stopped FROM conversation")).stopped in (0, False)


async def test_one_reminder_after_a_day_then_it_closes(talk: Talk) -> None:
    client = await invited(talk)
    await later(talk, hours=23)
    assert len(invitations_in(client)) == 1
    await later(talk, hours=2)
    assert len(invitations_in(client)) == 2
    assert invitations_in(client)[1].startswith("Напоминаем один раз.\nВы были у нас 23 ноября")
    assert "stop" in {b.key for b in buttons_of(client.posted[-1])}
    for _ in range(7):
        await later(talk, days=1)
    assert len(invitations_in(client)) == 2
    assert [state for state, _ in await states(talk)] in (["dropped"], ["over"])
    row = await talk.one("SELECT subject, visited_on, sent_on FROM invitation")
    assert (row.subject, row.visited_on) == ("", None)
    assert row.sent_on is not None
    await client.presses("rate")
    assert "приглашение уже закрыто" in client.text
    assert "Оценить посещение или услугу" in client.labels


async def test_the_reminder_can_be_answered(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await later(talk, hours=25)
    await client.presses("rate")
    assert isinstance(client.last, Rate)


# --- do not ask again -------------------------------------------------------------------------------------


async def is_off(talk: Talk, client: Person) -> None:
    assert await talk.rows("SELECT 1 FROM client_link") == []
    row = await talk.one("SELECT stopped FROM conversation WHERE key = :k", k=talk.app.keys.hash(str(client.where)))
    assert row.stopped


async def test_do_not_ask_again_ends_it_and_says_how_to_turn_it_on(talk: Talk) -> None:
    client = await invited(talk)
    old = invitations_in(client)
    await client.presses("Больше не спрашивать")
    assert "Приглашений больше не будет" in client.text
    assert "откройте в меню «Приглашения после визита»" in client.text
    await is_off(talk, client)
    assert [s for s, _ in await states(talk)] == ["refused"]
    # Pressed again it stays off: nothing is switched on by mistake.
    invitation = next(r for r in client.posted if r.step.startswith("invite."))
    await client.sends(Press(invitation.step, "stop"))
    await is_off(talk, client)
    await later(talk, days=1, hours=2)
    assert invitations_in(client) == old
    await client.types("приглашения")
    assert "первыми вам не пишем" in client.text
    await agrees(client)
    assert not (await talk.one("SELECT stopped FROM conversation")).stopped


@pytest.mark.parametrize("words", ["стоп", "Больше не спрашивать", "Больше мне не писать"])
async def test_words_end_it_too(sqlite_talk: Talk, words: str) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    await visits(talk, code)
    await client.types(words)
    await is_off(talk, client)
    assert await states(talk) == [("dropped", "stopped")]
    await visits(talk, code)
    await later(talk, hours=2)
    assert invitations_in(client) == []


async def test_every_question_of_an_invited_survey_offers_the_way_out(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await client.presses("rate")
    for press in ("2", "queue", "done"):
        assert "Больше не спрашивать" in client.labels
        await client.presses(press)
    assert "Больше не спрашивать" in client.labels
    await client.presses("Больше не спрашивать")
    await is_off(talk, client)
    # What he has said counts, and the survey can be finished.
    await client.types("🤔")
    assert "Вы не закончили опрос" in client.text
    # A survey that he began himself has no such control.
    other = await rates(talk.client("vk", 8), "4")
    assert "Больше не спрашивать" not in other.labels


async def test_the_reminder_and_typed_words_offer_it(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await later(talk, hours=25)
    assert "Больше не спрашивать" in client.labels
    await client.presses("rate")
    await client.types("больше не спрашивать")
    await is_off(talk, client)


# --- what is stored ---------------------------------------------------------------------------------------


async def test_what_is_stored_is_shown_and_deleted(talk: Talk) -> None:
    client = await invited(talk)
    await client.types("мои данные")
    assert "код приглашений, выдан 23 ноября" in client.text
    assert "открытое приглашение" in client.text
    assert "Не дольше 100 дней" in client.text
    await client.types("/delete")
    await client.presses("Да, удалить")
    assert await talk.rows("SELECT 1 FROM client_link") == []
    assert await talk.rows("SELECT 1 FROM invitation") == []
    await later(talk, days=1, hours=2)
    assert len(invitations_in(client)) == 1


async def test_deletion_with_a_notice_on_its_way(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    talk.edge("telegram").ready = False
    await later(talk, minutes=75)
    await client.types("/delete")
    await client.presses("Да, удалить")
    talk.edge("telegram").ready = True
    await talk.settle()
    assert invitations_in(client) == []


async def test_a_client_who_blocks_the_bot_is_not_invited_any_more(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    await visits(talk, code)
    await client.sends(Left())
    assert await talk.rows("SELECT 1 FROM client_link") == []
    assert await states(talk) == [("dropped", "stopped")]


async def test_a_blocked_bot_learned_by_sending(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    await visits(talk, code)
    talk.edge("telegram").gone["7"] = Unreachable("blocked")
    await later(talk, minutes=75)
    assert await talk.rows("SELECT 1 FROM client_link") == []
    assert [s for s, _ in await states(talk)] == ["refused"]
    row = await talk.one("SELECT subject, visited_on FROM invitation")
    assert (row.subject, row.visited_on) == ("", None)


async def test_nothing_of_an_invitation_is_kept_longer_than_it_must(talk: Talk) -> None:
    client = await invited(talk)
    await visits(talk, await agrees(client))
    await later(talk, hours=2)
    assert [s for s, _ in await states(talk)] == ["dropped", "sent"]
    cause = (await talk.one("SELECT cause FROM invitation WHERE state = 'sent'")).cause
    await client.presses("later")
    await later(talk, days=10)
    row = await talk.one("SELECT * FROM invitation")
    assert row.sent_on is not None
    assert row.cause != cause
    await later(talk, days=91)
    assert await talk.rows("SELECT 1 FROM invitation") == []
    assert len(await talk.rows("SELECT 1 FROM client_link")) == 1
    await later(talk, days=270)
    assert await talk.rows("SELECT 1 FROM client_link") == []


# --- when it is not sent ----------------------------------------------------------------------------------


async def test_the_same_visit_reported_twice_invites_once(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    for _ in range(3):
        await visits(talk, code, ident="А-147")
    await later(talk, minutes=75)
    await visits(talk, code, ident="А-147")
    await later(talk, minutes=75)
    assert len(invitations_in(client)) == 1
    assert len(await talk.rows("SELECT 1 FROM invitation")) == 1


async def test_not_more_often_than_once_in_fourteen_days(talk: Talk) -> None:
    client = await invited(talk)
    code = await agrees(client)
    await client.presses("later")
    await later(talk, days=7)
    await visits(talk, code)
    await later(talk, minutes=75)
    assert ("dropped", "often") in await states(talk)
    await later(talk, days=7)
    await visits(talk, code)
    await later(talk, minutes=75)
    assert len(invitations_in(client)) == 2


async def test_two_visits_of_one_morning_are_one_invitation(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    await visits(talk, code)
    await visits(talk, code, subject=Subject("point", "Т6"))
    await later(talk, minutes=75)
    assert len(invitations_in(client)) == 1
    assert [s for s, _ in await states(talk)] == ["dropped", "sent"]


async def test_who_has_rated_by_himself_is_not_asked(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    await rates(client, "5", "skip", "skip")
    await later(talk, minutes=75)
    assert invitations_in(client) == []
    assert await states(talk) == [("dropped", "rated")]


async def test_who_has_rated_in_the_evening_is_not_asked_in_the_morning(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    code = await agrees(client)
    other = talk.client("telegram", 8)
    await other.starts()
    silent = await agrees(other)
    talk.now = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # 20:30 in Moscow: the hour ends in quiet time
    await visits(talk, code)
    await visits(talk, silent)
    await rates(client, "5", "skip", "skip")
    await later(talk, hours=2)
    talk.now = datetime(2026, 11, 23, 21, 0, 30, tzinfo=UTC)  # half a minute after midnight
    await talk.minute()
    talk.now = datetime(2026, 11, 24, 6, 1, tzinfo=UTC)  # 9:01
    await talk.minute()
    assert invitations_in(client) == []
    assert len(invitations_in(other)) == 1


async def test_who_rates_by_himself_is_not_reminded(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await rates(client, "5", "skip", "skip")
    talk.now = datetime(2026, 11, 23, 21, 0, 30, tzinfo=UTC)
    await talk.minute()
    await later(talk, hours=14)
    assert len(invitations_in(client)) == 1


async def test_a_client_in_the_middle_of_a_survey_is_not_interrupted(talk: Talk) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    talk.now += timedelta(minutes=55)
    await rates(client, "3", token=STAND)
    await later(talk, minutes=10)
    assert invitations_in(client) == []
    await client.presses("queue", "done", "skip")
    await later(talk, minutes=50)
    assert invitations_in(client) == []
    await later(talk, minutes=15)
    assert len(invitations_in(client)) == 1


async def test_quiet_hours_hold_when_the_messenger_was_away(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    talk.now = datetime(2026, 11, 23, 16, 50, tzinfo=UTC)  # 19:50
    await visits(talk, await agrees(client))
    talk.edge("telegram").ready = False
    await later(talk, minutes=65)  # 20:55: the notice is written and cannot leave
    assert [s for s, _ in await states(talk)] == ["sent"]
    talk.now += timedelta(hours=2)
    talk.edge("telegram").ready = True
    await talk.settle()
    assert invitations_in(client) == []
    talk.now = datetime(2026, 11, 24, 6, 0, 30, tzinfo=UTC)
    await talk.settle()
    assert len(invitations_in(client)) == 1


async def test_a_messenger_that_is_away_a_day_gets_no_reminder_before_the_invitation(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    talk.edge("telegram").ready = False
    await later(talk, minutes=75)
    await later(talk, hours=25)
    talk.edge("telegram").ready = True
    await talk.settle()
    assert [t.startswith("Напоминаем") for t in invitations_in(client)] == [False]
    await later(talk, hours=26)
    assert [t.startswith("Напоминаем") for t in invitations_in(client)] == [False, True]


async def test_a_refused_sending_is_tried_again(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    talk.edge("telegram").failures.append(TryLater(1))
    await later(talk, minutes=75)
    await talk.after(minutes=2)
    assert len(invitations_in(client)) == 1


async def test_a_mode_that_forbids_drops_the_invitation_and_keeps_the_code(
    sqlite_template: SQLiteTemplate, tmp_path: Path
) -> None:
    url = sqlite_template.copy(tmp_path)
    async with open_talk(url, tmp_path) as talk:
        client = talk.client("telegram", 7)
        await client.starts()
        await visits(talk, await agrees(client))
    async with open_talk(url, tmp_path, channels=edges(telegram="info")) as talk:
        await later(talk, minutes=75)
        assert talk.edge("telegram").chats.get("7", []) == []
        assert [s for s, _ in await states(talk)] == ["dropped"]
        assert len(await talk.rows("SELECT 1 FROM client_link")) == 1


async def test_the_trigger_can_be_switched_off(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    rules = talk.app.office.rules.model_copy(update={"invitations": False})
    office = talk.app.office.model_copy(update={"rules": rules})
    talk.app.office = talk.app.hearing.office = talk.app.delivery.office = office
    await later(talk, minutes=75)
    assert await states(talk) == [("dropped", "off")]
    await client.types("меню")
    assert "invitations" not in {b.key for b in buttons_of(client.last)}
    await client.types("приглашения")
    assert "Сейчас приглашения не рассылаются" in client.text


async def test_a_point_that_is_gone_is_not_asked_about(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client), subject=Subject("point", "Т99"))
    await later(talk, minutes=75)
    assert invitations_in(client) == []
    assert await states(talk) == [("dropped", "gone")]


async def test_another_clients_invitation_cannot_be_pressed(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    invitation = next(r for r in client.posted if r.step.startswith("invite."))
    stranger = talk.client("telegram", 8)
    await stranger.starts()
    for key in ("rate", "later"):
        await stranger.sends(Press(invitation.step, key))
        assert stranger.replies
    assert [s for s, _ in await states(talk)] == ["sent"]
    await stranger.sends(Press("invite.zzzzzzzzzzzzz", "rate"))
    assert "приглашение уже закрыто" in stranger.text
    await stranger.sends(Press("invite.?", "rate"))
    assert "приглашение уже закрыто" in stranger.text


async def test_the_invitation_waits_while_another_survey_is_open(sqlite_talk: Talk) -> None:
    """Pressed during another survey: that one is left by its own rules, the new one begins."""
    talk = sqlite_talk
    client = await invited(talk)
    await rates(client, "3", token=SITE)
    invitation = next(r for r in client.posted if r.step.startswith("invite."))
    await client.sends(Press(invitation.step, "rate"))
    assert isinstance(client.last, Rate | Choose)
    rows = await talk.rows("SELECT subject, status FROM response")
    assert {tuple(r) for r in rows} == {("Т1", "partial"), ("Т5", "open")}


async def test_clicks_after_the_same_point_was_rated_are_polite(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    client = await invited(talk)
    await rates(client, "5", "skip", "skip", token=WINDOW)
    invitation = next(r for r in client.posted if r.step.startswith("invite."))
    await client.sends(Press(invitation.step, "rate"))
    assert "Сегодня вы уже оценили" in client.text
    assert isinstance(client.last, Say)


async def test_two_processes_write_one_notice(talk: Talk, tmp_path: Path) -> None:
    client = talk.client("telegram", 7)
    await client.starts()
    await visits(talk, await agrees(client))
    talk.now += timedelta(minutes=75)
    async with open_talk(talk.app.db.url, tmp_path / "second", now=talk.now) as second:
        await talk.minute()
        await second.minute()
        second.now += timedelta(minutes=-30)  # its clock jumps back
        await second.minute()
        await talk.minute()
    assert len(await talk.rows("SELECT 1 FROM outbox WHERE kind = 'invitation'")) == 1
    assert len(invitations_in(client)) == 1


async def test_the_run_is_logged_without_anybody(sqlite_talk: Talk) -> None:
    talk = sqlite_talk
    await invited(talk)
    row = await talk.one("SELECT actor, action, details FROM journal WHERE action = 'invitations'")
    assert (row.actor, row.details) == ("system", "sent 1")
