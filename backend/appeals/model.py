"""What an office decides about appeals: `appeals.yaml` of its folder. Content, never code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.appeals.deadlines import Rule
from surveys.definition import Frozen, Text

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Line = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

Means = Literal["new", "work", "suspended", "answered", "redirected", "refused", "closed"]
"""What a stage means to the rules, whatever the office calls it."""
OPEN: frozenset[Means] = frozenset({"new", "work", "suspended"})
"""Stages in which the office still owes an answer."""
ENDED: frozenset[Means] = frozenset({"answered", "redirected", "refused", "closed"})


class Unit(Frozen):
    """A department: reports are made by it, `head` hears on the day of a deadline."""

    code: Code
    name: Text
    head: PersonId


class Kind(Frozen):
    """What is sent. `official`: by a law that says how it may be filed and that it must be kept; in the chat of a
    state body it is never registered, only prepared. `intake`: the least mode of a channel in which the bot registers
    it at once; without it, it is only prepared. `keep_days`: days after its end until it is destroyed. `reopen_days`:
    within so many days after the answer the client may ask to look again."""

    code: Code
    name: Text
    series: Annotated[str, StringConstraints(pattern=r"^[А-ЯA-Z]{1,3}$")]
    official: bool = True
    intake: Literal["anonymous", "track", "personal"] | None = None
    keep_days: int = Field(1826, ge=1, le=36_500)
    reopen_days: int = Field(30, ge=0, le=365)
    unit: Code | None = None


class Way(Frozen):
    """How it came in. `lawful`: a client is led here with an official appeal; `tell` says how, `link` where."""

    code: Code
    name: Text
    lawful: bool = False
    tell: Text | None = None
    link: str | None = None


class Stage(Frozen):
    """One stage. `then`: what happens next, for the client. `to`: stages that may follow."""

    code: Code
    name: Text
    then: Text
    means: Means
    to: tuple[Code, ...] = ()


class Reason(Frozen):
    """A reason for closing. `unanswered`: it may end an appeal without an answer (59-ФЗ, article 11), and then the
    client is told why."""

    code: Code
    name: Text
    unanswered: bool = False


class Body(Frozen):
    """Another body to which appeals are redirected: the address book."""

    code: Code
    name: Text
    contacts: Text | None = None


class Reply(Frozen):
    """A template of an answer. `{number}` and the like are filled in; what remains in braces is the clerk's to fill."""

    code: Code
    name: Text
    kinds: tuple[Code, ...] = ()
    essence: Text
    basis: Text
    then: Text
    why: Text | None = None


class Check(Frozen):
    """One line of the checklist of the draft helper. `here`: it can be written in the bot; else the client adds it
    where he files (his name and address are not asked for in a chat)."""

    text: Text
    here: bool = False


class Appeals(Frozen):
    """The whole of `appeals.yaml`. `head` is the head of appeals: he sees all, and hears of what goes wrong."""

    head: PersonId
    deputy: PersonId | None = None
    units: tuple[Unit, ...] = ()
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    ways: Annotated[tuple[Way, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=3)]
    reasons: tuple[Reason, ...] = ()
    bodies: tuple[Body, ...] = ()
    replies: tuple[Reply, ...] = ()
    checklist: tuple[Check, ...] = ()
    contest: Text  # how to contest a decision: head, court, prosecutor …
    notice: Text  # «Сообщение в чате – не официальное обращение …»
    least_answer: int = Field(60, ge=0, le=4000)  # characters of «по существу» at least
    remind_days: tuple[int, ...] = (10, 3, 1)
    guesses: int = Field(5, ge=1, le=50)  # wrong codes before a client, or a number, is slowed down
    guess_minutes: int = Field(15, ge=1, le=1440)
    draft_days: int = Field(30, ge=1, le=180)
    overdue_days: int = Field(3, ge=1, le=30)  # working days of the new date that a client is told after a miss
    erase_days: int = Field(3, ge=0, le=30)  # destruction after a demand; the law gives 30 days (152-ФЗ, art. 21)
    survey: str = "appeal"

    @cached_property
    def _kinds(self) -> dict[str, Kind]:
        return {kind.code: kind for kind in self.kinds}

    @cached_property
    def _stages(self) -> dict[str, Stage]:
        return {stage.code: stage for stage in self.stages}

    def kind(self, code: str) -> Kind | None:
        return self._kinds.get(code)

    def stage(self, code: str) -> Stage | None:
        return self._stages.get(code)

    def first(self, means: Means) -> Stage | None:
        """The first stage of the file that means this."""
        return next((stage for stage in self.stages if stage.means == means), None)

    def way(self, code: str) -> Way | None:
        return next((way for way in self.ways if way.code == code), None)

    def unit(self, code: str | None) -> Unit | None:
        return next((unit for unit in self.units if unit.code == code), None)

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)

    def body(self, code: str) -> Body | None:
        return next((body for body in self.bodies if body.code == code), None)

    def reply(self, code: str) -> Reply | None:
        return next((reply for reply in self.replies if reply.code == code), None)

    def lawful(self) -> list[Way]:
        """The lawful ways of an official appeal, in the order of the file."""
        return [way for way in self.ways if way.lawful]


class Consent(Frozen):
    """The text of one consent, for one purpose (152-ФЗ, article 9: separate from anything else, one per purpose).
    The eight parts are asked for one by one, so that none is forgotten (domain.md 3.3)."""

    purpose: Code
    version: int = Field(ge=1)
    title: Text
    who: Text  # who agrees, and to whom: operator, name and address
    data: Text
    goal: Text
    actions: Text
    others: Text  # third parties
    term: Text
    withdraw: Text
    free: Text  # that it is voluntary, and what works without it

    def text(self, language: str) -> str:
        """The whole text in this language, else in Russian."""

        def say(part: Text) -> str:
            return part.get(language) or part.get("ru") or next(iter(part.values()))

        parts = (self.title, self.who, self.data, self.goal, self.actions, self.others, self.term, self.withdraw)
        return "\n".join(map(say, (*parts, self.free)))


_VARIABLE = re.compile(r"\{([^{}\n]{1,40})\}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables that are known; the others stay in their braces, for a person to see and fill."""
    return _VARIABLE.sub(lambda found: values.get(found[1].strip(), found[0]), text)


def unfilled(*texts: str) -> list[str]:
    """Variables that nobody has filled in: each blocks sending and is named."""
    return list(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))
