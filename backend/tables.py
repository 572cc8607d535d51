"""All tables in one place for migrations; each is defined beside its rules."""

from sqlmodel import SQLModel

from backend import (  # noqa: F401  imported for the tables they define
    absences,
    calendar,
    codes,
    consents,
    contacts,
    conversation,
    exclusions,
    feedback,
    incidents,
    invitations,
    journal,
    outbox,
    relays,
    shared_state,
    staff,
    tasks,
    tokens,
)
from backend.appeals import rows as appeal_rows  # noqa: F401  imported for the tables it defines
from backend.knowledge import rows  # noqa: F401  imported for the tables it defines

metadata = SQLModel.metadata
