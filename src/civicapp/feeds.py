"""Feeds: a list as RSS 2.0, Atom (RFC 4287) and JSON Feed 1.1, in which readers and sites take it.

The three say the same. Every address is absolute; what XML cannot hold is left out.
"""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Literal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

Format = Literal["rss", "atom", "json"]
FORMATS: Mapping[Format, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}
"""Media type of each format."""
ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
# Characters that XML 1.0 does not allow at all, not even escaped.
_UNWANTED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Link:
    """A further address of an item, such as a document of another media type."""

    url: str
    media_type: str
    rel: str = "alternate"
    title: str = ""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One thing of a list. id: for ever the same, a URI. text: plain; html: the same with markup.

    published, updated: aware instants.
    """

    id: str
    url: str
    title: str
    text: str
    published: datetime.datetime
    updated: datetime.datetime | None = None
    html: str | None = None
    author: str = ""
    categories: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A list. url: the page that shows it; self_url: the feed's own address, as it is served.

    author: whose list it is. updated: of an empty list; else the newest item tells.
    """

    title: str
    url: str
    self_url: str
    text: str
    language: str
    author: str
    items: Sequence[FeedItem]
    updated: datetime.datetime

    @property
    def newest(self) -> datetime.datetime:
        """Return when the newest item was changed last."""
        return max((i.updated or i.published for i in self.items), default=self.updated)


def render_feed(feed: Feed, format: Format) -> bytes:
    """Write a feed; the same feed always gives the same bytes."""
    return {"rss": _rss, "atom": _atom, "json": _json}[format](feed)


def _rss(feed: Feed) -> bytes:
    # Names with their prefixes written out: ElementTree keeps prefixes for the whole process.
    root = Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = SubElement(root, "channel")
    _text(channel, "title", feed.title)
    _text(channel, "link", feed.url)
    _text(channel, "description", feed.text or feed.title)
    _text(channel, "language", feed.language)
    _text(channel, "lastBuildDate", _rfc822(feed.newest))
    own = {"href": feed.self_url, "rel": "self", "type": FORMATS["rss"]}
    SubElement(channel, "atom:link", own)
    for item in feed.items:
        entry = SubElement(channel, "item")
        _text(entry, "title", item.title)
        _text(entry, "link", item.url)
        _text(entry, "description", item.html or item.text)
        _text(entry, "pubDate", _rfc822(item.published))
        SubElement(entry, "guid", {"isPermaLink": "false"}).text = _plain(item.id)
        for category in item.categories:
            _text(entry, "category", category)
        for link in item.links:
            given = {"href": link.url, "rel": link.rel, "type": link.media_type}
            SubElement(entry, "atom:link", given)
    return _document(root)


def _atom(feed: Feed) -> bytes:
    root = Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _text(root, "title", feed.title)
    _text(root, "id", feed.self_url)
    _text(root, "updated", _instant(feed.newest))
    _text(SubElement(root, "author"), "name", feed.author or feed.title)
    if feed.text:
        _text(root, "subtitle", feed.text)
    SubElement(root, "link", {"href": feed.url, "rel": "alternate", "type": "text/html"})
    own = {"href": feed.self_url, "rel": "self", "type": FORMATS["atom"]}
    SubElement(root, "link", own)
    for item in feed.items:
        entry = SubElement(root, "entry")
        _text(entry, "title", item.title)
        _text(entry, "id", item.id)
        _text(entry, "published", _instant(item.published))
        _text(entry, "updated", _instant(item.updated or item.published))
        if item.author:
            _text(SubElement(entry, "author"), "name", item.author)
        SubElement(entry, "link", {"href": item.url, "rel": "alternate", "type": "text/html"})
        for link in item.links:
            given = {"href": link.url, "rel": link.rel, "type": link.media_type}
            SubElement(entry, "link", given | ({"title": link.title} if link.title else {}))
        for category in item.categories:
            SubElement(entry, "category", {"term": _plain(category)})
        content = SubElement(entry, "content", {"type": "html" if item.html else "text"})
        content.text = _plain(item.html or item.text)
    return _document(root)


def _json(feed: Feed) -> bytes:
    items = []
    for item in feed.items:
        entry: dict[str, object] = {
            "id": item.id,
            "url": item.url,
            "title": item.title,
            "content_text": item.text,
            "date_published": _instant(item.published),
            "date_modified": _instant(item.updated or item.published),
        }
        if item.html:
            entry["content_html"] = item.html
        if item.author:
            entry["authors"] = [{"name": item.author}]
        if item.categories:
            entry["tags"] = list(item.categories)
        if item.links:
            entry["attachments"] = [
                {"url": link.url, "mime_type": link.media_type} for link in item.links
            ]
        items.append(entry)
    document = {
        "version": JSON_FEED,
        "title": feed.title,
        "home_page_url": feed.url,
        "feed_url": feed.self_url,
        "description": feed.text,
        "language": feed.language,
        "authors": [{"name": feed.author or feed.title}],
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _plain(text)


def _plain(text: str) -> str:
    return _UNWANTED.sub("", text)


def _document(root: Element) -> bytes:
    found = ElementTree.tostring(root, encoding="unicode")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + found.encode() + b"\n"


def _instant(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc822(at: datetime.datetime) -> str:
    return format_datetime(at.astimezone(datetime.UTC))
