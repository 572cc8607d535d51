"""Where a talk stands: a closed union, stored as JSON and read again every turn."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)


class Idle(_State):
    """Nothing is asked; `place` is the menu that typed numbers refer to."""

    kind: Literal["idle"] = "idle"
    place: str = "menu"


class Answering(_State):
    """A survey is open at a question. `paused`: the client was asked whether to go on. `task`: the task that a low
    mark has opened. `again`: the response was finished before and is being changed."""

    kind: Literal["answering"] = "answering"
    response: int
    survey: str
    version: int
    question: str
    task: int | None = None
    again: bool = False
    paused: bool = False
    place: str = ""  # the menu that is on the screen while the survey is paused


class AskingReply(_State):
    """After a low mark, last of all: does he want an answer?"""

    kind: Literal["asking_reply"] = "asking_reply"
    response: int
    survey: str
    version: int
    task: int
    subject_kind: str
    subject: str
    service: str | None = None
    score: int
    again: bool = False


class Again(_State):
    """He has rated this today; change the mark or leave it? Names what was rated, never the response: that is found
    by the tie, so that a copy of the database without the secret of the day leads from the chat to no answers."""

    kind: Literal["again"] = "again"
    survey: str
    subject_kind: str
    subject: str
    service: str | None = None


class Writing(_State):
    """A member of staff writes: what was done (`close`) or an answer to the client (`answer`). `group`, `name`: he was
    asked in this bound group (keyed hash) and goes on in private, named as the messenger names him."""

    kind: Literal["writing"] = "writing"
    what: Literal["close", "answer"]
    task: int
    group: str = ""
    name: str = ""


class Previewing(_State):
    """The member of staff looks at the answer before it goes out."""

    kind: Literal["previewing"] = "previewing"
    task: int
    text: str
    closes: bool = False
    group: str = ""
    name: str = ""


State = Annotated[Idle | Answering | AskingReply | Again | Writing | Previewing, Field(discriminator="kind")]
_adapter: TypeAdapter[Idle | Answering | AskingReply | Again | Writing | Previewing] = TypeAdapter(State)


def load(text: str) -> Idle | Answering | AskingReply | Again | Writing | Previewing:
    """Read a stored state; one that an older or newer version wrote and nobody can read any more is a fresh start."""
    if not text:
        return Idle()
    try:
        return _adapter.validate_json(text)
    except ValidationError:
        return Idle()


def dump(state: Idle | Answering | AskingReply | Again | Writing | Previewing) -> str:
    return "" if state == Idle() else state.model_dump_json(exclude_defaults=False)
