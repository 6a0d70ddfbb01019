"""An invented island whose own language runs from right to left: pages are mirrored, and fit."""

from collections.abc import Callable
from typing import Any

import pytest

from civicapp.__main__ import run

pytestmark = pytest.mark.browser

AREAS = """\
code,name,level,parent
V,فيريا,island,
V1,الشمال,district,V
V2,الجنوب,district,V
V1A,مرسى الريح,quarter,V1
V2A,حوض الملح,quarter,V2
"""
PATHS = ("/", "/menu", "/area", "/area/V1", "/about", "/complaints/new", "/complaints/track")
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const beside = ".unseen, .long, .skip, svg, [hidden], details:not([open]) > :not(summary)";
  return [...document.body.querySelectorAll("*")]
    .filter(e => !e.closest(beside))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.right > width + 1 || box.left < -1))
    .map(([e]) => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30));
}"""
# How far words end from the right side of an element, and whether their last mark is on the right.
WORDS = """e => {
  const text = document.createTreeWalker(e, NodeFilter.SHOW_TEXT).nextNode();
  const at = (from, to) => {
    const range = document.createRange();
    range.setStart(text, from); range.setEnd(text, to);
    return range.getBoundingClientRect();
  };
  const n = text.data.trimEnd().length;
  const [last, before] = [at(n - 1, n), at(n - 2, n - 1)];
  return {space: e.getBoundingClientRect().right - at(0, n).right, right: last.left > before.left};
}"""


@pytest.fixture(scope="module")
def site(serve: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("island")
    (folder / "areas.csv").write_text(AREAS, "utf-8")
    options = ("--bare", "--currency", "XTS", "--timezone", "Etc/GMT-3", "--language", "ar")
    files = ("--areas", str(folder / "areas.csv"), "--dir", str(folder))
    assert run(["new-region", "veria", *options, *files, "--name", "ar=فيريا"]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(folder / "data"))
        return serve(str(folder / "veria"))


def box(page: Any, selector: str) -> dict[str, float]:
    found: dict[str, float] = page.locator(selector).first.bounding_box()
    return found


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_mirrored_and_fit(visit, width):
    visitor = visit(language="ar", width=width)
    for path in PATHS:
        page = visitor.open(path)
        assert page.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]
        assert page.evaluate(WIDE) == [], path
        brand, menu = box(page, ".brand"), box(page, ".menu")
        assert brand["x"] > menu["x"], path


def test_words_without_translation_keep_their_direction(visit):
    page = visit(language="ar", width=360).open("/")
    heading = page.locator("h1").evaluate(WORDS)
    assert heading["right"]  # the question mark
    assert heading["space"] < 4


@pytest.mark.parametrize("script", [False, True])
def test_a_report_is_sent_by_lists(visit, script):
    visitor = visit(language="ar", width=360, java_script_enabled=script)
    page = visitor.open("/complaints/new")
    page.locator("summary").first.click()
    page.locator('button[value="road.pothole"]').click()
    page.select_option("select >> nth=0", "V2")
    if not script:
        page.locator('button[name="show"]').click()
    page.select_option("select >> nth=1", "V2A")
    page.locator("#send").click()
    page.fill("#description", "حفرة عميقة في الطريق قرب السوق.")
    page.locator("#send").click()
    page.fill("#phone", "+99912345678")
    mark = page.locator(".option:has(:checked)").evaluate("e => getComputedStyle(e).boxShadow")
    assert "-4px 0px" in mark  # at the right side, where the line begins
    page.locator("#send").click()
    number = page.locator("dd bdi", has_text="999")
    assert number.get_attribute("dir") == "ltr"
    page.locator("#send").click()
    assert page.locator(".report-number").inner_text().startswith("REP-")
    dot, words = box(page, ".timeline > li"), box(page, ".timeline > li > strong")
    assert dot["x"] + dot["width"] > words["x"] + words["width"] + 12
