"""Which queues have an officer: known at once wherever a grant or an account changes."""

import pytest

from civicapp import staffed_rows
from civicapp.identity import staff
from civicapp.identity.accounts import Wish, disable, enable, grant, revoke
from civicapp.identity.audit import Act
from civicapp.storage import open_database
from civicapp.storage.people import Account, GrantRow

ACCEPT = "probe.report.accept"
WATER, ROADS = Wish("handler", "WATER", "7.1"), Wish("handler", "ROADS", "7.2")


@pytest.fixture
def elsewhere(database_url):
    """Open the database once more, as another process does."""
    opened = open_database(database_url)
    yield opened
    opened.close_now()


@pytest.fixture
def staffed(elsewhere, region):
    """Return which of two queues have an officer, as another process sees it."""

    def staffed(given=region):
        rows = elsewhere.read_now(staffed_rows, given, ACCEPT)
        queues = {"WATER": "7.1.01", "ROADS": "7.2.01"}
        return [agency for agency, area in queues.items() if rows.allow(agency, area)]

    return staffed


def test_every_change_of_a_grant_or_an_account_is_seen_at_once(
    database, officer, region, staffed, now
):
    def change(session, id, what):
        account, act = session.get(Account, id), Act(at=now)
        if what == "grant":
            grant(session, account, ROADS, region, act)
        elif what == "revoke":
            row = session.query(GrantRow).filter_by(account=id, agency="ROADS").one()
            revoke(session, account, row.id, region, act)
        elif what == "disable":
            disable(session, account, region, act)
        else:
            enable(session, account, act)

    assert staffed() == []
    one = officer("one", WATER)
    assert staffed() == ["WATER"]
    for what, found in {
        "grant": ["WATER", "ROADS"],
        "disable": [],
        "enable": ["WATER", "ROADS"],
        "revoke": ["WATER"],
    }.items():
        database.write_now(change, one, what)
        assert staffed() == found, what


def test_grants_are_read_once_while_nothing_changes(officer, staffed, monkeypatch):
    officer("one", WATER)
    reads = []
    read = staff._read_staffed

    def counted(*given):
        reads.append(1)
        return read(*given)

    monkeypatch.setattr(staff, "_read_staffed", counted)
    assert [staffed() for _ in range(5)] == [["WATER"]] * 5
    assert len(reads) == 1
    officer("two", ROADS)
    assert staffed() == ["WATER", "ROADS"]
    assert len(reads) == 2


def test_another_region_of_the_same_process_gets_no_answer_of_this_one(
    officer, staffed, region, kernel
):
    officer("one", WATER)
    assert kernel.region is not region
    assert staffed(region) == staffed(kernel.region) == staffed(region) == ["WATER"]
