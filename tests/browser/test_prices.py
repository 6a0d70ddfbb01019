"""Prices in a browser: rice in two taps, sound pages, a chart by keyboard, a sheet on paper."""

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

AXE = "async () => (await axe.run({resultTypes: ['violations']})).violations"
AXE_FILE = Path(__file__).parent / "vendor" / "axe.min.js"
RICE = "beras-medium-1"
# What sticks out of the screen. Drawings may, they are cut off; a table of paper scrolls by itself.
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const closed = "details:not([open]) > :not(summary)";
  const beside = ".unseen, .long, .skip, svg, .scroll *, [hidden], " + closed;
  const found = [...document.body.querySelectorAll("*")]
    .filter(e => !e.closest(beside))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.right > width + 1 || box.left < -1))
    .map(([e]) => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30));
  if (document.documentElement.scrollWidth > width) found.push("the page scrolls sideways");
  return found;
}"""
# What is too small for a finger; links in sentences excepted, a row may be its link's target.
SMALL = """() => [...document.querySelectorAll("main :is(button, a, input, select, summary)")]
  .filter(e => e.checkVisibility() && !e.closest("p:not(.ways), dd, small"))
  .filter(e => getComputedStyle(e, "::after").position !== "absolute")
  .map(e => [e.textContent.trim().slice(0, 30) || e.name, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 24)
  .map(([text, box]) => text + " " + box.width + "x" + box.height)"""
# What has the focus: whether its ring is drawn, and it is on the screen.
FOCUS = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect();
  const ring = [null, "::after"].some(part => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  return {
    name: element.textContent.trim().slice(0, 30), tag: element.tagName, ring,
    inside: box.bottom > 0 && box.top < innerHeight && box.left >= 0 && box.right <= innerWidth + 1,
    order: [...document.querySelectorAll("*")].indexOf(element),
  };
}"""
SPACING = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-block-end: 2em !important; }
"""
ADOPT = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
PAGES = (
    *("/", "/menu", "/area/18.71", "/prices", "/prices?q=beras", "/prices?q=berras"),
    *(f"/prices/{RICE}", f"/prices/{RICE}?period=1y", f"/prices/{RICE}?period=all"),
    *("/prices/garam-x", "/prices/minyak-goreng", f"/prices/{RICE}?market=18.71-05"),
    *("/prices/compare", "/prices/map", "/prices/alarms", "/prices/limits", "/prices/basket"),
    *("/prices/print", "/prices/method"),
)


@pytest.fixture(scope="module")
def market(serve: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Serve Lampung with prices, as a demonstration with invented ones."""
    pack = tmp_path_factory.mktemp("pack") / "pasar"
    pack.mkdir()
    (pack / "region.yaml").write_text(
        "format: 1\nid: pasar\nextends: lampung\nname: {id: Lampung, en: Lampung}\n"
        "plugins: [hotlines, complaints, prices]\n",
        "utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(tmp_path_factory.mktemp("prices")))
        return serve(str(pack))


@pytest.fixture
def come(visit: Any, market: str) -> Callable[..., Any]:
    """Return a function that lets a visitor come to the markets."""
    return lambda **options: visit(**{"site": market, "language": "id", **options})


def ask(site: str, path: str) -> Any:
    """Ask the API."""
    with urllib.request.urlopen(f"{site}/api/v1/prices{path}") as answer:
        return json.load(answer)


def violations(page: Any) -> list[str]:
    page.evaluate(AXE_FILE.read_text("utf-8"))
    return [
        f"{page.url} {v['id']}: {node['html'][:160]} {node['failureSummary']}"
        for v in page.evaluate(AXE)
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("script", [True, False])
def test_rice_is_two_taps_away_and_equals_the_api(come, market, script):
    visitor = come(java_script_enabled=script, width=360)
    page = visitor.open("/")
    page.get_by_role("link", name="Harga pangan", exact=True).click()
    page.get_by_role("link", name="Beras Kualitas Medium I", exact=True).click()
    assert page.url == f"{market}/prices/{RICE}"
    price = page.locator(".price strong")
    box = price.bounding_box()
    assert box["y"] + box["height"] <= 640  # in view without scrolling
    shown = int(re.sub(r"\D", "", price.inner_text()))
    day = page.locator("#numbers time").first.get_attribute("datetime")
    [item] = ask(market, f"/series?commodity={RICE}&area=18&from={day}&to={day}")["items"]
    assert shown == round(item["price"])
    assert page.locator(".tag").first.inner_text() != ""


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("id", "light", 360), ("en", "dark", 360), ("id", "dark", 1280), ("en", "light", 1280)],
)
def test_no_page_of_prices_breaks_a_rule_of_axe(come, language, scheme, width):
    visitor = come(language=language, color_scheme=scheme, width=width)
    found, titles = [], []
    for path in PAGES:
        page = visitor.open(path)
        for summary in page.locator("main summary").all():
            summary.click()
        found += violations(page)
        titles.append(page.title())
        assert page.locator("h1").count() == 1
    assert found == []
    assert len(set(titles)) >= len(titles) - 5  # periods and searches are one page


@pytest.mark.parametrize("width", [320, 360, 900, 1280])
def test_nothing_of_prices_lies_beside_the_screen(come, width):
    visitor = come(area="18.71.13.1001", width=width)
    lost = {path: visitor.open(path).evaluate(WIDE) for path in PAGES}
    assert {path: found for path, found in lost.items() if found} == {}


@pytest.mark.parametrize("css", [SPACING, "html { font-size: 200%; }"], ids=["spacing", "letters"])
def test_wider_spacing_and_larger_letters_fit(come, css):
    visitor = come(width=360)
    lost = {}
    for path in PAGES:
        page = visitor.open(path)
        page.evaluate(ADOPT, css)
        lost[path] = page.evaluate(WIDE)
    assert {path: found for path, found in lost.items() if found} == {}


def test_targets_are_large_enough_for_a_finger(come):
    visitor = come(width=360, area="18.71.13")
    small = {path: visitor.open(path).evaluate(SMALL) for path in PAGES}
    assert {path: found for path, found in small.items() if found} == {}


def test_the_chart_is_read_by_keyboard_and_fetched_only_when_asked_for(come):
    visitor = come(width=360)
    fetched: list[str] = []
    visitor.page.on("request", lambda request: fetched.append(request.url))
    page = visitor.open(f"/prices/{RICE}")
    assert not any("uPlot" in url for url in fetched)
    button = page.get_by_role("button", name="Baca grafik titik demi titik")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(".uplot canvas").wait_for()
    assert sum("uPlot" in url for url in fetched) == 2
    rows = page.locator("#numbers tbody tr")
    days = [rows.nth(n).locator("time").text_content() for n in range(2)]
    said = page.get_by_role("status")
    assert said.inner_text().startswith(f"{days[0]}: Rp")
    page.keyboard.press("ArrowLeft")
    assert said.inner_text().startswith(f"{days[1]}: Rp")
    page.keyboard.press("Home")
    assert said.inner_text().startswith(rows.last.locator("time").text_content())
    assert violations(page) == []
    assert page.evaluate(WIDE) == []


@pytest.mark.parametrize(
    "path", ["/prices?q=beras", f"/prices/{RICE}", "/prices/map", "/prices/print"]
)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(come, path):
    page = come(width=360).open(path)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary,"
        ' [tabindex="0"]\')].filter(e => e.checkVisibility()).length'
    )
    last, walked = -1, 0
    while True:
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found["order"] < last or found["tag"] in ("BODY", "HTML"):
            break
        assert found["order"] > last, found
        assert found["ring"], found
        assert found["inside"], found
        last, walked = found["order"], walked + 1
    assert walked == wanted


def test_without_script_places_are_compared_and_found_by_name(come, market):
    page = come(java_script_enabled=False).open("/prices/compare")
    page.get_by_label("Bahan").select_option(label="Cabai Rawit Merah")
    page.get_by_role("button", name="Terapkan").click()
    assert "Cabai Rawit Merah per tempat" in page.locator("h1").inner_text()
    prices = [
        re.sub(r"\D", "", t) for t in page.locator("table").first.locator("td").all_inner_texts()
    ]
    assert len(prices) == 15
    assert prices == sorted(prices, key=int)
    page.goto("/prices")
    page.get_by_label("Cari bahan").fill("cabe rawit")
    page.get_by_role("button", name="Cari").click()
    assert "0 bahan" in page.locator("main").inner_text()
    page.get_by_label("Cari bahan").fill("rawit")
    page.get_by_role("button", name="Cari").click()
    assert page.locator("tbody th a").count() >= 2


def test_the_sheet_fits_on_paper(come):
    visitor = come(width=1280)
    page = visitor.open("/prices/print")
    assert page.get_by_role("button", name="Cetak").is_visible()
    for format in ("A4", "Legal"):
        paper = page.pdf(format=format)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert not page.get_by_role("button", name="Cetak").is_visible()
    assert page.locator(".sheet .qr").is_visible()
    grounds = page.evaluate(
        "[...document.querySelectorAll('.sheet, .sheet td')].map(e => getComputedStyle(e).color)"
    )
    assert set(grounds) == {"rgb(0, 0, 0)"}


def test_a_right_to_left_chart_mirrors_and_its_numbers_do_not(
    visit, serve, tmp_path_factory, market
):
    pack = tmp_path_factory.mktemp("pack") / "mirror"
    pack.mkdir()
    (pack / "region.yaml").write_text(
        "format: 1\nid: mirror\nextends: lampung\nlanguages: [ar, id, en]\n"
        "plugins: [hotlines, prices]\n",
        "utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(tmp_path_factory.mktemp("mirror")))
        visitor = visit(site=serve(str(pack)), locale="ar", width=360)
    page = visitor.open(f"/prices/{RICE}")
    chart, ticks = (page.locator(s).bounding_box() for s in (".plot > svg", ".plot-ticks"))
    assert ticks["x"] > chart["x"]  # the scale stands where the line begins
    flipped = page.evaluate("getComputedStyle(document.querySelector('.plot > svg')).transform")
    assert flipped == "matrix(-1, 0, 0, 1, 0, 0)"
    assert page.evaluate(WIDE) == []
    assert violations(page) == []


def test_a_page_of_prices_is_light_on_the_line(come):
    visitor = come(width=360)
    sizes: dict[str, int] = {}

    def note(answer: Any) -> None:
        kind = answer.request.resource_type
        sizes[kind] = sizes.get(kind, 0) + len(answer.body())

    visitor.page.on("response", note)
    visitor.page.goto(f"/prices/{RICE}", wait_until="networkidle")
    assert sizes["script"] <= 12 * 1024  # as it is; a proxy sends a third of it
    assert "font" not in sizes
