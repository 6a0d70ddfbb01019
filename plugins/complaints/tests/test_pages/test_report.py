"""A report in question pages: every page by a plain form, nothing typed is ever lost."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from civicapp_complaints.models import Draft, Media
from sqlalchemy import select

from civicapp.web import Rates


def first(pattern, text):
    """Return the first group of what is found."""
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None, pattern
    return found[1]


VILLAGE = "18.71.13.1005"
AREAS = ["18.71", "18.71.13", VILLAGE]
TEXT = "Ada lubang besar di tengah jalan. Sudah dua minggu."


def begin(visitor, category="road.pothole"):
    """Choose a category; return the address of the draft's pages."""
    answer = visitor.post("/complaints/new", {"category": category})
    assert answer.status_code == 303
    return answer.headers["location"].rsplit("/", 1)[0]


def fill(visitor, base, **given):
    """Answer the pages up to the check."""
    visitor.post(f"{base}/place", {"area": AREAS, "landmark": "depan pasar"})
    visitor.post(f"{base}/kind", {"answer": given.get("answer", "regency")})
    visitor.post(f"{base}/describe", {"description": given.get("text", TEXT)})
    contact = {"visibility": "private", **given.get("contact", {})}
    return visitor.post(f"{base}/contact", contact)


def test_a_pothole_takes_seven_screens(world, visitor, say):
    world.seed()
    page = visitor.get("/complaints/new?q=jalan+bolong")
    assert first(r'name="category" value="([^"]+)"', page.text) == "road.pothole"
    page = visitor.follow(visitor.post("/complaints/new", {"category": "road.pothole"}))
    assert "Langkah 2 dari 6" in say(page)
    base = str(page.url.path).rsplit("/", 1)[0]
    page = visitor.follow(visitor.post(f"{base}/place", {"area": AREAS, "landmark": "x"}))
    assert "Jalan apa ini?" in say(page)
    assert page.text.count('class="picture"') == 4
    page = visitor.follow(visitor.post(f"{base}/kind", {"answer": "regency"}))
    page = visitor.follow(visitor.post(f"{base}/describe", {"description": TEXT}))
    page = visitor.follow(visitor.post(f"{base}/contact", {"visibility": "private"}))
    words = say(page)
    assert "Dinas PUPR Kota Bandar Lampung menangani ini karena ini jalan kota" in words
    assert re.search(r"Target \d+ \w+ 20\d\d\.", words)
    page = visitor.follow(visitor.post(f"{base}/check"))
    words = say(page)
    assert "Laporan Anda sudah terkirim. Simpan nomor ini." in words
    (report,) = world.reports()
    assert world.site.shown(report.number) in words
    assert (report.area, report.landmark, report.state) == (VILLAGE, "x", "routed")
    assert "<svg" in page.text  # the QR code
    assert "no-store" in page.headers["cache-control"]


def test_only_language_area_and_the_reports_own_cookie_are_set(world, visitor):
    base = begin(visitor)
    fill(visitor, base)
    names = {c.name for c in visitor.client.cookies.jar}
    assert names == {"language"}
    answer = visitor.post(f"{base}/check")
    set_cookie = answer.headers["set-cookie"]
    assert re.match(r"report=[\w-]{22};", set_cookie)
    number = world.reports()[0].number
    assert f"Path=/complaints/mine/{number}" in set_cookie
    assert "HttpOnly" in set_cookie
    assert "samesite=lax" in set_cookie.lower()


def test_pressing_send_twice_or_twenty_times_makes_one_report(world, visitor):
    base = begin(visitor)
    fill(visitor, base)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.visitor().post(f"{base}/check"), range(20)))
    assert {a.status_code for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1
    assert len(world.reports()) == 1
    # The form itself is gone; its address leads to the report, which needs the cookie.
    answer = visitor.get(f"{base}/describe")
    assert answer.status_code == 303
    assert "/complaints/mine/" in answer.headers["location"]


def test_an_empty_place_page_is_an_error_that_keeps_what_was_typed(visitor, say):
    base = begin(visitor)
    page = visitor.post(f"{base}/place", {"area": ["18.71", "", ""], "landmark": "depan SD"})
    assert page.status_code == 422
    assert "<title>Salah: " in page.text
    assert "Ada yang perlu diperbaiki" in say(page)
    assert 'href="#area"' in page.text
    assert 'id="area"' in page.text
    assert "Pilih kecamatan." in say(page)
    assert 'value="depan SD"' in page.text
    assert "depan SD" in visitor.get(f"{base}/place").text


def test_lists_lead_from_wide_to_narrow_and_forget_what_no_longer_fits(visitor):
    base = begin(visitor)
    page = visitor.follow(visitor.post(f"{base}/place", {"area": ["18.71"], "show": "1"}))
    assert page.text.count('name="area"') == 2
    visitor.post(f"{base}/place", {"area": AREAS, "show": "1"})
    page = visitor.follow(
        visitor.post(f"{base}/place", {"area": ["18.72", *AREAS[1:]], "show": "1"})
    )
    chosen = re.findall(r'<option value="([^"]+)" selected', page.text)
    assert chosen == ["18.72"]


def test_the_visitors_area_is_chosen_already(world):
    visitor = world.visitor()
    visitor.client.cookies.set("area", VILLAGE)
    base = begin(visitor)
    chosen = re.findall(r'<option value="([^"]+)" selected', visitor.get(f"{base}/place").text)
    assert chosen == AREAS
    assert visitor.post(f"{base}/place", {"area": AREAS}).status_code == 303


def test_a_tap_on_the_map_chooses_point_and_area(world, visitor, say):
    base = begin(visitor)
    visitor.post(f"{base}/place", {"area": AREAS, "show": "1"})
    page = visitor.follow(
        visitor.post(f"{base}/place", {"area": AREAS, "pt.x": "150", "pt.y": "140"})
    )
    assert "Titik Anda: Sumber Agung, Kemiling, Kota Bandar Lampung" in say(page)
    picture = first(r'src="([^"]+map\.svg[^"]*)"', page.text)
    drawn = visitor.get(picture)
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "#B3261E" in drawn.text  # the pin
    assert 'width="288" height="288"' in page.text
    visitor.post(f"{base}/kind", {"answer": "regency"})
    visitor.post(f"{base}/describe", {"description": TEXT})
    visitor.post(f"{base}/contact", {})
    visitor.post(f"{base}/check")
    report = world.reports()[0]
    assert report.area == VILLAGE
    assert report.lat == pytest.approx(-5.41, abs=0.02)


def test_enter_on_the_picture_is_no_point(visitor):
    base = begin(visitor)
    page = visitor.post(f"{base}/place", {"area": AREAS, "pt.x": "0", "pt.y": "0"})
    assert page.headers["location"].endswith("/kind")  # it went on, as the form's own button does


def test_the_first_button_of_a_form_is_the_one_that_goes_on(visitor):
    page = visitor.get(f"{begin(visitor)}/place").text
    buttons = re.findall(r"<(?:button|input type=\"image\")[^>]*>", page)
    ours = [b for b in buttons if 'form="step"' in b or "form=" not in b]
    assert 'class="unseen" form="step"' in ours[0]
    assert "name=" not in ours[0]


def test_a_point_in_the_sea_is_named_and_not_kept(visitor, say):
    base = begin(visitor)
    page = visitor.post(
        f"{base}/place", {"here": "1", "lat": "-5.9", "lon": "104.2", "accuracy": "20"}
    )
    assert page.status_code == 422
    assert "Titik ini di laut. Pindahkan ke darat atau pilih kelurahan." in say(page)
    page = visitor.post(f"{base}/place", {"here": "1", "lat": "-6.2", "lon": "106.8"})
    assert "Titik ini di luar Lampung." in say(page)
    assert "Titik Anda" not in say(visitor.get(f"{base}/place"))


def test_the_map_moves_zooms_and_takes_its_middle(visitor, say):
    base = begin(visitor)
    shown = set()
    for button in ("nearer", "north", "west", "farther", "south", "east"):
        page = visitor.follow(visitor.post(f"{base}/place", {"area": AREAS, "map": button}))
        shown.add(first(r"map\.svg\?v=(\w+)", page.text))
    assert len(shown) == 6
    page = visitor.follow(visitor.post(f"{base}/place", {"area": AREAS, "map": "middle"}))
    assert "Titik Anda:" in say(page)
    page = visitor.follow(visitor.post(f"{base}/place", {"area": AREAS, "map": "clear"}))
    assert "Belum ada titik." in say(page)


def test_another_area_in_the_lists_takes_the_point_away(visitor, say):
    base = begin(visitor)
    visitor.post(f"{base}/place", {"area": AREAS, "map": "middle"})
    page = visitor.follow(visitor.post(f"{base}/place", {"area": ["18.72"], "show": "1"}))
    assert "Belum ada titik." in say(page)


def test_back_and_another_language_keep_everything(visitor, say):
    base = begin(visitor)
    visitor.post(f"{base}/place", {"area": AREAS})
    answer = visitor.post(f"{base}/describe", {"description": "belum sele", "go": "back"})
    assert answer.headers["location"] == f"{base}/kind"
    answer = visitor.post(f"{base}/describe", {"description": "setengah kalimat", "language": "en"})
    assert "language=en" in answer.headers["set-cookie"]
    page = visitor.follow(answer)
    assert "What is wrong there?" in say(page)
    assert "setengah kalimat" in page.text
    assert not re.search(r"%\(\w+\)s", page.text)


def test_what_was_typed_badly_stays(visitor, say):
    base = begin(visitor)
    page = visitor.post(f"{base}/describe", {"description": "<b>x</b>"})
    assert page.status_code == 422
    assert "Ceritakan masalahnya, minimal 10 huruf." in say(page)
    assert "&lt;b&gt;x&lt;/b&gt;</textarea>" in page.text
    page = visitor.post(f"{base}/describe", {"description": "y" * 4001})
    assert page.status_code == 422
    page = visitor.post(f"{base}/contact", {"phone": "08", "email": "tanpa-at", "name": "z"})
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2
    assert 'value="tanpa-at"' in page.text
    page = visitor.post(f"{base}/kind", {})
    assert "Pilih gambar yang cocok" in say(page)
    assert visitor.post("/complaints/new", {"category": "no.such"}).status_code == 422


def test_photos_are_checked_one_by_one(world, visitor, say, picture):
    base = begin(visitor)
    files = [
        ("gallery", ("jalan.jpg", picture(), "image/jpeg")),
        ("gallery", ("surat.pdf", b"%PDF-1.4 x", "application/pdf")),
        ("camera", ("palsu.jpg", b"%PDF-1.4 x", "image/jpeg")),
    ]
    page = visitor.post(f"{base}/describe", {"description": "Lubang besar sekali"}, files=files)
    assert page.status_code == 422
    assert "surat.pdf bukan foto. Pakai JPG atau PNG." in say(page)
    assert "palsu.jpg bukan foto." in say(page)
    assert "Foto 1" in say(page)
    assert "Lubang besar sekali" in page.text
    more = [("gallery", (f"{n}.jpg", picture(), "image/jpeg")) for n in range(5)]
    page = visitor.post(f"{base}/describe", {"description": ""}, files=more)
    assert "Paling banyak 5 foto." in say(page)
    assert "Foto 5" in say(page)
    photo = first(r'name="remove" value="(\w+)"', page.text)
    page = visitor.follow(visitor.post(f"{base}/describe", {"description": "", "remove": photo}))
    assert "Foto 5" not in say(page)
    # With photos the text may be empty.
    assert visitor.post(f"{base}/describe", {"description": ""}).status_code == 303
    rows = world.db.read_now(lambda s: list(s.scalars(select(Media))))
    assert len(rows) == 4
    assert visitor.get(f"{base}/photo/{rows[0].id}").status_code == 404  # not encoded anew yet


def test_an_emergency_shows_the_number_first_and_promises_nothing(visitor, say):
    page = visitor.get("/complaints/new")
    assert 'href="tel:113"' in page.text
    base = begin(visitor, "emergency.fire")
    page = visitor.get(f"{base}/place").text
    assert page.index('href="tel:113"') < page.index("<h1>")
    visitor.post(f"{base}/place", {"area": AREAS})
    visitor.post(f"{base}/describe", {"description": TEXT})
    page = visitor.follow(visitor.post(f"{base}/contact", {}))
    assert "Keadaan darurat tidak punya target tanggal. Telepon dulu." in say(page)


def test_a_sensitive_report_offers_no_publication(visitor, say):
    base = begin(visitor, "edu.violence")
    page = visitor.get(f"{base}/contact")
    assert "Laporan jenis ini hanya dilihat petugas." in say(page)
    assert 'value="public"' not in page.text


def test_a_category_without_a_place_skips_that_page(visitor, say):
    answer = visitor.post("/complaints/new", {"category": "civil.ktp"})
    assert answer.headers["location"].endswith("/describe")
    base = answer.headers["location"].rsplit("/", 1)[0]
    assert visitor.get(f"{base}/place").status_code == 404


def test_changes_come_back_to_the_check(visitor, say):
    base = begin(visitor)
    page = visitor.follow(fill(visitor, base))
    assert f'{base}/place?change=1"' in page.text
    answer = visitor.post(f"{base}/describe?change=1", {"description": "Lubang kedua di sini"})
    assert answer.headers["location"] == f"{base}/check"
    # Another category asks something new before it comes back.
    answer = visitor.post(f"{base}/category?change=1", {"category": "water.tap"})
    assert answer.headers["location"] == f"{base}/check"
    answer = visitor.post(f"{base}/category?change=1", {"category": "road.pothole"})
    assert answer.headers["location"] == f"{base}/kind?change=1"
    answer = visitor.post(f"{base}/kind?change=1", {"answer": "unknown"})
    assert answer.headers["location"] == f"{base}/check"
    assert "Petugas memeriksa dulu ini milik siapa." in say(visitor.get(f"{base}/check"))


def test_an_unfinished_report_cannot_be_sent(world, visitor):
    base = begin(visitor)
    assert visitor.get(f"{base}/check").headers["location"] == f"{base}/place"
    assert visitor.post(f"{base}/check").headers["location"] == f"{base}/place"
    assert world.reports() == []


def test_a_draft_that_is_gone_says_so(visitor, say):
    page = visitor.get("/complaints/new/s/nothing/place")
    assert page.status_code == 404
    assert "Formulir ini sudah tidak ada" in say(page)


def test_a_draft_is_encrypted_and_its_secret_is_kept_nowhere(world, visitor):
    base = begin(visitor)
    visitor.post(f"{base}/describe", {"description": "rahasia sekali"})
    (row,) = world.db.read_now(lambda s: list(s.scalars(select(Draft))))
    assert b"rahasia" not in row.content
    assert base.rsplit("/", 1)[1] not in row.digest


def test_reports_nearby_are_told_as_text(world, visitor, say):
    receipt = world.submit(visibility="public")
    world.publish(receipt, "Lubang di depan pasar")
    base = begin(visitor)
    visitor.post(f"{base}/place", {"area": AREAS, "here": "1", "lat": "-5.4096", "lon": "105.19"})
    page = visitor.get(f"{base}/describe")
    assert "1 laporan di dekat sini mungkin sama" in say(page)
    assert f'href="/complaints/{receipt.number}"' in page.text
    assert "11 m dari sini" in say(page)


def test_who_gave_only_a_phone_is_told_that_no_message_comes(visitor, say):
    base = begin(visitor)
    fill(visitor, base, contact={"phone": "0812 3456 7890"})
    page = visitor.follow(visitor.post(f"{base}/check"))
    assert "Kami belum bisa mengirim pesan ke" in say(page)
    base = begin(visitor)
    fill(visitor, base, contact={"email": "warga@example.org"})
    page = visitor.follow(visitor.post(f"{base}/check"))
    assert "Kami belum bisa mengirim pesan" not in say(page)


def test_a_form_of_another_site_is_refused(world, visitor):
    base = begin(visitor)
    fill(visitor, base)
    headers = {"sec-fetch-site": "cross-site", "origin": "https://example.org"}
    assert visitor.post(f"{base}/check", headers=headers).status_code == 403
    assert world.reports() == []


def test_whoever_sends_too_often_is_told_how_long_to_wait_and_loses_nothing(
    world, visitor, say, monkeypatch
):
    base = begin(visitor)
    fill(visitor, base)
    other = begin(visitor)
    fill(visitor, other)
    monkeypatch.setattr("civicapp.web.limits.DEMO", Rates(slow=1, refuse=1, seconds=60))
    assert visitor.post(f"{base}/check").status_code == 303
    page = visitor.post(f"{other}/check")
    assert page.status_code == 429
    assert "<title>Salah: " in page.text
    assert "Tunggu" in say(page)
    assert TEXT in say(page)
    # The first one is sent; pressing its button again is no second report.
    assert visitor.post(f"{base}/check").status_code == 303
    assert len(world.reports()) == 1
