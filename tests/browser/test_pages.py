"""Every page, in both languages, light and dark, on a phone and a desk: sound, and nothing lost."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

AXE = "async () => (await axe.run({resultTypes: ['violations']})).violations"
SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-block-end: 2em !important; }
"""
ADOPT = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
# What sticks out of the screen, or is cut off by its own box.
LOST = """() => {
  const found = [], width = document.documentElement.clientWidth;
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(".unseen, .long, .skip, svg, [hidden]")) continue;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if (!box.width || style.visibility === "hidden") continue;
    const name = element.tagName + "." + element.className + " " + element.textContent.slice(0, 30);
    if (box.right > width + 1 || box.left < -1) found.push("outside: " + name);
    const clipped = style.overflowX !== "visible" || style.overflowY !== "visible";
    const fuller = element.scrollWidth > element.clientWidth + 1
      || element.scrollHeight > element.clientHeight + 1;
    if (clipped && fuller && element.tagName !== "INPUT") found.push("cut off: " + name);
  }
  if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
  return found;
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")


def violations(page: Any, axe: str) -> list[str]:
    """Run axe with all its rules, best practices included."""
    page.evaluate(axe)
    return [
        f"{page.url} {v['id']}: {node['html'][:120]} {node['failureSummary']}"
        for v in page.evaluate(AXE)
        for node in v["nodes"]
    ]


@pytest.mark.parametrize(
    ("language", "scheme", "width"), list(product(("id", "en"), ("light", "dark"), (360, 1280)))
)
def test_no_page_breaks_a_rule_of_axe(visit, pages, axe, language, scheme, width):
    area = "18.71.13" if width == 1280 else ""
    visitor = visit(language=language, area=area, width=width, color_scheme=scheme)
    found, titles = [], []
    for path in pages:
        page = visitor.open(path)
        found += violations(page, axe)
        titles.append(page.title())
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == language
    assert found == []
    assert len(set(titles)) == len(titles)


def test_an_error_of_a_form_breaks_no_rule_of_axe(visit, axe):
    for scheme in ("light", "dark"):
        page = visit(language="id", color_scheme=scheme).open("/area")
        page.locator(".choices button").first.evaluate("button => { button.value = '99'; }")
        page.locator(".choices button").first.click()
        assert page.title() == "Salah: Pilih wilayah Anda – Layanan Lampung"
        assert page.evaluate("document.activeElement.className") == "errors"
        assert violations(page, axe) == []


def test_details_that_are_open_break_no_rule_of_axe(visit, axe):
    page = visit(language="id").open("/area/18.71.13")
    for summary in page.locator("summary").all():
        summary.click()
    assert violations(page, axe) == []
    assert page.evaluate(LOST) == []


# 320 px is also 400 % zoom of 1280; 640 px at two dots per pixel is 200 %.
@pytest.mark.parametrize(("width", "dots"), [(320, 1), (360, 1), (640, 2), (900, 1), (1280, 1)])
def test_nothing_lies_beside_the_screen(visit, pages, width, dots):
    visitor = visit(language="id", area="18.71.13.1001", width=width, device_scale_factor=dots)
    lost = {path: visitor.open(path).evaluate(LOST) for path in pages}
    assert {path: found for path, found in lost.items() if found} == {}


@pytest.mark.parametrize("css", [SPACING, "html { font-size: 200%; }"], ids=["spacing", "letters"])
def test_wider_spacing_and_larger_letters_lose_nothing(visit, pages, css):
    visitor = visit(language="id", area="18.71.13.1001", width=360)
    lost = {}
    for path in pages:
        page = visitor.open(path)
        page.evaluate(ADOPT, css)
        lost[path] = page.evaluate(LOST)
    assert {path: found for path, found in lost.items() if found} == {}


def test_a_right_to_left_page_mirrors(visit, serve, tmp_path_factory, axe):
    pack = tmp_path_factory.mktemp("pack") / "mirror"
    pack.mkdir()
    (pack / "region.yaml").write_text(
        "format: 1\nid: mirror\nextends: lampung\nlanguages: [ar, id, en]\n", "utf-8"
    )
    visitor = visit(site=serve(str(pack)), locale="ar", width=360)
    for path in ("/", "/area?in=18.71", "/hotlines"):
        page = visitor.open(path)
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.evaluate(LOST) == []
        brand, menu = (page.locator(s).bounding_box() for s in (".brand img", ".menu"))
        assert brand["x"] > menu["x"]
        assert violations(page, axe) == []
