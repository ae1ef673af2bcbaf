"""Submissions and cases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "submissions",
        sa.Column("submission_id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.String(32), nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.String(320)),
        sa.Column("district", sa.String(64)),
        sa.Column("address", sa.Text),
        sa.Column("source_category", sa.String(200)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_submissions_received_at", "submissions", ["received_at"])
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Integer, primary_key=True),
        sa.Column("reference", sa.String(32), nullable=False, unique=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("suggested_mda", sa.String(32)),
        sa.Column("suggested_category", sa.String(64), nullable=False),
        sa.Column("suggested_by_model", sa.String(120), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_cases_suggested_mda", "cases", ["suggested_mda"])
    op.create_table(
        "case_posts",
        sa.Column("post_id", sa.String(64), primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.case_id"), nullable=False),
    )
    op.create_index("ix_case_posts_case_id", "case_posts", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_posts")
    op.drop_table("cases")
    op.drop_table("submissions")
