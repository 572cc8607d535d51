"""the knowledge base"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phrasing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("template", "words"),
    )
    with op.batch_alter_table("phrasing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phrasing_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_phrasing_template"), ["template"], unique=False)

    op.create_table(
        "template",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("draft", sa.Integer(), nullable=True),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("reviewed", sa.Date(), nullable=True),
        sa.Column("reminded", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_template_category"), ["category"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_owner"), ["owner"], unique=False)
        batch_op.create_index(batch_op.f("ix_template_review_on"), ["review_on"], unique=False)

    op.create_table(
        "template_use",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "template", "what"),
    )
    op.create_table(
        "template_version",
        sa.Column("template", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("hands", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("accepted", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=False),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("template", "number"),
    )
    op.create_table(
        "unanswered",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=600), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=24), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("nearest", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("unanswered", schema=None) as batch_op:
        batch_op.create_index("ix_unanswered_day", ["day"], unique=False)

    with op.batch_alter_table("task", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("owner", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("task", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("owner")

    with op.batch_alter_table("unanswered", schema=None) as batch_op:
        batch_op.drop_index("ix_unanswered_day")

    op.drop_table("unanswered")
    op.drop_table("template_version")
    op.drop_table("template_use")
    with op.batch_alter_table("template", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_template_review_on"))
        batch_op.drop_index(batch_op.f("ix_template_owner"))
        batch_op.drop_index(batch_op.f("ix_template_category"))

    op.drop_table("template")
    with op.batch_alter_table("phrasing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phrasing_template"))
        batch_op.drop_index(batch_op.f("ix_phrasing_state"))

    op.drop_table("phrasing")
