"""A survey as data. The shape is enforced here; what makes sense across questions is in `surveys.faults`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Text = Annotated[dict[str, str], Field(min_length=1)]
"""The same words by language: `{"ru": …, "en": …}`."""

Answer = list[str] | str
"""Rate and Choose: chosen keys, `[]` when skipped. Write: the text, `""` when skipped."""
Answers = dict[str, Answer]
"""Answers by question id; a question without an entry has not been answered yet."""

UNSURE = "unsure"
"""Key of «Затрудняюсь ответить»: an answer, but not a mark – it never enters a figure."""

QuestionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,20}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,24}$")]
Subject = Literal["point", "service", "bot", "answer", "appeal"]
Scale = Literal["1-5", "0-10"]
Measure = Literal["csat", "nps", "ces", "resolution", "expectation", "criteria"]
"""What the main question measures (domain.md, section 5); marks of different measures are never put together."""


class Frozen(BaseModel):
    """Content read from files: never changed after reading, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class When(Frozen):
    """Holds if every condition given holds for the answer to an earlier question.

    `at_most` and `at_least` compare a mark of a scale; «unsure» and a skipped question satisfy neither. `any_of`
    names option keys, marks as text, or `unsure`.
    """

    question: QuestionId
    at_most: int | None = None
    at_least: int | None = None
    any_of: tuple[str, ...] | None = None


class Option(Frozen):
    """One answer of a choice. `value`: what it counts as on the scale of five, where the main question is a choice:
    5 and 4 good, 3 half and half, 2 and 1 bad. So alerts, series and drift mean the same in every survey. An option
    without a value («рано судить») is an answer, but no mark. `topic`: a topic of the office whose people hear of a low
    mark beside those of the subject."""

    key: Key
    label: Text
    value: int | None = Field(None, ge=1, le=5)
    topic: str | None = None


class Asked(Frozen):
    """What every kind of question has. `stage`: the stage of the client's way that is asked about, if any
    («подача документов»); figures name the worst one."""

    id: QuestionId
    text: Text
    hint: Text | None = None
    optional: bool = False
    when: When | None = None
    stage: Text | None = None


class Rate(Asked):
    """One mark on a scale: 1–5 or 0–10, more is better. Either `labels` words every mark, or `scale` names the marks
    and only the two ends have words: `high` and `low`. `unsure` is the label of «hard to say», if offered."""

    kind: Literal["rate"]
    labels: dict[int, Text] = Field(default_factory=dict)
    scale: Scale | None = None
    high: Text | None = None
    low: Text | None = None
    unsure: Text | None = None

    @field_validator("labels")
    @classmethod
    def _best_first(cls, labels: dict[int, Text]) -> dict[int, Text]:
        return dict(sorted(labels.items(), reverse=True))

    @property
    def marks(self) -> list[int]:
        """Marks in the order they are shown: the best first, in every survey alike."""
        if self.scale is None:
            return list(self.labels)
        least, _, most = self.scale.partition("-")
        return list(range(int(most), int(least) - 1, -1))

    @property
    def keys(self) -> list[str]:
        """Everything a client may press, in the order shown."""
        return [str(mark) for mark in self.marks] + ([UNSURE] if self.unsure is not None else [])


class Choose(Asked):
    """One option, or several with `many`."""

    kind: Literal["choose"]
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=20)]
    many: bool = False

    @property
    def keys(self) -> list[str]:
        return [option.key for option in self.options]

    @property
    def values(self) -> dict[str, int]:
        """What the options count as, by key; those without a value are not in it."""
        return {option.key: option.value for option in self.options if option.value is not None}


class Write(Asked):
    """Words of one's own; `max_length` in characters."""

    kind: Literal["write"]
    max_length: int = Field(2000, ge=1, le=4000)


Question = Annotated[Rate | Choose | Write, Field(discriminator="kind")]


class Ending(Frozen):
    """The closing words. The first ending whose condition holds is said; one without a condition always
    holds."""

    when: When | None = None
    text: Text


class Survey(Frozen):
    """One version of one survey. A version that has been answered is never changed: raise `version` instead.

    `main` is a scale, or a choice whose options have values: every survey yields a number on a defined scale
    (requirements 1.01). `measure` says what the number means, and so which figure is made of it.
    `alert_upto`: a mark of the main question up to this value calls a person. `ask_reply`: after such a
    mark the client is asked whether he wants an answer (the dialogue asks, it is not a question of the
    survey).
    """

    id: Key
    version: int = Field(ge=1)
    object: Subject
    intro: Text
    # Twelve is far beyond what anybody answers, and keeps the search for the longest path short.
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=12)]
    main: QuestionId
    measure: Measure = "csat"
    alert_upto: int | None = None
    closes_after_days: int = Field(7, ge=1, le=90)
    endings: Annotated[tuple[Ending, ...], Field(min_length=1)]
    ask_reply: bool = False

    def question(self, question_id: str) -> Rate | Choose | Write | None:
        """The question with this id; None for an id of another survey or version."""
        return next((question for question in self.questions if question.id == question_id), None)

    def place(self, question_id: str) -> int:
        """Position of a question, from 0. Raises KeyError for an unknown id."""
        for place, question in enumerate(self.questions):
            if question.id == question_id:
                return place
        raise KeyError(question_id)
