"""`python -m bot figures`: what the marks say, each instrument by its own formula (domain.md, section 5).

Marks of different instruments, of clients and of the office's own staff, are never put into one figure.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from backend import exclusions, feedback
from backend.clock import clock_from
from backend.db import DatabaseAway, Session
from backend.exclusions import Reason
from backend.feedback import Tally, tallies
from backend.office import Office
from backend.settings import Settings
from bot.cells import cell
from bot.opening import CannotStart, open_database, read_office
from surveys import figures as counted
from surveys.figures import Balance, Figures

MEASURES = ("csat", "nps", "ces", "resolution", "expectation", "criteria")
ONLINE, OFFLINE = "online", "offline"
PATIENCE = 300.0  # seconds
KINDS = {
    "point": "точка",
    "service": "услуга",
    "bot": "бот",
    "answer": "ответы",
    "appeal": "обращения",
    "template": "база",
}
GROUPS = {ONLINE: "онлайн", OFFLINE: "оффлайн"}
CHANNELS = {
    "telegram": "Telegram",
    "vk": "ВКонтакте",
    "web": "страница в браузере",
    "console": "терминал",
    "paper": "бумага",
    "phone": "телефон",
}
TITLES = {
    "csat": "Удовлетворённость (CSAT): доля оценок 4 и 5",
    "nps": "Готовность рекомендовать (NPS), шкала 0–10",
    "ces": "Простота (CES): чем больше, тем проще, шкала 1–5",
    "resolution": "Решение вопроса",
    "expectation": "Сравнение с ожиданием",
    "criteria": "Пять критериев «Ваш контроль», шкала 1–5",
}
FORMULAS = {
    "csat": "Доля 4–5: 100 × (n₄ + n₅) / n, интервал Уилсона 95 %. Средняя: Σx / n.",
    "nps": "NPS = % (9–10) − % (0–6), от −100 до 100; ± 1,96 · √(((p + d) − (p − d)²) / n).",
    "ces": "Средняя: Σx / n. Легко: доля 4–5, интервал Уилсона 95 %.",
    "resolution": "Решено: 100 × n(да) / n, интервал Уилсона 95 %. «Рано судить» в n не входит.",
    "expectation": "Баланс = % «лучше» − % «хуже»; ± 1,96 · √(((p + d) − (p − d)²) / n).",
    "criteria": "По каждому критерию: средняя Σx / n и доля 4–5. Итог: простое среднее критериев.",
}
OF_MEANS = (
    f"Интервал средней: t-интервал 95 %, от {counted.MEAN_INTERVAL_FROM} оценок; меньше – смотрите распределение."
)
OF_ALL = (
    "«Затрудняюсь ответить» в n не входит. Меньше 10 оценок – «мало данных», сравнивать нельзя; "
    "места сравнивают от 30 оценок, месяцы – от 100."
)
OF_CHANNELS = "Каналы дают разный уровень оценок: не сравнивайте их между собой."


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--public", action="store_true", help="for publishing: fewer than 5 answers are hidden")
    parser.add_argument("--csv", action="store_true", help="comma-separated values instead of tables")
    parser.add_argument("--measure", choices=MEASURES, help="only this instrument")
    parser.add_argument("--by", choices=["channel"], help="split each line: online and offline, and their channels")


def main(options: argparse.Namespace, settings: Settings) -> int:
    try:
        office, _ = read_office(settings)
        found = asyncio.run(_read(settings, office, by_channel=options.by == "channel"))
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway as error:
        print(f"DATABASE_URL: the database did not answer ({error}); try again", file=sys.stderr)
        return 2
    sections = [s for s in _sections(office, found) if options.measure in (None, s.measure)]
    if options.public:
        sections = [replace(s, lines=_without_small_parts(s.lines)) for s in sections]
    if options.csv:
        _write_csv(sections, found.reasons, public=options.public)
    else:
        print("\n\n\n".join(_shown(section, public=options.public) for section in sections))
        notes = [OF_ALL, *([OF_CHANNELS] if options.by else [])]
        left_out = _left_out(office, sections, found.reasons)
        print("\n" + "\n".join([*left_out, *([""] if left_out else []), *notes]))
    return 0


# --- what there is ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """Tallies with what their surveys measure, marks of single questions by (kind, ident, question), and why marks were
    taken out of the count."""

    tallies: list[tuple[str, Tally]]
    questions: dict[tuple[str, str, str], dict[int, int]]
    reasons: list[Reason]


@dataclass(slots=True)
class Line:
    """One row: a subject, a part of its answers (`part`), or one question of its survey (`question`)."""

    kind: str
    code: str
    name: str
    part: str = ""
    question: str = ""
    internal: bool = False
    marks: dict[int, int] = field(default_factory=dict)
    series: int = 0  # of these answers, how many belong to a suspicious series
    excluded: int = 0  # marks taken out of the count as spam or doubles

    @property
    def n(self) -> int:
        return sum(self.marks.values())

    def add(self, tally: Tally) -> None:
        for mark, count in tally.marks.items():
            self.marks[mark] = self.marks.get(mark, 0) + count
        self.series += tally.series
        self.excluded += tally.excluded

    @property
    def called(self) -> str:
        """How the row begins; parts are set in."""
        if self.question:
            return f"  {self.question}"
        if self.part:
            return f"  {GROUPS[self.part]}" if self.part in GROUPS else f"    {CHANNELS.get(self.part, self.part)}"
        return f"{self.code} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Section:
    """One instrument, of clients or of the office's own staff."""

    measure: str
    internal: bool
    lines: list[Line]


async def _read(settings: Settings, office: Office, *, by_channel: bool) -> Counted:
    # A report over years may take longer than a client would wait for his turn.
    patient = settings.model_copy(update={"database_timeout": max(settings.database_timeout, PATIENCE)})
    db = await open_database(patient, clock_from(settings.clock))
    try:
        async with db.read() as session:
            found = await tallies(session, by_channel=by_channel)
            shapes = {key: await _shape(session, office, *key) for key in {(t.survey, t.version) for t in found}}
            questions: dict[tuple[str, str, str], dict[int, int]] = {}
            for (survey, version), (measure, scales) in shapes.items():
                if measure != "criteria":
                    continue
                marks = await feedback.answer_tallies(session, survey, version, list(scales))
                for (kind, ident, question), counts in marks.items():
                    of_question = questions.setdefault((kind, ident, scales[question]), {})
                    for mark, count in counts.items():
                        of_question[mark] = of_question.get(mark, 0) + count
            reasons = await exclusions.reasons(session)
            return Counted([(shapes[t.survey, t.version][0], t) for t in found], questions, reasons)
    finally:
        await db.close()


async def _shape(session: Session, office: Office, survey: str, version: int) -> tuple[str, dict[str, str]]:
    """What this version of a survey measures, and its further scales: question ids with their texts."""
    current = office.surveys.get(survey)
    kept = await feedback.kept_survey(session, survey, version)
    if current is not None and (current.version == version or kept is None):
        kept = current.model_dump_json()
    read = json.loads(kept) if kept else {}
    scales = {
        question["id"]: (question.get("stage") or question["text"]).get("ru", question["id"])
        for question in read.get("questions", ())
        if question["kind"] == "rate" and question["id"] != read["main"]
    }
    return read.get("measure", "csat"), scales


def _sections(office: Office, found: Counted) -> Iterator[Section]:
    """One for each instrument that is in use or was; of clients first, then of staff: never in one figure."""
    used = {office.surveys[point.survey].measure for point in office.points if not point.internal}
    used |= {office.surveys[service.survey].measure for service in office.services}
    for internal in (False, True):
        for measure in MEASURES:
            lines = _criteria(office, found) if measure == "criteria" else _subjects(office, found, measure)
            lines = [line for line in lines if line.internal == internal]
            some = any(line.n or line.excluded for line in lines)
            if some or (not internal and (measure == "csat" or measure in used)):
                yield Section(measure, internal, lines)


def _measured_as(measure: str) -> str:
    # The main question of «Ваш контроль» is that of the short survey: comparable by design.
    return "csat" if measure == "criteria" else measure


def _subjects(office: Office, found: Counted, measure: str) -> list[Line]:
    """Every point and service that is asked this way, also without an answer, then what is no longer in the folder;
    parts by channel follow their line."""
    lines: dict[tuple[str, str], Line] = {}
    for point in office.points:
        if not point.internal and _measured_as(office.surveys[point.survey].measure) == measure:
            lines["point", point.code] = _line(office, "point", point.code)
    for service in office.services:
        if _measured_as(office.surveys[service.survey].measure) == measure:
            lines["service", service.code] = _line(office, "service", service.code)
    parts: dict[tuple[str, str], dict[str, Line]] = {}
    mine = [tally for of, tally in found.tallies if _measured_as(of) == measure]
    for tally in sorted(mine, key=lambda t: (t.kind not in ("point", "service"), t.kind, t.ident)):
        key = (tally.kind, tally.ident)
        line = lines.setdefault(key, _line(office, *key))
        line.add(tally)
        if tally.channel:
            group = OFFLINE if tally.channel in ("paper", "phone") else ONLINE
            of_line = parts.setdefault(key, {})
            for part in (group, tally.channel):
                of_line.setdefault(part, replace(line, part=part, marks={}, series=0, excluded=0)).add(tally)
    order = [ONLINE, *(c for c in CHANNELS if c not in ("paper", "phone")), OFFLINE, "paper", "phone"]
    shown: list[Line] = []
    for key, line in lines.items():
        of_line = parts.get(key, {})
        shown += [line, *sorted(of_line.values(), key=lambda p: order.index(p.part) if p.part in order else 99)]
    return shown


def _line(office: Office, kind: str, code: str) -> Line:
    point = office.point_by_code(code) if kind in ("point", "bot") else None
    service = office.service(code) if kind == "service" else None
    thing = point or service
    if kind == "bot":
        name = f"Работа бота: {office.text(point.name, 'ru')}" if point else "Работа бота в браузере"
    elif kind == "answer":
        name = "Ответы сотрудников"
    elif kind == "appeal":
        name = "Ответы на обращения"
    elif kind == "template":
        name = f"Ответ базы знаний: {code}"
    elif thing is not None:
        name = office.text(thing.name, "ru")
    else:
        name = "Услуга (удалена)" if kind == "service" else "Точка (удалена)"
    return Line(kind, code, name, internal=bool(point and point.internal))


def _criteria(office: Office, found: Counted) -> list[Line]:
    """For each subject its criteria one by one; the line of the subject itself carries their simple mean."""
    lines: list[Line] = []
    subjects: dict[tuple[str, str], list[Line]] = {}
    for (kind, ident, question), marks in found.questions.items():
        line = replace(_line(office, kind, ident), question=question, marks=marks)
        subjects.setdefault((kind, ident), []).append(line)
    for key, of_subject in sorted(subjects.items()):
        lines += [_line(office, *key), *of_subject]
    return lines


# --- how it is shown --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure of a line in its own unit (per cent, points or marks) with its interval, and the mean with its own."""

    value: float | None = None
    interval: tuple[float, float] | None = None
    mean: float | None = None
    mean_interval: tuple[float, float] | None = None


def _headline(measure: str, line: Line, lines: Sequence[Line] = ()) -> Headline:
    match measure:
        case "nps":
            return _of_balance(counted.nps(line.marks))
        case "expectation":
            return _of_balance(counted.expectation(line.marks))
        case "resolution":
            return _of_share(counted.resolution(line.marks))
        case "criteria" if not line.question:
            means = [counted.figures(other.marks).mean for other in lines if _same(line, other) and other.question]
            return Headline(mean=counted.mean_of_criteria(means))
        case _:
            found = counted.figures(line.marks)
            return replace(_of_share(found), mean=found.mean, mean_interval=counted.mean_interval(line.marks))


def _same(line: Line, other: Line) -> bool:
    return (line.kind, line.code) == (other.kind, other.code)


def _of_share(found: Figures) -> Headline:
    if found.share is None or found.low is None or found.high is None:
        return Headline()
    return Headline(100 * found.share, (100 * found.low, 100 * found.high))


def _of_balance(found: Balance) -> Headline:
    return Headline(found.value, found.interval)


def _number(value: float | None, digits: int = 1) -> str:
    if value is None:
        return "–"
    # «−0,0» would be a riddle.
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return text.replace(".", ",").replace("-", "−")


def _interval(ends: tuple[float, float] | None, digits: int = 1) -> str:
    """«85,1–93,4»; where an end is negative a word is clearer than a dash beside a minus."""
    if ends is None:
        return "–"
    low, high = (_number(end, digits) for end in ends)
    return f"{low}…{high}" if ends[0] < 0 else f"{low}–{high}"


def _hidden(line: Line, *, public: bool) -> bool:
    return (public or line.internal) and counted.verdict(line.n) == "hidden" and line.n > 0


def _without_small_parts(lines: list[Line]) -> list[Line]:
    """A hidden part could be reckoned from the whole and the other parts: then none of them is shown."""
    small = {(line.kind, line.code) for line in lines if line.part and _hidden(line, public=True)}
    return [line for line in lines if not line.part or (line.kind, line.code) not in small]


def _remark(line: Line, *, public: bool) -> str:
    remarks = []
    if line.excluded:
        remarks.append(f"исключено с причиной: {line.excluded}")
    if _hidden(line, public=public):
        return "; ".join(["скрыто: меньше 5 оценок", *remarks])
    if line.n == 0:
        return "; ".join(["нет оценок", *remarks])
    if counted.verdict(line.n) in ("hidden", "few"):
        remarks.insert(0, "мало данных")
    if line.series:
        remarks.append(f"серия одинаковых оценок: {line.series}")
    return "; ".join(remarks)


def _columns(measure: str) -> list[str]:
    scale = ["5", "4", "3", "2", "1"]
    return {
        "csat": ["n", "доля 4–5, %", "интервал", "средняя", "интервал", *scale],
        "ces": ["n", "средняя", "интервал", "легко, %", "интервал", *scale],
        "criteria": ["n", "средняя", "интервал", "доля 4–5, %", "интервал", *scale],
        "nps": ["n", "NPS", "интервал", "9–10", "7–8", "0–6"],
        "resolution": ["n", "решено, %", "интервал", "решён", "частично", "не решён"],
        "expectation": ["n", "баланс", "интервал", "лучше", "как ожидали", "хуже"],
    }[measure]


def _cells(measure: str, line: Line, lines: Sequence[Line], *, public: bool) -> list[str]:
    width = len(_columns(measure))
    whole = measure == "criteria" and not line.question
    if whole:
        hidden = any(_hidden(other, public=public) for other in lines if _same(line, other))
        mean = None if hidden else _headline(measure, line, lines).mean
        return ["", _number(mean, 2), *[""] * (width - 2)]
    if line.n == 0 or _hidden(line, public=public):
        return ["0" if line.n == 0 else "–", *["–"] * (width - 1)]
    head = _headline(measure, line)
    share = [_number(head.value), _interval(head.interval)]
    mean_cells = [_number(head.mean, 2), _interval(head.mean_interval, 2)]
    counts = [str(line.marks.get(mark, 0)) for mark in (5, 4, 3, 2, 1)]
    match measure:
        case "csat":
            return [str(line.n), *share, *mean_cells, *counts]
        case "ces" | "criteria":
            return [str(line.n), *mean_cells, *share, *counts]
        case "resolution":
            solved = line.marks.get(5, 0)
            half = line.marks.get(4, 0) + line.marks.get(3, 0)
            return [str(line.n), *share, str(solved), str(half), str(line.n - solved - half)]
        case _:
            found = counted.nps(line.marks) if measure == "nps" else counted.expectation(line.marks)
            return [str(line.n), *share, str(found.up), str(found.middle), str(found.down)]


def _shown(section: Section, *, public: bool) -> str:
    title = TITLES[section.measure] + (" – внутренние клиенты (сотрудники)" if section.internal else "")
    lines = [line for line in section.lines if section.measure != "criteria" or not line.question or line.n]
    if not any(line.n or line.excluded for line in lines) and section.measure == "criteria":
        return f"{title}\n\nОценок ещё нет."
    rows = [["", *_columns(section.measure), ""]]
    for line in lines:
        whole = section.measure == "criteria" and not line.question
        name = line.called if len(line.called) <= 46 else line.called[:45] + "…"
        remark = "простое среднее критериев" if whole else _remark(line, public=public)
        rows.append([name, *_cells(section.measure, line, lines, public=public), remark])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    table = "\n".join(
        "  ".join(
            cell.ljust(width) if i in (0, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
    notes = [FORMULAS[section.measure]]
    if section.measure in ("csat", "ces", "criteria"):
        notes.append(OF_MEANS)
    if section.measure == "criteria":
        notes += _worst(lines, public=public)
    return f"{title}\n\n{table}\n\n" + "\n".join(notes)


def _worst(lines: Sequence[Line], *, public: bool) -> Iterable[str]:
    """The weakest criterion of each subject that has enough marks to say so (requirements 1.02)."""
    for subject in [line for line in lines if not line.question]:
        known = [
            (mean, line.question)
            for line in lines
            if line.question and _same(subject, line) and line.n >= 10 and not _hidden(line, public=public)
            if (mean := counted.figures(line.marks).mean) is not None
        ]
        if len(known) > 1:
            mean, question = min(known)
            yield f"Слабее всего, {subject.name}: {question} ({_number(mean, 2)})."


# --- what was taken out of the count (requirements 1.28) --------------------------------------------------

EXCLUDED = {"spam": "спам", "double": "повтор"}


def _subjects_of(reason: Reason) -> list[tuple[str, str]]:
    """The lines that such a mark would count for, its own first."""
    if reason.survey == "bot":
        return [("bot", reason.subject)]
    if reason.subject_kind in ("answer", "appeal"):
        return [(reason.subject_kind, "")]
    also = [("service", reason.service)] if reason.subject_kind == "point" and reason.service else []
    return [(reason.subject_kind, reason.subject), *also]


def _left_out(office: Office, sections: Sequence[Section], reasons: Sequence[Reason]) -> list[str]:
    """«Исключено: 3 (спам 2, повтор 1)», then each reason by its point."""
    shown = {(line.kind, line.code) for section in sections for line in section.lines}
    reasons = [reason for reason in reasons if shown & set(_subjects_of(reason))]
    if not reasons:
        return []
    lines = [_sum_of(reasons)]
    subjects: dict[tuple[str, str], list[Reason]] = {}
    for reason in reasons:
        subjects.setdefault(_subjects_of(reason)[0], []).append(reason)
    for key, of_subject in sorted(subjects.items()):
        lines.append(f"  {_line(office, *key).called}:")
        lines += [f"    {EXCLUDED[one.kind]} {one.count} – «{one.reason}»" for one in of_subject]
    return lines


def _sum_of(reasons: Sequence[Reason]) -> str:
    counts = {kind: sum(one.count for one in reasons if one.kind == kind) for kind in EXCLUDED}
    kinds = ", ".join(f"{EXCLUDED[kind]} {count}" for kind, count in counts.items() if count)
    return f"Исключено: {sum(counts.values())} ({kinds})"


MARKS = [str(mark) for mark in range(10, -1, -1)]
HEAD = ["measure", "kind", "code", "name", "part", "question", "n", "value", "low", "high", "mean", "mean_low"]
HEAD += ["mean_high", *MARKS, "series", "excluded", "reasons", "remark"]


def _write_csv(sections: Sequence[Section], reasons: Sequence[Reason], *, public: bool) -> None:
    """One line for each subject and part; `value` in per cent (shares) or points (nps, expectation)."""
    why: dict[tuple[str, str], list[str]] = {}
    for one in reasons:
        for key in _subjects_of(one):
            why.setdefault(key, []).append(f"{EXCLUDED[one.kind]} {one.count}: {one.reason}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEAD)
    for section in sections:
        for line in section.lines:
            kind = ("internal " if section.internal else "") + line.kind
            start = [section.measure, kind, *map(cell, (line.code, line.name, line.part, line.question))]
            remark = _remark(line, public=public)
            said = "; ".join(why.get((line.kind, line.code), ())) if line.excluded and not line.part else ""
            whole = section.measure == "criteria" and not line.question
            hidden = _hidden(line, public=public)
            if whole:
                hidden = any(_hidden(other, public=public) for other in section.lines if _same(line, other))
                remark = "mean of criteria"
            if hidden or (line.n == 0 and not whole):
                blank = [""] * (6 + len(MARKS) + 1)
                writer.writerow([*start, "" if hidden else 0, *blank, line.excluded, said, remark])
                continue
            head = _headline(section.measure, line, section.lines)
            numbers = [head.value, *(head.interval or (None, None)), head.mean, *(head.mean_interval or (None, None))]
            cells = ["" if value is None else f"{value:.4f}" for value in numbers]
            marks = [line.marks.get(int(mark), 0) for mark in MARKS]
            writer.writerow([*start, "" if whole else line.n, *cells, *marks, line.series, line.excluded, said, remark])
