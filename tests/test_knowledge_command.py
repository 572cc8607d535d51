"""`python -m bot knowledge ask` and `evaluate`, as another program and as an editor use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.__main__ import main
from bot.compose import build
from tests.base.talk import edges, make_settings
from tests.test_commands import ROOT, bot

TEMPLATES = [
    {
        "id": "hours",
        "title": "Когда вы работаете?",
        "questions": ["часы работы", "во сколько открываетесь", "работаете ли в субботу"],
        "answer": "По будням с девяти до шести.",
        "category": "time",
    },
    {
        "id": "grant",
        "title": "Как получить грант на ферму?",
        "questions": ["грант для фермера", "условия гранта", "деньги на хозяйство"],
        "answer": "Подайте заявку и бизнес-план.",
        "category": "money",
    },
    {
        "id": "booking",
        "title": "Как записаться на консультацию?",
        "questions": ["запись на приём", "хочу поговорить со специалистом"],
        "answer": "Позвоните нам.",
        "category": "time",
    },
]


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    file = tmp_path / "templates.yaml"
    file.write_text(yaml.safe_dump(TEMPLATES, allow_unicode=True), encoding="utf-8")
    return file


def lines_of(templates: Path, *lines: bytes) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "knowledge", "ask", "--jsonl", "--templates", str(templates)],
        input=b"".join(line + b"\n" for line in lines),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return [json.loads(line) for line in done.stdout.splitlines()]


def query(text: str) -> bytes:
    return json.dumps({"query": text}, ensure_ascii=False).encode()


def test_each_line_is_answered_by_one_line(templates: Path) -> None:
    answers = lines_of(
        templates, query("условия гранта"), query("xfcs hf,jns"), query("kak zapisatsya na konsultaciyu")
    )
    assert [line["ranked"][0]["id"] for line in answers] == ["grant", "hours", "booking"]
    for line in answers:
        assert set(line) == {"ranked", "answer"}
        assert line["answer"] in (None, line["ranked"][0]["id"])
        scores = [one["score"] for one in line["ranked"]]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert len({one["id"] for one in line["ranked"]}) == len(scores) <= 10


def test_a_bad_line_is_answered_in_its_place_and_the_next_ones_as_ever(templates: Path) -> None:
    deep = b"[" * 100_000
    answers = lines_of(templates, b"nonsense", b"\xff\xfe", b"[1]", b'{"query": 5}', b"", deep, query("часы работы"))
    assert [set(line) for line in answers[:6]] == [{"error"}] * 6
    assert answers[6]["ranked"][0]["id"] == "hours"


def test_odd_questions_are_answered_too(templates: Path) -> None:
    odd = ["", " ", "😀", "я", "q", "1" * 10_000, "грант " * 2000, "\u200b\u0301", "Men grant olmoqchiman"]
    answers = lines_of(templates, *map(query, odd))
    assert len(answers) == len(odd)
    assert all(set(line) == {"ranked", "answer"} for line in answers)
    assert answers[0]["answer"] is None


def test_an_answer_comes_before_the_next_question(templates: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "knowledge", "ask", "--jsonl", "--templates", str(templates)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for _ in range(2):
            asked.stdin.write(query("условия гранта") + b"\n")
            asked.stdin.flush()
            assert json.loads(asked.stdout.readline())["ranked"][0]["id"] == "grant"
        asked.stdin.close()
        assert asked.wait(30) == 0


def test_with_a_file_neither_settings_nor_frameworks_are_loaded(templates: Path) -> None:
    code = (
        "import sys; from bot.__main__ import main\n"
        f"assert main(['knowledge', 'ask', '--templates', {str(templates)!r}, 'условия', 'гранта']) == 0\n"
        "print([name for name in ('pydantic', 'sqlalchemy', 'aiogram', 'natasha') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_person_reads_what_the_bot_would_do(templates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "ask", "--templates", str(templates), "eckjdbz", "uhfynf"]) == 0
    told = capsys.readouterr().out
    assert "прочитано как: условия гранта" in told
    assert "1. " in told
    assert "Как получить грант на ферму?" in told
    assert "бот " in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id: [", "это не YAML"),
        ("just text", "нужен список шаблонов"),
        ("- title: без кода", "шаблон 1: нет поля id"),
        ("- {id: a, title: Один}\n- {id: a, title: Два}", "шаблон 2: код a уже есть выше"),
        ("- {id: a, title: Один, questions: строка}", "questions – это список"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(
    tmp_path: Path, content: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faulty.yaml"
    file.write_text(content, encoding="utf-8")
    assert main(["knowledge", "ask", "--jsonl", "--templates", str(file)]) == 2
    told = capsys.readouterr().err
    assert str(file) in told
    assert said in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "ask", "--templates", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_an_office_that_has_published_nothing_says_what_to_do(tmp_path: Path) -> None:
    for line in (["ask", "часы работы"], ["evaluate", str(questions_in(tmp_path))]):
        done = bot(tmp_path, "knowledge", *line)
        assert (done.returncode, done.stdout) == (2, "")
        assert "нет опубликованных ответов" in done.stderr
        assert "Traceback" not in done.stderr


async def test_the_published_base_is_asked_and_measured_where_no_file_is_named(
    database_url: str, tmp_path: Path
) -> None:
    app = await build(make_settings(database_url, tmp_path), edges())
    await app.stop()
    lines = bot(tmp_path, "knowledge", "ask", "--jsonl", DATABASE_URL=database_url, typed='{"query": "пандус"}\n')
    assert json.loads(lines.stdout)["ranked"][0]["id"] == "v22-access"
    measured = bot(
        tmp_path,
        "knowledge",
        "evaluate",
        str(questions_in(tmp_path)),
        "--json",
        "--no-details",
        DATABASE_URL=database_url,
    )
    told = json.loads(measured.stdout)
    assert told["bases"]["asked"]["clean"]["recall1"] == 100


def questions_in(folder: Path) -> Path:
    file = folder / "asked.jsonl"
    file.write_text('{"text": "где у вас пандус", "template_id": "v22-access"}\n', encoding="utf-8")
    return file


# --- evaluate ---------------------------------------------------------------------------------------------

QUESTIONS: list[dict[str, str | None]] = [
    {"text": "во сколько вы открываетесь", "template_id": "hours", "scope": "in", "noise": None},
    {"text": "dj crjkmrj jnrhsdftntcm", "template_id": "hours", "scope": "in", "noise": "layout"},
    {"text": "условия гранта для фермеров", "template_id": "grant", "scope": "in", "noise": None},
    {"text": "хочу записаться на приём", "template_id": "booking", "scope": "in", "noise": None},
    {"text": "где купить трактор", "template_id": None, "scope": "near", "noise": None},
    {"text": "ты робот?", "template_id": None, "scope": "far", "noise": None},
]


@pytest.fixture
def questions(templates: Path) -> Path:
    file = templates.with_name("queries.jsonl")
    file.write_text("".join(json.dumps(one) + "\n" for one in QUESTIONS), encoding="utf-8")
    return file


def test_evaluate_takes_the_templates_beside_the_questions(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "evaluate", str(questions)]) == 0
    told = capsys.readouterr().out
    assert "Найдено" in told
    assert "100.0 / 100.0" in told
    assert "Передано сотруднику по категориям" in told
    assert "layout" in told


def test_evaluate_reads_a_folder_of_bases_and_adds_the_mean(
    questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / "all" / name).mkdir(parents=True)
        for file in (questions, questions.with_name("templates.yaml")):
            (tmp_path / "all" / name / file.name).write_bytes(file.read_bytes())
    assert main(["knowledge", "evaluate", str(tmp_path / "all"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["bases"]) == ["one", "two"]
    assert told["mean"]["clean"]["questions"] == 6
    assert told["mean"]["clean"]["recall1"] == told["bases"]["one"]["clean"]["recall1"] == 100
    assert main(["knowledge", "evaluate", str(tmp_path / "all")]) == 0
    assert "среднее" in capsys.readouterr().out


def test_a_template_that_is_not_in_the_base_is_told(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with questions.open("a", encoding="utf-8") as file:
        file.write('{"query": "чужой", "template_id": "gone"}\n')
    assert main(["knowledge", "evaluate", str(questions), "--no-details"]) == 0
    assert "gone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [("nonsense", "строка 7: это не JSON"), ('{"template_id": "a"}', "строка 7: нужно поле text")],
)
def test_a_faulty_line_of_questions_is_named(
    questions: Path, line: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with questions.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert main(["knowledge", "evaluate", str(questions)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["knowledge"], "не хватает: part"),
        (["knowledge", "asks"], "такого нет: 'asks'"),
        (["knowledge", "ask", "--lines"], "лишнее или непонятное: --lines"),
        (["knowledge", "evaluate"], "не хватает: file"),
    ],
)
def test_a_wrong_line_is_answered_in_russian(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert "--help" in told
    assert ", rest" not in told
