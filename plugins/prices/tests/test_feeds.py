"""Feeds of alarms: which classes changed, in plain words of both languages, with stable ids."""

import datetime
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from civicapp_prices.service.site import Site
from civicapp_prices.service.turns import turns

RICE, CHILI = "beras-medium-1", "cabai-rawit"
ATOM = "{http://www.w3.org/2005/Atom}"
FORMATS = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
Put = Callable[..., None]


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    return pasar


@pytest.fixture
def site(kernel: Any) -> Site:
    return Site(region=kernel.region)


@pytest.fixture
def put(db: Any) -> Put:
    """Return what publishes a price on the tenth of each month, the last of them in `end`."""

    def put(prices: list[int], end: str, scope: str = "a:18", commodity: str = RICE) -> None:
        year, month = map(int, end.split("-"))
        last = year * 12 + month - 1

        def write(session: Any) -> None:
            key = Key("survey", scope, commodity)
            series = ensure_series(session, [key])[key]
            points = []
            for n, price in enumerate(reversed(prices)):
                date = datetime.date((last - n) // 12, (last - n) % 12 + 1, 10)
                points.append(NewPoint(series, date, Decimal(price)))
            publish(session, points, [scope])

        db.write_now(write)

    return put


def judge(db: Any, site: Site, day: str) -> None:
    run_alarms(db, site, datetime.datetime.fromisoformat(f"{day}T05:00:00+00:00"))


def calm(count: int) -> list[int]:
    return [12_000 + 200 * (n % 12) + (n * 37) % 90 for n in range(count)]


@pytest.fixture
def risen(put: Put, db: Any, site: Site) -> None:
    """Let rice rise in October and fall again in November, chili rise elsewhere in November."""
    put([*calm(47), 30_000], "2026-10")
    put(calm(12), "2026-10", "a:18.71", CHILI)
    judge(db, site, "2026-11-02")
    put([12_000], "2026-11")
    put([60_000], "2026-11", "a:18.71", CHILI)
    judge(db, site, "2026-12-02")


def told(db: Any, site: Site, *scopes: str) -> list[tuple[str, ...]]:
    found = db.read_now(turns, site, scopes)
    return [(t.month, t.commodity, t.kind, str(t.before), t.class_) for t in found]


def test_turns_are_the_changes_of_a_class_newest_first(risen: None, db: Any, site: Site) -> None:
    found = told(db, site)
    assert set(found[:4]) == {
        ("2026-11", CHILI, "change", "normal", "alert"),
        ("2026-11", RICE, "alps", "crisis", "normal"),
        ("2026-11", RICE, "change", "alert", "low"),
        ("2026-11", RICE, "ipa", "alert", "low"),
    }
    assert set(found[4:]) == {
        ("2026-10", RICE, "alps", "None", "crisis"),
        ("2026-10", RICE, "change", "None", "alert"),
        ("2026-10", RICE, "ipa", "None", "alert"),
    }
    assert {row[1] for row in told(db, site, "a:18.71")} == {CHILI}


def test_a_correction_changes_an_item_and_keeps_its_name(
    risen: None, put: Put, client: Any, db: Any, site: Site
) -> None:
    before = _json(client, "")
    put([12_050], "2026-10")  # so October was no rise after all, and November no fall
    judge(db, site, "2026-12-03")
    after = _json(client, "")
    assert {item["id"] for item in after["items"]} < {item["id"] for item in before["items"]}
    put([40_000], "2026-11")
    judge(db, site, "2026-12-04")
    later = {item["id"]: item for item in _json(client, "")["items"]}
    kept = later.keys() & {item["id"] for item in before["items"]}
    assert kept
    for id in kept:
        old = next(item for item in before["items"] if item["id"] == id)
        assert later[id]["date_published"] == old["date_published"]


def _json(client: Any, query: str) -> Any:
    answer = client.get(f"/prices/alarms.json{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/feed+json")
    return json.loads(answer.text)


def test_json_feed_in_both_languages(risen: None, client: Any) -> None:
    found = _json(client, "?area=18.71")
    assert found["title"] == "Harga pangan tidak biasa: Kota Bandar Lampung"
    assert found["language"] == "id"
    assert found["feed_url"] == "http://testserver/prices/alarms.json?area=18.71"
    assert found["home_page_url"] == "http://testserver/prices/alarms?area=18.71"
    [item] = found["items"]
    assert item["title"] == "Cabai Rawit, Kota Bandar Lampung: tinggi tidak biasa"
    assert item["url"] == f"http://testserver/prices/{CHILI}?area=18.71&source=survey"
    assert item["id"].startswith("urn:uuid:")
    assert item["date_published"] == "2026-12-02T05:00:00Z"
    assert item["content_text"].startswith("November 2026: ")
    english = _json(client, "?area=18.71&lang=en")
    assert english["language"] == "en"
    [other] = english["items"]
    assert other["title"] == "Bird's-eye chili, Kota Bandar Lampung: unusually high"
    assert "The price rose by" in other["content_text"]
    assert "The month before: usual." in other["content_text"]
    assert other["id"] == item["id"]
    assert client.get(f"/prices/{CHILI}?area=18.71&source=survey").status_code == 200


@pytest.mark.parametrize("format", FORMATS)
def test_rss_and_atom_say_the_same(risen: None, client: Any, format: str) -> None:
    answer = client.get(f"/prices/alarms.{format}")
    assert answer.headers["content-type"].startswith(FORMATS[format])
    root = ElementTree.fromstring(answer.content)
    if format == "rss":
        ids = [str(found.text) for found in root.iter("guid")]
    else:
        ids = [str(found.text) for found in root.findall(f"{ATOM}entry/{ATOM}id")]
    assert ids == [item["id"] for item in _json(client, "")["items"]]
    assert len(set(ids)) == 7


def test_an_empty_feed_and_an_area_without_alarms(client: Any) -> None:
    assert _json(client, "")["items"] == []
    assert client.get("/prices/alarms.rss").status_code == 200
    for area in ("18.71.01", "31", "x"):
        assert client.get(f"/prices/alarms.rss?area={area}").status_code == 404


def test_a_kept_feed_is_made_anew_after_an_alarm_run(
    put: Put, client: Any, db: Any, site: Site
) -> None:
    put([*calm(47), 30_000], "2026-10")
    assert _json(client, "")["items"] == []
    judge(db, site, "2026-11-02")
    assert len(_json(client, "")["items"]) == 3


def test_the_page_names_its_feeds(risen: None, client: Any) -> None:
    page = client.get("/prices/alarms?area=18.71").text
    for format in ("rss", "atom", "json"):
        assert f'href="/prices/alarms.{format}?area=18.71"' in page
    assert 'href="/prices/alarms.rss"' in client.get("/prices/alarms").text
