"""Fetch what sources of other plugins have, each by a job of its own: faults stay apart."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from civicapp import Act, JobContext
from civicapp_prices.context import site_in
from civicapp_prices.domain.formats import Reject, Unreadable
from civicapp_prices.service.imports import look_at, run, was_read
from civicapp_prices.service.sources import Brought, brought

Refs = Mapping[str, str | int]
TOLD = 5  # rejects that are logged


class NotFetched(Exception):
    """Say why a source brought nothing; the job is tried again, and is seen to fail."""


def fetch(ctx: JobContext, _refs: Refs) -> None:
    """Enqueue the fetching of each source that the pack lists."""
    site, log = site_in(ctx), structlog.get_logger()
    found, faults = brought(ctx.hooks)
    for source in found.values():
        if source.fetch is not None and source.id in site.config.sources:
            refs: Refs = {"source": source.id}
            ctx.db.write_now(_enqueue, ctx, f"{ctx.key}:{source.id}", refs)
        elif source.fetch is not None:
            log.warning("prices_source_not_listed", plugin=source.plugin, source=source.id)
    for fault in faults:
        log.error("prices_sources_failed", plugin=fault.plugin, reason=fault.message)
    if faults:
        raise NotFetched("; ".join(f"{fault.plugin}: {fault.message}" for fault in faults))


def _enqueue(session: Session, ctx: JobContext, key: str, refs: Refs) -> None:
    ctx.jobs.enqueue(session, "prices.fetch_source", key, refs)


def fetch_source(ctx: JobContext, refs: Refs) -> None:
    """Fetch one source, and import what is new."""
    source = brought(ctx.hooks)[0].get(str(refs["source"]))
    if source is None or source.fetch is None:
        return  # its plugin is off, or has changed
    with tempfile.TemporaryDirectory(prefix="civicapp-prices-") as name:
        folder = Path(name)
        path: object = source.fetch(folder)
        if path is None:
            return
        if not isinstance(path, Path) or not path.is_file() or path.is_symlink():
            raise NotFetched(f"{source.id}: `fetch` returned {path!r}, which is no file")
        if folder.resolve() not in path.resolve().parents:
            raise NotFetched(f"{source.id}: `fetch` returned a file outside its folder")
        _import(ctx, source, path)


def _import(ctx: JobContext, source: Brought, path: Path) -> None:
    act, log = Act(), structlog.get_logger().bind(source=source.id, plugin=source.plugin)
    site = site_in(ctx)
    area = site.region.area.code if site.region.area else ""
    try:
        job = look_at(site, path, source.id, area, act.at, format=source.format)
        # A second try may find the file half read by the first.
        if ctx.attempt == 1 and ctx.db.read_now(was_read, job):
            return
        told: list[Reject] = []
        found = run(ctx.db, site, job, act, lambda r: told.append(r) if len(told) < TOLD else None)
    except Unreadable as e:
        raise NotFetched(f"{source.id}: {e.message}; {e.hint}") from e
    for reject in told:
        log.warning(
            "prices_rejected",
            row=reject.row,
            column=reject.column,
            value=reject.value,
            reason=reject.reason,
        )
    tell = log.warning if found.rejected else log.info
    tell(
        "prices_fetched",
        new=found.new,
        changed=found.changed,
        same=found.same,
        rejected=found.rejected,
    )
