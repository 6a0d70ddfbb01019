"""Accounts: who may be made what by whom, and what is written down."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from civicapp.identity.accounts import (
    Wish,
    check_wish,
    create,
    disable,
    enable,
    grant,
    load_person,
    may_change,
    officers,
    revoke,
)
from civicapp.identity.accounts import officer as find_officer
from civicapp.identity.audit import Act, Wanted, audit, read_audit
from civicapp.identity.demo import demo_password, seed_demo_accounts
from civicapp.identity.refusal import Refusal
from civicapp.storage.people import Account, GrantRow

ADMIN, NORTH, SOUTH = Wish("admin"), Wish("local", None, "7.1"), Wish("local", None, "7.2")
HANDLER = Wish("handler", "WATER", "7.1")


def person(database, region, id):
    return database.read_now(
        lambda session: load_person(session, session.get(Account, id), region, "session")
    )


@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        ("no address", "Some One", "email"),
        ("a@b", "Some One", "email"),
        ("a" * 250 + "@x.example", "Some One", "email"),
        ("new@x.example", " ", "name"),
        ("new@x.example", "x" * 121, "name"),
        ("ONE@Office.example", "Some One", "email"),
    ],
)
def test_a_bad_or_known_address_is_refused_by_field(database, officer, now, email, name, field):
    officer("one", HANDLER)
    with pytest.raises(Refusal) as refused:
        database.write_now(create, email, name, Act(at=now))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish("nothing"), "role"),
        (Wish("handler"), "agency"),
        (Wish("handler", "NONE", "7.1"), "agency"),
        (Wish("handler", "WATER"), "area"),
        (Wish("handler", "WATER", "9"), "area"),
        (Wish("desk", "WATER", "7.1"), "agency"),
        (Wish("admin", None, "7.1"), "area"),
    ],
)
def test_role_office_and_area_fit_together(region, wish, field):
    with pytest.raises(Refusal) as refused:
        check_wish(wish, region)
    assert refused.value.field == field


def test_a_manager_of_an_area_sees_and_changes_only_what_lies_in_it(database, region, officer, now):
    ids = {
        "top": officer("top", ADMIN),
        "north": officer("north", NORTH),
        "near": officer("near", HANDLER),
        "both": officer("both", HANDLER, Wish("desk", None, "7.2")),
        "far": officer("far", Wish("handler", "WATER", "7.2")),
        "wide": officer("wide", Wish("desk")),
    }
    top, north = (person(database, region, ids[n]) for n in ("top", "north"))
    seen = {o.id: o.mine for o in database.read_now(officers, north)}
    assert seen == {ids["north"]: True, ids["near"]: True, ids["both"]: False}
    assert all(o.mine for o in database.read_now(officers, top))
    assert len(database.read_now(officers, top)) == 6
    assert database.read_now(find_officer, north, ids["far"]) is None
    assert database.read_now(find_officer, north, ids["near"]).mine
    for name in ("top", "far", "wide"):
        assert database.read_now(find_officer, north, ids[name]) is None, name
    for wish, allowed in [
        (("admin", None, None), False),
        (("auditor", None, None), False),
        (("desk", None, None), False),
        (("local", None, "7.2"), False),
        (("local", None, "7.1.01"), True),
        (("handler", "ROADS", "7.1"), True),
    ]:
        assert may_change(north, [wish]) is allowed, wish


def test_accounts_are_listed_by_page_and_found_by_name_and_address(database, region, officer):
    top = person(database, region, officer("top", ADMIN))
    for n in range(7):
        officer(f"n{n}", HANDLER)
    first = database.read_now(officers, top, "", "", 3)
    assert [o.email for o in first] == [f"n{n}@office.example" for n in range(4)]
    rest = database.read_now(officers, top, "", first[2].email, 50)
    assert [o.name for o in rest] == [*(f"Officer n{n}" for n in range(3, 7)), "Officer top"]
    assert [o.name for o in database.read_now(officers, top, "OFFICER N5")] == ["Officer n5"]
    assert database.read_now(officers, top, "100%") == []


def test_somebody_can_always_manage_accounts(database, region, officer, now):
    one, two = officer("one", ADMIN), officer("two", ADMIN)
    act = Act(at=now)

    def close(session, id):
        disable(session, session.get(Account, id), region, act)

    def take(session, id):
        row = session.query(GrantRow).filter_by(account=id).one()
        revoke(session, session.get(Account, id), row.id, region, act)

    database.write_now(close, one)
    for change in (close, take):
        with pytest.raises(Refusal, match="Nobody could manage"):
            database.write_now(change, two)
    assert person(database, region, two).may("core.account.manage")
    database.write_now(lambda session: enable(session, session.get(Account, one), act))
    database.write_now(take, two)


def test_the_same_role_is_held_once(database, region, officer, now):
    id = officer("one", HANDLER)
    database.write_now(lambda s: grant(s, s.get(Account, id), HANDLER, region, Act(at=now)))
    assert len(person(database, region, id).grants) == 1


# The record


def test_each_change_is_on_record_with_before_and_after(database, region, officer, now):
    id = officer("one", HANDLER)
    act = Act(id, "request-1", now)

    def change(session):
        row = session.query(GrantRow).one()
        revoke(session, session.get(Account, id), row.id, region, act)
        disable(session, session.get(Account, id), region, act, "left the office")

    database.write_now(change)
    lines = database.read_now(read_audit, Wanted(subject=f"account:{id}"))
    assert [line.action.rpartition(".")[2] for line in lines] == [
        "disable", "revoke", "grant", "create",
    ]  # fmt: skip
    assert lines[0].reason == "left the office"
    assert lines[1].before == {"role": "handler", "agency": "WATER", "area": "7.1"}
    assert (lines[1].actor_name, lines[1].request) == ("Officer one", "request-1")
    assert lines[1].at == now
    older = database.read_now(read_audit, Wanted(before=lines[1].id))
    assert [line.id for line in older] == [line.id for line in lines[2:]]
    assert database.read_now(read_audit, Wanted(action="core.account.rev")) == [lines[1]]
    assert database.read_now(read_audit, Wanted(actor="nobody")) == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE core_audit SET reason = 'x'", "DELETE FROM core_audit"],
)
def test_the_database_refuses_to_change_the_record(database, officer, statement):
    officer("one", HANDLER)
    with pytest.raises(DatabaseError, match="append-only"):
        database.write_now(lambda session: session.execute(text(statement)))
    assert len(database.read_now(read_audit, Wanted())) == 2


def test_no_secret_comes_on_record(database, now):
    with pytest.raises(ValueError, match="password_hash"):
        database.write_now(
            lambda s: audit(s, Act(), "core.x.y", "x:1", after={"password_hash": "x"})
        )


# Demonstration


def test_a_demonstration_has_one_account_per_role(database, region, cipher):
    made = database.write_now(seed_demo_accounts, region, cipher)
    again = database.write_now(seed_demo_accounts, region, cipher)
    assert made == again
    assert {m.role for m in made} == set(region.roles)
    assert {m.password for m in made} == {demo_password(cipher)}
    people = database.read_now(
        lambda s: {a.email: load_person(s, a, region, "session") for a in s.query(Account)}
    )
    for account in made:
        who = people[account.email]
        assert who.demo
        assert all(g.scope for g in who.grants)
        assert [r.id for r in who.roles] == [account.role]
