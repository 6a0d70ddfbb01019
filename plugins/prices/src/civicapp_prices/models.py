"""The tables of prices: what was entered and imported, the points, the alarms, the bulk files.

A *series* is named by source, scope, commodity and step. Scope: `a:18.71` is an area, `m:18.71-01`
a market. Quotes are whole numbers of the currency; averages are exact decimals.
"""

import datetime
import decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from civicapp import APPEND_ONLY, Instant, Json, service_metadata

metadata = service_metadata("prices")

# Compared byte by byte everywhere, so that an index serves ranges and prefixes on PostgreSQL too.
CODE = String(64).with_variant(String(64, collation="C"), "postgresql")
SCOPE = String(80).with_variant(String(80, collation="C"), "postgresql")
SOURCE, STATE, KIND, STEP = String(32), String(12), String(8), String(5)
DIGEST, ACCOUNT, UUID, MONTH = String(64), String(16), String(36), String(7)
INVENTED = "demo"  # the method of entries that a demonstration made up
PLACES = 6
SCALE = 10**PLACES


class Exact(TypeDecorator[decimal.Decimal]):
    """An exact decimal with six places, kept as a whole number of millionths on both databases.

    A value with more places is refused: round it before, where it is known how.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: decimal.Decimal | None, _dialect: Dialect) -> int | None:
        """Write a decimal; raise ValueError when it has more than six places."""
        if value is None:
            return None
        scaled = value * SCALE
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {PLACES} decimal places")
        return int(scaled)

    def process_result_value(self, value: Any, _dialect: Dialect) -> decimal.Decimal | None:
        """Read a decimal, without zeros at its end."""
        if value is None:
            return None
        found = decimal.Decimal(int(value)).scaleb(-PLACES).normalize()
        return found.quantize(decimal.Decimal(1)) if found == found.to_integral_value() else found


class Base(DeclarativeBase):
    """Base of these tables."""

    metadata = metadata


class Series(Base):
    """One series: of a source (`survey` is our own), for a scope and a commodity, by day or month.

    last_on: day of its newest point.
    """

    __tablename__ = "prices_series"
    __table_args__ = (
        UniqueConstraint("scope", "commodity", "source", "step", name="uq_prices_series_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(SOURCE)
    scope: Mapped[str] = mapped_column(SCOPE)
    commodity: Mapped[str] = mapped_column(CODE)
    step: Mapped[str] = mapped_column(STEP)
    last_on: Mapped[datetime.date | None]


class Point(Base):
    """A published value: derived from quotes, or as it was imported. Rows follow their sources.

    date: of a monthly series the first of the month. n: quotes behind it, None where the source
    does not say. markets: markets behind it. low, high: of the quotes. flagged: some quote waits
    for a supervisor. import_id: the import that brought it, None when derived.
    """

    __tablename__ = "prices_point"

    series: Mapped[int] = mapped_column(ForeignKey(Series.id), primary_key=True)
    date: Mapped[datetime.date] = mapped_column(primary_key=True)
    price: Mapped[decimal.Decimal] = mapped_column(Exact)
    n: Mapped[int | None]
    markets: Mapped[int | None]
    low: Mapped[decimal.Decimal | None] = mapped_column(Exact)
    high: Mapped[decimal.Decimal | None] = mapped_column(Exact)
    flagged: Mapped[bool]
    import_id: Mapped[int | None]


class Entry(Base):
    """One send of an officer: a market on a day; its id is the client's UUID, so it counts once.

    body: digest of what was sent. late: received after the survey's window.
    """

    __tablename__ = "prices_entry"
    __table_args__ = (Index(None, "market", "date"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    body: Mapped[str] = mapped_column(DIGEST)
    market: Mapped[str] = mapped_column(CODE)
    date: Mapped[datetime.date]
    officer: Mapped[str | None] = mapped_column(ACCOUNT)
    method: Mapped[str] = mapped_column(KIND)
    captured_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    received_at: Mapped[datetime.datetime] = mapped_column(Instant)
    late: Mapped[bool]


_CURRENT = text("state IN ('submitted', 'flagged', 'confirmed')")
_FLAGGED = text("state = 'flagged'")


class Quote(Base):
    """What one trader asked on a day, or why there is no price; never removed, only superseded.

    slot: the trader's place in the panel, a number and no name. outcome: price, not_sold, absent.
    state: submitted, flagged, confirmed, rejected, superseded. reasons: why it is flagged.
    revision_of: the quote that it corrects.
    """

    __tablename__ = "prices_quote"
    __table_args__ = (
        Index(
            "uq_prices_quote_current",
            *("market", "commodity", "date", "slot"),
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        Index(
            "ix_prices_quote_flagged",
            *("market", "date", "id"),
            sqlite_where=_FLAGGED,
            postgresql_where=_FLAGGED,
        ),
        Index(None, "market", "commodity", "slot", "date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(ForeignKey(Entry.id), index=True)
    market: Mapped[str] = mapped_column(CODE)
    slot: Mapped[int]
    commodity: Mapped[str] = mapped_column(CODE)
    date: Mapped[datetime.date]
    outcome: Mapped[str] = mapped_column(STATE)
    price: Mapped[int | None]
    unit: Mapped[str] = mapped_column(CODE)
    state: Mapped[str] = mapped_column(STATE)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    decided_by: Mapped[str | None] = mapped_column(ACCOUNT)
    decided_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
    decision: Mapped[str | None] = mapped_column(Text)
    revision_of: Mapped[int | None] = mapped_column(ForeignKey("prices_quote.id"))
    version: Mapped[int]


class Import(Base):
    """A file that was read: of which source, by whom, and what came of its rows."""

    __tablename__ = "prices_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(SOURCE)
    format: Mapped[str] = mapped_column(String(16))
    file: Mapped[str] = mapped_column(String(255))
    digest: Mapped[str] = mapped_column(DIGEST, index=True)
    officer: Mapped[str | None] = mapped_column(ACCOUNT)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
    new: Mapped[int]
    changed: Mapped[int]
    same: Mapped[int]
    rejected: Mapped[int]


class Average(Base):
    """An average that came as one, with its history: a correction supersedes, nothing is removed.

    current: the one of its day that counts. revision_of: the value that it corrects.
    """

    __tablename__ = "prices_average"
    __table_args__ = (
        Index(
            "uq_prices_average_current",
            *("series", "date"),
            unique=True,
            sqlite_where=text("current"),
            postgresql_where=text("current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[int] = mapped_column(ForeignKey(Series.id))
    date: Mapped[datetime.date]
    price: Mapped[decimal.Decimal] = mapped_column(Exact)
    n: Mapped[int | None]
    import_id: Mapped[int] = mapped_column(ForeignKey(Import.id))
    current: Mapped[bool]
    revision_of: Mapped[int | None] = mapped_column(ForeignKey("prices_average.id"))


class Alarm(Base):
    """An alarm as it was computed; append-only: a month computed anew gets a new row.

    kind: alps, ipa, change. mode: in_sample or live; fpma or strict; empty for change. value: six
    places, None unless status is `ok`. class_: None likewise. inputs: how many months went in;
    inputs_hash: SHA-256 of them; code_version: of the rules. docs/prices-method.md says how.
    """

    __tablename__ = "prices_alarm"
    __table_args__ = (
        Index(None, "series", "kind", "mode", "month", "id"),
        Index(None, "month", "kind", "id"),
        {"info": APPEND_ONLY},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series: Mapped[int] = mapped_column(ForeignKey(Series.id))
    kind: Mapped[str] = mapped_column(KIND)
    mode: Mapped[str] = mapped_column(String(10))
    month: Mapped[str] = mapped_column(MONTH)
    status: Mapped[str] = mapped_column(String(24))
    value: Mapped[decimal.Decimal | None] = mapped_column(Exact)
    class_: Mapped[str | None] = mapped_column("class", String(16))
    inputs: Mapped[int]
    inputs_hash: Mapped[str] = mapped_column(DIGEST)
    code_version: Mapped[str] = mapped_column(String(16))
    computed_at: Mapped[datetime.datetime] = mapped_column(Instant)


class BulkFile(Base):
    """A file of the published set, stored in parts that are named by their digest.

    digest: SHA-256 of the whole. parts: digests of its parts, in order. made_at: since when it has
    this content. read_at: when the reading for it began; an older reading never replaces a newer.
    retired_at: since when the set has other content; None: it belongs to the set.
    """

    __tablename__ = "prices_bulk"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    parts: Mapped[list[str]] = mapped_column(Json)
    made_at: Mapped[datetime.datetime] = mapped_column(Instant)
    read_at: Mapped[datetime.datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime.datetime | None] = mapped_column(Instant)
