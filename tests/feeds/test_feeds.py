"""Feeds: three formats that say the same, and are what readers expect."""

import datetime
import json
import types
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from civicapp import Feed, FeedItem, Link, MenuItem, Service, hookimpl
from civicapp.feeds import ATOM, FORMATS, render_feed
from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.web import Ctx, alternates, create_app, feed_context, feed_response, render

EARLY = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
LATE = datetime.datetime(2026, 2, 3, 11, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=7)))
ENTRY = f"{{{ATOM}}}entry"


def item(number: int = 1, **more: Any) -> FeedItem:
    given = {
        "id": f"urn:isle:{number}",
        "url": f"https://isle.example/{number}",
        "title": "Rice & sugar <cheap>",
        "text": "Both fell.",
        "published": EARLY,
    }
    return FeedItem(**{**given, **more})


def feed(*items: FeedItem) -> Feed:
    return Feed(
        title="Alarms",
        url="https://isle.example/alarms",
        self_url="https://isle.example/alarms.rss",
        text="What is unusual",
        language="en",
        author="Isle Office",
        items=items,
        updated=EARLY,
    )


def test_rss_has_absolute_links_stable_ids_and_rfc_822_dates() -> None:
    found = ElementTree.fromstring(render_feed(feed(item(updated=LATE)), "rss"))
    channel = found.find("channel")
    assert channel is not None
    assert channel.findtext("lastBuildDate") == "Tue, 03 Feb 2026 04:00:00 +0000"
    own = channel.find(f"{{{ATOM}}}link")
    assert own is not None
    assert own.attrib == {
        "href": "https://isle.example/alarms.rss",
        "rel": "self",
        "type": "application/rss+xml",
    }
    entry = channel.find("item")
    assert entry is not None
    assert entry.findtext("title") == "Rice & sugar <cheap>"
    assert entry.findtext("link") == "https://isle.example/1"
    guid = entry.find("guid")
    assert guid is not None
    assert (guid.text, guid.attrib) == ("urn:isle:1", {"isPermaLink": "false"})
    assert parsedate_to_datetime(str(entry.findtext("pubDate"))) == EARLY


def test_atom_names_author_id_and_the_newest_change() -> None:
    cap = Link("https://isle.example/1.cap", "application/cap+xml", title="CAP")
    found = ElementTree.fromstring(
        render_feed(feed(item(), item(2, updated=LATE, links=(cap,), html="<p>Both</p>")), "atom")
    )
    assert found.findtext(f"{{{ATOM}}}updated") == "2026-02-03T04:00:00Z"
    assert found.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name") == "Isle Office"
    first, second = found.findall(ENTRY)
    assert first.findtext(f"{{{ATOM}}}updated") == "2026-01-02T03:04:05Z"
    kinds = [link.attrib["type"] for link in second.findall(f"{{{ATOM}}}link")]
    assert kinds == ["text/html", "application/cap+xml"]
    content = second.find(f"{{{ATOM}}}content")
    assert content is not None
    assert (content.attrib["type"], content.text) == ("html", "<p>Both</p>")


def test_json_feed_is_version_1_1() -> None:
    found = json.loads(render_feed(feed(item(categories=("rice",))), "json"))
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["authors"] == [{"name": "Isle Office"}]
    [entry] = found["items"]
    assert entry["content_text"] == "Both fell."
    assert entry["tags"] == ["rice"]
    assert entry["date_published"] == "2026-01-02T03:04:05Z"


def test_an_empty_list_is_a_feed_too() -> None:
    for format in FORMATS:
        body = render_feed(feed(), format)
        if format == "json":
            assert json.loads(body)["items"] == []
        else:
            ElementTree.fromstring(body)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gives_a_sound_document(title: str, text: str) -> None:
    try:
        title.encode()
        text.encode()
    except UnicodeEncodeError:
        return  # half a surrogate comes from no file and no form
    made = feed(item(title=title, text=text, html=text, categories=(title,)))
    for format in ("rss", "atom"):
        ElementTree.fromstring(render_feed(made, format))
    json.loads(render_feed(made, "json"))


# Served

REGION = """\
format: 1
id: isle
name: {en: Isle, id: Pulau}
timezone: UTC
currency: XXX
languages: [en, id]
plugins: [gazette]
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """Serve a region with a list and its feeds."""
    module = types.ModuleType("gazette_plugin")
    pages = APIRouter()

    @pages.get("/list", response_class=Response)
    async def shown(ctx: Ctx) -> Response:
        feeds = alternates(ctx, "News", "/gazette/list", {"area": "7"})
        return render(ctx, "civicapp/menu.html", tiles=(), pages=(), feeds=feeds)

    @pages.get("/list.atom", response_class=Response)
    async def atom(ctx: Ctx) -> Response:
        ctx = feed_context(ctx)

        def make(absolute: Any) -> Feed:
            entry = item(url=absolute("/gazette/1"), title=ctx.gettext("Menu"))
            return Feed("News", absolute("/gazette/list"), "", "", "", "Office", [entry], EARLY)

        return feed_response(ctx, "atom", make)

    module.pages = pages  # type: ignore[attr-defined]
    import sys

    sys.modules["gazette_plugin"] = module

    @hookimpl
    def service() -> Service:
        menu = (MenuItem("gazette", label="Gazette"),)
        return Service(id="gazette", pages="gazette_plugin:pages", menu=menu)

    module.service = service  # type: ignore[attr-defined]
    folder = tmp_path / "isle"
    folder.mkdir()
    (folder / "region.yaml").write_text(REGION, "utf-8")
    settings = Settings(base_url="https://isle.example")
    found = boot(folder, plugins={"gazette": module}, settings=settings)
    assert found.kernel is not None, found.problems
    with TestClient(create_app(found.kernel)) as made:
        yield made
    del sys.modules["gazette_plugin"]


def test_a_page_names_its_feeds_in_its_own_language(client: TestClient) -> None:
    page = client.get("/gazette/list", headers={"accept-language": "id"}).text
    link = '<link rel="alternate" type="application/atom+xml" title="News" href="{}">'
    assert link.format("/gazette/list.atom?area=7&amp;lang=id") in page
    page = client.get("/gazette/list", headers={"accept-language": "en"}).text
    assert link.format("/gazette/list.atom?area=7") in page
    assert page.count('rel="alternate"') == 3


def test_a_feed_names_its_own_address_as_it_is_served(client: TestClient) -> None:
    answer = client.get("/gazette/list.atom?lang=id")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.headers["content-language"] == "id"
    found = ElementTree.fromstring(answer.content)
    links = {e.attrib["rel"]: e.attrib["href"] for e in found.findall(f"{{{ATOM}}}link")}
    assert links == {
        "alternate": "https://isle.example/gazette/list",
        "self": "https://isle.example/gazette/list.atom?lang=id",
    }
    entry = found.find(ENTRY)
    assert entry is not None
    link = entry.find(f"{{{ATOM}}}link")
    assert link is not None
    assert link.attrib["href"] == "https://isle.example/gazette/1"
