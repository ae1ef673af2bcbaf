"""Appeals, official answers, what follows a submission, and erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("submissions") as submissions:
        submissions.add_column(sa.Column("follows", sa.String(32)))
        submissions.add_column(sa.Column("event_seq", sa.Integer))
        submissions.add_column(sa.Column("erased_at", TIME))
    op.create_index("ix_submissions_follows", "submissions", ["follows"])
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("first_answered_at", TIME))
        cases.add_column(sa.Column("appealed_at", TIME))
        cases.add_column(sa.Column("appeals", sa.Integer, nullable=False, server_default="0"))
        cases.add_column(sa.Column("barred", sa.JSON, nullable=False, server_default="[]"))
        cases.add_column(sa.Column("meaning", sa.LargeBinary))
    op.execute("UPDATE cases SET first_answered_at = answered_at")
    op.create_index("ix_cases_unsure", "cases", ["mda", "closed_at", "confidence", "level"])
    op.create_index("ix_cases_waiting", "cases", ["mda", "closed_at", "level", "state", "answered_at", "answer_by"])
    with op.batch_alter_table("case_posts") as posts:
        posts.add_column(sa.Column("url", sa.Text))
        posts.add_column(sa.Column("told_at", TIME))
    op.create_table(
        "official_answers",
        sa.Column("answer_id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.case_id"), nullable=False),
        sa.Column("mda", sa.String(32), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("texts", sa.JSON, nullable=False),
        sa.Column("approved_by", sa.Integer, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.Column("review_by", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
    )
    op.create_index("ix_official_answers_case_id", "official_answers", ["case_id"])


def downgrade() -> None:
    op.drop_table("official_answers")
    with op.batch_alter_table("case_posts") as posts:
        for column in ("url", "told_at"):
            posts.drop_column(column)
    for index in ("ix_cases_waiting", "ix_cases_unsure"):
        op.drop_index(index, "cases")
    with op.batch_alter_table("cases") as cases:
        for column in ("first_answered_at", "appealed_at", "appeals", "barred", "meaning"):
            cases.drop_column(column)
    op.drop_index("ix_submissions_follows", "submissions")
    with op.batch_alter_table("submissions") as submissions:
        for column in ("follows", "event_seq", "erased_at"):
            submissions.drop_column(column)
