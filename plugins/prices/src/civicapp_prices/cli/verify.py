"""`civicapp prices verify`: recompute the published alarms from the published prices."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from civicapp import (
    DatabaseOption,
    DataOption,
    FilesUnavailable,
    ReadContext,
    RegionArgument,
    examples,
    read_context,
)
from civicapp_prices.bulk_reader import PACKAGE, Bulk, Unusable, open_bulk
from civicapp_prices.bulk_store import stored_bulk
from civicapp_prices.cli.imports import visible
from civicapp_prices.service.alarms import settings_of
from civicapp_prices.service.bulk import alarm_settings
from civicapp_prices.service.site import Site
from civicapp_prices.verifying import Difference, Verified, verify

PATH = "/api/v1/prices/bulk/"
EXAMPLES = examples(
    ("civicapp prices verify REGION", "the files of this host"),
    ("civicapp prices verify REGION --from ./bulk", "files that were downloaded"),
    (f"civicapp prices verify REGION --from https://…{PATH}", "the files of a site"),
)


def verify_alarms(
    region: RegionArgument,
    place: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DIR|URL",
            help="Where the bulk files are: a folder, or an address such as"
            f" https://…{PATH}; else the data folder, else the address of this host.",
            show_default=False,
        ),
    ] = None,
    data: DataOption = None,
    database: DatabaseOption = None,  # noqa: ARG001 - every command takes it; none is opened
) -> None:
    """Recompute the published alarms from the published prices, without a database.

    Each alarm is computed anew by the rules and settings of the region's pack. Exit code 0 when all
    match; 2 when one does not, or when a file is not as its data package says.
    """
    context = read_context(region, "prices", data)
    counts, sound = Verified(), True
    try:
        with ExitStack() as stack:
            bulk = _open(context, place, stack)
            site = Site(region=context.region)
            for line in (*_damage(bulk), *_disagreements(bulk, site)):
                sound = False
                typer.echo(visible(line))
            for difference in verify(bulk, settings_of(site), counts):
                typer.echo(visible(_told(difference)))
    except (Unusable, FilesUnavailable) as e:
        typer.echo(visible(str(e)), err=True)
        raise typer.Exit(2) from e
    right = counts.alarms - counts.wrong
    told = f"{right:,} of {counts.alarms:,} alarms of {counts.series:,} series match"
    typer.echo(told if counts.alarms else "no alarm is published")
    if counts.wrong or not sound:
        raise typer.Exit(2)


def _open(context: ReadContext, place: str | None, stack: ExitStack) -> Bulk:
    """Open the files: where they were said to be, in the data folder, or at the host's address."""
    if place is None and (files := context.files) is not None:
        found = stack.enter_context(stored_bulk(files))
        if found is not None:
            return found
    if place is None and context.base_url:
        place = f"{context.base_url}{PATH}"
    if place is None:
        what = "the data folder holds no bulk files, and CIVICAPP_BASE_URL is not set"
        raise Unusable(f"{what}: name them by --from DIR|URL")
    folder = Path(place)
    if folder.name == PACKAGE and folder.is_file():
        place = str(folder.parent)
    return stack.enter_context(open_bulk(place))


def _damage(bulk: Bulk) -> Iterator[str]:
    for name in bulk.damaged:
        yield f"{name}: it is not as datapackage.json says: another SHA-256, or it is missing"


def _disagreements(bulk: Bulk, site: Site) -> Iterator[str]:
    """Tell that the files are of another region, or were made by other settings."""
    region = bulk.package.get("region")
    if region != site.region.id:
        yield f"datapackage.json: the files are of `{region}`, not of `{site.region.id}`"
    own, told = alarm_settings(site), bulk.settings
    for name in sorted({*own, *told}):
        if own.get(name) != told.get(name):
            values = f"{_value(told.get(name))}, in the pack {_value(own.get(name))}"
            yield f"datapackage.json: alarm_settings/{name} is {values}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _told(found: Difference) -> str:
    """Write a difference on one line."""
    of = f" ({found.of.source} {found.of.scope} {found.of.commodity})" if found.of else ""
    rule = f"{found.kind} {found.mode}".rstrip()
    values = f"published {found.published}, recomputed {found.computed}"
    return f"series {found.series}{of} {found.month} {rule}: {found.field}: {values}"
