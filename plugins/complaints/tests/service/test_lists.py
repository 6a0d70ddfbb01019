"""Lists: whose rows, in which order, page by page, and by an index."""

import datetime
import secrets

import pytest
from civicapp_complaints.models import Report
from civicapp_complaints.service import officer
from civicapp_complaints.service.errors import Invalid
from civicapp_complaints.service.lists import (
    Cursor,
    PublicFilter,
    QueueFilter,
    public_list,
    queue,
    read_cursor,
    waiting,
    waiting_for_review,
)
from civicapp_complaints.service.officer import Order
from sqlalchemy import event, insert, text

from civicapp import Act

NOW = datetime.datetime(2026, 11, 24, 2, 0, tzinfo=datetime.UTC)
NOTE = "The lamp has a new bulb and burns again."


def row(n, **given):
    """Make the row of a report; a light in the north, sent to its office."""
    at = NOW - datetime.timedelta(minutes=n // 3)
    return {
        "id": secrets.token_hex(16),
        "number": f"{n:09d}",
        "request": None,
        "body": None,
        "category": "road.light",
        "answer": None,
        "description": f"Lamp {n} is out.",
        "visibility": "private",
        "review": "pending",
        "public_text": None,
        "published_at": None,
        "review_since": None,
        "lat": 2.5,
        "lon": 101.5,
        "accuracy_m": None,
        "area": "7.1",
        "landmark": None,
        "state": "routed",
        "outcome": None,
        "resume": None,
        "agency": "ROADS",
        "queue": "ROADS",
        "rule": "roads",
        "assumed": False,
        "officer": None,
        "resolved_by": None,
        "promised_on": None,
        "duplicate_of": None,
        "bounces": 0,
        "changes": 0,
        "reopened": 0,
        "appealed": False,
        "channel": "web",
        "language": "en",
        "created_at": at,
        "updated_at": at,
        "closed_at": None,
        "due_at": at,
        "due_estimated": False,
        "rank_at": at,
        "version": 1,
        "seq": 0,
        "head": "",
        **given,
    }


def fill(world, rows):
    world.db.write_now(lambda s: s.execute(insert(Report), list(rows)))


def pages(world, fn, *args, limit=7):
    """Read a list to its end; return the numbers of each page."""
    found, cursor = [], None
    while True:
        page = world.read(fn, *args, cursor, limit)
        found.append([i.number for i in page.items])
        if page.next is None:
            return found
        cursor = read_cursor(page.next)


def test_a_queue_read_page_by_page_holds_each_report_once_in_order(world):
    handler = world.officer("handler", "ROADS", "7.1")
    fill(world, (row(n) for n in range(40)))
    fill(world, (row(100 + n, area="7.2") for n in range(5)))
    read = pages(world, queue, handler, QueueFilter(), NOW)
    assert [len(p) for p in read] == [7, 7, 7, 7, 7, 5]
    numbers = [n for page in read for n in page]
    assert sorted(numbers) == [f"{n:09d}" for n in range(40)]
    ranks = {i.number: i.due_at for i in world.read(queue, handler, QueueFilter(), NOW).items}
    assert [ranks[n] for n in numbers] == sorted(ranks.values())


def test_one_can_go_back(world):
    handler = world.officer("handler", "ROADS", "7.1")
    fill(world, (row(n) for n in range(20)))

    def page(cursor):
        return world.read(queue, handler, QueueFilter(), NOW, read_cursor(cursor), 8)

    first = page(None)
    second = page(first.next)
    third = page(second.next)
    assert (first.previous, third.next) == (None, None)
    assert [page(third.previous).items, page(second.previous).items] == [second.items, first.items]
    assert page(second.previous).previous is None


def test_rows_that_come_meanwhile_hide_and_repeat_nothing(world):
    handler = world.officer("handler", "ROADS", "7.1")
    fill(world, (row(n) for n in range(12)))
    first = world.read(queue, handler, QueueFilter(), NOW, None, 6)
    fill(world, [row(500)])  # due before all others
    second = world.read(queue, handler, QueueFilter(), NOW, read_cursor(first.next), 6)
    numbers = [i.number for i in (*first.items, *second.items)]
    assert sorted(numbers) == [f"{n:09d}" for n in range(12)]


@pytest.mark.parametrize("wrong", ["x", "é", "bnVsbA", "WyIyMDI2IiwiYSIsMF0", "a" * 5000])
def test_a_cursor_that_is_none(wrong):
    with pytest.raises(Invalid):
        read_cursor(wrong)
    assert read_cursor(str(Cursor(NOW, "a"))) == Cursor(NOW, "a")


def test_boxes_and_filters(world):
    handler = world.officer("handler", "ROADS", "7.1")
    late, soon = NOW - datetime.timedelta(1), NOW + datetime.timedelta(1)
    fill(
        world,
        [
            row(1, due_at=late),
            row(2, due_at=soon, state="in_progress", officer=handler.id),
            row(3, due_at=late, state="resolved"),
            row(4, due_at=soon, state="waiting_reporter", category="road.hole"),
            row(5, state="closed", outcome="fixed", closed_at=NOW),
            row(6, review_since=NOW, visibility="public", due_at=soon),
            row(7, agency=None, queue=None, state="received", due_at=soon),
            row(8, agency="HIGHWAYS", queue="DESK", due_at=soon),
        ],
    )

    def numbers(person, **wanted):
        found = world.read(queue, person, QueueFilter(**wanted), NOW)
        return [int(i.number) for i in found.items]

    assert sorted(numbers(handler)) == [1, 2, 3, 4, 6]
    assert numbers(handler, box="mine") == [2]
    assert sorted(numbers(handler, box="waiting")) == [3, 4]
    assert numbers(handler, box="overdue") == [1]
    assert numbers(handler, box="closed") == [5]
    assert numbers(handler, box="review") == []
    assert numbers(handler, category="road.hole") == [4]
    assert numbers(handler, state="in_progress") == [2]
    assert numbers(handler, area="7.2") == []
    assert numbers(world.officer("reviewer"), box="review") == [6]
    assert sorted(numbers(world.officer("desk"))) == [1, 2, 3, 4, 6, 7, 8]
    assert sorted(numbers(world.officer("supervisor", "DESK"))) == [7, 8]
    assert numbers(world.officer("auditor"), agency="HIGHWAYS") == [8]
    assert numbers(world.officer("admin")) == []
    assert world.read(waiting, handler) == 3
    assert world.read(waiting, world.officer("admin")) == 0
    assert world.read(waiting_for_review, world.officer("reviewer")) == 1


def test_the_public_list_by_category_area_and_state(world):
    shown = {"published_at": NOW, "visibility": "public", "review": "approved"}
    fill(
        world,
        [
            row(1, **shown),
            row(2, **shown, category="road.hole", area="7.2", state="closed", closed_at=NOW),
            row(3),
            row(4, **shown, area=None),
        ],
    )

    def numbers(**wanted):
        found = world.read(public_list, PublicFilter(**wanted))
        return sorted(int(i.number) for i in found.items)

    assert numbers() == [1, 2, 4]
    assert numbers(category="road.hole") == [2]
    assert numbers(category="order.crime") == numbers(category="x") == []
    assert numbers(area="7.1") == [1]
    assert numbers(area="7") == [1, 2]
    assert numbers(area="9") == []
    assert numbers(state="open") == [1, 4]
    assert numbers(state="closed") == [2]
    assert numbers(agency="ROADS") == [1, 2, 4]


def plans(world, run):
    """Return how the database carries out the queries on reports of a function."""
    statements = []
    with_plan = []

    def listen(connection, _cursor, statement, parameters, *_):
        if "FROM complaints_report" in statement and not statement.startswith("EXPLAIN"):
            statements.append((statement, parameters))

    def ask(session):
        bind = session.connection()
        event.listen(bind, "before_cursor_execute", listen)
        try:
            run(session)
        finally:
            event.remove(bind, "before_cursor_execute", listen)
        explain = "EXPLAIN QUERY PLAN " if world.db.is_sqlite else "EXPLAIN "
        for statement, parameters in statements:
            lines = bind.exec_driver_sql(explain + statement, parameters)
            with_plan.append("\n".join(str(line[-1]) for line in lines))

    world.db.read_now(ask)
    return with_plan


@pytest.fixture
def many(world):
    """Fill the table with 10,000 open reports of several agencies, and others."""
    agencies = ("ROADS", "ROADS", "HIGHWAYS", "DESK")
    shown = {"published_at": NOW, "visibility": "public", "review": "approved"}
    fill(
        world,
        (
            row(n, queue=agencies[n % 4], agency=agencies[n % 4], area=f"7.{1 + n % 2}")
            for n in range(10_000)
        ),
    )
    fill(
        world,
        (row(10_000 + n, state="closed", closed_at=NOW, **shown) for n in range(10_000)),
    )
    if not world.db.is_sqlite:
        world.db.write_now(lambda s: s.execute(text("ANALYZE complaints_report")))
    return world


def test_ten_thousand_open_reports_are_read_by_an_index(many):
    world = many
    handler, desk = world.officer("handler", "ROADS", "7.1"), world.officer("desk")
    reviewer = world.officer("reviewer")
    first = world.read(queue, handler, QueueFilter(), NOW)
    deep = read_cursor(first.next)
    assert len(first.items) == 50
    asked = {
        "queue": lambda s: queue(s, world.site, handler, QueueFilter(), NOW),
        "queue, deep": lambda s: queue(s, world.site, handler, QueueFilter(), NOW, deep),
        "open": lambda s: queue(s, world.site, desk, QueueFilter(), NOW),
        "open, deep": lambda s: queue(s, world.site, desk, QueueFilter(), NOW, deep),
        "public": lambda s: public_list(s, world.site, PublicFilter()),
        "public, deep": lambda s: public_list(s, world.site, PublicFilter(), deep),
        "category": lambda s: public_list(s, world.site, PublicFilter(category="road.light")),
        "review": lambda s: queue(s, world.site, reviewer, QueueFilter(box="review"), NOW),
    }
    for name, run in asked.items():
        plan = plans(world, run)[0]
        assert "ix_complaints_report_" in plan, (name, plan)
        # On SQLite a table without an index reads as SCAN; PostgreSQL says Seq Scan.
        assert "Seq Scan" not in plan, (name, plan)
        assert "SCAN complaints_report\n" not in plan + "\n", (name, plan)
    read = pages(world, queue, handler, QueueFilter(), NOW, limit=200)
    assert [len(p) for p in read] == [200] * 12 + [100]


def test_an_officer_who_works_through_a_queue_meets_each_report_once(many):
    """What one does with a report moves it out of the list; the next page goes on behind it."""
    world = many
    handler = world.officer("handler", "ROADS", "7.1")
    page = world.read(queue, handler, QueueFilter(state="routed"), NOW, None, 10)
    for item in page.items[:5]:
        order = Order(action="accept", version=item.version)
        world.write(officer.act, handler, item.id, order, Act(handler.id, "", NOW))
    after = world.read(queue, handler, QueueFilter(state="routed"), NOW, read_cursor(page.next), 10)
    assert not {i.number for i in page.items} & {i.number for i in after.items}
    again = world.read(queue, handler, QueueFilter(state="routed"), NOW, None, 10)
    assert [i.number for i in again.items[:5]] == [i.number for i in page.items[5:]]
