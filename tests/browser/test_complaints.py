"""A report from a phone to an officer and back, without script and with it; all is sound."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from civicapp.backing import Backing, prepare
from civicapp.identity.demo import demo_password
from civicapp.kernel import boot
from civicapp.settings import Settings

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


@dataclass(frozen=True)
class Server:
    """A running demonstration with data of its own."""

    url: str
    password: str


@pytest.fixture(scope="module")
def server(serve: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Server:
    data = tmp_path_factory.mktemp("complaints")
    kernel = boot("lampung", settings=Settings(demo=True)).kernel
    assert kernel is not None
    backing = prepare(kernel, data)
    assert isinstance(backing, Backing)
    backing.database.close_now()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIVICAPP_DATA", str(data))
        return Server(serve("lampung"), demo_password(backing.cipher))


@pytest.fixture
def site(server: Server) -> str:
    return server.url


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
