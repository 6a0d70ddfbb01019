"""A report from a phone to an officer and back, without script and with it; and the desk."""

import datetime
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

pytestmark = pytest.mark.browser

AXE = "async () => (await axe.run({resultTypes: ['violations']})).violations"
# What sticks out of the screen, and what is too small for a finger.
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const beside = ".unseen, .long, .skip, svg, [hidden], details:not([open]) > :not(summary)";
  return [...document.body.querySelectorAll("*")]
    .filter(e => !e.closest(beside))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.right > width + 1 || box.left < -1))
    .map(([e]) => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30));
}"""
SMALL = """() => {
  const inline = ".unseen, p, small, li.tile, .report, td, dd, .row";
  return [...document.querySelectorAll("main :is(button, a, input, select, summary)")]
    .filter(e => e.checkVisibility() && !e.closest(inline))
    .map(e => [e.textContent.trim().slice(0, 30) || e.name, e.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 23.5 || box.width < 23.5))
    .map(([text, box]) => text + " " + box.width + "x" + box.height);
}"""
AXE_FILE = Path(__file__).parent / "vendor" / "axe.min.js"


class Server:
    """A running demonstration with data of its own."""

    def __init__(self, data: Path, log: Path) -> None:
        command = [sys.executable, "-m", "civicapp", "serve", "lampung", "--demo", "--port", "0"]
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [*command, "--data", str(data)],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ},
            )
        self.url = self.password = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.url = self.url or found[0]
            if found := re.search(r"with the password (\S+)", line):
                self.password = found[1]
                return
        self.stop()
        raise RuntimeError(f"the server did not start:\n{log.read_text()}")

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("complaints")
    running = Server(folder / "data", folder / "server.log")
    yield running
    running.stop()


@pytest.fixture
def site(server: Server) -> str:
    return server.url


MANY = 10_000


def fill(data: Path) -> None:
    """Make data with many open reports of one office, as if they had come one by one."""
    from civicapp_complaints.domain.number import new_number
    from civicapp_complaints.models import Report
    from sqlalchemy import insert

    from civicapp.backing import Backing, prepare
    from civicapp.kernel import boot
    from civicapp.settings import Settings

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


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("busy")
    fill(folder / "data")
    running = Server(folder / "data", folder / "server.log")
    yield running
    running.stop()


def hole(name: str = "lubang.jpg") -> dict[str, Any]:
    """Make a large photo as a phone takes it."""
    image = Image.new("RGB", (3000, 2000), (150, 160, 170))
    ImageDraw.Draw(image).ellipse((900, 900, 1900, 1500), fill=(40, 38, 36))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=95)
    return {"name": name, "mimeType": "image/jpeg", "buffer": content.getvalue()}


class Walk:
    """A walk through pages on which each screen is looked at."""

    def __init__(self, page: Any, *, script: bool) -> None:
        self.page, self.script, self.screens = page, script, 0
        self.found: list[str] = []

    def look(self, title: str) -> Any:
        """Check the screen that is shown."""
        page = self.page
        page.wait_for_load_state()
        assert title in page.title(), (title, page.title(), page.url)
        assert page.locator("h1").count() == 1
        self.screens += 1
        if self.script:
            page.evaluate(AXE_FILE.read_text("utf-8"))
            for rule in page.evaluate(AXE):
                nodes = [node["html"][:150] for node in rule["nodes"]]
                self.found.append(f"{title}: {rule['id']} {nodes}")
            for kind, script in (("wide", WIDE), ("small", SMALL)):
                self.found += [f"{title}: {kind} {x}" for x in page.evaluate(script)]
        return page

    def go_on(self) -> None:
        """Press the button of a question page."""
        self.page.locator("#step .onward .button").click()


def sign_in(visitor: Any, server: Server, role: str, path: str) -> Any:
    page = visitor.open(f"/account/sign-in?next={path}")
    page.fill("#email", f"{role}@demo.invalid")
    page.fill("#password", server.password)
    page.locator("main .button").click()
    page.wait_for_url(f"**{path}")
    return page


@pytest.mark.parametrize("script", [False, True], ids=["without script", "with script"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pothole_goes_to_an_officer_and_back(visit, server, script, scheme):
    if scheme == "dark" and not script:
        pytest.skip("axe looks at the colours")
    visitor = visit(language="id", width=360, java_script_enabled=script, color_scheme=scheme)
    page = visitor.open("/")
    page.get_by_role("link", name="Lapor masalah").first.click()
    walk = Walk(page, script=script)
    walk.look("Masalah apa?")
    page.get_by_label("Tulis dengan kata Anda sendiri").fill("jalan bolong")
    page.get_by_role("button", name="Cari").click()
    page.get_by_role("button", name="Jalan rusak atau berlubang").first.click()

    walk.look("Di mana?")
    walk.go_on()
    walk.look("Salah: Di mana?")
    if script:
        assert page.evaluate("document.activeElement.className") == "errors"
    for label, name in (
        ("Kabupaten/kota", "Kota Bandar Lampung"),
        ("Kecamatan", "Kemiling"),
        ("Desa/kelurahan", "Sumber Agung"),
    ):
        page.get_by_label(label, exact=True).select_option(label=name)
        if script:
            page.wait_for_function("() => !document.querySelector('[aria-busy]')")
        elif label != "Desa/kelurahan":
            page.get_by_role("button", name="Tampilkan daftar berikutnya").click()
    page.locator("#landmark").fill("depan pasar")
    page.locator("input[type=image]").click(position={"x": 150, "y": 150})
    page.locator(".spot strong").wait_for()
    assert page.locator("#landmark").input_value() == "depan pasar"
    page.get_by_role("button", name="Perbesar").click()
    page.get_by_role("button", name="Geser ke utara").click()
    walk.look("Di mana?")
    walk.go_on()

    walk.look("Jalan apa ini?")
    page.get_by_role("radio", name="Jalan kota atau kabupaten").first.check()
    walk.go_on()

    walk.look("Ceritakan")
    page.locator("#description").fill("Lubang besar di tengah jalan")
    # Another language in the middle: nothing that was typed is lost.
    page.get_by_role("button", name="English").click()
    walk.look("What is wrong there?")
    page.get_by_role("button", name="Bahasa Indonesia").click()
    walk.look("Ceritakan")
    assert page.locator("#description").input_value() == "Lubang besar di tengah jalan"
    page.locator("#gallery").set_input_files([hole(), hole("dua.jpg")])
    if script:
        page.wait_for_function(
            "() => [...document.getElementById('gallery').files].every(f => f.size < 900000)"
        )
    walk.go_on()

    walk.look("Kabari Anda?")
    page.locator("#phone").fill("0812 3456 7890")
    page.locator("[value=public]").check()
    walk.go_on()

    walk.look("Periksa")
    assert "2 foto" in page.inner_text("main")
    assert "Dinas PUPR Kota Bandar Lampung menangani ini" in page.inner_text(".promise")
    page.get_by_role("link", name="Ubah kontak").click()
    walk.look("Kabari Anda?")
    assert page.locator("#phone").input_value() == "0812 3456 7890"
    walk.go_on()
    page.get_by_role("button", name="Kirim laporan").click()

    walk.look("Laporan Anda sudah terkirim")
    number = page.locator(".report-number").inner_text()
    link = page.locator("[data-copy]").get_attribute("href")
    assert re.fullmatch(r"LPG-\w{4}-\w{4}-\w", number)
    assert {c["name"] for c in visitor.context.cookies()} == {"language", "report"}
    page.get_by_role("link", name="Buka laporan saya").click()
    walk.look(number)

    # The officer accepts, asks, and says that it is done.
    desk = visit(language="id", width=1280)
    officer = sign_in(desk, server, "handler", "/desk/complaints")
    seen = Walk(officer, script=True)
    officer.locator("#number").fill(number)
    officer.locator("#number").press("Enter")
    seen.look(number)
    officer.get_by_role("button", name="Terima", exact=True).last.click()
    officer.get_by_role("link", name="Tanya", exact=True).click()
    seen.look("Tanya pelapor")
    officer.locator("#question").fill("Di sebelah mana tepatnya?")
    officer.locator("form#actions button.button").click()
    seen.look(number)
    assert "Pertanyaan sudah terkirim." in officer.inner_text("main")

    # A fresh browser comes by the link and answers.
    other = visit(language="id", width=360, java_script_enabled=script, color_scheme=scheme)
    page = other.open(link)
    answer = Walk(page, script=script)
    answer.look(number)
    assert link not in page.url
    assert "Di sebelah mana tepatnya?" in page.inner_text(".asked")
    page.locator("#answer").fill("Depan toko roti")
    page.get_by_role("button", name="Kirim jawaban").click()
    answer.look(number)
    assert "Dikerjakan" in page.locator(".tag").first.inner_text()

    officer.reload()
    officer.get_by_role("link", name="Nyatakan selesai", exact=True).click()
    seen.look("Nyatakan selesai")
    officer.locator("#note").fill("Lubang sudah ditambal hari ini.")
    officer.locator("#gallery").set_input_files(hole())
    officer.locator("form#actions button.button").click()
    seen.look(number)

    page.reload()
    answer.look(number)
    page.get_by_role("button", name="Ya, sudah").click()
    answer.look(number)
    assert page.locator(".tag").first.inner_text() == "Selesai"
    page.get_by_role("button", name="Hapus laporan dari").click()
    answer.look("Cek laporan")
    assert {c["name"] for c in other.context.cookies()} == {"language"}
    assert walk.found + seen.found + answer.found == []


def test_public_pages_and_lookups_are_sound(visit):
    for width in (320, 1280):
        visitor = visit(language="id", width=width)
        walk = Walk(visitor.page, script=True)
        for path, title in (
            ("/complaints", "Laporan umum"),
            ("/complaints?area=18.71&category=road.pothole", "Laporan umum di Kota Bandar Lampung"),
            ("/complaints/map", "Peta laporan umum"),
            ("/complaints/track", "Cek laporan"),
            ("/complaints/track?number=x", "Salah: Cek laporan"),
            ("/complaints/lost", "Tautan saya hilang"),
            ("/complaints/mine/7K3Q9XW2W", "Halaman atau nomor"),
            ("/complaints/new?q=zzzz", "Masalah apa?"),
        ):
            visitor.open(path)
            walk.look(title)
        visitor.open("/complaints").locator(".report a").first.click()
        walk.look("LPG-")
        visitor.open("/complaints/new")
        for summary in visitor.page.locator("summary").all():
            summary.click()
        walk.look("Masalah apa?")
        assert walk.found == []


def test_a_place_is_found_by_the_device_and_by_keyboard(visit):
    place = {"latitude": -5.4095, "longitude": 105.19, "accuracy": 20}
    visitor = visit(language="id", permissions=["geolocation"], geolocation=place)
    page = visitor.open("/complaints/new?q=lampu+jalan")
    page.get_by_role("button", name="Lampu jalan mati").first.click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    page.locator(".spot strong").wait_for()
    assert (
        page.get_by_label("Desa/kelurahan").locator("option:checked").inner_text() == "Sumber Agung"
    )
    # By keyboard alone the point moves, and the focus stays on the button.
    source = "document.querySelector('[type=image]').getAttribute('src')"
    before = page.evaluate(source)
    button = page.get_by_role("button", name="Geser ke barat")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {source} !== '{before}'")
    assert page.evaluate("document.activeElement.value") == "west"
    page.get_by_role("button", name="Titik di tengah", exact=True).press("Enter")
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    page.locator("#landmark").press("Enter")
    page.wait_for_url("**/describe")


def test_a_point_in_the_sea_is_told_where_the_map_is(visit):
    place = {"latitude": -5.9, "longitude": 104.2, "accuracy": 20}
    visitor = visit(language="id", permissions=["geolocation"], geolocation=place)
    page = visitor.open("/complaints/new?q=lampu+jalan")
    page.get_by_role("button", name="Lampu jalan mati").first.click()
    page.get_by_role("button", name="Pakai lokasi saya").click()
    page.get_by_text("Titik ini di laut.").first.wait_for()


def test_twenty_reports_are_worked_by_keyboard_with_ten_thousand_open(visit, busy):
    visitor = visit(language="id", width=1280, site=busy.url)
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
    visitor = visit(language="id", width=1280, site=busy.url)
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
    visitor = visit(language="id", width=1280, site=busy.url)
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
    visitor = visit(language="id", width=360, site=busy.url, java_script_enabled=False)
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
