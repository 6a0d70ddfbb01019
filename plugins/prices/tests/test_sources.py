"""The hook `sources`: what other plugins bring is fetched by jobs, checked, and its faults told."""

import datetime
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicapp_prices.models import Import, Point, Series
from civicapp_prices.service.sources import brought
from sqlalchemy import select
from structlog.testing import capture_logs

from civicapp import Hooks, hookimpl
from civicapp.kernel import Kernel, boot
from civicapp.testing.kernels import plain_settings
from civicapp.testing.watching import WatchedOutbox, open_watched

Rows = list[dict[str, object]]
GOOD: Rows = [{"date": "2026-11-02", "commodity": "beras", "price": "14000", "unit": "kg"}]
START = Callable[..., Any]


class Panel:
    """A source whose file is a name of rows that the test holds."""

    label = "The panel"

    def __init__(self, rows: Rows | Exception, *, folder: Path | None = None) -> None:
        self.rows, self.folder = rows, folder

    def read(self, _path: Path) -> Iterator[Mapping[str, object]]:
        if isinstance(self.rows, Exception):
            raise self.rows
        yield from self.rows


class Fetched(Panel):
    """One that is fetched. content: of the file, None for nothing new."""

    content: str | None = "today"
    tries = 0

    def fetch(self, folder: Path) -> Path | None:
        self.tries += 1
        if self.content is None:
            return None
        path = (self.folder or folder) / "panel.txt"
        path.write_text(self.content)
        return path


def plugin(answer: Any) -> SimpleNamespace:
    """Return a plugin that brings sources; an exception is raised instead."""

    def sources(context: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer(context) if callable(answer) else answer

    return SimpleNamespace(sources=hookimpl(optionalhook=True)(sources))


@pytest.fixture
def start(tmp_path: Path, make_database: Any, plain_logs: None) -> Iterator[START]:
    """Boot the region with plugins on a database: `start(panel=plugin(…))`."""
    opened: list[WatchedOutbox] = []

    def begin(listed: str = "[survey, panel]", **plugins: SimpleNamespace) -> WatchedOutbox:
        kernel = booted(tmp_path, listed, **plugins)
        opened.append(open_watched(kernel, make_database(kernel.lineages), tmp_path / "files"))
        return opened[-1]

    yield begin
    for outbox in opened:
        outbox.backing.database.close_now()


def booted(folder: Path, listed: str, **plugins: SimpleNamespace) -> Kernel:
    pack = folder / "pasar"
    (pack / "services" / "prices").mkdir(parents=True)
    ids = ", ".join(("prices", *plugins))
    (pack / "region.yaml").write_text(
        "format: 1\nid: pasar\nextends: lampung\narea: '18'\nname: {id: Lampung}\n"
        f"plugins: [{ids}]\n"
    )
    (pack / "services" / "prices" / "config.yaml").write_text(f"sources: {listed}\n")
    found = boot(pack, settings=plain_settings(), plugins=plugins)
    assert found.kernel is not None, found.problems
    return found.kernel


def fetch(outbox: WatchedOutbox, key: str = "now", *, fail: bool = True) -> None:
    """Let the job run, as the clock would."""
    queue = outbox.backing.queue
    outbox.backing.database.write_now(lambda s: queue.enqueue(s, "prices.fetch", key))
    outbox.run_jobs(fail=fail)


def rows(outbox: WatchedOutbox, model: Any) -> list[Any]:
    return outbox.backing.database.read_now(lambda s: list(s.scalars(select(model))))


def test_a_source_is_fetched_and_its_prices_are_published(start: START) -> None:
    panel = Fetched(GOOD)
    outbox = start(panel=plugin({"panel": panel}))
    fetch(outbox)
    [point], [series], [taken] = (rows(outbox, m) for m in (Point, Series, Import))
    assert (point.date, int(point.price)) == (datetime.date(2026, 11, 2), 14000)
    assert (series.source, series.scope, series.commodity) == ("panel", "a:18", "beras")
    assert (taken.format, taken.file, taken.officer, taken.new) == ("panel", "panel.txt", None, 1)
    assert outbox.ran["prices.alarms"] == 1


def test_what_was_fetched_before_is_not_imported_again(start: START) -> None:
    panel = Fetched(GOOD)
    outbox = start(panel=plugin({"panel": panel}))
    fetch(outbox, "one")
    fetch(outbox, "two")
    assert (panel.tries, len(rows(outbox, Import))) == (2, 1)
    panel.content = None
    fetch(outbox, "three")
    assert (panel.tries, len(rows(outbox, Import))) == (3, 1)
    panel.content, panel.rows = "tomorrow", [{**GOOD[0], "price": "14500"}]
    fetch(outbox, "four")
    assert [int(point.price) for point in rows(outbox, Point)] == [14500]
    assert [taken.changed for taken in rows(outbox, Import)] == [0, 1]


def test_rejects_of_a_fetched_file_are_logged(start: START) -> None:
    bad: Rows = [{**GOOD[0], "price": "0"}, {**GOOD[0], "unit": "litre", "row": 9}]
    outbox = start(panel=plugin({"panel": Fetched([*GOOD, *bad])}))
    with capture_logs() as lines:
        fetch(outbox)
    told = [(x["row"], x["column"]) for x in lines if x["event"] == "prices_rejected"]
    assert told == [(2, "price"), (9, "unit")]
    [done] = [x for x in lines if x["event"] == "prices_fetched"]
    assert (done["new"], done["rejected"]) == (1, 2)


def test_one_sources_fault_does_not_touch_another(start: START) -> None:
    outbox = start(
        "[survey, bad, worse, panel]",
        bad=plugin({"bad": Fetched(OSError("no route to host"))}),
        broken=plugin(ZeroDivisionError("oh")),
        panel=plugin({"panel": Fetched(GOOD)}),
        worse=plugin({"worse": Fetched([{"colour": "red"}])}),
    )
    with capture_logs() as lines:
        fetch(outbox, fail=False)
    assert len(rows(outbox, Point)) == 1
    waiting = {(job.name, job.key): str(job.last_error) for job in outbox.jobs}
    assert waiting.keys() == {
        ("prices.fetch", "now"),
        ("prices.fetch_source", "now:bad"),
        ("prices.fetch_source", "now:worse"),
    }
    assert "broken: hook `sources` failed: ZeroDivisionError" in waiting["prices.fetch", "now"]
    assert "no route to host" in waiting["prices.fetch_source", "now:bad"]
    assert "`colour`, which nothing reads" in waiting["prices.fetch_source", "now:worse"]
    faults = [x["plugin"] for x in lines if x["event"] == "prices_sources_failed"]
    assert faults == ["broken"]


def test_a_source_that_the_pack_does_not_list_is_not_fetched(start: START) -> None:
    panel = Fetched(GOOD)
    outbox = start("[survey]", panel=plugin({"panel": panel}))
    with capture_logs() as lines:
        fetch(outbox)
    assert panel.tries == 0
    [told] = [x for x in lines if x["event"] == "prices_source_not_listed"]
    assert (told["plugin"], told["source"]) == ("panel", "panel")


def test_a_file_outside_the_folder_is_refused(start: START, tmp_path: Path) -> None:
    outbox = start(panel=plugin({"panel": Fetched(GOOD, folder=tmp_path)}))
    fetch(outbox, fail=False)
    [job] = outbox.jobs
    assert "a file outside its folder" in str(job.last_error)
    assert rows(outbox, Import) == []


def test_a_source_without_fetch_is_for_files_alone(start: START) -> None:
    outbox = start(panel=plugin({"panel": Panel(GOOD)}))
    fetch(outbox)
    assert outbox.ran["prices.fetch_source"] == 0


def hooks(folder: Path, **plugins: SimpleNamespace) -> Hooks:
    return booted(folder, "[survey]", **plugins).context("prices", "id").hooks


def test_sources_gets_the_plugins_own_context(tmp_path: Path) -> None:
    seen = []

    def answer(context: Any) -> dict[str, Panel]:
        seen.append((context.service, context.region.id, context.language))
        return {"panel": Panel([])}

    found, faults = brought(hooks(tmp_path, panel=plugin(answer)))
    assert seen == [("panel", "pasar", "id")]
    assert faults == ()
    assert (found["panel"].plugin, found["panel"].label) == ("panel", "The panel")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (["panel"], "hook `sources` returned a list"),
        ({"Panel": Panel([])}, "`Panel` is no id of a source"),
        ({"csv": Panel([])}, "`csv` is no id of a source, or is taken"),
        ({"survey": Panel([])}, "`survey` is no id of a source, or is taken"),
        ({"pihps": Panel([])}, "`pihps` is no id of a source, or is taken"),
        ({"panel": object()}, "source `panel` lacks a `label` or a function `read`"),
        ({"panel": SimpleNamespace(label="x", read=print, fetch=1)}, "is no function"),
        (ValueError("oh"), "hook `sources` failed: ValueError: oh"),
    ],
)
def test_what_is_no_source_is_a_fault_of_its_plugin(
    tmp_path: Path, answer: Any, message: str
) -> None:
    found, faults = brought(hooks(tmp_path, panel=plugin(answer)))
    assert found == {}
    assert [fault.plugin for fault in faults] == ["panel"]
    assert message in faults[0].message
    assert faults[0].hint


def test_two_plugins_cannot_bring_one_source(tmp_path: Path) -> None:
    both = {"one": plugin({"panel": Panel([])}), "two": plugin({"panel": Panel([])})}
    found, faults = brought(hooks(tmp_path, **both))
    assert found["panel"].plugin == "one"
    assert [(f.plugin, f.message) for f in faults] == [
        ("two", "source `panel` is brought by one too")
    ]


def test_a_context_without_a_kernel_has_no_hooks() -> None:
    import gettext

    from civicapp import Context

    none: Any = None
    bare = Context(
        region=none, service="prices", language="en", translations=gettext.NullTranslations()
    )
    with pytest.raises(RuntimeError, match="made without a kernel"):
        _ = bare.hooks
