"""What every plugin keeps to."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish

from civicapp.testing import PluginContract

MARKETS = "code,name,area,surveyed\nport,Market of the port,1.1.1,true\n"
RECIPIENTS = "id,channel,target\nhall,email,hall@island.example\n"
COMMODITIES = """\
code,name_en,unit,surveyed,staple,sort,demo_price
rice,Rice,kg,true,1,10,120
oil,Cooking oil,litre,true,2,20,300
"""


class TestPrices(PluginContract):
    plugin = "prices"

    @pytest.fixture
    def pack_files(self) -> Mapping[str, str]:
        """Give the island a market that is surveyed, and an office that is told of alarms."""
        return {
            "services/prices/markets.csv": MARKETS,
            "services/prices/recipients.csv": RECIPIENTS,
            "services/prices/commodities.csv": COMMODITIES,
        }

    def cause_jobs(self, client: Any) -> None:
        """Publish a survey of yesterday, and a month that ended with a rise."""
        backing = client.backing
        today = datetime.datetime.now(datetime.UTC).date()
        last = today.replace(day=1) - datetime.timedelta(days=1)
        before = last.replace(day=1) - datetime.timedelta(days=1)
        prices = {before.replace(day=5): 100, last.replace(day=25): 200}
        prices[today - datetime.timedelta(days=1)] = 210

        def write(session: Any) -> None:
            key = Key("survey", "a:1", "rice")
            series = ensure_series(session, [key])[key]
            points = [NewPoint(series, day, Decimal(price), 2) for day, price in prices.items()]
            publish(session, points, ["a:1"])
            # That of a plugin which is off meanwhile.
            backing.queue.enqueue(session, "prices.fetch_source", "key", {"source": "gone"})

        backing.database.write_now(write)


@pytest.fixture
def enabled_plugins() -> tuple[str, ...]:
    return ("prices",)


def test_a_region_that_names_no_prices_gets_no_demonstration(backing: Any) -> None:
    from dataclasses import fields

    from civicapp_prices.models import Entry
    from civicapp_prices.seed import demo
    from sqlalchemy import func, select

    from civicapp import Context, SeedContext

    context = backing.kernel.context("prices", "en")
    given: dict[str, Any] = {f.name: getattr(context, f.name) for f in fields(Context)}
    demo(SeedContext(**given, db=backing.database, files=backing.files))
    count = select(func.count()).select_from(Entry)
    assert backing.database.read_now(lambda s: s.scalar(count)) == 0
