"""The desk of prices: a market entered on a phone, a slip asked about, an odd price decided."""

import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from civicapp.backing import Backing, prepare
from civicapp.identity.demo import demo_password
from civicapp.kernel import boot
from civicapp.settings import Settings

pytestmark = pytest.mark.browser

AXE = "async () => (await axe.run({resultTypes: ['violations']})).violations"
AXE_FILE = Path(__file__).parent / "vendor" / "axe.min.js"
DESK = "/desk/prices"
# What sticks out of the screen, and what is too small for a finger.
WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""
SMALL = """() => [...document.querySelectorAll("main :is(button, a, input, select, summary)")]
  .filter(e => e.checkVisibility() && e.type !== "hidden" && !e.closest("p:not(.ways)"))
  .filter(e => !e.closest("label") && getComputedStyle(e, "::after").position !== "absolute")
  .map(e => [e.textContent.trim().slice(0, 30) || e.name, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 24)
  .map(([text, box]) => text + " " + box.width + "x" + box.height)"""


@dataclass(frozen=True)
class Server:
    """A running demonstration with data of its own."""

    url: str
    password: str


@pytest.fixture(scope="module")
def market(serve: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Serve Lampung with prices, as a demonstration with invented ones."""
    pack = tmp_path_factory.mktemp("pack") / "pasar"
    pack.mkdir()
    (pack / "region.yaml").write_text(
        "format: 1\nid: pasar\nextends: lampung\nname: {id: Lampung, en: Lampung}\n"
        "plugins: [prices]\n",
        "utf-8",
    )
    kernel = boot(pack, settings=Settings(demo=True)).kernel
    assert kernel is not None
    data = tmp_path_factory.mktemp("prices")
    backing = prepare(kernel, data)
    assert isinstance(backing, Backing)
    backing.database.close_now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(data))
        found = Server(serve(str(pack)), demo_password(backing.cipher))
    # It answers when the invented prices are made.
    with urllib.request.urlopen(f"{found.url}/healthz", timeout=600):
        return found


@pytest.fixture
def site(market: Server) -> str:
    return market.url


def sign_in(visitor: Any, market: Server, role: str, path: str) -> Any:
    page = visitor.open(f"/account/sign-in?next={path}")
    page.fill("#email", f"{role}@demo.invalid")
    page.fill("#password", market.password)
    page.locator("main .button").click()
    page.wait_for_url(f"**{path}")
    return page


def violations(page: Any) -> list[str]:
    page.evaluate(AXE_FILE.read_text("utf-8"))
    return [
        f"{page.url} {v['id']}: {node['html'][:160]} {node['failureSummary']}"
        for v in page.evaluate(AXE)
        for node in v["nodes"]
    ]


def amount(text: str) -> int:
    """Read the last amount of a text."""
    return int(re.sub(r"\D", "", text.rpartition("Rp")[2]))


def fill_slip(page: Any) -> int:
    """Type ten times yesterday's price of the first commodity, and send; return that price."""
    last = amount(page.locator("#p0-1-hint").inner_text())
    page.fill("#p0-1", str(last * 10))
    page.locator(".send .button").click()
    return last


@pytest.mark.parametrize(("script", "width"), [(True, 360), (False, 360), (True, 1280)])
def test_a_market_is_entered_and_an_odd_price_decided(visit, market, script, width):
    options = {"language": "id", "width": width, "java_script_enabled": script}
    page = sign_in(visit(**options), market, "price_officer", DESK)
    assert "Survei pukul 09.00 WIB sampai 11.00 WIB." in page.inner_text("main")
    number = {(True, 360): 0, (False, 360): 1, (True, 1280): 2}[script, width]
    page.locator(".markets a").nth(number).click()
    name = page.locator("h1").inner_text()

    # A zero and words: both fields say what is wrong, and all that was typed is still there.
    page.fill("#p0-1", "0")
    page.fill("#p0-2", "empat belas ribu")
    page.fill("#p2-1", "36000")
    page.locator("[name=not_sold]").nth(3).check()
    page.locator("[name=absent]").nth(1).check()
    page.locator(".send .button").click()
    assert page.title().startswith("Salah: ")
    assert page.locator(".errors a").count() >= 2
    page.locator(".errors a", has_text="lebih dari nol").click()
    assert page.evaluate("location.hash") == "#p0-1"
    assert page.input_value("#p0-2") == "empat belas ribu"
    assert page.input_value("#p2-1") == "36000"
    assert page.locator("[name=not_sold]").nth(3).is_checked()
    assert page.locator("[name=absent]").nth(1).is_checked()

    # The language is switched in the middle of it.
    page.locator("[name=language]").click()
    assert page.input_value("#p2-1") == "36000"
    assert "Send all" in page.inner_text("main")
    page.locator("[name=language]").click()

    # Ten times yesterday: asked again, then confirmed.
    page.locator("[name=absent]").nth(1).uncheck()
    page.fill("#p0-2", "")
    page.fill("#p2-1", "")
    last = fill_slip(page)
    price, before = (f"Rp{n:,}".replace(",", ".") for n in (last * 10, last))
    asked = page.locator(".question-line").inner_text()
    assert asked.startswith(f"{price}? ")  # yesterday, or the last day of the survey
    assert asked.endswith(f" {before}.")
    page.get_by_label(f"{price} benar").check()
    page.get_by_role("button", name="Kirim semua").click()
    page.wait_for_url(f"**{DESK}/entries/**")
    said = page.inner_text("main")
    assert "Harga sudah terkirim." in said
    assert "akan diperiksa" in said
    assert "tidak dijual" in said

    # The supervisor rejects it, with a reason.
    page = sign_in(visit(**options), market, "price_supervisor", f"{DESK}/flags")
    # The demonstration has flags of its own in some markets.
    card = page.locator(".card", has_text=name).filter(has_text=f"{price} per")
    assert card.count() == 1
    card.locator("summary", has_text="Tolak").click()
    card.get_by_role("button", name="Tolak harga ini").click()
    assert "minimal 5 huruf" in page.locator(".errors").inner_text()
    card.get_by_label("Mengapa?").fill("Salah ketik satu angka nol")
    card.get_by_role("button", name="Tolak harga ini").click()
    assert "Sudah ditolak." in page.locator(".notice").inner_text()
    assert card.count() == 0


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        *product(("id", "en"), ("light", "dark"), (360,)),
        ("id", "light", 1280),
        ("en", "light", 320),
    ],
)
def test_no_page_of_the_desk_breaks_a_rule_of_axe(visit, market, language, scheme, width):
    options = {"language": language, "width": width, "color_scheme": scheme}
    page = sign_in(visit(**options), market, "price_officer", DESK)
    found = []

    def look() -> None:
        found.extend(violations(page))
        assert page.evaluate(WIDE) <= 0, page.url
        assert page.evaluate(SMALL) == [], page.url
        assert page.locator("h1").count() == 1

    look()
    page.locator(".markets a").nth(5).click()
    look()
    here = page.url
    page.fill("#p0-1", "0")
    page.locator("[name=not_sold]").nth(1).check()
    page.fill("#p1-2", "1")
    page.locator(".send .button").click()
    look()
    page.goto(here)
    fill_slip(page)
    look()
    page.locator("[name^='sure:']").check()
    page.locator(".ways .button").first.click()
    page.wait_for_url(f"**{DESK}/entries/**")
    look()
    page = sign_in(visit(**options), market, "price_supervisor", f"{DESK}/flags")
    look()
    page.locator(".card summary").first.click()
    look()
    assert found == []


def test_a_market_is_entered_by_keyboard(visit, market):
    page = sign_in(visit(language="id", width=1280), market, "price_officer", DESK)
    page.locator(".markets a").nth(8).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{DESK}/18*")
    page.locator("#p0-1").focus()
    page.keyboard.type(str(amount(page.locator("#p0-1-hint").inner_text())))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "p0-2"
    page.keyboard.type(str(amount(page.locator("#p0-2-hint").inner_text())))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{DESK}/entries/**")
    assert "Harga sudah terkirim." in page.inner_text("main")
