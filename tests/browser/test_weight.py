"""What a page weighs on a slow line. Sizes are those of gzip, as a proxy sends them."""

import gzip
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.browser

KB = 1024


def weigh(visitor: Any, path: str) -> tuple[Counter[str], int]:
    """Open a page; return the size of what came with it by kind, and of all without gzip."""
    answers: list[Any] = []

    def note(answer: Any) -> None:
        answers.append(answer)

    visitor.page.on("response", note)
    visitor.page.goto(path, wait_until="networkidle")
    visitor.page.remove_listener("response", note)
    sizes: Counter[str] = Counter()
    raw = 0
    for answer in answers:
        body = answer.body()
        sizes[answer.request.resource_type] += len(gzip.compress(body, 6))
        raw += len(body)
    return sizes, raw


def test_the_home_page_is_light(visit):
    sizes, raw = weigh(visit(language="id", area="18.71.13"), "/")
    assert 0 < sizes["document"] <= 8 * KB
    assert 0 < sizes["stylesheet"] <= 10 * KB
    assert "script" not in sizes  # the home page needs none
    assert "font" not in sizes
    assert sizes.total() <= 100 * KB
    assert raw <= 100 * KB  # even where nothing compresses


@pytest.mark.parametrize("path", ["/area?in=18.06&next=/hotlines", "/area/18.71", "/about"])
def test_long_pages_fit_the_first_window(visit, path):
    sizes, _ = weigh(visit(language="id", area="18.71.13"), path)
    assert 0 < sizes["document"] <= 14 * KB
    assert sizes["script"] <= 6 * KB


def test_later_pages_bring_nothing_but_themselves(visit):
    visitor = visit(language="id")
    visitor.open("/")
    page = visitor.open("/menu")
    fetched = (
        "performance.getEntriesByType('resource').filter(e => e.transferSize).map(e => e.name)"
    )
    assert page.evaluate(fetched) == []
