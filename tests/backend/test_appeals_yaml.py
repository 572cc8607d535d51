"""The demo office's appeals, consents and survey of answers; every slip in them is named by file and path."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from backend.appeals.checks import FILLED_IN
from backend.appeals.model import ENDED, OPEN, Appeals, Means, fill, unfilled
from backend.office import Fault, Office, load
from surveys.definition import Answers, Choose
from surveys.faults import texts
from surveys.load import parse
from surveys.walk import ending, unanswered

DEMO = Path(__file__).parents[2] / "demo"
TODAY = date(2026, 11, 23)
Edit = Callable[[dict[str, Any]], object]


@cache
def demo() -> Office:
    office, faults = load(DEMO, today=TODAY)
    assert [str(fault) for fault in faults] == []
    assert office is not None
    return office


def appeals() -> Appeals:
    found = demo().appeals
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "office"))


def edit(folder: Path, file: str, change: Edit) -> None:
    data, _ = parse(folder / file)
    data = json.loads(json.dumps(data, default=str))
    if file.startswith("surveys/"):
        data["questions"] = [_with_numbers(question) for question in data["questions"]]
    change(data)
    (folder / file).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")


def _with_numbers(question: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no numbers as keys."""
    labels = question.get("labels")
    return question if labels is None else {**question, "labels": {int(mark): text for mark, text in labels.items()}}


def faults_of(folder: Path, today: date = TODAY) -> list[Fault]:
    return load(folder, today=today)[1]


# --- the demo ---------------------------------------------------------------------------------------------


def test_only_messages_and_ideas_are_taken_in_by_a_chat() -> None:
    """59-ФЗ, article 4: what does not identify its sender is no official appeal."""
    assert {kind.code: (kind.series, kind.official, kind.intake, kind.keep_days) for kind in appeals().kinds} == {
        "appeal": ("А", True, None, 1826),
        "complaint": ("А", True, None, 1826),
        "complaint_short": ("А", True, None, 1826),
        "info_request": ("А", True, None, 1826),
        "message": ("П", False, "track", 90),
        "idea": ("П", False, "anonymous", 90),
    }


def test_the_lawful_ways_are_those_of_the_law() -> None:
    assert [way.code for way in appeals().lawful()] == ["epgu", "site", "paper", "reception", "mfc"]
    mail = appeals().way("email")
    assert mail is not None
    assert mail.tell is not None
    assert "нельзя" in mail.tell["ru"]
    assert {way.code for way in appeals().ways} >= {"web", "vk", "telegram", "phone"}


def test_reasons_without_an_answer_are_those_of_article_11_and_the_clients_own() -> None:
    assert {reason.code for reason in appeals().reasons if not reason.unanswered} == {"solved"}
    assert len([reason for reason in appeals().reasons if reason.unanswered]) == 9


def test_the_roads_of_the_sample_appeal_belong_to_another_body() -> None:
    body, topic = appeals().body("roads"), demo().topic("roads")
    assert body is not None
    assert body.contacts is not None
    assert topic is not None


def test_topics_of_appeals_have_two_different_people() -> None:
    for topic in demo().topics:
        assert topic.deputy is not None
        assert topic.deputy != topic.owner
    acceptance = demo().topic("acceptance")
    assert acceptance is not None
    assert "chernykh" not in (acceptance.owner, acceptance.deputy)  # she is the clerk of that window (4.14)


def test_the_units_are_the_departments_of_the_office() -> None:
    assert len(appeals().units) == 6
    assert {person.id: person.unit for person in demo().persons} == {
        "obraztsov": None,
        "primerova": "digital",
        "shablonova": "digital",
        "maketov": "small_farms",
        "chernykh": "small_farms",
        "demoev": "appeals",
    }


def test_stages_that_have_ended_are_only_opened_again() -> None:
    after = {stage.code: stage.to for stage in appeals().stages if stage.means in ENDED}
    assert after == {"answered": ("closed", "review"), "redirected": (), "refused": (), "closed": ("review",)}
    assert [stage.code for stage in appeals().stages if stage.means in OPEN] == [
        "registered",
        "review",
        "approval",
        "suspended",
    ]


def test_templates_of_answers_are_filled_in_once_for_both_languages() -> None:
    assert 4 <= len(appeals().replies) <= 5
    for reply in appeals().replies:
        parts = [text for _, text in texts(reply)]
        assert set(unfilled(*(text["ru"] for text in parts))) == set(unfilled(*(text["en"] for text in parts)))
        assert len(reply.essence["ru"]) >= appeals().least_answer
        known = dict.fromkeys(FILLED_IN, "…")
        assert not FILLED_IN & set(unfilled(*(fill(text["ru"], known) for text in parts)))
    assert "{сумма}" in fill(appeals().replies[1].essence["ru"], {"number": "А-2026-0139"})


def test_the_draft_asks_in_the_chat_for_the_substance_alone() -> None:
    """59-ФЗ, article 7; name and address are added where it is filed."""
    assert [check.here for check in appeals().checklist] == [False, True, True, False, False, False]


def test_what_clients_read_is_plain() -> None:
    stiff = re.compile(r"осуществл|в целях|вышеуказ|надлежащ|данн(?:ый|ого)\b|является|посредством|в связи с|\w,? Вы\b")
    for path, text in texts(appeals()):
        assert not stiff.search(text["ru"]), path
        for sentence in re.split(r"(?<=[.!?;])\s+|\n|(?<=\w): ", text["ru"]):
            assert len(re.findall(r"\w+(?:[-–,.:/]\w+)*", sentence)) <= 25, (path, sentence)


def test_english_words_are_english() -> None:
    for content in (appeals(), demo().consents, demo().surveys["appeal"]):
        for path, text in texts(content):
            assert not re.search("[а-яё]{2}", re.sub(r"\{[^{}]*\}", "", text["en"])), path


# --- consents ---------------------------------------------------------------------------------------------


def test_the_consent_says_its_eight_parts() -> None:
    """domain.md 3.3 and section 8 of the sample office."""
    consent = demo().consent("answers")
    assert consent is not None
    assert consent.version == 1
    whole = consent.text("ru")
    for words in (
        "Согласие на обработку персональных данных для ответа на ваши вопросы (версия 1 от 16.11.2026)",
        "Агентству сельского развития Светлореченской области (г. Светлореченск, ул. Полевая, 12)",
        "имя, которое я укажу, способ связи",
        "чтобы отвечать мне, показывать ход моих обращений",
        "записывать, хранить, уточнять, использовать, удалять – с помощью программ, на серверах в России",
        "Другим не передают",
        "90 дней после закрытия последнего вопроса или до отзыва",
        "данные удалят за 3 дня (не позже 30)",
        "справки и анонимные оценки доступны без согласия",
    ):
        assert words in whole
    assert len(whole.splitlines()) == len(consent.text("en").splitlines()) == 9


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "Агентство не несёт ответственности за ошибки."),
        ("ru", "Агентство не несет никакой ответственности за ошибки."),
        ("ru", "Я освобождаю Агентство от ответственности."),
        ("ru", "Я отказываюсь от любых претензий к Агентству."),
        ("ru", "Претензий к Агентству не имею."),
        ("ru", "Я пишу на свой страх и риск."),
        ("ru", "Агентство снимает с себя ответственность."),
        ("ru", "Ответственность за утечку лежит на клиенте."),
        ("en", "The Agency is not liable for mistakes."),
        ("en", "I write at my own risk."),
        ("en", "I waive all claims."),
    ],
)
def test_a_waiver_in_a_consent_is_a_warning(folder: Path, language: str, words: str) -> None:
    """Requirement 9.08: the body does not shift excessive responsibility to clients."""
    edit(folder, "consents.yaml", lambda d: d["consents"][0]["free"].update({language: words}))
    (fault,) = faults_of(folder)
    assert fault.level == "warning"
    assert str(fault).startswith(f"consents.yaml: consents[0].free.{language}: ")


def test_an_office_without_the_consent_may_start_but_is_warned(folder: Path) -> None:
    (folder / "consents.yaml").unlink()
    (fault,) = faults_of(folder)
    assert (fault.file, fault.path, fault.level) == ("consents.yaml", "consents", "warning")


def test_names_are_never_asked_without_the_consent(folder: Path) -> None:
    (folder / "consents.yaml").unlink()
    edit(folder, "appeals.yaml", lambda d: d["kinds"][4].update(intake="personal"))
    (fault,) = faults_of(folder)
    assert (fault.file, fault.path, fault.level) == ("consents.yaml", "consents", "fault")


def test_consents_are_examined_in_an_office_without_appeals(folder: Path) -> None:
    (folder / "appeals.yaml").unlink()
    assert faults_of(folder) == []
    edit(folder, "consents.yaml", lambda d: d["consents"][0]["data"].update(en=" "))
    assert [str(fault) for fault in faults_of(folder)] == ["consents.yaml: consents[0].data.en: empty text"]


# --- the survey -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("solved", "more"),
    [
        ("yes", {"ease"}),
        ("early", {"ease"}),
        ("partly", {"missing", "ease"}),
        ("no", {"missing", "again", "ease"}),
    ],
)
def test_another_look_is_offered_only_when_nothing_is_solved(solved: str, more: set[str]) -> None:
    survey = demo().surveys["appeal"]
    given: Answers = {"clear": ["4"], "solved": [solved]}
    met = set()
    while (question := unanswered(survey, given)) is not None:
        met.add(question.id)
        given[question.id] = ["no"] if question.id == "again" else []
    assert met == more


def test_the_survey_of_an_answer_says_that_it_is_not_anonymous() -> None:
    survey = demo().surveys["appeal"]
    assert (survey.object, survey.main, survey.alert_upto, survey.version) == ("appeal", "clear", 2, 1)
    assert "{appeal}" in survey.intro["ru"]
    assert "вместе с номером" in survey.intro["ru"]
    keys = {q.id: q.keys for q in survey.questions if isinstance(q, Choose)}
    assert keys["solved"] == ["yes", "partly", "no", "early"]
    assert keys["again"] == ["look", "no", "contest"]
    look: Answers = {"clear": ["1"], "solved": ["no"], "missing": [], "again": ["look"], "ease": []}
    assert "{until}" in ending(survey, look).text["ru"]
    assert "{until}" not in ending(survey, {**look, "again": ["no"]}).text["ru"]


# --- slips ------------------------------------------------------------------------------------------------


def at(name: str, place: int, **fields: Any) -> Edit:
    return lambda data: data[name][place].update(fields)


def without(name: str, place: int, field: str) -> Edit:
    return lambda data: data[name][place].pop(field)


def drop(name: str, hit: Callable[[dict[str, Any]], bool]) -> Edit:
    return lambda data: data.update({name: [item for item in data[name] if not hit(item)]})


def drop_stages(means: str) -> Edit:
    return drop("stages", lambda stage: bool(stage["means"] == means))


SLIPS: list[tuple[Edit, str]] = [
    # who and what is named
    (lambda d: d.update(head="nobody"), "head: unknown person 'nobody'"),
    (lambda d: d.update(deputy="nobody"), "deputy: unknown person 'nobody'"),
    (at("units", 2, head="nobody"), "units[2].head: unknown person 'nobody'"),
    (at("kinds", 5, unit="space"), "kinds[5].unit: unknown unit 'space'"),
    (at("rules", 3, kind="rumour"), "rules[3].kind: unknown kind 'rumour'"),
    (at("replies", 0, kinds=["appeal", "rumour"]), "replies[0].kinds[1]: unknown kind 'rumour'"),
    (lambda d: d.update(survey="appeals"), "survey: unknown survey 'appeals'"),
    (lambda d: d.update(survey="visit"), "survey: survey 'visit' is about 'point', not about 'appeal'"),
    # doubles
    *(
        (at(name, 1, code=code), f"{name}[1].code: {code!r} is already used by {name}[0]")
        for name, code in (
            ("units", "small_farms"),
            ("kinds", "appeal"),
            ("ways", "epgu"),
            ("stages", "registered"),
            ("reasons", "solved"),
            ("bodies", "roads"),
            ("replies", "grant_refusal"),
        )
    ),
    (
        lambda d: d["rules"].append(dict(d["rules"][2], days=20)),
        "rules[12].valid_from: 'answer of appeal from 2006-11-02' is already used by rules[2]",
    ),
    # words
    (lambda d: d["kinds"][0]["name"].pop("en"), "kinds[0].name.en: this language is missing"),
    (lambda d: d["stages"][1]["then"].pop("en"), "stages[1].then.en: this language is missing"),
    (lambda d: d["rules"][2]["basis"].pop("ru"), "rules[2].basis.ru: this language is missing"),
    (lambda d: d["rules"][2]["basis"].update(ru=" "), "rules[2].basis.ru: empty text"),
    (lambda d: d["ways"][0]["tell"].pop("en"), "ways[0].tell.en: this language is missing"),
    (lambda d: d["reasons"][2]["name"].pop("en"), "reasons[2].name.en: this language is missing"),
    (lambda d: d["bodies"][0]["contacts"].pop("en"), "bodies[0].contacts.en: this language is missing"),
    (lambda d: d["checklist"][1]["text"].pop("en"), "checklist[1].text.en: this language is missing"),
    (lambda d: d["contest"].pop("en"), "contest.en: this language is missing"),
    (lambda d: d["notice"].update(ru="Номер {number}"), "notice.ru: unknown placeholder {number}"),
    (lambda d: d["stages"][0]["then"].update(ru="До {дата}"), "stages[0].then.ru: unknown placeholder {дата}"),
    (lambda d: d["replies"][1]["then"].pop("en"), "replies[1].then.en: this language is missing"),
    (lambda d: d["replies"][1]["then"].update(en="By {day}"), "replies[1].then.en: unknown placeholder {day}"),
    (lambda d: d["replies"][1]["then"].update(ru="До {дата"), "replies[1].then.ru: a brace without its pair"),
    (lambda d: d["kinds"][0]["name"].update(ru="О" * 65), "kinds[0].name.ru: 65 characters"),
    (lambda d: d["ways"][0]["name"].update(ru="О\nп"), "ways[0].name.ru: 3 characters; a name is a button: one line"),
    # kinds and terms
    (at("kinds", 0, intake="track"), "kinds[0].intake: a message in a chat is no official appeal"),
    (at("kinds", 3, intake="personal"), "kinds[3].intake: a message in a chat is no official appeal"),
    (
        drop("rules", lambda r: r["kind"] == "idea"),
        "kinds[5]: no rule says today by when 'idea' is answered",
    ),
    (
        drop("rules", lambda r: (r["kind"], r["what"]) == ("appeal", "register")),
        "kinds[0]: no rule says today by when 'appeal' is registered",
    ),
    (at("rules", 2, valid_from="2026-11-24"), "kinds[0]: no rule says today by when 'appeal' is answered"),
    (at("rules", 0, since="registered"), "rules[0].since: registration is counted from the day of receipt"),
    (at("rules", 2, since="received"), "rules[2].since: this term is counted from the day of registration"),
    (at("rules", 1, extension=5), "rules[1].extension: only the term of an answer can be extended"),
    (at("rules", 2, days=0), "rules[2].days: "),
    (lambda d: d.update(remind_days=[3, 0]), "remind_days[1]: must be at least 1"),
    # ways
    (without("ways", 2, "tell"), "ways[2].tell: missing"),
    (at("ways", 0, link="gosuslugi.example"), "ways[0].link: must start with https://"),
    (lambda d: [way.update(lawful=False) for way in d["ways"]], "ways: no way is lawful"),
    # stages
    (at("stages", 1, to=["approval", "nowhere"]), "stages[1].to[1]: unknown stage 'nowhere'"),
    (at("stages", 1, to=["review", "answered"]), "stages[1].to[0]: is the stage itself"),
    (at("stages", 1, means="new"), "stages[1].means: exactly one stage means 'new', and it is the first"),
    (lambda d: d["stages"].reverse(), "stages[7].means: exactly one stage means 'new', and it is the first"),
    *((drop_stages(means), f"stages: no stage means {means!r}") for means in get_args(Means)),
    (
        lambda d: [s.update(to=[t for t in s.get("to", ()) if t != "suspended"]) for s in d["stages"]],
        "stages[3]: no way leads from 'registered' to 'suspended'",
    ),
    (at("stages", 3, to=["closed"]), "stages[3].to: no way leads from here to an answer"),
    (at("stages", 7, to=["registered"]), "stages[7].to[0]: has ended; it can only be opened again"),
    (at("stages", 6, to=["closed"]), "stages[6].to[0]: has ended; it can only be opened again"),
    (at("stages", 4, to=["refused"]), "stages[4].to[0]: has ended; it can only be opened again"),
]


@pytest.mark.parametrize(("change", "message"), SLIPS, ids=[slip[1][:60] for slip in SLIPS])
def test_a_slip_is_named_by_its_path(folder: Path, change: Edit, message: str) -> None:
    edit(folder, "appeals.yaml", change)
    office, faults = load(folder, today=TODAY)
    assert office is None
    lines = [str(fault) for fault in faults if fault.level == "fault"]
    assert any(line.startswith(f"appeals.yaml: {message}") for line in lines), lines
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("staff.yaml", lambda d: d["persons"][3].update(unit="space"), "persons[3].unit: unknown unit 'space'"),
        (
            "consents.yaml",
            lambda d: d["consents"].append(d["consents"][0]),
            "consents[1].purpose: 'answers' is already",
        ),
        ("consents.yaml", lambda d: d["consents"][0].pop("withdraw"), "consents[0].withdraw: missing"),
        ("consents.yaml", lambda d: d["consents"][0]["goal"].update(ru=""), "consents[0].goal.ru: empty text"),
        (
            "consents.yaml",
            lambda d: d["consents"][0]["term"].pop("ru"),
            "consents[0].term.ru: this language is missing",
        ),
        (
            "consents.yaml",
            lambda d: d["consents"][0].update(who={"ru": "{name}"}),
            "consents[0].who.ru: unknown placeholder",
        ),
        ("surveys/appeal.yaml", lambda d: d.update(object="answer"), "intro.ru: unknown placeholder {appeal}"),
        ("surveys/appeal.yaml", lambda d: d["intro"].update(ru="{point}"), "intro.ru: unknown placeholder {point}"),
        ("office.yaml", lambda d: d.update(appeals={}), "appeals: belongs in appeals.yaml"),
        ("office.yaml", lambda d: d.update(consents=[]), "consents: belongs in consents.yaml"),
    ],
)
def test_a_slip_in_another_file_is_named_there(folder: Path, file: str, change: Edit, message: str) -> None:
    edit(folder, file, change)
    lines = [str(fault) for fault in faults_of(folder) if fault.level == "fault"]
    assert any(line.startswith(f"{file}: {message}") for line in lines), lines


def test_a_deputy_who_is_the_head_is_a_warning(folder: Path) -> None:
    edit(folder, "appeals.yaml", lambda d: d.update(deputy="demoev"))
    (fault,) = faults_of(folder)
    assert (fault.path, fault.level) == ("deputy", "warning")


@pytest.mark.parametrize("owner", ["state", "municipal", "subordinate"])
def test_no_body_of_the_state_takes_an_official_appeal_in_a_chat(folder: Path, owner: str) -> None:
    edit(folder, "office.yaml", lambda d: d.update(owner_kind=owner))
    edit(folder, "appeals.yaml", at("kinds", 0, intake="personal"))
    assert [fault.path for fault in faults_of(folder)] == ["kinds[0].intake"]


def test_another_office_takes_an_official_one_only_with_a_name(folder: Path) -> None:
    edit(folder, "office.yaml", lambda d: d.update(owner_kind="other"))
    edit(folder, "appeals.yaml", at("kinds", 0, intake="personal"))
    assert faults_of(folder) == []
    edit(folder, "appeals.yaml", at("kinds", 0, intake="track"))
    assert [fault.path for fault in faults_of(folder)] == ["kinds[0].intake"]


def test_a_rule_of_tomorrow_beside_one_of_today_is_right(folder: Path) -> None:
    edit(folder, "appeals.yaml", lambda d: d["rules"].append(dict(d["rules"][2], days=20, valid_from="2027-01-01")))
    assert faults_of(folder) == []


def test_an_office_without_official_kinds_needs_no_lawful_way(folder: Path) -> None:
    edit(folder, "appeals.yaml", drop("kinds", lambda kind: kind.get("official", True)))
    edit(folder, "appeals.yaml", drop("rules", lambda rule: rule["kind"] not in ("message", "idea")))
    edit(folder, "appeals.yaml", lambda d: [way.update(lawful=False) for way in d["ways"]])
    edit(folder, "appeals.yaml", lambda d: [reply.update(kinds=[]) for reply in d["replies"]])
    assert faults_of(folder) == []


def test_one_slip_gives_one_fault(folder: Path) -> None:
    edit(folder, "surveys/appeal.yaml", lambda d: d.pop("main"))
    edit(folder, "staff.yaml", lambda d: d["persons"][5].pop("surname"))
    assert [str(fault) for fault in faults_of(folder)] == [
        "staff.yaml: persons[5].surname: missing",
        "surveys/appeal.yaml: main: missing",
    ]


@pytest.mark.parametrize("file", ["appeals.yaml", "consents.yaml"])
@pytest.mark.parametrize("text", [b"a: [1\n", b"", b"- 1\n", b"text", b"\xff\xfe\x00", b"a: 1\na: 2\n", b"1: {2: 3}\n"])
def test_a_broken_file_is_a_fault_and_no_traceback(folder: Path, file: str, text: bytes) -> None:
    (folder / file).write_bytes(text)
    office, faults = load(folder, today=TODAY)
    assert office is None
    assert any(fault.file == file for fault in faults)
