"""A service's tables, migrations and jobs are checked when it is wired; faults name the owner."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa

from civicapp.jobs.wired import wire_jobs
from civicapp.service import RESERVED, Job, Service
from civicapp.storage import service_metadata
from civicapp.wiring import Wired, clashes, wire


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make importable packages with some attributes, and a folder `migrations` if wished."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, *, migrations: bool = True, **attributes: Any) -> None:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("")
        if migrations:
            (folder / "migrations").mkdir()
        monkeypatch.setitem(sys.modules, f"{name}.parts", module := ModuleType(f"{name}.parts"))
        for key, value in attributes.items():
            setattr(module, key, value)

    return make


def tables(service: str, *names: str) -> sa.MetaData:
    metadata = service_metadata(service)
    for name in names:
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))
    return metadata


def wired(service: Service) -> Wired:
    found, faults = wire(service, None)
    assert found is not None, faults
    return found


def shop(**more: Any) -> Service:
    given = {"metadata": "shop_p.parts:metadata", "migrations": "shop_p:migrations"}
    return Service(id="shop", **{**given, **more})


def test_a_service_with_tables_has_a_lineage(package: Callable[..., None], tmp_path: Path) -> None:
    package("shop_p", metadata=tables("shop", "shop_item"))
    found = wired(shop())
    assert found.lineage is not None
    assert found.lineage.id == "shop"
    assert found.lineage.versions == tmp_path / "shop_p" / "migrations"
    assert clashes([found]) == []


def test_a_service_without_tables_has_none() -> None:
    assert wired(Service(id="shop")).lineage is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"migrations": None}, "`metadata` is given without `migrations`"),
        ({"metadata": None}, "`migrations` is given without `metadata`"),
        ({"metadata": "shop_p.parts:metedata"}, "has no `metedata`"),
        ({"metadata": "shop_p.parts:number"}, "is a int, wants a MetaData"),
        ({"migrations": "shop_p:versions"}, "has no folder `versions`"),
        ({"migrations": "no_such_package:migrations"}, "cannot be imported"),
    ],
)
def test_a_wrong_reference_is_told(
    package: Callable[..., None], more: dict[str, str | None], says: str
) -> None:
    package("shop_p", metadata=tables("shop"), number=1)
    found, faults = wire(shop(**more), None)
    assert found is None
    assert [fault.plugin for fault in faults] == ["shop"]
    assert says in faults[0].message


def test_a_table_of_anothers_name_is_told_with_both_owners(package: Callable[..., None]) -> None:
    foreign = sa.MetaData()
    sa.Table("tax_bill", foreign, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("stray", foreign, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("core_job", foreign, sa.Column("id", sa.Integer, primary_key=True))
    package("shop_p", metadata=foreign)
    found = clashes([wired(shop()), wired(Service(id="tax"))])
    assert [(e.plugin, e.message) for e in found] == [
        ("shop", "table `core_job` must be named shop_…, and `core_` belongs to core"),
        ("shop", "table `stray` must be named shop_…"),
        ("shop", "table `tax_bill` must be named shop_…, and `tax_` belongs to tax"),
    ]


def test_ids_that_would_name_tables_of_others_are_kept() -> None:
    assert {"alembic", "core", "procrastinate", "sqlite"} <= RESERVED


def run(_context: object, _refs: Mapping[str, str | int]) -> None:
    """Do nothing."""


def test_jobs_find_their_handlers(package: Callable[..., None]) -> None:
    package("shop_p", run=run)
    jobs = (
        Job("shop.count", "shop_p.parts:run"),
        Job("shop.daily", "shop_p.parts:run", "0 3 * * *"),
    )
    found = wired(Service(id="shop", jobs=jobs)).jobs
    assert [(w.name, w.run) for w in found] == [("shop.count", run), ("shop.daily", run)]


@pytest.mark.parametrize(
    ("job", "says"),
    [
        (Job("count", "shop_p.parts:run"), "wants the name `shop.<job>`"),
        (Job("tax.count", "shop_p.parts:run"), "wants the name `shop.<job>`"),
        (Job("shop.Count", "shop_p.parts:run"), "wants the name `shop.<job>`"),
        (Job("shop." + "x" * 36, "shop_p.parts:run"), "more than 40 characters"),
        (Job("shop.count", "shop_p.parts:number"), "is a int"),
        (Job("shop.count", "shop_p.parts:rum"), "no `rum`"),
        (Job("shop.count", "shop_p.parts:run", retries="3"), "numbers"),  # type: ignore[arg-type]
        (Job("shop.count", "shop_p.parts:run", cron="61 * * * *"), "is no cron line"),
        (Job("shop.count", "shop_p.parts:run", retries=-1), "no negative numbers"),
        (Job("shop.count", "shop_p.parts:run", wait=0), "no negative numbers"),
    ],
)
def test_a_wrong_job_is_told(package: Callable[..., None], job: Job, says: str) -> None:
    package("shop_p", run=run, number=1)
    found, faults = wire_jobs("shop", [job])
    assert found == ()
    assert [fault.plugin for fault in faults] == ["shop"]
    assert says in faults[0].message


def test_a_job_stands_once(package: Callable[..., None]) -> None:
    package("shop_p", run=run)
    job = Job("shop.count", "shop_p.parts:run")
    found, faults = wire_jobs("shop", [job, job])
    assert len(found) == 1
    assert "stands twice" in faults[0].message


def test_every_fault_is_told(package: Callable[..., None]) -> None:
    package("shop_p", number=1)
    jobs = (Job("count", "shop_p.parts:run"), Job("shop.count", "shop_p.parts:number"))
    _, faults = wire(shop(jobs=jobs, migrations=None), None)
    assert len(faults) == 3
