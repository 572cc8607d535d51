"""appeals"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("way", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("service", sa.String(length=24), nullable=True),
        sa.Column("point", sa.String(length=24), nullable=True),
        sa.Column("unit", sa.String(length=24), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("means", sa.String(length=12), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("stage_at", sa.DateTime(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("legal_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("holder", sa.String(length=40), nullable=True),
        sa.Column("complained", sa.String(length=200), nullable=False),
        sa.Column("applicant_kind", sa.String(length=12), nullable=False),
        sa.Column("applicant", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("reopen_until", sa.Date(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("clear", sa.Integer(), nullable=True),
        sa.Column("solved", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=True),
        sa.Column("late_told", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=24), nullable=True),
        sa.Column("outside", sa.String(length=60), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("destroyed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("source", "outside"),
    )
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_ended_on"), ["ended_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeal_keep_until"), ["keep_until"], unique=False)
        batch_op.create_index("ix_appeal_open_due", ["open", "due_on", "id", "blocked", "complained"], unique=False)
        batch_op.create_index(
            "ix_appeal_report",
            [
                "registered_on",
                "kind",
                "unit",
                "topic",
                "point",
                "way",
                "means",
                "open",
                "in_time",
                "legal_on",
                "due_on",
                "extended",
                "reopened",
                "answers",
                "answered_on",
                "clear",
            ],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_appeal_stage"), ["stage"], unique=False)
        batch_op.create_index(
            "ix_appeal_worklist", ["holder", "open", "due_on", "id", "blocked", "complained"], unique=False
        )

    op.create_table(
        "appeal_draft",
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("touched_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("chat"),
    )
    with op.batch_alter_table("appeal_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_draft_touched_on"), ["touched_on"], unique=False)

    op.create_table(
        "appeal_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("appeal_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_event_appeal"), ["appeal"], unique=False)

    op.create_table(
        "appeal_file",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("appeal", sa.Integer(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("stored", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stored"),
    )
    with op.batch_alter_table("appeal_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_file_appeal"), ["appeal"], unique=False)

    op.create_table(
        "appeal_follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("appeal", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("filed", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("notices", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("appeal", "address"),
    )
    with op.batch_alter_table("appeal_follower", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_follower_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeal_follower_appeal"), ["appeal"], unique=False)

    op.create_table(
        "appeal_guess",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("appeal_guess", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeal_guess_at"), ["at"], unique=False)

    op.create_table(
        "appeal_presence",
        sa.Column("appeal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("doing", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("appeal", "person"),
    )
    op.create_table(
        "appeal_series",
        sa.Column("series", sa.String(length=3), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consent_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_consent_keep_until"), ["keep_until"], unique=False)

    op.create_table(
        "consent_text",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "contact_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("point", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "point", "kind"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("counts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_chat"), ["chat"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_due_on"), ["due_on"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_due_on"))
        batch_op.drop_index(batch_op.f("ix_erasure_chat"))

    op.drop_table("erasure")
    op.drop_table("contact_count")
    op.drop_table("consent_text")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_keep_until"))
        batch_op.drop_index(batch_op.f("ix_consent_chat"))

    op.drop_table("consent")
    op.drop_table("appeal_series")
    op.drop_table("appeal_presence")
    with op.batch_alter_table("appeal_guess", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_guess_at"))

    op.drop_table("appeal_guess")
    with op.batch_alter_table("appeal_follower", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_follower_appeal"))
        batch_op.drop_index(batch_op.f("ix_appeal_follower_address"))

    op.drop_table("appeal_follower")
    with op.batch_alter_table("appeal_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_file_appeal"))

    op.drop_table("appeal_file")
    with op.batch_alter_table("appeal_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_event_appeal"))

    op.drop_table("appeal_event")
    with op.batch_alter_table("appeal_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeal_draft_touched_on"))

    op.drop_table("appeal_draft")
    with op.batch_alter_table("appeal", schema=None) as batch_op:
        batch_op.drop_index("ix_appeal_worklist")
        batch_op.drop_index(batch_op.f("ix_appeal_stage"))
        batch_op.drop_index("ix_appeal_report")
        batch_op.drop_index("ix_appeal_open_due")
        batch_op.drop_index(batch_op.f("ix_appeal_keep_until"))
        batch_op.drop_index(batch_op.f("ix_appeal_ended_on"))

    op.drop_table("appeal")
