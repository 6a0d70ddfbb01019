"""The sample data of a demonstration: once, quick to look at, and marked as invented."""

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from civicapp_prices.models import Alarm, Entry, Point, Quote, Series
from civicapp_prices.seed import demo, price
from civicapp_prices.service.bulk import write_set
from civicapp_prices.service.site import Site
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from civicapp.backing import Backing, prepare
from civicapp.kernel import boot
from civicapp.serving import Served
from civicapp.settings import Settings
from civicapp.web import create_app


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backing]:
    """Return Lampung with the sample data of prices, on SQLite as `make demo` has it."""
    found = boot("lampung", settings=Settings(demo=True))
    assert found.kernel is not None, found.problems
    backing = prepare(found.kernel, Path(tmp_path_factory.mktemp("demo")))
    assert isinstance(backing, Backing)
    seed(backing)
    yield backing
    backing.database.close_now()


def seed(backing: Backing) -> None:
    given: Any = SimpleNamespace(
        region=backing.kernel.region, db=backing.database, files=backing.files
    )
    demo(given)


def count(backing: Backing, model: Any, *where: Any) -> int:
    query = select(func.count()).select_from(model).where(*where)
    return backing.database.read_now(lambda s: s.scalar(query)) or 0


def test_it_is_made_once(demonstration: Backing) -> None:
    before = [count(demonstration, model) for model in (Entry, Quote, Point, Alarm)]
    assert min(before) > 100
    seed(demonstration)
    assert [count(demonstration, model) for model in (Entry, Quote, Point, Alarm)] == before


def test_every_point_comes_from_its_quotes(demonstration: Backing) -> None:
    """Of the newest day in the region: the mean of all quotes that count."""

    def read(session: Any) -> list[tuple[Any, ...]]:
        newest = session.scalar(select(func.max(Quote.date)))
        found = []
        for series, point in session.execute(
            select(Series, Point)
            .join(Point, Point.series == Series.id)
            .where(Series.scope == "a:18", Point.date == newest)
        ):
            of = (Quote.commodity == series.commodity, Quote.date == newest)
            total, n = session.execute(select(func.sum(Quote.price), func.count()).where(*of)).one()
            found.append((point.price, Decimal(total) / n, point.n, n))
        return found

    rows = demonstration.database.read_now(read)
    assert len(rows) > 10
    for shown, mean, n, quotes in rows:
        assert abs(shown - mean) < Decimal("0.000001")
        assert n == quotes == 30


def test_one_price_spikes_and_some_wait_for_a_supervisor(demonstration: Backing) -> None:
    assert count(demonstration, Quote, Quote.state == "flagged") == 3
    spike = (Alarm.kind == "change", Alarm.class_ == "alert")
    assert count(demonstration, Alarm, *spike) > 0


def test_the_pages_say_that_prices_are_invented(demonstration: Backing) -> None:
    kernel = demonstration.kernel
    app = create_app(kernel, database=demonstration.database, cipher=demonstration.cipher)
    client = TestClient(Served(app, demonstration, None))
    for language, words in (("id", "Semua harga di sini rekaan."), ("en", "are invented.")):
        for path in ("/prices", "/", "/area/18.71"):
            page = client.get(path, headers={"accept-language": language}).text
            assert "Rp" in page
            assert page.count(words) == 1, path
    assert "rekaan" not in client.get("/about", headers={"accept-language": "id"}).text


def test_the_files_say_that_prices_are_invented(demonstration: Backing, tmp_path: Path) -> None:
    site = Site(region=demonstration.kernel.region)
    demonstration.database.read_now(lambda s: write_set(s, site, tmp_path))
    package = json.loads((tmp_path / "datapackage.json").read_text("utf-8"))
    assert package["description"].startswith("A demonstration: ")


def test_a_price_is_the_same_whenever_it_is_invented(demonstration: Backing) -> None:
    from civicapp_prices.config import PricesConfig

    config = demonstration.kernel.region.config("prices", PricesConfig)
    rice = next(c for c in config.commodities if c.demo_price)
    day = datetime.date(2026, 3, 2)
    found = {price(rice, "18.71-07", day, 1, day + datetime.timedelta(days=1)) for _ in range(3)}
    assert len(found) == 1
    assert found.pop() % 50 == 0
