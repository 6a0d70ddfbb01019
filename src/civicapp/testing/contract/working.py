"""The part of the contract on background work, sample data, bundles, and regions side by side."""

import datetime
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from civicapp.backing import Backing
from civicapp.bundle.faults import Unbuildable
from civicapp.bundle.resources import ask_resources
from civicapp.context import Context
from civicapp.identity.demo import seed_demo_accounts
from civicapp.kernel import Kernel
from civicapp.problems import render_text
from civicapp.seeding import SeedContext
from civicapp.storage.models import JobRow
from civicapp.testing.clients import Client, make_client
from civicapp.testing.contract.base import PluginBase, check
from civicapp.testing.kernels import Kernels, plain_settings, why
from civicapp.testing.routes import page_routes
from civicapp.testing.studies import Study
from civicapp.testing.watching import JobsFailed, WatchedOutbox
from civicapp.testing.worlds import World, Worlds
from civicapp.wiring import Wired

OTHER = "Quite Another Isle"
NAME = re.compile(r"(?m)^name:.*\n(?:[ \t]+.*\n)*")


class Working(PluginBase):
    """What a plugin does, it does once, and nothing of it stays behind in the process."""

    def cause_jobs(self, client: Client) -> None:
        """Do what enqueues each of the plugin's jobs; override it. Jobs by the clock need nothing.

        client: a guest's; `client.as_officer(role)` is an officer's, `client.backing` what the app
        works with.
        """

    def test_does_its_jobs_once(self, wired: Wired, fresh: WatchedOutbox) -> None:
        """Its jobs work, and one that runs again with the same key changes nothing more."""
        if not wired.jobs:
            pytest.skip(f"{self.plugin} has no jobs")
        with make_client(fresh.backing) as client:
            self.cause_jobs(client)
            for job in wired.jobs:
                if job.job.cron:
                    _enqueue(fresh, job.name)
            check(f"jobs of {self.plugin}:", _job_faults(fresh, wired))

    def test_seeds_once(self, wired: Wired, fresh: WatchedOutbox) -> None:
        """Its sample data for a demonstration can be made, and a second time changes nothing."""
        if wired.seed is None:
            pytest.skip(f"{self.plugin} has no sample data")
        backing = fresh.backing
        backing.database.write_now(
            lambda s: seed_demo_accounts(s, backing.kernel.region, backing.cipher)
        )
        context = _seed_context(backing, self.plugin)
        counts = []
        for time in ("first", "second"):
            try:
                wired.seed(context)
            except Exception as e:
                what = f"the seed of {self.plugin} fails the {time} time: {type(e).__name__}: {e}"
                pytest.fail(what, pytrace=True)
            counts.append(_counts(fresh, wired))
        check(f"the seed of {self.plugin} makes its data twice:", _differences(*counts))

    def test_adds_sound_resources_to_bundles(self, kernel: Kernel) -> None:
        """What it asks of a host is named as its own, and the same each time."""
        try:
            first, second = ask_resources(kernel), ask_resources(kernel)
        except Unbuildable as e:
            pytest.fail(render_text(e.problems), pytrace=False)
        if first.get(self.plugin) != second.get(self.plugin):
            what = "hook `bundle_resources` gives another answer the second time"
            pytest.fail(f"{what}; it may depend on the pack alone", pytrace=False)

    def test_starts_a_region_that_says_nothing(
        self, wired: Wired, kernel: Kernel, booted_kernels: Kernels
    ) -> None:
        """Without files of its own in a pack it boots with its `starter`, or with none."""
        island = booted_kernels.island((self.plugin,), {})
        booted = booted_kernels.boot(island, plain_settings())
        if booted.kernel is None:
            hint = "a region without a parent begins with `Service.starter`: mend or add it"
            pytest.fail(f"{why(booted)}\n{hint}", pytrace=False)

    def test_serves_two_regions_in_one_process(
        self,
        wired: Wired,
        study: Study,
        kernel: Kernel,
        enabled_plugins: Sequence[str],
        pack_files: Mapping[str, str],
        booted_kernels: Kernels,
        sqlite_worlds: Worlds,
    ) -> None:
        """Another region that is booted and served changes no page of the first."""
        first = self.served(study, sqlite_worlds, kernel)
        island = booted_kernels.island(tuple(enabled_plugins), pack_files)
        region = NAME.sub(f"name: {{en: {OTHER}}}\n", (island / "region.yaml").read_text("utf-8"))
        other = booted_kernels.island(tuple(enabled_plugins), {**pack_files, "region.yaml": region})
        before = _texts(first, wired)
        booted = booted_kernels.boot(other, plain_settings())
        if booted.kernel is None:
            pytest.fail(why(booted), pytrace=False)
        second = _texts(sqlite_worlds.of(booted.kernel), wired)
        after = _texts(first, wired)
        own = kernel.region.name.text("en")
        faults = [f"{path} shows {OTHER}" for path, (_, text) in after.items() if OTHER in text]
        mixed = [path for path, (_, text) in second.items() if own in text]
        faults += [f"{path} of the other region shows {own}" for path in mixed]
        faults += [
            f"{path} answers {after[path][0]} once the other region is served, {status} before"
            for path, (status, _) in before.items()
            if after[path][0] != status
        ]
        check(f"{self.plugin} keeps something of one region for another:", faults)


def _job_faults(outbox: WatchedOutbox, wired: Wired) -> list[str]:
    names = [job.name for job in wired.jobs]
    _make_due(outbox, names)
    faults = _failed(outbox)
    faults += [
        f"{name} did not run: do in `cause_jobs` what enqueues it"
        for name in names
        if not outbox.ran[name]
    ]
    return faults or [fault for name in names for fault in _again(outbox, name, wired)]


def _enqueue(outbox: WatchedOutbox, name: str) -> None:
    backing = outbox.backing
    backing.database.write_now(lambda s: backing.queue.enqueue(s, name, "contract"))


def _make_due(outbox: WatchedOutbox, names: Collection[str]) -> None:
    """Let the jobs of a plugin that are for later run now."""
    chosen = update(JobRow).where(JobRow.name.in_(names), JobRow.state == "waiting")
    now = datetime.datetime.now(datetime.UTC)
    _apply(outbox, chosen.values(run_at=now))


def _apply(outbox: WatchedOutbox, change: Update) -> None:
    def run(session: Session) -> None:
        session.execute(change)

    outbox.backing.database.write_now(run)


def _failed(outbox: WatchedOutbox) -> list[str]:
    try:
        outbox.run_jobs()
    except JobsFailed as e:
        return [str(e)]
    return []


def _again(outbox: WatchedOutbox, name: str, wired: Wired) -> Iterator[str]:
    """Let the jobs of a name run again, as after a crash, and compare what came of it."""
    before = _counts(outbox, wired)
    chosen = update(JobRow).where(JobRow.name == name, JobRow.state == "done")
    _apply(outbox, chosen.values(state="waiting", attempts=0))
    if failed := _failed(outbox):
        yield f"{name} fails when it runs again: {failed[0]}"
        return
    for difference in _differences(before, _counts(outbox, wired)):
        yield f"{name}, run again with the same key, changes more: {difference}"


def _counts(outbox: WatchedOutbox, wired: Wired) -> dict[str, int]:
    """Count rows by table, and what was sent."""
    tables = wired.lineage.metadata.sorted_tables if wired.lineage else []

    def count(session: Session) -> dict[str, int]:
        rows = {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}
        jobs = session.scalar(select(func.count()).select_from(JobRow)) or 0
        return {**{f"rows of {name}": n for name, n in rows.items()}, "jobs and events": jobs}

    found = outbox.backing.database.read_now(count)
    return {**found, "messages": len(outbox.messages)}


def _differences(first: Mapping[str, int], second: Mapping[str, int]) -> list[str]:
    return [f"{what}: {n}, then {second[what]}" for what, n in first.items() if second[what] != n]


def _seed_context(backing: Backing, plugin: str) -> SeedContext:
    context = backing.kernel.context(plugin, backing.kernel.region.languages[0])
    given: dict[str, Any] = {f.name: getattr(context, f.name) for f in fields(Context)}
    given["_cipher"] = backing.cipher
    return SeedContext(**given, db=backing.database, files=backing.files)


def _texts(world: World, wired: Wired) -> dict[str, tuple[int, str]]:
    """Return status and words of each page for everyone."""
    paths = ["/", *(r.path for r in page_routes(wired) if r.method == "GET" and r.bare)]
    answers = {path: world.guest.speak("en").get(path, follow_redirects=True) for path in paths}
    return {path: (a.status_code, Client.text(a)) for path, a in answers.items()}
