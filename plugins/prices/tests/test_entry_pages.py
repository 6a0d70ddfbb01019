"""The desk's pages: entering prices on a phone without script, and deciding about odd ones."""

import datetime
import html
import re
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.models import Entry, Quote
from sqlalchemy import select

DESK = "/desk/prices"
NOW = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)  # Tuesday, 10:00 in the region
KANGKUNG, NATAR = "18.71-05", "18.01-09"
FORM = f"{DESK}/{KANGKUNG}"
RICE, CHILI = "beras-medium-1", "cabai-rawit-merah"


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    return pasar


@pytest.fixture
def officer(clock: Any, client: Any) -> Any:
    """Return an officer of Bandar Lampung, who reads Indonesian."""
    clock.move_to(NOW)
    return client.speak("id").as_officer("price_officer", area="18.71")


def stored(db: Any, model: Any = Quote) -> list[Any]:
    found: list[Any] = db.read_now(lambda s: list(s.scalars(select(model).order_by(model.id))))
    return found


def cells(**prices: str) -> dict[str, str]:
    """Write form fields: `rice1="14200"` is the price of rice at the first trader."""
    names = {"rice": RICE, "chili": CHILI}
    return {f"price:{name[-1]}:{names[name[:-1]]}": price for name, price in prices.items()}


def send(who: Any, **typed: Any) -> Any:
    """Fill the form that was read last in, and send it."""
    given = {k: v for k, v in typed.items() if k in ("not_sold", "absent", "language", "again")}
    prices = {k: v for k, v in typed.items() if k not in given}
    return who.submit(FORM, {**cells(**prices), **given})


def value_of(page: Any, name: str) -> str | None:
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page.text)
    value = re.search(r'value="([^"]*)"', found[0]) if found else None
    return html.unescape(value[1]) if value else None


def errors(page: Any) -> list[tuple[str, str]]:
    found = re.search(r'(?s)class="errors".*?</div>', page.text)
    assert found, page.text[:2000]
    return re.findall(r'<a href="#([^"]+)">([^<]+)</a>', found[0])


def yesterday(officer: Any, **prices: str) -> None:
    officer.get(f"{FORM}?date=2026-11-23")
    answer = send(officer, **prices)
    assert answer.status_code == 303, officer.text(answer)


def test_the_start_page_shows_my_markets_and_how_far_they_are(officer, client, clock):
    page = officer.get(DESK)
    assert page.headers["cache-control"] == "no-store"
    text = officer.text(page)
    assert "Survei harga pasar" in text
    assert "Survei pukul 09.00 WIB sampai 11.00 WIB. Harga terbit pukul 13.00 WIB." in text
    assert re.findall(r'href="(/desk/prices/18[^"]*)"', page.text) == [FORM]
    assert "0 dari 17" in text
    assert "belum ada kiriman" in text
    officer.get(FORM)
    send(officer, rice1="14200", rice2="14300")
    text = officer.text(officer.get(DESK))
    assert "1 dari 17" in text
    assert "terakhir dikirim 10.00 WIB" in text
    clock.move_to(NOW + datetime.timedelta(hours=2))
    officer = client.as_officer("price_officer", area="18.71")  # the session of before is over
    text = officer.text(officer.get(DESK))
    assert "Jam survei hari ini sudah lewat." in text
    assert "(1)" in officer.text(officer.get("/desk"))  # one market is not complete
    supervisor = client.as_officer("price_supervisor")
    page = supervisor.get(DESK)
    assert "Pasar Natar" in supervisor.text(page)
    assert FORM not in page.text  # who only reads is not led to the form


def test_the_form_asks_for_every_commodity_and_hints_at_yesterday(officer):
    yesterday(officer, rice1="14.200")
    page = officer.get(FORM)
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count('inputmode="numeric"') == 2 * 17
    assert value_of(page, f"price:1:{RICE}") == ""  # never filled in
    assert "Kemarin Rp14.200" in officer.text(page)
    assert "Minyak Goreng Curah per liter" in officer.text(page)


def test_one_send_and_a_receipt(officer, db):
    officer.get(FORM)
    answer = send(officer, rice1="14.200", not_sold=CHILI, absent="2")
    assert answer.status_code == 303
    page = officer.follow(answer)
    text = officer.text(page)
    assert "Harga sudah terkirim." in text
    assert "2 dari 17" in text  # rice and chili: each trader was asked, or was not there
    found = {(q.commodity, q.slot): (q.outcome, q.price) for q in stored(db)}
    assert found[RICE, 1] == ("price", 14200)
    assert found[RICE, 2] == ("absent", None)
    assert found[CHILI, 1] == found[CHILI, 2] == ("not_sold", None)
    assert len(found) == 2 + 2 + 15
    assert "Medium I per kg Rp14.200 Pedagang 1 pedagang tidak ada Pedagang 2" in text


def test_sending_twice_counts_once(officer, db):
    officer.get(FORM)
    first = send(officer, rice1="14200", absent="2")
    again = send(officer, rice1="14.200", absent="2")
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert len(stored(db, Entry)) == 1
    # Back, another price, and the same form once more: nothing is lost, nothing is overwritten.
    other = send(officer, rice1="14900", absent="2")
    assert other.status_code == 422
    assert errors(other) == [
        (
            "entry",
            "Formulir ini sudah terkirim. Isian yang berbeda ada di bawah: "
            "kirim sebagai perbaikan.",
        )
    ]
    assert value_of(other, f"price:1:{RICE}") == "14900"
    assert len(stored(db, Entry)) == 1
    assert send(officer, rice1="14900").status_code == 303
    assert [q.price for q in stored(db) if q.state == "submitted" and q.price] == [14900]


def test_errors_stand_at_their_fields_and_keep_what_was_typed(officer, db):
    officer.get(FORM)
    page = send(
        officer, rice1="0", rice2="empat belas", chili1="-5", chili2="60000", absent="2",
        not_sold=CHILI,
    )  # fmt: skip
    assert page.status_code == 422
    assert "<title>Salah: " in page.text
    found = errors(page)
    both = "Tulis harga, atau centang tidak dijual; jangan keduanya."
    absent = "Pedagang 2 ditandai tidak ada, tetapi harganya diisi."
    assert sorted(text for _, text in found) == sorted(
        [
            *(both, both, absent),
            *("Harga harus lebih dari nol.", "Harga harus lebih dari nol."),
            "Tulis harga dalam angka bulat, misalnya 14200.",
        ]
    )
    for target, _ in found:
        assert f'id="{target}"' in page.text
    assert page.text.count('aria-invalid="true"') == 4
    typed = [value_of(page, f"price:{n}:{c}") for c in (RICE, CHILI) for n in (1, 2)]
    assert typed == ["0", "empat belas", "-5", "60000"]
    assert re.search(rf'name="not_sold" value="{CHILI}"[^>]* checked', page.text)
    assert stored(db, Entry) == []


def test_an_empty_form_says_so(officer, db):
    officer.get(FORM)
    page = send(officer)
    assert errors(page) == [("entry", "Isi sedikitnya satu harga.")]
    assert stored(db, Entry) == []


def test_a_slip_is_asked_about_on_a_page_of_its_own(officer, db):
    yesterday(officer, rice1="14200", chili1="60000")
    officer.get(FORM)
    page = send(officer, rice1="142000", chili1="61000", absent="2")
    assert page.status_code == 422
    text = officer.text(page)
    assert "Belum ada yang terkirim" in text
    assert "Rp142.000? Kemarin Rp14.200." in text
    assert len(stored(db, Entry)) == 1
    assert value_of(page, f"price:1:{CHILI}") == "61000"  # goes along unseen

    again = send(officer, rice1="142000")  # neither mended nor ticked
    assert "Rp142.000? Kemarin Rp14.200." in officer.text(again)
    # A tick is for the price that was asked about, not for whatever is typed then.
    other = officer.submit(FORM, {**cells(rice1="150000"), f"sure:1:{RICE}": "142000"})
    assert "Rp150.000? Kemarin Rp14.200." in officer.text(other)

    back = send(officer, rice1="150000", again="1")
    assert value_of(back, f"price:1:{RICE}") == "150000"
    assert value_of(back, f"price:1:{CHILI}") == "61000"
    assert re.search(r'name="absent" value="2" checked', back.text)

    send(officer, rice1="142000", chili1="61000", absent="2")
    sure = officer.submit(FORM, {**cells(rice1="142.000"), f"sure:1:{RICE}": "142000"})
    page = officer.follow(sure)
    text = officer.text(page)
    assert "1 harga tampak janggal. Harga tetap dihitung, dan pengawas memeriksanya." in text
    assert "Rp142.000 akan diperiksa" in text
    today = [q for q in stored(db) if q.date == NOW.date() and q.price]
    assert [(q.commodity, q.price, q.state) for q in today] == [
        (RICE, 142000, "flagged"),
        (CHILI, 61000, "submitted"),
    ]


def test_a_mended_slip_is_no_flag(officer, db):
    yesterday(officer, rice1="14200")
    officer.get(FORM)
    send(officer, rice1="142000")
    assert send(officer, rice1="14200").status_code == 303
    assert [q.state for q in stored(db)] == ["submitted", "submitted"]


def test_a_correction_the_same_day(officer, db):
    officer.get(FORM)
    send(officer, rice1="14200", rice2="14300", chili1="60000")
    page = officer.get(FORM)
    text = officer.text(page)
    assert "Untuk memperbaiki harga, tulis lagi." in text
    assert "terkirim: Rp14.200" in text
    assert value_of(page, f"price:1:{RICE}") == ""
    done = re.findall(r'name="done" value="([^"]+)"', page.text)
    answer = officer.submit(FORM, {**cells(rice1="13900"), "absent": "2", "done": done})
    assert answer.status_code == 303
    found = {
        (q.commodity, q.slot): (q.outcome, q.price) for q in stored(db) if q.state != "superseded"
    }
    assert found[RICE, 1] == ("price", 13900)
    assert found[RICE, 2] == ("price", 14300)  # an absent trader's answers of before stay
    assert found[CHILI, 2] == ("absent", None)
    old = [q for q in stored(db) if q.state == "superseded"]
    assert [(q.price, q.slot) for q in old] == [(14200, 1)]
    page = officer.get(f"{DESK}/entries/{old[0].entry}")
    assert "Rp14.200 sudah diperbaiki" in officer.text(page)


def test_another_language_loses_nothing(officer):
    officer.get(FORM)
    page = send(officer, rice1="14200", absent="2", language="en")
    assert page.status_code == 200
    assert page.headers["set-cookie"].startswith("language=en")
    assert "Send all" in officer.text(page)
    assert value_of(page, f"price:1:{RICE}") == "14200"
    assert re.search(r'name="absent" value="2" checked', page.text)


def test_days_that_can_be_entered(officer, db):
    assert officer.get(f"{FORM}?date=2026-11-21").status_code == 200
    for date in ("2026-11-20", "2026-11-25", "yesterday", "2026-13-01"):
        assert officer.get(f"{FORM}?date={date}").status_code == 404
        assert officer.get(f"{DESK}?date={date}").status_code == 404
    officer.get(FORM)
    page = officer.submit(FORM, {**cells(rice1="14200"), "date": "2026-11-25"})
    assert errors(page) == [("entry", "Hari ini belum tiba.")]
    assert officer.submit(FORM, {"date": "soon"}).status_code == 303
    assert stored(db, Entry) == []


def test_markets_of_others_and_none(officer, client):
    assert officer.get(f"{DESK}/{NATAR}").status_code == 403
    assert "Pasar ini tidak termasuk wilayah Anda." in officer.text(officer.get(f"{DESK}/{NATAR}"))
    for code in ("18.71-01", "nowhere"):  # not surveyed; none
        assert officer.get(f"{DESK}/{code}").status_code == 404
    assert officer.get(f"{DESK}/entries/none").status_code == 404
    supervisor = client.as_officer("price_supervisor")
    assert supervisor.get(FORM).status_code == 403
    assert client.get(FORM).headers["location"].startswith("/account/sign-in")


def test_odd_field_names_do_no_harm(officer, db):
    officer.get(FORM)
    odd = {"price:x:y": "1", "price:": "1", "absent": "²", "done": ":", "sure:²:beras": "1"}
    answer = officer.submit(FORM, {**cells(rice1="14200"), **odd})
    assert answer.status_code == 303
    assert [(q.commodity, q.slot) for q in stored(db)] == [(RICE, 1)]


def test_a_price_of_what_is_not_asked_for_is_refused_not_dropped(officer, db):
    officer.get(FORM)
    page = officer.submit(FORM, {**cells(rice1="14200"), "price:1:beras": "13000"})
    assert errors(page) == [("entry", "Beras tidak termasuk survei.")]
    assert stored(db) == []


# Flags

FLAGS = f"{DESK}/flags"


@pytest.fixture
def supervisor(officer: Any, client: Any) -> Any:
    return client.as_officer("price_supervisor")


def flag(officer: Any) -> None:
    """Send prices that are ten times, and a tenth of, those of the day before."""
    yesterday(officer, rice1="14200", rice2="14300")
    officer.get(FORM)
    send(officer, rice1="142000", rice2="1440")
    sure = {f"sure:1:{RICE}": "142000", f"sure:2:{RICE}": "1440"}
    answer = officer.submit(FORM, {**cells(rice1="142000", rice2="1440"), **sure})
    assert answer.status_code == 303


def decide(who: Any, quote: Quote, decision: str, **more: str) -> Any:
    seen = f"{quote.id}:{quote.version}"
    return who.submit(FLAGS, {"quote": seen, "decision": decision, **more})


def test_flags_are_shown_with_reasons_and_decided(officer, supervisor, db):
    assert "Tidak ada harga yang menunggu keputusan" in supervisor.text(supervisor.get(FLAGS))
    flag(officer)
    page = supervisor.get(FLAGS)
    text = supervisor.text(page)
    assert "2 harga menunggu keputusan." in text
    assert "10 kali lebih tinggi daripada Rp14.200 pada 23 Nov 2026." in text
    assert "Sebelumnya Rp14.200 Kemarin" in text
    assert "Harga lain hari itu Rp1.440 Pasar Kangkung, Pedagang 2" in text
    high, other = [q for q in stored(db) if q.state == "flagged"]
    answer = decide(supervisor, high, "reject", reason="ya")
    assert answer.status_code == 422
    assert errors(answer) == [(f"q{high.id}-reason", "Tulis alasannya, minimal 5 huruf.")]
    assert value_of(answer, "reason") is not None
    assert 'value="ya"' in answer.text
    page = supervisor.follow(decide(supervisor, high, "reject", reason="Salah ketik"))
    assert "Sudah ditolak. Harga itu tidak dihitung lagi." in supervisor.text(page)
    page = supervisor.follow(decide(supervisor, other, "confirm"))
    assert "Sudah disahkan." in supervisor.text(page)
    states = {q.id: (q.state, q.decision) for q in stored(db)}
    assert states[high.id] == ("rejected", "Salah ketik")
    assert states[other.id] == ("confirmed", None)


def test_who_decides_second_is_told(officer, supervisor, client, db):
    flag(officer)
    high = next(q for q in stored(db) if q.state == "flagged")
    other = client.as_officer("price_supervisor", area="18.71")
    supervisor.get(FLAGS)
    other.get(FLAGS)
    assert decide(supervisor, high, "confirm").status_code == 303
    answer = decide(other, high, "reject", reason="Salah ketik")
    assert answer.status_code == 412
    assert "Orang lain baru saja memutuskan" in other.text(answer)
    assert next(q for q in stored(db) if q.id == high.id).state == "confirmed"


def test_officers_see_flags_but_do_not_decide(officer, supervisor, client, db):
    flag(officer)
    high = next(q for q in stored(db) if q.state == "flagged")
    page = officer.get(FLAGS)
    assert "2 harga menunggu keputusan." in officer.text(page)
    assert "Sahkan" not in officer.text(page)
    assert decide(officer, high, "confirm").status_code == 403
    elsewhere = client.as_officer("price_supervisor", area="18.72")
    assert "Tidak ada harga" in elsewhere.text(elsewhere.get(FLAGS))
    assert decide(elsewhere, high, "confirm").status_code == 404
    assert supervisor.get(f"{FLAGS}?after=nonsense").status_code == 303
    supervisor.get(FLAGS)
    assert supervisor.submit(FLAGS, {"quote": "x", "decision": "confirm"}).status_code == 303


def test_an_entry_that_agrees_too_well_is_one_card(officer, supervisor, db):
    page = officer.get(FORM)
    codes = re.findall(r'name="not_sold" value="([^"]+)"', page.text)[:8]
    typed = {f"price:{n}:{c}": f"{10 + k}000" for k, c in enumerate(codes) for n in (1, 2)}
    assert officer.submit(FORM, typed).status_code == 303
    page = supervisor.get(FLAGS)
    assert page.text.count('class="card"') == 1
    text = supervisor.text(page)
    assert "16 harga, Pasar Kangkung" in text
    assert "Semua pedagang memasang harga yang sama pada 8 barang." in text
    seen = re.findall(r'name="quote" value="([^"]+)"', page.text)
    answer = supervisor.submit(FLAGS, {"quote": seen, "decision": "confirm"})
    assert answer.status_code == 303
    assert {q.state for q in stored(db)} == {"confirmed"}


def test_a_flag_counts_on_the_desk_and_in_what_is_published(officer, supervisor, db):
    flag(officer)
    assert "Harga janggal (2)" in supervisor.text(supervisor.get("/desk"))
