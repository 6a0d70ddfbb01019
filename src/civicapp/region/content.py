"""Content pages: Markdown files of the pack, one per page and language."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from civicapp.config import say
from civicapp.problems import Origin, did_you_mean
from civicapp.region.files import PAGE_LIMIT, File, Reader

PLACEHOLDERS = ("name", "operator", "website", "email", "phone", "address", "hours")
LINKED = ("privacy", "terms", "accessibility", "contact")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Page:
    """A content page in one language; `body` is Markdown without the title line."""

    slug: str
    language: str
    title: str
    body: str

    def filled(self, values: dict[str, str | None]) -> str:
        """Return the body with placeholders filled in.

        A paragraph or a list item with a placeholder that has no value is left out.
        """
        kept = []
        for block in re.split(r"\n{2,}", self.body):
            lines = re.split(r"\n(?=[-*] |\d+\. )", block)
            filled = [_fill(line, values) for line in lines]
            if any(line is not None for line in filled):
                kept.append("\n".join(line for line in filled if line is not None))
        return "\n\n".join(kept)


def _fill(text: str, values: dict[str, str | None]) -> str | None:
    names = _PLACEHOLDER.findall(text)
    if any(not values.get(n) for n in names if n in PLACEHOLDERS):
        return None
    return _PLACEHOLDER.sub(lambda m: values.get(m[1]) or m[0], text)


def read_pages(files: Iterable[File], languages: Collection[str], reader: Reader) -> list[Page]:
    """Read content pages; later files replace earlier ones of the same name."""
    pages: dict[str, Page] = {}
    for file in files:
        slug, language, _ = file.name.split(".")
        if language not in languages:
            what = f"`{language}` is not among the region's languages"
            hint = did_you_mean(language, languages, what="declared")
            reader.report("unknown-language", what, Origin(file.place), hint or "remove the file")
        elif page := read_page(file, slug, language, reader):
            pages[file.name] = page
    return list(pages.values())


def read_page(file: File, slug: str, language: str, reader: Reader) -> Page | None:
    """Read one page; None after noting why it cannot be used."""
    text = reader.text(file, PAGE_LIMIT)
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").split("\n")
    if not re.match(r"# \S", lines[0]):
        what = "the first line is no title"
        reader.report("missing-key", what, Origin(file.place, 1, 1), "write `# Title`")
        return None
    for n, line in enumerate(lines, 1):
        for match in _PLACEHOLDER.finditer(line):
            if match[1] not in PLACEHOLDERS:
                at = Origin(file.place, n, match.start() + 1)
                what = f"there is no placeholder {say(match[0])}"
                hint = did_you_mean(match[1], PLACEHOLDERS) or f"known: {', '.join(PLACEHOLDERS)}"
                reader.report("unknown-key", what, at, hint)
    return Page(slug, language, lines[0][2:].strip(), "\n".join(lines[1:]).strip())
