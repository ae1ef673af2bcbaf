"""The tables of the operational store."""

import enum
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Enum, ForeignKey, MetaData, String, Text, TypeDecorator
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
    """What a citizen said by the formal way, as said: raw text and identity live here and in landing only."""

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

    def as_record(self) -> dict[str, Any]:
        """The submission as JSON values, for landing."""
        values = {column.name: getattr(self, column.name) for column in self.__table__.columns}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


class CaseState(enum.StrEnum):
    RECEIVED = "received"


class Case(Base):
    """One matter that one agency must answer; `suggested_…` is what the machine said when it was opened."""

    __tablename__ = "cases"

    case_id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[CaseState] = mapped_column(
        Enum(CaseState, native_enum=False, length=32, values_callable=lambda states: [s.value for s in states])
    )
    suggested_mda: Mapped[str | None] = mapped_column(String(32), index=True)
    suggested_category: Mapped[str] = mapped_column(String(64))
    suggested_by_model: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime]
    posts: Mapped[list["CasePost"]] = relationship(back_populates="case", cascade="all, delete-orphan")


class CasePost(Base):
    """A post belongs to one case at most; `post_id` is the warehouse's pseudonym of the post."""

    __tablename__ = "case_posts"

    post_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.case_id"), index=True)
    case: Mapped[Case] = relationship(back_populates="posts")
