"""Accounts, what people decide on cases, and the log of it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("email", sa.String(320), unique=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("mda", sa.String(32)),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("is_disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("locked_until", TIME),
        sa.Column("created_at", TIME, nullable=False),
    )
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("version", sa.Integer, nullable=False, server_default="1"))
        cases.add_column(sa.Column("level", sa.String(32), nullable=False, server_default="agency"))
        cases.add_column(sa.Column("mda", sa.String(32)))
        cases.add_column(sa.Column("category", sa.String(64)))
        cases.add_column(sa.Column("urgency", sa.String(16), nullable=False, server_default="normal"))
        cases.add_column(sa.Column("is_confidential", sa.Boolean, nullable=False, server_default=sa.false()))
        cases.add_column(sa.Column("is_formal", sa.Boolean, nullable=False, server_default=sa.true()))
        cases.add_column(sa.Column("confidence", sa.Float, nullable=False, server_default="0"))
        for lists in ("accused", "candidates", "reasons"):
            cases.add_column(sa.Column(lists, sa.JSON, nullable=False, server_default="[]"))
        for time in (
            "acknowledge_by", "answer_by", "decided_at", "answered_at", "closed_at", "held_since", "risen_at",
        ):  # fmt: skip
            cases.add_column(sa.Column(time, TIME))
        for flag in ("is_extended", "sends_elsewhere"):
            cases.add_column(sa.Column(flag, sa.Boolean, nullable=False, server_default=sa.false()))
        cases.add_column(sa.Column("duplicate_of", sa.Integer))
        cases.add_column(sa.Column("handler_id", sa.Integer))
        cases.create_foreign_key("fk_cases_duplicate_of_cases", "cases", ["duplicate_of"], ["case_id"])
        cases.create_foreign_key("fk_cases_handler_id_accounts", "accounts", ["handler_id"], ["account_id"])
        cases.drop_index("ix_cases_suggested_mda")
    # Cases opened before there were clocks are due from the day they were opened: they are late, and said to be.
    op.execute(
        "UPDATE cases SET mda = suggested_mda, category = suggested_category, "
        "acknowledge_by = opened_at, answer_by = opened_at"
    )
    with op.batch_alter_table("cases") as cases:
        for column, kind in (("category", sa.String(64)), ("acknowledge_by", TIME), ("answer_by", TIME)):
            cases.alter_column(column, existing_type=kind, nullable=False)
    op.create_index("ix_cases_inbox", "cases", ["mda", "closed_at", "answer_by"])
    with op.batch_alter_table("case_posts") as posts:
        posts.add_column(sa.Column("text", sa.Text, nullable=False, server_default=""))
        posts.add_column(sa.Column("lang", sa.String(8), nullable=False, server_default="other"))
        posts.add_column(sa.Column("said_at", TIME))
        posts.add_column(sa.Column("source", sa.String(64)))
        posts.add_column(sa.Column("district", sa.String(16)))
        posts.add_column(sa.Column("receipt", sa.String(32)))
    op.create_index("ix_case_posts_receipt", "case_posts", ["receipt"])
    op.create_table(
        "replies",
        sa.Column("reply_id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.case_id"), nullable=False),
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.account_id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("written_at", TIME, nullable=False),
    )
    op.create_index("ix_replies_case_id", "replies", ["case_id"])
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64)),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("leaf", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON),
        sa.Column("salt", sa.String(64)),
    )
    op.create_index("ix_events_subject", "events", ["subject"])
    log_head = op.create_table(
        "log_head",
        sa.Column("log_id", sa.Integer, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("edge", sa.JSON, nullable=False),
    )
    op.bulk_insert(log_head, [{"log_id": 1, "size": 0, "edge": []}])
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("checkpoints", "log_head", "events", "replies"):
        op.drop_table(table)
    op.drop_index("ix_case_posts_receipt", "case_posts")
    with op.batch_alter_table("case_posts") as posts:
        for column in ("text", "lang", "said_at", "source", "district", "receipt"):
            posts.drop_column(column)
    op.drop_index("ix_cases_inbox", "cases")
    with op.batch_alter_table("cases") as cases:
        for key in ("fk_cases_duplicate_of_cases", "fk_cases_handler_id_accounts"):
            cases.drop_constraint(key, type_="foreignkey")
        for column in (
            "version", "level", "mda", "category", "urgency", "is_confidential", "is_formal", "confidence", "accused",
            "candidates", "reasons", "acknowledge_by", "answer_by", "decided_at", "answered_at", "closed_at",
            "held_since", "risen_at", "is_extended", "sends_elsewhere", "duplicate_of", "handler_id",
        ):  # fmt: skip
            cases.drop_column(column)
        cases.create_index("ix_cases_suggested_mda", ["suggested_mda"])
    op.drop_table("accounts")
