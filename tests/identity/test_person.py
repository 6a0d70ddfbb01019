"""May I, and on which rows: deny wins, and both answers always agree."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from civicapp.identity.permissions import matches
from civicapp.identity.person import Person, grants_of

CODES = ["7", "7.1", "7.1.01", "7.1.02", "7.10", "7.10.01", "7.2", "7.2.01"]
OFFICES = ["ROADS", "WATER", "NORTHROADS", "HARBOUR", "RAIL", "GONE"]
ASKED = [
    "probe.report.read",
    "probe.report.accept",
    "probe.report.erase",
    "probe.identity.read",
    "core.account.manage",
    "core.audit.read",
]
ROLES = ["handler", "desk", "level", "auditor", "reader", "admin", "local", "gone"]


def person(region, *held):
    return Person(
        id="p",
        name="P",
        email="p@x.example",
        grants=grants_of(held, region),
        by="session",
        region=region,
    )


def reports():
    return Table("report", MetaData(), Column("agency", String), Column("area", String))


ROWS = [(agency, area) for agency in (*OFFICES, None) for area in (*CODES, None)]
held = st.lists(
    st.tuples(
        st.sampled_from(ROLES),
        st.sampled_from([*OFFICES, None]),
        st.sampled_from([*CODES, "9", None]),
    ),
    max_size=4,
)


@given(held=held, permission=st.sampled_from(ASKED))
def test_both_answers_agree_and_sql_gives_the_rows_that_allow_names(region, held, permission):
    rows = person(region, *held).rows(permission)
    assert person(region, *held).may(permission) is bool(rows.scopes)
    table, engine = reports(), create_engine("sqlite://")
    with engine.connect() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"agency": a, "area": b} for a, b in ROWS])
        condition = rows.where(table.c.agency, table.c.area)
        found = {tuple(r) for r in connection.execute(select(table).where(condition))}
    engine.dispose()
    assert found == {row for row in ROWS if rows.allow(*row)}
    if rows.all:
        assert found == set(ROWS)


@given(held=held, permission=st.sampled_from(ASKED))
def test_deny_wins_whatever_else_is_granted(region, held, permission):
    asked = person(region, *held)
    if any(matches(p, permission) for role in asked.roles for p in role.denies):
        assert not asked.may(permission)
    for role in asked.roles:
        wider = person(region, *held, ("auditor", None, None))
        assert not wider.may("probe.identity.read"), role


@given(held=held, more=held, permission=st.sampled_from(ASKED))
def test_another_role_never_takes_rows_away_unless_it_denies(region, held, more, permission):
    few, many = person(region, *held), person(region, *held, *more)
    if not any(matches(p, permission) for role in many.roles for p in role.denies):
        assert all(many.rows(permission).allow(*r) for r in ROWS if few.rows(permission).allow(*r))


def allowed(region, *held):
    return {r for r in ROWS if person(region, *held).rows("probe.report.read").allow(*r)}


def test_a_queue_is_the_office_of_a_role_in_an_area(region):
    north = allowed(region, ("handler", "WATER", "7.1"))
    assert north == {("WATER", a) for a in ("7.1", "7.1.01", "7.1.02")}, "not 7.10"


def test_an_office_of_its_own_works_on_its_roles_queue_too(region):
    board = allowed(region, ("handler", "NORTHROADS", None))
    assert ("ROADS", "7.1.01") in board
    assert ("NORTHROADS", "7.1.01") in board
    assert ("ROADS", "7.2.01") not in board
    assert board == allowed(region, ("handler", "ROADS", "7.1"))


def test_an_office_of_the_whole_region_sees_its_rows_without_a_place(region):
    assert allowed(region, ("handler", "HARBOUR", None)) >= {("HARBOUR", None), ("HARBOUR", "7.2")}
    assert ("HARBOUR", "7.1.01") in allowed(region, ("handler", "HARBOUR", "7.1"))
    assert ("HARBOUR", "7.2") not in allowed(region, ("handler", "HARBOUR", "7.1"))


def test_a_desk_sees_its_area_whoever_is_responsible_and_what_nobody_is_yet(region):
    desk = allowed(region, ("desk", None, "7.1"))
    assert desk == {(a, b) for a, b in ROWS if b in ("7.1", "7.1.01", "7.1.02")}
    assert allowed(region, ("desk", None, None)) == set(ROWS)


def test_a_level_sees_offices_of_that_level_and_the_unassigned(region):
    level = allowed(region, ("level", None, "7.2"))
    assert level == {
        (a, b) for a in ("ROADS", "WATER", "NORTHROADS", None) for b in ("7.2", "7.2.01")
    }
    assert ("HARBOUR", None) in allowed(region, ("level", None, None))


def test_what_the_pack_no_longer_has_is_not_in_force(region):
    for gone in [
        ("gone", None, None),
        ("handler", "GONE", "7.1"),
        ("handler", None, "7.1"),
        ("handler", "WATER", None),
        ("desk", None, "9"),
    ]:
        assert not person(region, gone).may("probe.report.read"), gone
