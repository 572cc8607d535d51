"""Where a talk stands: a closed union, stored as JSON and read again every turn."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _State(BaseModel):
    model_config = ConfigDict(frozen=True)


class Idle(_State):
    """Nothing is asked; `place` is the screen that typed numbers refer to: a menu, or a screen of the knowledge base
    (`answer.<template>~<stamp>`, `choose.<template>,…` and the like)."""

    kind: Literal["idle"] = "idle"
    place: str = "menu"
    asked: str = ""  # masked words of a question while its choices are on the screen
    seen: tuple[str, ...] = ()  # of today: answers that were called helpful or not, digests of questions handed over


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
    asked: str = ""  # as in Idle
    seen: tuple[str, ...] = ()
    invited: bool = False  # it began from an invitation: each question offers «Больше не спрашивать»
    entered: Literal["", "paper", "phone"] = ""  # a member of staff enters what a client said or wrote


class AskingPerson(_State):
    """«Спросить человека»: the client writes his question in words. `survey`: the one that waits meanwhile."""

    kind: Literal["asking_person"] = "asking_person"
    survey: Answering | None = None
    seen: tuple[str, ...] = ()


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
    """The member of staff looks at the answer before it goes out: written by him, or taken from the knowledge base."""

    kind: Literal["previewing"] = "previewing"
    task: int
    text: str
    closes: bool = False
    group: str = ""
    name: str = ""
    template: str = ""  # the text is this template's, unchanged


class Leaving(_State):
    """A member of staff says that he is away: until when, then who stands in for him."""

    kind: Literal["leaving"] = "leaving"
    until: date | None = None


class Excluding(_State):
    """An administrator takes a mark out of the figures: as what, then why, then he looks at what follows. `again`: he
    writes the reason anew."""

    kind: Literal["excluding"] = "excluding"
    task: int
    mark: Literal["", "spam", "double"] = ""
    reason: str = ""
    again: bool = False


class Entering(_State):
    """A member of staff enters an answer from paper or telephone: how it came, then the point; the survey follows.
    With a `response` it stands after one: what was entered last, so that a slip can be mended and the next one about
    the same subject begun; it goes with the day (`conversation.end_of_day` looks for this very name)."""

    kind: Literal["entering"] = "entering"
    channel: Literal["", "paper", "phone"] = ""
    page: int = 0
    find: str = ""  # a part of the name that was typed
    response: int | None = None
    subject_kind: str = ""
    subject: str = ""
    service: str | None = None
    survey: str = ""


class Searching(_State):
    """A member of staff searches the knowledge base: words are asked for, then templates are listed, then one of them
    is shown. The words are not kept, only what was found."""

    kind: Literal["searching"] = "searching"
    found: tuple[str, ...] = ()
    far: bool = False  # nothing fits well: what was found is only the nearest
    skip: int = 0  # how many stand before the page of the list
    shown: str = ""


class Filing(_State):
    """A client writes to the office: `what` is the kind of appeal, `field` what is asked now; without one it is shown
    whole. What he wrote stands sealed in `backend.appeals.drafts`, never here. `plain`: he did not consent; without
    names, and numbers are hidden."""

    kind: Literal["filing"] = "filing"
    what: str
    field: str = ""
    plain: bool = False


class Consenting(_State):
    """The text of a consent is on the screen, in this `version`. `agreed`, `declined`: where the talk goes on; neither
    loses anything."""

    kind: Literal["consenting"] = "consenting"
    purpose: str
    version: int = 0
    agreed: State
    declined: State


class FollowingAppeal(_State):
    """A client adds an appeal to his list: the number is asked for, then the code."""

    kind: Literal["following_appeal"] = "following_appeal"
    number: str = ""


class AddingToAppeal(_State):
    """A client writes to his open appeal, or sends files, until he says that this is all."""

    kind: Literal["adding_to_appeal"] = "adding_to_appeal"
    appeal: int


class Handling(_State):
    """A member of staff does something with an appeal: `what`, the `version` that he has seen, the field that is asked
    now (`at`). What he wrote stands sealed in `backend.appeals.drafts`. `picked`: persons ticked so far."""

    kind: Literal["handling"] = "handling"
    what: str
    appeal: int
    version: int
    at: str
    picked: tuple[str, ...] = ()


class Registering(_State):
    """A member of staff registers an appeal: the field that is asked now. What he wrote stands sealed in
    `backend.appeals.drafts`. `find`: what was typed of a point's name; `picked`: persons ticked so far."""

    kind: Literal["registering"] = "registering"
    at: str
    find: str = ""
    picked: tuple[str, ...] = ()


AnyState = (
    Idle
    | Answering
    | AskingPerson
    | AskingReply
    | Again
    | Writing
    | Previewing
    | Leaving
    | Excluding
    | Entering
    | Searching
    | Filing
    | Consenting
    | FollowingAppeal
    | AddingToAppeal
    | Handling
    | Registering
)
State = Annotated[AnyState, Field(discriminator="kind")]
Consenting.model_rebuild()  # it holds places of the talk, of which it is one
_adapter: TypeAdapter[AnyState] = TypeAdapter(State)


def load(text: str) -> AnyState:
    """Read a stored state; one that an older or newer version wrote and nobody can read any more is a fresh start."""
    if not text:
        return Idle()
    try:
        return _adapter.validate_json(text)
    except ValidationError:
        return Idle()


def dump(state: AnyState) -> str:
    if state == Idle():
        return ""
    # What is empty is left out, so that the end of the day finds by name what must go.
    empty = {name for name in ("asked", "seen") if not getattr(state, name, None)}
    return state.model_dump_json(exclude_defaults=False, exclude=empty)
