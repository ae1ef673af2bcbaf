"""The tables of the operational store."""

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Enum, ForeignKey, Index, LargeBinary, MetaData, String, Text, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """UTC in, UTC out, on SQLite too, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def _text_enum(values: type[enum.StrEnum]) -> Enum:
    """Kept as text: a new value needs no change of the database."""
    return Enum(values, native_enum=False, length=32, values_callable=lambda of: [value.value for value in of])


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy's own form


class Submission(Base):
    """What a citizen said by the formal way, as said: raw text and identity live here and in landing only.

    `follows` is the receipt of an earlier submission that this one adds to. `event_seq` is the number of the log's
    event that it was received. Once `erased_at` is set nothing is left of what was said and by whom.
    """

    __tablename__ = "submissions"

    submission_id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(String(320))
    district: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(Text)
    source_category: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    follows: Mapped[str | None] = mapped_column(String(32), index=True)
    event_seq: Mapped[int | None]
    erased_at: Mapped[datetime | None]

    def as_record(self) -> dict[str, Any]:
        """The submission as JSON values, for landing."""
        values = {column.name: getattr(self, column.name) for column in self.__table__.columns}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


class Role(enum.StrEnum):
    """What a person may do here; `portal.permissions` says what. Whoever is not signed in has none."""

    ANALYST = "analyst"
    OFFICER = "officer"
    HEAD = "head"
    OVERSIGHT = "oversight"
    STATISTICIAN = "statistician"
    ADMINISTRATOR = "administrator"


class Account(Base):
    """A person who may sign in. `mda` binds officers and heads to their agency.

    `password_hash` is None where an OpenID provider vouches for the person, by `email`.
    """

    __tablename__ = "accounts"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str | None] = mapped_column(String(320), unique=True)
    role: Mapped[Role] = mapped_column(_text_enum(Role))
    mda: Mapped[str | None] = mapped_column(String(32))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_disabled: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CaseState(enum.StrEnum):
    """Where a case stands; the last seven are ends."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ROUTED = "routed"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    DUPLICATE = "duplicate"
    OUT_OF_SCOPE = "out_of_scope"
    WITHDRAWN = "withdrawn"


class Level(enum.StrEnum):
    """Whose turn it is; a case only rises."""

    AGENCY = "agency"
    HEAD = "head"
    OVERSIGHT = "oversight"
    OMBUDSMAN = "ombudsman"


class Case(Base):
    """One matter that one agency must answer.

    `suggested_…`, `confidence`, `candidates` and `reasons` are what the machine said when it was opened; `mda`,
    `category` and `urgency` are what holds, a person's word once `decided_at` is set. `version` counts changes: who
    writes names the one that was seen. `answered_at` is of the time since the last appeal, `first_answered_at` of all
    time. `barred` are the accounts that decided before an appeal: they may look and do nothing. `meaning` is the
    sentence vector of its first post (float16), to find similar cases by.
    """

    __tablename__ = "cases"

    case_id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[CaseState] = mapped_column(_text_enum(CaseState))
    level: Mapped[Level] = mapped_column(_text_enum(Level), default=Level.AGENCY)
    mda: Mapped[str | None] = mapped_column(String(32))
    category: Mapped[str] = mapped_column(String(64))
    urgency: Mapped[str] = mapped_column(String(16), default="normal")
    is_confidential: Mapped[bool] = mapped_column(default=False)
    is_formal: Mapped[bool] = mapped_column(default=True)
    accused: Mapped[list[str]] = mapped_column(JSON, default=list)
    suggested_mda: Mapped[str | None] = mapped_column(String(32))
    suggested_category: Mapped[str] = mapped_column(String(64))
    suggested_by_model: Mapped[str] = mapped_column(String(120))
    confidence: Mapped[float] = mapped_column(default=0.0)
    candidates: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    opened_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    answer_by: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    held_since: Mapped[datetime | None]
    risen_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    appeals: Mapped[int] = mapped_column(default=0)
    barred: Mapped[list[int]] = mapped_column(JSON, default=list)
    meaning: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    is_extended: Mapped[bool] = mapped_column(default=False)
    sends_elsewhere: Mapped[bool] = mapped_column(default=False)
    duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("cases.case_id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.account_id"))
    posts: Mapped[list["CasePost"]] = relationship(back_populates="case", cascade="all, delete-orphan")
    replies: Mapped[list["Reply"]] = relationship(order_by="Reply.reply_id")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
    __table_args__ = (  # by due date, by how unsure the machine is, and to count what waits without reading a case
        Index("ix_cases_inbox", "mda", "closed_at", "answer_by"),
        Index("ix_cases_unsure", "mda", "closed_at", "confidence", "level"),
        Index("ix_cases_waiting", "mda", "closed_at", "level", "state", "answered_at", "answer_by"),
    )


class CasePost(Base):
    """A post belongs to one case at most; `post_id` is the warehouse's pseudonym of the post.

    `text` is redacted. `receipt` is the reference of the submission it is, None of a social post, which has a `url`
    where its source tells one; `told_at` is when somebody of the agency said that its writer was told the answer.
    """

    __tablename__ = "case_posts"

    post_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case_id"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(String(8), default="other")
    said_at: Mapped[datetime | None]
    source: Mapped[str | None] = mapped_column(String(64))
    district: Mapped[str | None] = mapped_column(String(16))
    receipt: Mapped[str | None] = mapped_column(String(32), index=True)
    url: Mapped[str | None] = mapped_column(Text)
    told_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship(back_populates="posts")


class ReplyKind(enum.StrEnum):
    QUESTION = "question"
    ANSWER = "answer"


class Reply(Base):
    """What a person of the agency wrote to everybody behind a case, in one language."""

    __tablename__ = "replies"

    reply_id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case_id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    kind: Mapped[ReplyKind] = mapped_column(_text_enum(ReplyKind))
    lang: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime]


class OfficialAnswer(Base):
    """An answer that an agency stands for before everybody: an entry of the FAQs.

    `question` and `texts` (by language) are fit for the public: a person approved them. It is `mda`'s to look at again
    by `review_by`; once `withdrawn_at` is set it is shown no more.
    """

    __tablename__ = "official_answers"

    answer_id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case_id"), index=True)
    mda: Mapped[str] = mapped_column(String(32))
    category: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    approved_by: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    approved_at: Mapped[datetime]
    review_by: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


LONGEST_LABEL = 60  # characters: a line of a table


class TopicMark(Base):
    """What people decided of a topic of the warehouse, by its id there; kept also while that topic is gone.

    `label` is a person's name for it, None as long as the machine's holds. `merged_into` is the topic that it was made
    a part of, which may be part of another one itself. `version` counts changes: who writes names the one that was
    seen.
    """

    __tablename__ = "topic_marks"

    topic_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(default=1)
    label: Mapped[str | None] = mapped_column(String(LONGEST_LABEL))
    merged_into: Mapped[int | None]
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_muted: Mapped[bool] = mapped_column(default=False)
    marked_by: Mapped[int] = mapped_column(ForeignKey("accounts.account_id"))
    marked_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Event(Base):
    """One entry of the append-only log: who did what to which case, and a commitment to the details.

    `leaf` is what the Merkle tree holds: the RFC 6962 hash of the entry in canonical JSON. `details` and `salt` may be
    deleted; the commitment stays and the log still verifies.
    """

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    commitment: Mapped[str] = mapped_column(String(64))
    leaf: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    salt: Mapped[str | None] = mapped_column(String(64))


class LogHead(Base):
    """One row: how many events there are, and the hashes of the full subtrees on the tree's right edge, large to small.

    Whoever appends holds this row, so that events have no gap and no fork.
    """

    __tablename__ = "log_head"

    log_id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    edge: Mapped[list[str]] = mapped_column(JSON)


class Checkpoint(Base):
    """A signed statement of the log's size and root (C2SP checkpoint)."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)
