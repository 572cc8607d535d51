"""What the routes of appeals take: the bodies that the description names."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from backend.api.requests import MOST_NUMBER, NO_ZERO, Body

ApplicantKind = Literal["person", "entrepreneur", "legal", "foreigner", "association", "anonymous"]
"""Requirement 4.18: a citizen, a sole trader, a legal entity, a foreigner, an association without legal personality; or
who is not named, and then the law asks for no answer."""

Seen = Annotated[
    int | None,
    Field(
        strict=True,
        ge=1,
        le=MOST_NUMBER,
        description="`version` as you have read it; or send it as If-Match.",
        examples=[3],
    ),
]
Code = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24, pattern=NO_ZERO)]
PersonId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=NO_ZERO)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=NO_ZERO)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=NO_ZERO)]
Letter = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=NO_ZERO)]


class Applicant(Body):
    """Who writes, as far as it must be known. Sealed; reading it is journalled."""

    name: Line = ""
    organisation: Line = ""
    inn: Annotated[str, StringConstraints(pattern=r"^(\d{10}|\d{12})?$")] = ""
    address: Line = ""
    contact: Line = ""


class NewAppeal(Body):
    """What came in, on paper, by post, at a reception or through another system."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "appeal",
                "way": "paper",
                "service": "У1",
                "received_on": "2026-11-20",
                "applicant_kind": "person",
                "applicant": {"name": "Иван Образцов", "address": "с. Заречное, ул. Луговая, 1"},
                "text": "Прошу объяснить, почему мне отказали в субсидии.",
                "summary": "Отказ в субсидии на семейную ферму",
                "source": "sed",
                "id": "ОГ-1147",
            }
        },
    )

    kind: Annotated[Code, Field(min_length=1, description="A code of `kinds` in appeals.yaml.")]
    way: Annotated[Code, Field(min_length=1, description="How it came in: a code of `ways` in appeals.yaml.")]
    text: Annotated[Letter, Field(description="The words of the appeal. Sealed.")] = ""
    summary: Annotated[Line, Field(description="What lists show. No names, no contacts.")] = ""
    topic: Code = ""
    service: Code | None = None
    point: Annotated[Code | None, Field(description="Code of the point.")] = None
    unit: Annotated[Code, Field(description="Department; otherwise that of whoever gets it.")] = ""
    received_on: Annotated[
        date | None, Field(ge=date(2000, 1, 1), description="The day it came; today when it is not given.")
    ] = None
    complained: Annotated[
        tuple[PersonId, ...], Field(max_length=5, description="Ids of staff of whom it complains: they see nothing.")
    ] = ()
    applicant_kind: ApplicantKind | Literal[""] = ""
    applicant: Applicant = Applicant()
    follow: Annotated[
        Line | None,
        Field(description="The code that the client got in the bot: his chat follows the appeal and gets the receipt."),
    ] = None
    source: Annotated[
        str | None,
        StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,23}$"),
        Field(description="The system whose id this is, as `--source` of a CSV import; by itself the token's label."),
    ] = None
    id: Annotated[
        str | None,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=NO_ZERO),
        Field(
            description="Your own id. Sent again, it registers nothing: the first appeal comes back, without its code."
            " Or send it as Idempotency-Key."
        ),
    ] = None

    @model_validator(mode="after")
    def _of_an_organisation(self) -> NewAppeal:
        if self.applicant_kind in ("legal", "association") and not self.applicant.organisation:
            raise ValueError("a legal entity and an association have a name: `applicant.organisation`")
        return self


class Seeing(Body):
    seen: Seen = None


class Assignment(Seeing):
    to: Annotated[PersonId, Field(description="Id of a person, never of one of whom it complains.")]
    note: Annotated[Words, Field(description="For him alone.")] = ""


class Move(Seeing):
    stage: Annotated[Code, Field(description="A stage of work that follows from the present one: `next_stages`.")]


class Extension(Seeing):
    days: Annotated[
        int, Field(strict=True, ge=1, le=400, description="In the unit of the rule, once; `extendable` says how many.")
    ]
    reason: Annotated[Words, Field(description="The client reads it.")]


class Redirection(Seeing):
    to: Annotated[Line, Field(description="A code of `bodies` in appeals.yaml, or the name of the body.")]
    reason: Words = ""


class Explained(Seeing):
    """The client reads both (requirement 3.10)."""

    reason: Words
    then: Annotated[Words, Field(description="What he can do next.")]


class Said(Seeing):
    text: Words


class Answer(Seeing):
    """The final answer in its parts, or a template with variables; a part that is given replaces the template's.
    Nothing is sent while a variable is open."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "seen": 4,
                "template": "certificate_fixed",
                "variables": {"ошибка": "неверный год", "дата": "24 ноября"},
            }
        },
    )

    essence: Annotated[Words, Field(description="To the point.")] = ""
    basis: Annotated[Words, Field(description="On what basis.")] = ""
    then: Annotated[Words, Field(description="What happens next.")] = ""
    why: Annotated[Words, Field(description="The plain reason behind «Почему так решили?».")] = ""
    template: Annotated[Code | None, Field(description="A code of `replies` in appeals.yaml.")] = None
    variables: Annotated[
        dict[Annotated[str, StringConstraints(max_length=40)], Words],
        Field(max_length=40, default_factory=dict, description="By the names that the template has in braces."),
    ]
    language: Annotated[Code | None, Field(description="Of the template; by itself that of the client's chat.")] = None


class Closing(Seeing):
    reason: Annotated[Code, Field(description="A code of `reasons` in appeals.yaml.")]
    text: Annotated[Words, Field(description="Why no answer is given: the client reads it.")] = ""


class Reopening(Seeing):
    text: Words = ""


class Complained(Seeing):
    complained: Annotated[tuple[PersonId, ...], Field(max_length=5, description="Ids of persons; none: of nobody.")]


BODIES: Final[tuple[type[BaseModel], ...]] = (
    NewAppeal,
    Seeing,
    Assignment,
    Move,
    Extension,
    Redirection,
    Explained,
    Said,
    Answer,
    Closing,
    Reopening,
    Complained,
)
