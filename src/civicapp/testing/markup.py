"""Markup: what every page of the portal keeps to, looked for in its HTML."""

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

OWN = "testserver"
VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)  # elements without an end
OPTIONAL = frozenset(
    "p li dt dd option optgroup thead tbody tfoot tr td th rp rt caption colgroup".split()
)  # whose end may be left out
# What a browser loads, or sends to, by itself; a link that a person follows may lead anywhere.
LOADED = {
    **dict.fromkeys(("audio", "embed", "iframe", "img", "input", "script", "source"), ("src",)),
    **dict.fromkeys(("track", "video"), ("src", "poster")),
    "form": ("action",),
    "button": ("formaction",),
    "image": ("href", "xlink:href"),
    "link": ("href",),
    "object": ("data",),
    "use": ("href", "xlink:href"),
}
NOT_LOADED = frozenset({"canonical", "alternate", "author", "help", "license", "next", "prev"})


def page_faults(text: str, language: str) -> list[str]:
    """Find what a page in a language must not have, or lacks; empty when it is sound."""
    return list(_Page(text).faults(text, language))


class _Page(HTMLParser):
    """What was seen on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.headings: list[str] = []
        self.languages: list[str | None] = []
        self.ids: Counter[str] = Counter()
        self.bad: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.languages.append(given.get("lang"))
        elif tag == "title" and "svg" not in self._open:
            self.titles.append("")
        elif tag == "h1":
            self.headings.append("")
        if given.get("id"):
            self.ids[given["id"]] += 1
        self.bad += self._element(tag, given)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element that ends at once: `<path/>` in a drawing."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element, and those inside whose end may be left out."""
        if tag not in self._open:
            self.bad.append(f"</{tag}> ends nothing")
            return
        while (last := self._open.pop()) != tag:
            if last not in OPTIONAL:
                self.bad.append(f"<{last}> is not closed before </{tag}>")

    def handle_data(self, data: str) -> None:
        """Note the words of titles and headings."""
        if "title" in self._open and "svg" not in self._open and self.titles:
            self.titles[-1] += data
        if "h1" in self._open and self.headings:
            self.headings[-1] += data

    def _element(self, tag: str, given: dict[str, str]) -> Iterator[str]:
        for name, value in given.items():
            if name.startswith("on"):
                yield f'<{tag} {name}="…">: inline script, which the security policy refuses'
            if name == "style":
                yield f'<{tag} style="{value[:40]}">: inline style, which the policy refuses'
            if value.strip().lower().startswith("javascript:"):
                yield f'<{tag} {name}="javascript:…">: inline script, which the policy refuses'
        if tag == "style":
            yield "<style>: inline style, which the policy refuses; put it into static/"
        if tag == "script" and not given.get("src"):
            yield "<script> without src: inline script, which the policy refuses"
        if tag == "img" and "alt" not in given:
            yield f'<img src={given.get("src", "")!r}> has no alt; alt="" where it says nothing'
        if tag == "link" and NOT_LOADED & set(given.get("rel", "").lower().split()):
            return
        names = LOADED.get(tag, ())
        urls = [given[name] for name in names if name in given]
        urls += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        for url in urls:
            parts = urlsplit(url.strip())
            if parts.netloc and parts.netloc != OWN:
                yield f"<{tag}> loads from another host, or sends there: {url[:80]}"

    def faults(self, text: str, language: str) -> Iterator[str]:
        """List everything that is wrong."""
        if not text.lstrip()[:15].lower().startswith("<!doctype html>"):
            yield "it does not begin with <!doctype html>"
        if not text.rstrip().lower().endswith("</html>"):
            yield "it does not end with </html>: extend `base.html` of the portal kit"
        if self.languages != [language]:
            found = ", ".join(str(given) for given in self.languages) or "no <html>"
            yield f'wants <html lang="{language}">, has {found}'
        titles = [" ".join(title.split()) for title in self.titles]
        if len(titles) != 1 or not titles[0]:
            yield f"wants one <title> with words, has {titles or 'none'}"
        headings = [" ".join(heading.split()) for heading in self.headings]
        if len(headings) != 1:
            yield f"wants one <h1>, has {headings or 'none'}"
        elif not headings[0]:
            yield "its <h1> has no words"
        yield from dict.fromkeys(self.bad)
        yield from (f"id {id!r} stands {n} times" for id, n in self.ids.items() if n > 1)
        left = [tag for tag in self._open if tag not in OPTIONAL]
        if left:
            yield f"not closed at the end: {', '.join(f'<{tag}>' for tag in left)}"
