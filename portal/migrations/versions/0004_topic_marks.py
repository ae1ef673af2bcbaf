"""What people decide of topics."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "topic_marks",
        sa.Column("topic_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("label", sa.String(60)),
        sa.Column("merged_into", sa.Integer),
        sa.Column("is_pinned", sa.Boolean, nullable=False),
        sa.Column("is_muted", sa.Boolean, nullable=False),
        sa.Column("marked_by", sa.Integer, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("topic_marks")
