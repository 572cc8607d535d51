"""What must fit together in `appeals.yaml` and `consents.yaml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import get_args

from backend.appeals.deadlines import rule_for
from backend.appeals.model import ENDED, OPEN, Appeals, Consent, Kind, Means, Stage, unfilled
from surveys.faults import LABEL_LIMIT, Remark, examine_texts, texts

FILE, CONSENTS, STAFF = "appeals.yaml", "consents.yaml", "staff.yaml"
FILLED_IN = frozenset({"number", "registered", "topic", "applicant"})
"""What the program itself fills in in a template of an answer; all other variables are the clerk's."""
ANSWERS = "answers"
"""The purpose of the consent by which a client is answered by name and followed by his contact."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the rest of the folder says. `state_body`: 59-ФЗ binds it. `units_of_persons`: path and code. `today`: the
    day on which the rules must hold."""

    languages: tuple[str, ...]
    persons: frozenset[str]
    state_body: bool
    consents: tuple[tuple[str, Consent], ...]
    units_of_persons: tuple[tuple[str, str], ...]
    today: date


def examine(appeals: Appeals, around: Around) -> Iterator[tuple[str, Remark]]:
    """Every contradiction, with the file in which it stands."""
    for remark in (
        *_texts(appeals, around.languages),
        *_doubles(appeals),
        *_people(appeals, around.persons),
        *_named(appeals),
        *_kinds(appeals, around),
        *_rules(appeals),
        *_ways(appeals),
        *_stages(appeals.stages),
    ):
        yield FILE, remark
    for path, unit in around.units_of_persons:
        if appeals.unit(unit) is None:
            yield STAFF, Remark(f"{path}.unit", f"unknown unit {unit!r} (appeals.yaml)")
    if all(consent.purpose != ANSWERS for _, consent in around.consents):
        yield CONSENTS, _no_consent(appeals)


def examine_consents(consents: Iterable[tuple[str, Consent]], languages: Sequence[str]) -> Iterator[tuple[str, Remark]]:
    """What is wrong with the texts of consents: a missing part or language, two for one purpose, and words by which the
    office would shift its own answerability to the client (requirement 9.08)."""
    seen: dict[str, str] = {}
    for path, consent in consents:
        for remark in examine_texts(consent, languages, (), path):
            yield CONSENTS, remark
        if consent.purpose in seen:
            yield CONSENTS, Remark(f"{path}.purpose", f"{consent.purpose!r} is already used by {seen[consent.purpose]}")
        seen.setdefault(consent.purpose, path)
        for at, text in texts(consent, path):
            for language, words in text.items():
                if found := _WAIVER.search(words):
                    message = f"{found[0]!r} shifts the office's answerability to the client"
                    yield CONSENTS, Remark(f"{at}.{language}", message, "warning")


_WAIVER = re.compile(
    "|".join(
        (
            r"не нес\w+ (?:\w+ )?ответственност\w+|снима\w+ с себя (?:\w+ )?ответственност\w+|вся ответственность",
            r"(?:освобожда\w+|отказ\w+) .{0,60}?от (?:\w+ )?(?:ответственности|претензий)|не отвеча\w+ за",
            r"отказ\w+ от (?:\w+ )?претензий|претензий (?:\w+ ){0,2}не (?:име\w+|буд\w+)|не (?:буду )?име\w+ претензий",
            r"под (?:свою|мою|вашу) (?:личную )?ответственность|на (?:свой|мой|ваш) (?:страх и )?риск",
            r"ответственност\w+ (?:\w+ ){0,4}(?:возлага\w+ на|лежит на|нес[её]т) (?:клиент|вас|меня|заявител)\w*",
            r"\b(?:is|are|be) not (?:held )?(?:liable|responsible)|\bno (?:liability|responsibility)\b|\bwaive",
            r"\bat (?:my|your) own risk\b|\bhold harmless\b|\bdisclaim|\bnot be held (?:liable|responsible)\b",
        )
    ),
    re.IGNORECASE,
)


def _no_consent(appeals: Appeals) -> Remark:
    """Without it no name and no contact may be asked for: a fault only where the office wants to."""
    personal = next((kind.code for kind in appeals.kinds if kind.intake == "personal"), None)
    if personal is not None:
        return Remark("consents", f"no consent for the purpose {ANSWERS!r}, but kind {personal!r} asks for a name")
    return Remark("consents", f"no consent for the purpose {ANSWERS!r}: clients are asked for no name", "warning")


_CODED = ("units", "kinds", "ways", "stages", "reasons", "bodies", "replies")
"""Lists whose items have a code and a name."""


# --- words ------------------------------------------------------------------------------------------------


def _texts(appeals: Appeals, languages: Sequence[str]) -> Iterator[Remark]:
    """Words in every language. Only templates of answers have variables, the same in all languages: each is filled
    once."""
    bare = {name: getattr(appeals, name) for name in type(appeals).model_fields if name != "replies"}
    for name, value in bare.items():
        yield from examine_texts(value, languages, (), name)
    for place, reply in enumerate(appeals.replies):
        own = unfilled(*(text["ru"] for _, text in texts(reply) if "ru" in text))
        yield from examine_texts(reply, languages, FILLED_IN.union(own), f"replies[{place}]")
    for name in _CODED:
        for place, item in enumerate(getattr(appeals, name)):
            for language, words in item.name.items():
                if len(words) > LABEL_LIMIT or "\n" in words:
                    message = f"{len(words)} characters; a name is a button: one line of at most {LABEL_LIMIT}"
                    yield Remark(f"{name}[{place}].name.{language}", message)


def _doubles(appeals: Appeals) -> Iterator[Remark]:
    for name in _CODED:
        yield from _repeated(f"{name}[{{}}].code", [item.code for item in getattr(appeals, name)])
    rules = [f"{rule.what} of {rule.kind} from {rule.valid_from}" for rule in appeals.rules]
    yield from _repeated("rules[{}].valid_from", rules)


def _repeated(path: str, names: Sequence[str]) -> Iterator[Remark]:
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in first:
            earlier = path.partition(".")[0].format(first[name])
            yield Remark(path.format(place), f"{name!r} is already used by {earlier}")
        first.setdefault(name, place)


# --- who and what is named --------------------------------------------------------------------------------


def _people(appeals: Appeals, persons: frozenset[str]) -> Iterator[Remark]:
    named = [("head", appeals.head), ("deputy", appeals.deputy)]
    named += [(f"units[{place}].head", unit.head) for place, unit in enumerate(appeals.units)]
    for path, person in named:
        if person is not None and person not in persons:
            yield Remark(path, f"unknown person {person!r}")
    if appeals.deputy == appeals.head:
        yield Remark("deputy", "is the head himself: nobody stands in for him", "warning")


def _named(appeals: Appeals) -> Iterator[Remark]:
    """Units and kinds that other parts of the file refer to, and numbers that make no sense."""
    for place, kind in enumerate(appeals.kinds):
        if kind.unit is not None and appeals.unit(kind.unit) is None:
            yield Remark(f"kinds[{place}].unit", f"unknown unit {kind.unit!r}")
    for place, rule in enumerate(appeals.rules):
        if appeals.kind(rule.kind) is None:
            yield Remark(f"rules[{place}].kind", f"unknown kind {rule.kind!r}")
    for place, reply in enumerate(appeals.replies):
        for number, code in enumerate(reply.kinds):
            if appeals.kind(code) is None:
                yield Remark(f"replies[{place}].kinds[{number}]", f"unknown kind {code!r}")
    for place, days in enumerate(appeals.remind_days):
        if days < 1:
            yield Remark(f"remind_days[{place}]", "must be at least 1: on the day itself the head hears")


# --- kinds and terms --------------------------------------------------------------------------------------


def _kinds(appeals: Appeals, around: Around) -> Iterator[Remark]:
    for place, kind in enumerate(appeals.kinds):
        yield from _intake(kind, f"kinds[{place}]", around)
        if rule_for(appeals.rules, kind.code, "answer", around.today) is None:
            yield Remark(f"kinds[{place}]", f"no rule says today by when {kind.code!r} is answered")
        if kind.official and rule_for(appeals.rules, kind.code, "register", around.today) is None:
            yield Remark(f"kinds[{place}]", f"no rule says today by when {kind.code!r} is registered")


def _intake(kind: Kind, path: str, around: Around) -> Iterator[Remark]:
    """59-ФЗ, article 4 (since 30.03.2025): only what identifies its sender is an appeal, and a messenger does not."""
    if not kind.official or kind.intake is None:
        return
    if around.state_body:
        yield Remark(f"{path}.intake", "a message in a chat is no official appeal (59-ФЗ, article 4): leave it out")
    elif kind.intake != "personal":
        yield Remark(f"{path}.intake", "an official kind has a name and an address: only 'personal'")


def _rules(appeals: Appeals) -> Iterator[Remark]:
    for place, rule in enumerate(appeals.rules):
        path = f"rules[{place}]"
        if rule.what == "register" and rule.since != "received":
            yield Remark(f"{path}.since", "registration is counted from the day of receipt: 'received'")
        if rule.what != "register" and rule.since != "registered":
            yield Remark(f"{path}.since", "this term is counted from the day of registration: 'registered'")
        if rule.extension and rule.what != "answer":
            yield Remark(f"{path}.extension", "only the term of an answer can be extended")


def _ways(appeals: Appeals) -> Iterator[Remark]:
    if not appeals.lawful() and any(kind.official for kind in appeals.kinds):
        yield Remark("ways", "no way is lawful: clients with an official appeal could be led nowhere")
    for place, way in enumerate(appeals.ways):
        if way.lawful and way.tell is None:
            yield Remark(f"ways[{place}].tell", "missing: how a client files an official appeal this way")


# --- stages -----------------------------------------------------------------------------------------------


def _stages(stages: tuple[Stage, ...]) -> Iterator[Remark]:
    codes = {stage.code for stage in stages}
    for means in get_args(Means):
        places = [place for place, stage in enumerate(stages) if stage.means == means]
        if not places:
            yield Remark("stages", f"no stage means {means!r}")
        elif means == "new" and places != [0]:
            yield Remark(f"stages[{places[-1]}].means", "exactly one stage means 'new', and it is the first")
    for place, stage in enumerate(stages):
        path = f"stages[{place}]"
        for number, code in enumerate(stage.to):
            if code not in codes:
                yield Remark(f"{path}.to[{number}]", f"unknown stage {code!r}")
            elif code == stage.code:
                yield Remark(f"{path}.to[{number}]", "is the stage itself")
            elif stage.means in ENDED:
                yield from _after_the_end(stage, next(s for s in stages if s.code == code), f"{path}.to[{number}]")
        if stage.means in OPEN and not any(s.means == "answered" for s in _reached(stages, stage, through=OPEN)):
            yield Remark(f"{path}.to", "no way leads from here to an answer")
    reached = {stage.code for stage in _reached(stages, stages[0])} | {stages[0].code}
    for place, stage in enumerate(stages):
        if stage.code not in reached:
            yield Remark(f"stages[{place}]", f"no way leads from {stages[0].code!r} to {stage.code!r}")


def _after_the_end(stage: Stage, after: Stage, path: str) -> Iterator[Remark]:
    """What has ended is only opened again; an answered one may also be closed."""
    if after.means != "work" and not (stage.means == "answered" and after.means == "closed"):
        yield Remark(path, f"has ended; it can only be opened again, not become {after.code!r}")


def _reached(stages: tuple[Stage, ...], start: Stage, through: Collection[Means] = OPEN | ENDED) -> list[Stage]:
    """Stages that can follow, sooner or later, by way of stages that mean one of `through`."""
    by_code = {stage.code: stage for stage in stages}
    found: dict[str, Stage] = {}
    waiting = list(start.to)
    while waiting:
        code = waiting.pop()
        if code in by_code and code not in found:
            found[code] = by_code[code]
            waiting += by_code[code].to if by_code[code].means in through else ()
    return list(found.values())
