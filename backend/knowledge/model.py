"""A reply template as data: the same shape in office files, in the API and in the database."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from backend.office.model import Code, Language, Line, PersonId
from surveys.definition import Frozen, Text

TemplateId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Need = Annotated[int, Field(ge=1, le=9)]


class Follow(Frozen):
    """A button under an answer. `target`: another template, an http(s) address, a phone number, or an action of the
    bot, by `kind`."""

    kind: Literal["template", "link", "phone", "action"]
    label: Text
    target: Line


class Form(Frozen):
    """A file that a client may take: a path inside the office folder, with the version and date that he is told
    (requirement 3.17)."""

    file: Line
    label: Text
    version: Line
    date: date


class Template(Frozen):
    """One approved answer to a typical question (requirements 3.01–3.20).

    `questions`: how people ask, by language. `public`: the short version for comments, without personal data.
    `checked_on`: clients read «проверено»; `review_on`: when it must be looked at again. `source`: the legal source.
    `internal`: for staff only. A language is offered where title and answer have it: what is published was approved
    in all its languages.
    """

    id: TemplateId
    title: Text
    questions: dict[Language, tuple[Line, ...]] = Field(default_factory=dict)
    answer: Text
    public: Text | None = None
    steps: tuple[Text, ...] = ()
    documents: tuple[Text, ...] = ()
    term: Text | None = None
    cost: Text | None = None
    where: Text | None = None
    source: Text | None = None
    category: Code
    needs: tuple[Need, ...] = ()
    service: Code | None = None
    owner: PersonId
    buttons: tuple[Follow, ...] = ()
    files: tuple[Form, ...] = ()
    internal: bool = False
    checked_on: date
    review_on: date

    def speaks(self, language: str) -> bool:
        """Whether a client of this language can be answered in it."""
        return language in self.title and language in self.answer
