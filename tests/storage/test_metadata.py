import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, String, Table, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from civicapp.storage import Database, Instant, service_metadata

JAKARTA = datetime.timezone(datetime.timedelta(hours=7))
entry = Table(
    "counter_entry",
    service_metadata("counter"),
    Column("id", Integer, primary_key=True),
    Column("code", String),
    Column("text", String),
    Column("at", Instant),
)


def test_tables_of_a_service_carry_its_name() -> None:
    metadata = service_metadata("prices")
    Table("prices_price", metadata, Column("id", Integer, primary_key=True))
    with pytest.raises(ValueError, match="prices_"):
        Table("tax_bill", metadata, Column("id", Integer, primary_key=True))
    assert list(metadata.tables) == ["prices_price"]


def test_every_constraint_has_a_name() -> None:
    metadata = service_metadata("prices")
    table = Table(
        "prices_price",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("code", Integer, unique=True),
        Column("day", Integer, index=True),
    )
    assert table.primary_key.name == "pk_prices_price"
    assert {c.name for c in table.constraints} == {"pk_prices_price", "uq_prices_price_code"}
    assert {i.name for i in table.indexes} == {"ix_prices_price_day"}


def test_an_instant_comes_back_in_utc_and_compares_as_time(database: Database) -> None:
    at = datetime.datetime(2026, 8, 17, 10, 0, 0, 123456, JAKARTA)
    later = at + datetime.timedelta(microseconds=1)

    def work(session: Session) -> list[datetime.datetime | None]:
        rows = [{"code": str(n), "text": "", "at": v} for n, v in enumerate((later, at, None))]
        session.execute(insert(entry), rows)
        query = select(entry.c.at).order_by(entry.c.at.is_(None), entry.c.at)
        before = select(entry.c.at).where(entry.c.at < later)
        return [*session.scalars(query), *session.scalars(before)]

    utc = datetime.datetime(2026, 8, 17, 3, 0, 0, 123456, datetime.UTC)
    found = database.write_now(work)
    assert found == [utc, utc + datetime.timedelta(microseconds=1), None, utc]
    assert {f.tzinfo for f in found if f} == {datetime.UTC}


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime.datetime(2026, 8, 17)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(naive, sqlite.dialect())


@given(st.lists(st.datetimes(timezones=st.timezones()), min_size=2, max_size=5))
def test_text_sorts_as_time_does(moments: list[datetime.datetime]) -> None:
    dialect = sqlite.dialect()

    def written(moment: datetime.datetime) -> str:
        return str(Instant().process_bind_param(moment, dialect))

    try:
        by_time = sorted(m.astimezone(datetime.UTC) for m in moments)
    except OverflowError:
        return  # the first or the last day of all, seen from elsewhere
    texts = sorted(written(m) for m in moments)
    assert [Instant().process_result_value(t, dialect) for t in texts] == by_time
    assert {len(t) for t in texts} == {27}
