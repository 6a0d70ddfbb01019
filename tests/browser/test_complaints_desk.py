"""The desk of complaints: ten thousand open reports by keyboard, without script, on a phone."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from civicapp_complaints.domain.number import new_number
from civicapp_complaints.models import Report
from sqlalchemy import insert

from civicapp.backing import Backing, prepare
from civicapp.identity.demo import demo_password
from civicapp.kernel import boot
from civicapp.settings import Settings

pytestmark = pytest.mark.browser

MANY = 10_000


def fill(data: Path) -> str:
    """Make data with many open reports of one office; return the password of its officers."""
    kernel = boot("lampung", settings=Settings(demo=True)).kernel
    assert kernel is not None
    backing = prepare(kernel, data)
    assert isinstance(backing, Backing)
    now = datetime.datetime.now(datetime.UTC)
    nothing = dict.fromkeys(
        "request body answer public_text published_at review_since accuracy_m outcome resume"
        " officer resolved_by promised_on duplicate_of closed_at".split()
    )
    counts = dict.fromkeys(("bounces", "changes", "reopened", "version", "seq"), 0)
    rows = []
    for n in range(MANY):
        due = now + datetime.timedelta(minutes=n - 500)
        given = {
            "id": f"{n:032x}", "number": new_number(), "category": "road.pothole",
            "description": f"Lubang ke-{n} di jalan ini.", "visibility": "private",
            "review": "pending", "lat": -5.4095, "lon": 105.19, "area": "18.71.13.1005",
            "landmark": "depan pasar", "state": "routed", "agency": "K_PUPR", "queue": "K_PUPR",
            "rule": "road.pothole", "assumed": False, "appealed": False, "channel": "web",
            "language": "id", "created_at": now, "updated_at": now, "due_at": due,
            "due_estimated": False, "rank_at": due, "head": "",
        }  # fmt: skip
        rows.append({**nothing, **counts, **given})
    backing.database.write_now(lambda session: session.execute(insert(Report), rows))
    backing.database.close_now()
    return demo_password(backing.cipher)


@dataclass(frozen=True)
class Server:
    """A running demonstration with data of its own."""

    url: str
    password: str


@pytest.fixture(scope="module")
def busy(serve: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Server:
    data = tmp_path_factory.mktemp("busy")
    password = fill(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(data))
        return Server(serve("lampung"), password)


@pytest.fixture
def site(busy: Server) -> str:
    return busy.url


def sign_in(visitor: Any, server: Server, role: str, path: str) -> Any:
    page = visitor.open(f"/account/sign-in?next={path}")
    page.fill("#email", f"{role}@demo.invalid")
    page.fill("#password", server.password)
    page.locator("main .button").click()
    page.wait_for_url(f"**{path}")
    return page


def test_twenty_reports_are_worked_by_keyboard_with_ten_thousand_open(visit, busy):
    visitor = visit(language="id", width=1280)
    page = sign_in(visitor, busy, "handler", "/desk/complaints?area=18.71")
    assert page.locator(".row").count() == 25
    assert page.locator(".views a").first.inner_text().split() == ["Baru", "99+"]
    first = page.locator(".row").first.get_attribute("data-number")
    keys = 0

    def press(key: str, *, leads: bool = False) -> None:
        nonlocal keys
        keys += 1
        if leads:
            with page.expect_navigation():
                page.keyboard.press(key)
        else:
            page.keyboard.press(key)

    seen = []
    for _ in range(20):
        press("j")
        press("Enter", leads=True)
        seen.append(page.url.split("/")[-1].partition("?")[0])
        press("a", leads=True)  # the first action: accept
        assert "Sudah diterima." in page.inner_text("main")
        assert "area=18.71" in page.url  # the filter stays
    assert keys <= 80
    assert len(set(seen)) == 20
    assert seen[0] == first  # in the order of the list, none left out
    mine = page.locator(".views a", has_text="Tugas saya").locator("span").inner_text()
    assert mine == "20"

    # Twenty more, ticked in the list and accepted at once after a preview.
    visitor.open("/desk/complaints?area=18.71")
    keys = 0
    for _ in range(20):
        press("j")
        press("x")
    assert page.inner_text(".bulk [role=status]") == "20 dipilih"
    press("a", leads=True)
    assert page.inner_text(".detail h1") == "Terima: 20 laporan"
    press("Enter", leads=True)
    assert keys <= 80
    assert "20 laporan sudah diproses." in page.inner_text("main")
    assert "area=18.71" in page.url
    mine = page.locator(".views a", has_text="Tugas saya").locator("span").inner_text()
    assert mine == "40"


def test_keys_write_look_up_help_and_can_be_turned_off(visit, busy):
    visitor = visit(language="id", width=1280)
    page = sign_in(visitor, busy, "handler", "/desk/complaints")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    chosen = page.evaluate("document.activeElement.closest('.row').dataset.number")
    assert chosen == page.locator(".row").first.get_attribute("data-number")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("jaxr?")  # letters in a text are letters
    assert page.locator("#text").input_value() == "jaxr?"
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "number"
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    assert page.evaluate("!!document.activeElement.closest('.actions')")
    page.keyboard.press("?")
    assert page.locator("#keys").get_attribute("open") is not None
    page.locator("#keys .tick input").uncheck()
    page.reload()
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.id") != "text"


def test_the_list_is_quick_with_ten_thousand_open(visit, busy):
    visitor = visit(language="id", width=1280)
    page = sign_in(visitor, busy, "handler", "/desk/complaints")
    took = []
    for _ in range(10):
        visitor.open("/desk/complaints")
        took.append(
            page.evaluate("""() => {
          const t = performance.getEntriesByType("navigation")[0];
          return t.responseEnd - t.requestStart;
        }""")
        )
    assert sorted(took)[5] < 1000, took  # on a slow and crowded machine
    # From page to page the place is kept, however far.
    for _ in range(3):
        with page.expect_navigation():
            page.locator("[data-more]").click()
    assert page.locator(".row").count() == 25
    assert "after=" in page.url


def test_the_desk_works_without_script_and_on_a_phone(visit, busy):
    visitor = visit(language="id", width=360, java_script_enabled=False)
    page = sign_in(visitor, busy, "handler", "/desk/complaints?area=18.71")
    page.locator(".row a").nth(2).click()
    assert not page.locator(".queue").is_visible()
    page.locator(".actions").get_by_role("button", name="Terima", exact=True).click()
    assert "Sudah diterima." in page.inner_text("main")
    page.get_by_role("link", name="Berikutnya").click()
    page.locator("#text").fill("Tim datang besok pagi.")
    page.get_by_role("button", name="Balas pelapor").click()
    assert "Tim datang besok pagi." in page.inner_text(".timeline")
    page.get_by_role("link", name="Baru", exact=True).click()
    page.wait_for_url("**/desk/complaints?area=18.71")
    for box in page.locator(".row input").all()[:3]:
        box.check()
    page.locator(".bulk .button").first.click()
    page.get_by_role("button", name="Terima: 3 laporan").click()
    assert "3 laporan sudah diproses." in page.inner_text("main")
