"""`python -m bot knowledge evaluate FILE`: how good a base is on questions of which the right template is known."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.commands.knowledge_files import Base, Unreadable, complain, read_published, read_questions, read_templates
from knowledge import measure
from knowledge.measure import Asked, Figures, Question, Speed

if TYPE_CHECKING:
    from backend.settings import Settings
    from knowledge.index import Index

QUESTIONS, TEMPLATES = "queries.jsonl", "templates.yaml"
SHOWN = 90  # characters of a title or sample
MOST = 10  # confusions and pulling samples that are shown


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="+", type=Path, help=f"{QUESTIONS}, or a folder with such files")
    parser.add_argument("--templates", type=Path, metavar="FILE", help=f"by default {TEMPLATES} beside the questions")
    parser.add_argument("--details", action=argparse.BooleanOptionalAction, help="confusions, samples, kinds of noise")
    parser.add_argument("--json", action="store_true", help="figures for another program")


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    base: Base
    asked: Sequence[Asked]
    clean: Figures
    noisy: Figures
    speed: Speed
    building: float


def alone(options: argparse.Namespace) -> int | None:
    try:
        files = list(_files(options.file))
        if any(_templates(options, file) is None for file in files):
            return None
        measured = []
        for file in files:
            base = read_templates(_templates(options, file) or file)
            index, building = _built(base)
            measured.append(_measured(_name(file), base, index, read_questions(file), building))
    except Unreadable as error:
        return complain(error)
    _print(options, measured)
    return 0


def main(options: argparse.Namespace, settings: Settings) -> int:
    """Questions about the office's own base: no templates lie beside them."""
    from backend.db import DatabaseAway
    from bot.opening import CannotStart

    try:
        questions = {file: read_questions(file) for file in _files(options.file)}
        base, wrong_share = asyncio.run(read_published(settings))
    except (Unreadable, CannotStart) as error:
        return complain(error)
    except DatabaseAway:
        print("База данных сейчас занята или недоступна. Повторите.", file=sys.stderr)
        return 1
    if not base.entries:
        print(f"В базе знаний нет опубликованных ответов, а рядом с вопросами нет {TEMPLATES}.", file=sys.stderr)
        return 2
    index, building = _built(base)
    measured = [_measured(_name(f), base, index, asked, building, wrong_share) for f, asked in questions.items()]
    _print(options, measured)
    return 0


# --- what to measure --------------------------------------------------------------------------------------


def _files(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if not path.is_dir():
            yield path
        elif (path / QUESTIONS).exists():
            yield path / QUESTIONS
        elif inside := sorted(path.glob(f"*/{QUESTIONS}")):
            yield from inside
        else:
            raise Unreadable(f"{path}: нет {QUESTIONS} ни в папке, ни в её подпапках")


def _templates(options: argparse.Namespace, file: Path) -> Path | None:
    if options.templates is not None:
        named: Path = options.templates
        return named
    beside = file.with_name(TEMPLATES)
    return beside if beside.exists() else None


def _name(file: Path) -> str:
    return file.resolve().parent.name if file.name == QUESTIONS else file.stem


def _built(base: Base) -> tuple[Index, float]:
    begun = time.perf_counter()
    index = base.index()
    return index, time.perf_counter() - begun


def _measured(
    name: str,
    base: Base,
    index: Index,
    questions: Sequence[Question],
    building: float,
    wrong_share: float = measure.WRONG_SHARE,
) -> Measured:
    unknown = {q.template for q in questions if q.template is not None} - set(base.titles)
    if unknown:
        shown = ", ".join(sorted(str(one) for one in unknown)[:5])
        print(f"{name}: в вопросах названы шаблоны, которых нет в базе ({len(unknown)}): {shown}", file=sys.stderr)
    index.ask("первый вопрос платит за загрузку словарей", wrong_share=wrong_share)
    asked = measure.ask_all(index, questions, wrong_share=wrong_share)
    clean = measure.figures([one for one in asked if not one.question.noise])
    noisy = measure.figures([one for one in asked if one.question.noise])
    return Measured(name, base, asked, clean, noisy, measure.speed(asked), building)


# --- what is shown ----------------------------------------------------------------------------------------


def _print(options: argparse.Namespace, measured: Sequence[Measured]) -> None:
    details = options.details if options.details is not None else len(measured) == 1
    if options.json:
        print(json.dumps(_as_json(measured, details), ensure_ascii=False, indent=2))
        return
    print(_tables(measured))
    if details:
        for one in measured:
            print("\n" + _details(one, heading=len(measured) > 1))


def _tables(measured: Sequence[Measured]) -> str:
    rows = [(one.name, one.clean, one.noisy) for one in measured]
    if len(measured) > 1:
        rows.append(("среднее", measure.mean([r[1] for r in rows]), measure.mean([r[2] for r in rows])))
    found = [
        [name, f"{clean.questions} / {noisy.questions}"]
        + [_both(getattr(clean, part), getattr(noisy, part)) for part in ("recall1", "recall3", "mrr", "swept")]
        for name, clean, noisy in rows
    ]
    sent = [
        [name, *(_one(getattr(clean, part)) for part in ("right", "solved", "wrong", "offered", "near", "far"))]
        for name, clean, _ in rows
    ]
    took = [
        [
            one.name,
            str(len(one.base.entries)),
            f"{one.building:.1f} с",
            f"{one.speed.mean_ms:.1f} мс",
            f"{one.speed.p95_ms:.1f} мс",
        ]
        for one in measured
    ]
    return "\n\n".join(
        (
            "Найдено, %: без ошибок / с опечатками, раскладкой, транслитом\n"
            + table(
                ["", "вопросов", "первый верный", "в первых трёх", "MRR@10", "решено, если неверных ≤ 10 %"], found
            ),
            "Прямые ответы при своём пороге, %, вопросы без ошибок\n"
            + table(
                ["", "верных из данных", "решено", "неверный", "верный в выборе", "близкие чужие", "далёкие чужие"],
                sent,
            ),
            "Скорость\n" + table(["", "шаблонов", "индекс", "вопрос в среднем", "95 % быстрее"], took),
        )
    )


def _details(one: Measured, *, heading: bool) -> str:
    parts = [f"=== {one.name} ==="] if heading else []
    kinds = dict.fromkeys(asked.question.noise for asked in one.asked if asked.question.noise)
    if kinds:
        rows = []
        for kind in kinds:
            of_kind = measure.figures([asked for asked in one.asked if asked.question.noise == kind])
            rows.append(
                [kind, str(of_kind.questions), _one(of_kind.recall1), _one(of_kind.recall3), _one(of_kind.solved)]
            )
        parts.append("По видам помех, %\n" + table(["", "вопросов", "первый верный", "в первых трёх", "решено"], rows))
    refused = measure.refusals([asked for asked in one.asked if not asked.question.noise], one.base.categories)
    if refused:
        rows = [[name, f"{part} из {whole}", _one(100 * part / whole)] for name, (part, whole) in refused.items()]
        parts.append("Передано сотруднику по категориям\n" + table(["", "вопросов", "%"], rows))
    titles = one.base.titles
    confused = measure.confusions(one.asked, MOST)
    if confused:
        lines = [
            f"  {count:>3}  {_title(wanted, titles)}\n       вместо него: {_title(first, titles)}"
            for wanted, first, count in confused
        ]
        parts.append("Чаще всего путаются\n" + "\n".join(lines))
    pulled = _pulled(one.base)
    if pulled:
        lines = [
            f"  «{_short(p.sample)}»\n       {_title(p.template, titles)}\n       ближе к: {_title(p.to, titles)}"
            for p in pulled
        ]
        more = [f"  и ещё {len(lines) - MOST}"] if len(lines) > MOST else []
        parts.append(
            f"Примеры вопросов, которые без самих себя ведут к чужому шаблону: {len(lines)}\n"
            + "\n".join(lines[:MOST] + more)
        )
    return "\n\n".join(parts)


def _pulled(base: Base) -> list[measure.Pulled]:
    return measure.pulled(base.entries, lambda entries: replace(base, entries=entries).index())


def _as_json(measured: Sequence[Measured], details: bool) -> dict[str, Any]:
    whole: dict[str, Any] = {"bases": {}}
    for one in measured:
        whole["bases"][one.name] = {
            "templates": len(one.base.entries),
            "clean": asdict(one.clean),
            "noisy": asdict(one.noisy),
            "building_s": one.building,
            **asdict(one.speed),
        }
        if details:
            confused = measure.confusions(one.asked, MOST)
            whole["bases"][one.name] |= {
                "refusals": measure.refusals(one.asked, one.base.categories),
                "confusions": [{"wanted": w, "first": f, "count": n} for w, f, n in confused],
                "pulled": [asdict(p) for p in _pulled(one.base)],
            }
    whole["mean"] = {
        "clean": asdict(measure.mean([one.clean for one in measured])),
        "noisy": asdict(measure.mean([one.noisy for one in measured])),
    }
    return whole


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as what is in them: words to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    return "\n".join(
        "  "
        + "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in [headings, *rows]
    )


def _title(template: str, titles: Mapping[str, str]) -> str:
    title = titles.get(template, "")
    return f"{template}: {_short(title)}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"


def _one(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _both(clean: float | None, noisy: float | None) -> str:
    return f"{_one(clean)} / {_one(noisy)}"
