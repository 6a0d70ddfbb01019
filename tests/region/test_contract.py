"""The packs of this repository keep to what every pack keeps to."""

import datetime
from pathlib import Path

from civicapp.testing import RegionContract

TODAY = datetime.date(2026, 6, 1)  # the collective leave of later years is not decided yet


class TestIndonesia(RegionContract):
    region = "indonesia"
    today = TODAY


class TestLampung(RegionContract):
    region = "lampung"
    today = TODAY


class TestDkiJakarta(RegionContract):
    region = Path(__file__).parents[2] / "examples/regions/dki-jakarta"
    today = TODAY
