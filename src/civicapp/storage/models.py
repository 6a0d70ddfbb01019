"""The kernel's own tables, all named core_*."""

import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from civicapp.storage.metadata import Instant, Json, service_metadata

metadata = service_metadata("core")
Number = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit integer; SQLite numbers rows by itself only when the type is called INTEGER."""

KEY_LENGTH = 200
JOB_STATES = ("waiting", "running", "done", "failed")


class Core(DeclarativeBase):
    """Base of the kernel's tables."""

    metadata = metadata


class Change(Core):
    """A commit that touched a tag. Rows are only added: a counter would be a bottleneck."""

    __tablename__ = "core_change"
    __table_args__ = (Index(None, "tag", "id"),)

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    tag: Mapped[str] = mapped_column(String(KEY_LENGTH))


class JobRow(Core):
    """A job: waiting for `run_at`, running, done, or failed after its last try."""

    __tablename__ = "core_job"
    __table_args__ = (
        UniqueConstraint("name", "key"),
        CheckConstraint(f"state IN {JOB_STATES}", "state"),
        Index(None, "state", "run_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(KEY_LENGTH))
    refs: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(8))
    run_at: Mapped[datetime.datetime] = mapped_column(Instant)
    attempts: Mapped[int]
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime.datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime.datetime] = mapped_column(Instant)
