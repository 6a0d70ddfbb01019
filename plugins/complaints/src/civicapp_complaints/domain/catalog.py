"""The categories of a region: by code, by group, and by the words that people type."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from civicapp_complaints.config import (
        Answer,
        Category,
        ComplaintsConfig,
        Group,
        Question,
        Sla,
    )

SHORTEST_WORD = 3


class Catalog:
    """Look up what a region's config says; build it once."""

    def __init__(self, config: "ComplaintsConfig") -> None:
        self.groups: tuple[Group, ...] = tuple(
            sorted(config.groups, key=lambda g: (g.sort, g.code))
        )
        order = {g.code: n for n, g in enumerate(self.groups)}
        self.categories: Mapping[str, Category] = {
            c.code: c
            for c in sorted(
                config.categories, key=lambda c: (order.get(c.group, len(order)), c.sort, c.code)
            )
        }
        self.questions: Mapping[str, Question] = {q.code: q for q in config.questions}
        self._sla: Mapping[str, Sla] = {s.code: s for s in config.sla}
        self._answers = sorted(config.answers, key=lambda a: (a.sort, a.code))

    def active(self, group: str | None = None) -> "tuple[Category, ...]":
        """Return the categories that a new report may have, in order; of one group or of all."""
        return tuple(c for c in self.categories.values() if c.active and group in (None, c.group))

    def category(self, code: str) -> "Category | None":
        """Return a category that a new report may have, None if there is none of this code."""
        found = self.categories.get(code)
        return found if found and found.active else None

    def sla(self, category: "Category") -> "Sla | None":
        """Return the class of a category's deadline, None if nothing is promised."""
        return self._sla.get(category.sla) if category.sla else None

    def icon(self, category: "Category") -> str:
        """Return a category's picture, or that of its group."""
        groups = {g.code: g.icon for g in self.groups}
        return category.icon or groups.get(category.group, "dot")

    def question(self, category: "Category") -> "Question | None":
        """Return the question that a category asks, None if it asks none."""
        return self.questions.get(category.question) if category.question else None

    def answers(self, category: "Category") -> "tuple[Answer, ...]":
        """Return the answers to a category's question, in order."""
        return tuple(a for a in self._answers if a.question == category.question)

    def answer(self, category: "Category", code: str | None) -> "Answer | None":
        """Return one answer to a category's question, None if it has none of this code."""
        return next((a for a in self.answers(category) if a.code == code), None)

    def search(self, text: str, limit: int = 8) -> "tuple[Category, ...]":
        """Find active categories by what people type, in any of the region's languages.

        Each word may be the beginning of one. Categories whose name or phrase holds all words come
        first, then those that hold most.
        """
        typed = [w for w in fold(text).split() if len(w) >= SHORTEST_WORD or w.isdigit()]
        if not typed:
            return ()
        found = []
        for n, category in enumerate(self.active()):
            score = max((_score(typed, p) for p in self._phrases[category.code]), default=0.0)
            if score:
                found.append((-score, n, category))
        return tuple(category for _, _, category in sorted(found, key=lambda f: f[:2])[:limit])

    @cached_property
    def _phrases(self) -> "Mapping[str, list[list[str]]]":
        return {c.code: list(_phrases_of(c)) for c in self.categories.values()}


def _phrases_of(category: "Category") -> "Iterable[list[str]]":
    texts = [*category.name.values()]
    for phrases in (category.words or {}).values():
        texts += phrases.split(";")
    return (words for text in texts if (words := fold(text).split()))


def _score(typed: list[str], phrase: list[str]) -> float:
    hits = sum(any(word.startswith(t) for word in phrase) for t in typed)
    if not hits:
        return 0.0
    whole = sum(t in phrase for t in typed)
    # Nearly all of the phrase is better than one word of a long one.
    score = hits + 0.5 * whole / len(typed) + hits / (len(phrase) + 1)
    return score + 2.0 * (hits == len(typed)) + (typed == phrase)


def fold(text: str) -> str:
    """Fold case, accents and marks away, so that spellings meet."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())
