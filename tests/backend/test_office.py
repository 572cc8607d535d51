"""The demo office can be served; every slip in an office folder is named by file and path."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.office import Office, Person, load
from backend.office.model import Responsible
from surveys.load import parse

DEMO = Path(__file__).parents[2] / "demo"
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def demo() -> Office:
    office, faults = load(DEMO)
    assert [str(fault) for fault in faults] == []
    assert office is not None
    return office


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "office"))


def edit(folder: Path, file: str, change: Edit) -> None:
    path = folder / file
    data, _ = parse(path)
    # Words that several items share become separate, so that an edit of one item leaves the others alone.
    data = json.loads(json.dumps(data, default=str)) if file != "surveys/visit.yaml" else data
    change(data)
    path.write_text(yaml.dump(data, Dumper=Plain, allow_unicode=True), "utf-8")


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def test_tokens_are_those_on_paper(demo: Office) -> None:
    assert {point.code: point.token for point in demo.points} == {
        "Т1": "7KD4M2XA",
        "Т2": "9QW3H6ZR",
        "Т3": "4NB8T5VC",
        "Т4": "2FJ7P9KE",
        "Т5": "6XC3M8DH",
        "Т6": "8RA5W4NQ",
        "Т7": "3ZT9K6BP",
        "Т8": "5HV2E7JM",
        "Т9": None,
    }


def test_a_token_is_found_in_any_letter_case(demo: Office) -> None:
    point = demo.point("6xc3m8dh")
    assert point is not None
    assert point.code == "Т5"
    assert point.here == {"ru": "Вы в кабинете 104?", "en": "Are you at room 104?"}
    assert demo.point("6XC3M8DX") is None
    assert demo.point("") is None


def test_clients_never_see_internal_points(demo: Office) -> None:
    assert [point.code for point in demo.open_points()] == [f"Т{n}" for n in range(1, 9)]


def test_who_answers(demo: Office) -> None:
    assert demo.responsible("point", "Т5") == Responsible(owner="demoev", deputy="maketov", head="obraztsov")
    assert demo.responsible("point", "Т9") == Responsible(owner="primerova", head="obraztsov")
    assert demo.responsible("service", "У1").owner == "maketov"
    assert demo.responsible("topic", "access").owner == "primerova"
    assert demo.responsible("point", "Т99") == demo.responsible("answer", "1") == Responsible(head="obraztsov")
    assert (demo.administrator, demo.head, demo.danger_to) == ("primerova", "obraztsov", "demoev")


def test_names_are_not_declined_and_not_invented(demo: Office) -> None:
    people = {person.id: person for person in demo.persons}
    assert people["demoev"].short == "Демоев Э. Р."
    assert people["demoev"].full == "Демоев Эльчин Рашид оглы"
    assert people["chernykh"].short == "Черных-Тестовая А. И."
    assert people["demoev"].shown("ru") == people["demoev"].full
    assert people["demoev"].shown("en") == "Elchin Demoev"
    guest = Person(id="sample", surname="Сэмпл", given="Мария", post={"ru": "гость", "en": "guest"})
    assert (guest.short, guest.full, guest.shown("en")) == ("Сэмпл М.", "Сэмпл Мария", "Сэмпл Мария")


def test_words_fall_back_to_the_default_language(demo: Office) -> None:
    assert demo.text({"ru": "да", "en": "yes"}, "en") == "yes"
    assert demo.text({"ru": "да", "en": "yes"}, "tt") == "да"


def test_our_channels_are_points(demo: Office) -> None:
    found = {name: demo.channel_point(name) for name in ("telegram", "vk", "web")}
    assert {name: point.code if point else None for name, point in found.items()} == {
        "telegram": "Т3",
        "vk": "Т2",
        "web": None,  # the talk in the browser is no point of the register; the official site is another thing
    }


def test_a_closed_point_leads_to_the_nearest_open_one(folder: Path) -> None:
    edit(folder, "points.yaml", lambda d: d["points"][4].update(open=False))
    edit(folder, "points.yaml", lambda d: [p.pop("nearest", None) for p in d["points"][5:]])
    office, faults = load(folder)
    assert [str(fault) for fault in faults] == []
    assert office is not None
    closed = office.point("6XC3M8DH")
    assert closed is not None
    assert closed not in office.open_points()
    nearest = office.nearest_open(closed)
    assert nearest is not None
    assert nearest.code == "Т7"
    assert office.nearest_open(nearest) is None


def test_buttons_may_name_what_the_bot_knows(folder: Path) -> None:
    (folder / "form.pdf").write_bytes(b"%PDF-1.7")
    label = {"ru": "Да", "en": "Yes"}
    buttons = [
        {"kind": "action", "label": label, "target": "rate"},
        {"kind": "template", "label": label, "target": "v09"},
        {"kind": "file", "label": label, "target": "form.pdf"},
    ]
    edit(folder, "office.yaml", lambda d: d.update(buttons=buttons))
    office, faults = load(folder, actions=["rate"], templates=["v09"])
    assert faults == []
    assert office is not None
    assert [str(fault) for fault in load(folder)[1]] == [
        "office.yaml: buttons[0].target: unknown action 'rate'",
        "office.yaml: buttons[1].target: unknown template 'v09'",
    ]


def test_danger_words_are_optional(folder: Path) -> None:
    (folder / "danger.yaml").unlink()
    office, faults = load(folder)
    assert faults == []
    assert office is not None
    assert office.danger.sure == ()


def point(number: int, **fields: Any) -> Edit:
    return lambda data: data["points"][number].update(fields)


def button(**fields: str) -> Edit:
    return lambda data: data["buttons"].append({"label": {"ru": "Да", "en": "Yes"}, **fields})


SLIPS: list[tuple[str, Edit, str]] = [
    ("points.yaml", point(1, token="7KD4M2XA"), "points[1].token: '7KD4M2XA' is already used by points[0]"),
    ("points.yaml", point(1, code="Т1"), "points[1].code: 'Т1' is already used by points[0]"),
    ("points.yaml", point(2, channel="vk"), "points[2].channel: 'vk' is already used by points[1]"),
    *(
        ("points.yaml", point(3, token=token), f"points[3].token: {token!r}: 6–12 capital letters")
        for token in (
            "2FJ7P",
            "2FJ7P9KEAAAAA",
            "2FJ7P9KO",
            "2FJ7P9K0",
            "2FJ7P9K1",
            "2FJ7P9KU",
            "2fj7p9ke",
            "2FJ7P9КЕ",
        )
    ),
    ("points.yaml", point(3, token=None), "points[3].token: missing"),
    ("points.yaml", point(4, owner="nobody"), "points[4].owner: unknown person 'nobody'"),
    ("points.yaml", point(4, deputy="nobody"), "points[4].deputy: unknown person 'nobody'"),
    ("points.yaml", point(4, services=["У4", "У9"]), "points[4].services[1]: unknown service 'У9'"),
    ("points.yaml", point(4, survey="visits"), "points[4].survey: unknown survey 'visits'"),
    (
        "points.yaml",
        point(4, survey="service"),
        "points[4].survey: survey 'service' is about 'service', not about",
    ),
    ("points.yaml", point(4, kind="7.21"), "points[4].kind: unknown kind '7.21'"),
    ("points.yaml", point(4, needs=[1, 10]), "points[4].needs[1]: "),
    ("points.yaml", point(4, channel="max"), "points[4].channel: "),
    (
        "points.yaml",
        point(4, nearest=["ABCDEFGH"]),
        "points[4].nearest[0]: no point has the token 'ABCDEFGH'",
    ),
    ("points.yaml", point(4, nearest=["6XC3M8DH"]), "points[4].nearest[0]: is the point itself"),
    ("points.yaml", point(6, open=False), "points[4].nearest[0]: point Т7 is not open to clients"),
    ("points.yaml", point(4, name={"ru": "Окно"}), "points[4].name.en: this language is missing"),
    (
        "points.yaml",
        point(4, name={"ru": "Окно {n}", "en": "Desk"}),
        "points[4].name.ru: unknown placeholder {n}",
    ),
    ("points.yaml", point(4, name={"ru": "О" * 121, "en": "Desk"}), "points[4].name.ru: 121 characters"),
    (
        "points.yaml",
        point(4, name={"ru": "Ок\x07но", "en": "Desk"}),
        "points[4].name.ru: control character U+0007",
    ),
    (
        "points.yaml",
        point(4, name={"ru": "Ок\u202eно", "en": "Desk"}),
        "points[4].name.ru: control character U+202E",
    ),
    (
        "points.yaml",
        point(4, name={"ru": "Ок\nно", "en": "Desk"}),
        "points[4].name.ru: a name must be one line",
    ),
    ("points.yaml", point(4, name="Окно"), "points[4].name: "),
    ("points.yaml", point(4, opened=True), "points[4].opened: unknown field"),
    ("points.yaml", lambda d: d["points"][4]["sheet"].pop("promise"), "points[4].sheet.promise: missing"),
    (
        "points.yaml",
        lambda d: d["points"][4]["sheet"]["lead"].pop("en"),
        "points[4].sheet.lead.en: this language",
    ),
    ("points.yaml", lambda d: d["points"].append("Т10"), "points[9]: "),
    ("points.yaml", lambda d: d.update(points={"Т1": {}}), "points: must be a list"),
    ("points.yaml", lambda d: d.update(point=[]), "point: unknown field"),
    ("services.yaml", lambda d: d["services"][0].update(owner="x"), "services[0].owner: unknown person 'x'"),
    ("services.yaml", lambda d: d["services"][0].update(code="У2"), "services[1].code: 'У2' is already used"),
    (
        "services.yaml",
        lambda d: d["services"][0].update(survey="visit"),
        "services[0].survey: survey 'visit' is about",
    ),
    (
        "services.yaml",
        lambda d: d["services"][0]["term"].pop("en"),
        "services[0].term.en: this language is missing",
    ),
    ("staff.yaml", lambda d: d["persons"][0].update(id="demoev"), "persons[5].id: 'demoev' is already used"),
    ("staff.yaml", lambda d: d["persons"][0].update(roles=["boss"]), "persons[0].roles[0]: "),
    (
        "staff.yaml",
        lambda d: d["persons"][0]["post"].pop("en"),
        "persons[0].post.en: this language is missing",
    ),
    ("office.yaml", lambda d: d.update(administrator="nobody"), "administrator: unknown person 'nobody'"),
    ("office.yaml", lambda d: d.update(timezone="Europe/Svetlorechensk"), "timezone: unknown time zone"),
    ("office.yaml", lambda d: d.update(timezone="../../etc/passwd"), "timezone: unknown time zone"),
    ("office.yaml", lambda d: d.update(site="asr-svet.example"), "site: must start with https://"),
    ("office.yaml", lambda d: d.update(points=[]), "points: belongs in points.yaml"),
    ("office.yaml", lambda d: d.update(languages=["en"]), "languages: must contain 'ru'"),
    ("office.yaml", lambda d: d.update(languages=[]), "languages: "),
    ("office.yaml", lambda d: d["help"].pop("en"), "help.en: this language is missing"),
    ("office.yaml", lambda d: d.pop("phone"), "phone: missing"),
    (
        "office.yaml",
        button(kind="link", target="javascript:alert(1)"),
        "buttons[2].target: must start with https://",
    ),
    (
        "office.yaml",
        button(kind="phone", target="позвоните"),
        "buttons[2].target: 'позвоните' is not a phone",
    ),
    ("office.yaml", button(kind="file", target="../secret.txt"), "buttons[2].target: no such file"),
    ("office.yaml", button(kind="action", target="fly"), "buttons[2].target: unknown action 'fly'"),
    ("office.yaml", button(kind="script", target="rm"), "buttons[2].kind: "),
    ("danger.yaml", lambda d: d["sure"].append("…"), "sure[1]: "),
    ("danger.yaml", lambda d: d.update(maybe=["беда"]), "maybe: unknown field"),
    ("surveys/visit.yaml", lambda d: d.update(id="visits"), "id: must be 'visit', as the file is named"),
    (
        "surveys/visit.yaml",
        lambda d: d["questions"][1]["when"].update(question="x"),
        "questions[1].when.question: wrong",
    ),
    (
        "surveys/visit.yaml",
        lambda d: d["intro"].update(en="At {place}"),
        "intro.en: unknown placeholder {place}",
    ),
    (
        "surveys/visit.yaml",
        lambda d: d["questions"][1]["options"][0].pop("label"),
        "questions[1].options[0].label: missing",
    ),
    (
        "surveys/bot.yaml",
        lambda d: d.update(object="answer"),
        "object: survey 'bot' is about 'answer', not about 'bot'",
    ),
]


@pytest.mark.parametrize(("file", "change", "message"), SLIPS, ids=[slip[2][:50] for slip in SLIPS])
def test_a_slip_is_named_by_file_and_path(folder: Path, file: str, change: Edit, message: str) -> None:
    edit(folder, file, change)
    office, faults = load(folder)
    assert office is None
    lines = [str(fault) for fault in faults if fault.level == "fault"]
    assert any(line.startswith(f"{file}: {message}") for line in lines), lines
    assert all("\n" not in line for line in lines)


def test_one_slip_gives_one_fault(folder: Path) -> None:
    """A person who cannot be read is not reported again by everything that refers to him."""
    edit(folder, "staff.yaml", lambda d: d["persons"][5].pop("surname"))
    edit(folder, "surveys/visit.yaml", lambda d: d.pop("main"))
    edit(folder, "points.yaml", lambda d: d["points"][4].pop("here"))
    assert [str(fault) for fault in load(folder)[1]] == [
        "staff.yaml: persons[5].surname: missing",
        "points.yaml: points[4].here: missing",
        "surveys/visit.yaml: main: missing",
    ]


def test_slips_in_several_files_are_found_at_once(folder: Path) -> None:
    edit(folder, "office.yaml", lambda d: d.pop("name"))
    edit(folder, "points.yaml", point(1, token="7KD4M2XA"))
    edit(folder, "surveys/visit.yaml", lambda d: d["intro"].update(ru="{x}"))
    assert {fault.file for fault in load(folder)[1]} == {"office.yaml", "points.yaml", "surveys/visit.yaml"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (point(4, owner=None), "points.yaml: points[4].owner: nobody is responsible"),
        (point(0, open=False), "points.yaml: points[0].nearest: the point is closed and names no other one"),
    ],
)
def test_a_warning_does_not_stop_the_start(folder: Path, change: Edit, message: str) -> None:
    edit(folder, "points.yaml", change)
    office, faults = load(folder)
    assert office is not None
    assert [fault.level for fault in faults] == ["warning"]
    assert str(faults[0]).startswith(message)


@pytest.mark.parametrize("file", ["office.yaml", "points.yaml", "services.yaml", "staff.yaml", "surveys/visit.yaml"])
@pytest.mark.parametrize("text", [b"a: [1\n", b"", b"- 1\n", b"text", b"\xff\xfe\x00", b"a: 1\na: 2\n", b"1: {2: 3}\n"])
def test_a_broken_file_is_a_fault_and_no_traceback(folder: Path, file: str, text: bytes) -> None:
    (folder / file).write_bytes(text)
    office, faults = load(folder)
    assert office is None
    assert any(fault.file == file for fault in faults)


@pytest.mark.parametrize(
    "file",
    ["office.yaml", "points.yaml", "services.yaml", "staff.yaml", "surveys/bot.yaml", "surveys/answer.yaml"],
)
def test_a_missing_file_is_a_fault(folder: Path, file: str) -> None:
    (folder / file).unlink()
    office, faults = load(folder)
    assert office is None
    assert any(fault.file == file for fault in faults)


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    office, faults = load(tmp_path / "nowhere")
    assert office is None
    assert "office.yaml: cannot be read: No such file or directory" in [str(fault) for fault in faults]
