"""the office"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("substitute", sa.String(length=40), nullable=True),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_absence_person"), ["person"], unique=False)
        batch_op.create_index(batch_op.f("ix_absence_until"), ["until"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("in_slot", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_person"), ["person"], unique=False)

    op.create_table(
        "calendar_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("hours", sa.String(length=60), nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("basis", sa.String(length=300), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )
    op.create_table(
        "client_link",
        sa.Column("link", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("link"),
        sa.UniqueConstraint("chat"),
    )
    op.create_table(
        "code",
        sa.Column("token", sa.String(length=12), nullable=False),
        sa.Column("point", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_code_point"), ["point"], unique=False)

    op.create_table(
        "exclusion",
        sa.Column("response", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("response"),
    )
    op.create_table(
        "incident",
        sa.Column("task", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("task"),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_cause"), ["cause"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("subject_kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=24), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cause"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_state"), ["state"], unique=False)

    op.create_table(
        "printed_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=12), nullable=False),
        sa.Column("point", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("size", sa.String(length=12), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("printed_on", sa.Date(), nullable=False),
        sa.Column("printed_by", sa.String(length=120), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("printed_sheet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_printed_sheet_token"), ["token"], unique=False)

    op.create_table(
        "scan",
        sa.Column("token", sa.String(length=12), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("token", "day"),
    )
    with op.batch_alter_table("relay", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("asked_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("term", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("moved", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("moved_from", sa.Date(), nullable=True))

    with op.batch_alter_table("response", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("excluded", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_index(batch_op.f("ix_response_subject"))
        batch_op.drop_index(batch_op.f("ix_response_service"))
        batch_op.create_index("ix_response_hour", ["hour"], unique=False)
        batch_op.create_index("ix_response_subject_hour", ["subject", "hour"], unique=False)
        batch_op.create_index(
            "ix_response_figures",
            ["subject_kind", "subject", "service", "survey", "version", "score", "series", "excluded", "channel"],
            unique=False,
            sqlite_where=sa.text("score IS NOT NULL"),
            postgresql_where=sa.text("score IS NOT NULL"),
        )

    with op.batch_alter_table("task", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("next_at", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("since", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("joined_to", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_task_joined_to"), ["joined_to"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_next_at"), ["next_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None, recreate="never") as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_next_at"))
        batch_op.drop_index(batch_op.f("ix_task_joined_to"))
        batch_op.drop_column("joined_to")
        batch_op.drop_column("reminded")
        batch_op.drop_column("since")
        batch_op.drop_column("next_at")

    with op.batch_alter_table("response", schema=None, recreate="never") as batch_op:
        batch_op.drop_index("ix_response_figures")
        batch_op.drop_index("ix_response_subject_hour")
        batch_op.drop_index("ix_response_hour")
        batch_op.create_index(batch_op.f("ix_response_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_response_service"), ["service"], unique=False)
        batch_op.drop_column("excluded")

    with op.batch_alter_table("relay", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("moved_from")
        batch_op.drop_column("moved")
        batch_op.drop_column("term")
        batch_op.drop_column("asked_on")

    op.drop_table("scan")
    with op.batch_alter_table("printed_sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_printed_sheet_token"))

    op.drop_table("printed_sheet")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_state"))
        batch_op.drop_index(batch_op.f("ix_invitation_due_at"))
        batch_op.drop_index(batch_op.f("ix_invitation_chat"))

    op.drop_table("invitation")
    op.drop_table("exclusion")
    with op.batch_alter_table("code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_code_point"))

    op.drop_table("code")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_cause"))

    op.drop_table("incident")
    op.drop_table("client_link")
    op.drop_table("calendar_year")
    op.drop_table("calendar_override")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_person"))

    op.drop_table("api_token")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_absence_until"))
        batch_op.drop_index(batch_op.f("ix_absence_person"))

    op.drop_table("absence")
