"""Content pages: Markdown of the pack becomes HTML that keeps the rules of a page."""

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_ALIGNED = re.compile(r"text-align:(left|center|right)")
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>])")


def prose(markdown: str, links: Mapping[str, str]) -> Markup:
    """Render Markdown; HTML in it stays text, and no picture is taken from elsewhere.

    links: words that become links wherever they stand alone, such as an e-mail address, and where
    they lead.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = parser.parse(markdown)
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"  # the page's title is its only h1
        if token.tag in ("th", "td") and (style := token.attrs.pop("style", None)):
            aligned = _ALIGNED.match(str(style))
            token.attrs["class"] = aligned[1] if aligned else ""
        if token.type == "inline" and token.children:
            token.children = _linked(token.children, links)
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - no raw HTML


def escaped(text: str | None) -> str:
    """Escape what Markdown would take as a mark."""
    return _PUNCTUATION.sub(r"\\\1", text or "")


def _linked(tokens: list[Token], links: Mapping[str, str]) -> list[Token]:
    wanted = [w for w in links if w]
    if not wanted:
        return tokens
    pattern = re.compile("|".join(re.escape(w) for w in sorted(wanted, key=len, reverse=True)))
    found: list[Token] = []
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in ("link_open", "link_close") else 0
        if token.type != "text" or inside:
            found.append(token)
            continue
        end = 0
        for match in pattern.finditer(token.content):
            before, end = token.content[end : match.start()], match.end()
            found += [
                Token("text", "", 0, content=before),
                Token("link_open", "a", 1, attrs={"href": links[match[0]]}),
                Token("text", "", 0, content=match[0]),
                Token("link_close", "a", -1),
            ]
        found.append(Token("text", "", 0, content=token.content[end:]))
    return found
