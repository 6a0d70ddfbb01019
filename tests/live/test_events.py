"""Events: told with the commit, to each plugin by a job of its own."""

import datetime
import types

import pytest

from civicapp import Event, hookimpl
from civicapp.backing import Backing
from civicapp.event import UnknownEvent
from civicapp.jobs import ledger
from civicapp.jobs.work import Work


class Ears(types.ModuleType):
    """A plugin with hooks only, which hears, and stumbles on demand."""

    def __init__(self) -> None:
        super().__init__("ears_plugin")
        self.heard: list[tuple[Event, str]] = []
        self.faults = 0

        @hookimpl
        def on_event(event, context):
            if self.faults:
                self.faults -= 1
                raise LookupError("not yet")
            self.heard.append((event, context.service))

        self.on_event = on_event


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def backing(make_backing, board, ears):
    @hookimpl
    def on_event(event):
        board.seen.append(event.name)

    board.on_event = on_event
    return make_backing(board, {"ears": ears})


def run_jobs(backing: Backing, *, days: int = 0) -> None:
    work = Work(
        backing.database,
        backing.files,
        backing.queue,
        backing.jobs,
        backing._context,
        None,
        backing.outbox,
    )
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    for id in backing.database.read_now(ledger.due, tuple(backing.jobs), now, 100):
        work.run(id)


def pin(session, backing: Backing, board) -> Event:
    id = board.pin(session, "road", "hole")
    return backing.outbox.emit(
        session, "board.note.pinned", f"note {id}", {"note": id, "kind": "x"}
    )


def test_hook_on_event_hears_what_was_committed(backing, board, ears):
    told = backing.database.write_now(pin, backing, board)
    assert ears.heard == []
    run_jobs(backing)
    run_jobs(backing)
    assert ears.heard == [(told, "ears")]
    assert told.data == {"note": 1, "kind": "x"}
    assert board.seen == ["board.note.pinned"]


def test_what_is_undone_is_not_told(backing, board, ears):
    def fail(session):
        pin(session, backing, board)
        raise LookupError

    with pytest.raises(LookupError):
        backing.database.write_now(fail)
    run_jobs(backing)
    assert ears.heard == []


def test_hook_on_event_that_fails_is_called_again_and_holds_nobody_up(backing, board, ears):
    ears.faults = 2
    told = backing.database.write_now(pin, backing, board)
    run_jobs(backing)
    assert (board.seen, ears.heard) == (["board.note.pinned"], [])
    for _ in range(2):
        run_jobs(backing, days=1)
    assert ears.heard == [(told, "ears")]


def test_an_event_that_no_service_declares_is_refused(backing):
    def emit(session):
        backing.outbox.emit(session, "board.note.pined", "note 1")

    with pytest.raises(UnknownEvent, match=r"did you mean `board\.note\.pinned`"):
        backing.database.write_now(emit)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (("note.pinned",), "another form"),
        (("board.pinned",), "another form"),
        (("board.note.Pinned",), "another form"),
        (("prices.note.pinned",), "another form"),
        (("board.note.pinned",) * 2, "stands twice"),
        (("board.note." + "x" * 80,), "more than 80"),
        ("board.note.pinned", "a tuple of names"),
    ],
)
def test_names_of_events_are_checked_at_boot(kernel_of, board, events, message):
    from civicapp import Service

    @hookimpl
    def service():
        return Service(id="board", events=events)

    board.service = service
    with pytest.raises(LookupError, match=message):
        kernel_of(board)
