"""The pages of residents: the answer first, its day and source beside it, nothing made up."""

import datetime
import gzip
import html
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.models import Alarm
from civicapp_prices.service.alarms import run_alarms
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from civicapp_prices.service.site import Site

from civicapp.testing.markup import page_faults

RICE, CURLY, OIL = "beras-medium-1", "cabai-merah-keriting", "minyak-goreng"
KANGKUNG = "18.71-05"
NOON = datetime.datetime(2026, 6, 2, 5, 0, tzinfo=datetime.UTC)  # a Tuesday, 12:00 in the region
HOUR = datetime.timedelta(hours=1)
TODAY = datetime.date(2026, 6, 2)
DAY = datetime.timedelta(days=1)
# What a page says is the same on every kind of database.
one_kind = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PAGES = (
    *("/prices", "/prices?q=beras", "/prices?q=zzz", f"/prices/{RICE}", f"/prices/{OIL}"),
    *(f"/prices/{RICE}?period=all", f"/prices/{RICE}?market={KANGKUNG}", "/prices/garam-none"),
    *("/prices/compare", "/prices/map", "/prices/alarms", "/prices/limits", "/prices/basket"),
    *("/prices/print", "/prices/method"),
)


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    return pasar


@pytest.fixture
def visitor(clock: Any, client: Any) -> Any:
    """Return someone who reads Indonesian, an hour after today's prices came out."""
    clock.move_to(NOON + 2 * HOUR)
    return client.speak("id")


@pytest.fixture
def put(db: Any) -> Any:
    """Return what publishes prices of days, as those of the survey or of another source."""

    def put(scope: str, commodity: str, prices: dict[datetime.date, object], **more: Any) -> None:
        key = Key(more.pop("source", "survey"), scope, commodity, more.pop("step", "day"))

        def write(session: Any) -> None:
            series = ensure_series(session, [key])[key]
            points = [
                NewPoint(series=series, date=day, price=Decimal(str(price)), **more)
                for day, price in prices.items()
            ]
            publish(session, points, [scope])

        db.write_now(write)

    return put


def last(n: int, price: int = 14000, step: int = 0) -> dict[datetime.date, object]:
    """Return prices of the last days, weekends too, up to today."""
    return {TODAY - (n - 1 - k) * DAY: price + k * step for k in range(n)}


def months(n: int, base: int = 12000) -> dict[datetime.date, object]:
    """Return a price for each of the last whole months, with a season and a trend."""
    found: dict[datetime.date, object] = {}
    for k in range(n):
        year, month = divmod(2026 * 12 + 4 - (n - 1 - k), 12)
        found[datetime.date(year, month + 1, 15)] = base + k * 20 + (month % 4) * 90 + (k * 7) % 40
    return found


def chips(page: Any) -> list[str]:
    """Return the tags of a page in words."""
    found = re.findall(r'(?s)<span class="tag [a-z]+">(.*?)</span>\s*(?=<|$)', page.text)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", chip)).split()) for chip in found]


def rows(page: Any) -> list[str]:
    """Return the lines of the tables of a page."""
    found = re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", page.text)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


# Today


@one_kind
def test_without_any_price_each_page_says_what_would_be_there(visitor):
    page = visitor.get("/prices")
    assert "Belum ada harga." in visitor.text(page)
    assert "setelah survei pasar atau berkas pertama" in visitor.text(page)
    assert "<table" not in page.text
    for path in PAGES[3:]:
        page = visitor.get(path)
        assert page.status_code == (404 if path == "/prices/garam-none" else 200)
        assert page_faults(page.text, "id") == [], path
    assert "Belum ada harga." in visitor.text(visitor.get(f"/prices/{RICE}"))
    assert "Belum ada harga di Pasar Kangkung." in visitor.text(
        visitor.get(f"/prices/{RICE}?market={KANGKUNG}")
    )
    assert "Biaya belanja belum bisa dihitung." in visitor.text(visitor.get("/prices/basket"))


def test_todays_prices_with_their_change_in_sign_and_words(visitor, put):
    yesterday = TODAY - DAY
    put("a:18", RICE, {yesterday: 14000, TODAY: "14200.4"}, n=24, markets=12)
    put("a:18", "beras-super-1", {yesterday: 16000, TODAY: 15500}, n=24, markets=11)
    put("a:18", "gula-pasir-lokal", {yesterday: "17400.2", TODAY: "17400.3"}, n=2, markets=1)
    put("a:18", "telur-ayam-ras", {yesterday: 29300}, n=2, markets=1)
    put("a:18", "bapanas-101", {TODAY: 17900}, n=2, markets=1)
    page = visitor.get("/prices")
    said = visitor.text(page)
    assert "Harga pangan hari ini" in said
    assert "Rata-rata 12 pasar, 2 Juni 2026" in said
    assert "Harga per kg, kecuali disebut satuan lain." in said
    table = "\n".join(rows(page))
    assert "Beras Kualitas Medium I ▲ naik Rp200, 1,4% Rp14.200" in table
    assert "Beras Kualitas Super I ▼ turun Rp500, 3,1% Rp15.500" in table
    assert "Gula Pasir Lokal tetap Rp17.400" in table
    assert "Telur Ayam Ras Segar tidak disurvei hari ini Rp29.300 1 Jun 2026" in table
    assert "Minyak Goreng Curah harga pertama Rp17.900 per liter" in table
    assert 'aria-hidden="true">▲<' in page.text  # a screen reader hears the words alone
    english = visitor.speak("en").get("/prices")
    assert "▲ up Rp200, 1.4% Rp14,200" in "\n".join(rows(english))


def test_a_narrow_area_gets_the_prices_of_the_nearest_one_above_and_is_told_so(visitor, put):
    put("a:18", RICE, last(3), n=30, markets=15)
    put("a:18.71", RICE, last(3, 15000), n=2, markets=1)
    visitor.cookies.set("area", "18.71.13")
    said = visitor.text(visitor.get("/prices"))
    assert "Belum ada harga untuk Kecamatan Kemiling. Ini harga Kota Bandar Lampung." in said
    assert "Rp15.000" in said
    said = visitor.text(visitor.get("/prices?area=18"))
    assert "Provinsi Lampung" in said
    assert "Belum ada harga untuk" not in said


def test_a_narrow_area_whose_prices_are_old_gives_way(visitor, put):
    put("a:18", RICE, last(3, 14000), n=30, markets=15)
    put("a:18.71", RICE, {TODAY - 40 * DAY: 9000}, n=2, markets=1)
    visitor.cookies.set("area", "18.71")
    said = visitor.text(visitor.get("/prices"))
    assert "Ini harga Provinsi Lampung." in said
    assert "Rp9.000" not in said


def test_a_wider_area_with_more_commodities_is_named(visitor, put):
    for code in (RICE, CURLY, "telur-ayam-ras"):
        put("a:18", code, last(2), source="pihps")
    put("a:18.71", RICE, last(2), n=2, markets=1)
    page = visitor.get("/prices?area=18.71")
    assert "Provinsi Lampung punya 2 bahan lagi." in visitor.text(page)
    assert 'href="/prices?area=18"' in page.text


@one_kind
def test_before_the_hour_yesterdays_prices_stand_and_are_told_as_such(clock, visitor, put):
    put("a:18", RICE, last(3, 14000, 100), n=24, markets=12)
    clock.move_to(NOON)
    said = visitor.text(visitor.get("/prices"))
    assert "Harga hari ini terbit 13.00 WIB. Ini harga kemarin." in said
    assert "Rata-rata 12 pasar, 1 Juni 2026" in said
    assert "Rp14.100" in said
    assert "Rp14.200" not in said
    assert "Rp14.100" in visitor.text(visitor.get(f"/prices/{RICE}"))
    clock.forward(hours=1)
    said = visitor.text(visitor.get("/prices"))
    assert "terbit 13.00" not in said
    assert "Rp14.200" in said


@one_kind
@pytest.mark.parametrize("at", [NOON - 2 * DAY, NOON - 2 * DAY + 3 * HOUR, NOON - DAY])
def test_no_price_is_promised_for_a_day_off(clock, visitor, put, at):
    # 31 May is a Sunday; 1 June is Pancasila Day.
    put("a:18", RICE, {datetime.date(2026, 5, 28): 14000}, n=24, markets=12)
    clock.move_to(at)
    said = visitor.text(visitor.get("/prices"))
    assert "terbit" not in said
    assert "Hari ini tidak ada harga baru. Ini harga 28 Mei 2026." in said


@one_kind
def test_no_survey_is_promised_where_none_was_made_lately(clock, visitor, put):
    clock.move_to(NOON)
    put("a:18", RICE, {TODAY - DAY: 14000}, source="pihps")
    put("a:18", CURLY, {TODAY - 20 * DAY: 50000}, n=24, markets=12)
    said = visitor.text(visitor.get("/prices"))
    assert "terbit" not in said
    assert "Hari ini tidak ada harga baru. Ini harga kemarin." in said


@one_kind
def test_prices_of_other_sources_say_whose_they_are(visitor, put):
    put("a:18", RICE, last(2), source="pihps")
    said = visitor.text(visitor.get("/prices"))
    assert "PIHPS, Bank Indonesia, 2 Juni 2026" in said
    assert "Rata-rata" not in said


@one_kind
def test_a_price_older_than_a_month_stands_apart(visitor, put):
    put("a:18", RICE, last(2), n=2, markets=1)
    put("a:18", "telur-ayam-ras", {TODAY - 60 * DAY: 27000}, n=2, markets=1)
    page = visitor.get("/prices")
    assert "1 bahan tidak disurvei selama sebulan" in visitor.text(page)
    assert page.text.index("Rp27.000") > page.text.index("<details>")


@one_kind
def test_a_flagged_price_is_shown_and_marked(visitor, put):
    put("a:18", RICE, last(2), n=2, markets=1, flagged=True)
    assert "sedang diperiksa" in visitor.text(visitor.get("/prices"))
    said = visitor.text(visitor.get(f"/prices/{RICE}"))
    assert "sedang diperiksa pengawas. Harga itu tetap dihitung." in said


@one_kind
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("cabai", {CURLY}),
        ("  Rice  ", {RICE, "beras-super-1"}),  # names of every language count
        ("beras super", {"beras-super-1"}),
        ("BERAS", {RICE, "beras-super-1"}),
    ],
)
def test_a_search_finds_by_name(visitor, put, typed, found):
    for code in (RICE, "beras-super-1", CURLY):
        put("a:18", code, last(2), n=2, markets=1)
    page = visitor.get("/prices", params={"q": typed})
    known = {RICE, "beras-super-1", CURLY}
    assert set(re.findall(r'href="/prices/([\w-]+)"', page.text)) & known == found
    assert f"{len(found)} bahan untuk “{' '.join(typed.split())}”." in visitor.text(page)


@one_kind
def test_a_search_that_finds_nothing_names_what_is_near(visitor, put):
    put("a:18", RICE, last(2), n=2, markets=1)
    page = visitor.get("/prices?q=berras")
    assert "0 bahan untuk “berras”." in visitor.text(page)
    assert '<a class="more" href="/prices?q=Beras">Beras</a>' in page.text
    hostile = visitor.get("/prices", params={"q": '"><b>x</b>'})
    assert "<b>x" not in hostile.text
    assert visitor.get("/prices", params={"q": "x" * 81}).status_code == 422


@one_kind
def test_names_that_two_commodities_share_say_of_which_list(visitor, put):
    put("a:18", "minyak-goreng-curah", last(2), source="pihps")
    put("a:18", "bapanas-101", last(2), n=2, markets=1)
    said = visitor.text(visitor.get("/prices"))
    assert "Minyak Goreng Curah (pihps)" in said
    assert "Minyak Goreng Curah (bapanas retail)" in said
    assert "satuan tidak diketahui" in said  # litre or kilogram: nobody knows
    assert "per liter" in said


# One commodity


def test_a_commodity_shows_price_change_source_and_what_is_behind_it(visitor, put):
    of_twelve = {"n": 24, "markets": 12, "low": Decimal(13900), "high": Decimal(14800)}
    put("a:18", RICE, {TODAY - DAY: 14000, TODAY: 14200}, **of_twelve)
    page = visitor.get(f"/prices/{RICE}")
    said = visitor.text(page)
    assert page.text.count("<h1>Beras Kualitas Medium I</h1>") == 1
    assert "Rp14.200 per kg ▲ naik Rp200, 1,4%" in said
    assert "Provinsi Lampung 2 Juni 2026 Rata-rata 12 pasar, 24 harga." in said
    assert "Dari Rp13.900 sampai Rp14.800." in said
    assert "Tidak ada batas harga yang tercatat untuk bahan ini." in said
    assert "survei sebelumnya, 1 Jun 2026 ▲ naik Rp200, 1,4%" in said


@one_kind
def test_a_unit_that_nobody_knows_is_said(visitor, put):
    put("a:18", OIL, last(2), source="pihps")
    said = visitor.text(visitor.get(f"/prices/{OIL}"))
    assert "Rp14.000 satuan tidak diketahui" in said
    assert "Sumber tidak menyebut satuan harga ini." in said
    assert "Sumber: PIHPS, Bank Indonesia. Sumber ini tidak menyebut dari berapa harga." in said


@one_kind
@pytest.mark.parametrize(
    ("price", "said", "kind"),
    [
        (60000, "Rp5.000 di atas batas (9,1%)", "warn"),
        (70000, "Rp15.000 di atas batas (27,3%)", "danger"),
        (35000, "Rp2.000 di bawah batas bawah (5,4%)", "info"),
        (55000, "di dalam batas", "neutral"),
    ],
)
def test_the_distance_to_a_limit_is_told(visitor, put, price, said, kind):
    put("a:18", CURLY, {TODAY - DAY: price, TODAY: price}, n=2, markets=1)
    page = visitor.text(visitor.get(f"/prices/{CURLY}"))
    assert said.capitalize() in page or said in page
    assert "Batas: Rp37.000 sampai Rp55.000, berita pers; belum ada keputusan" in page
    table = visitor.get("/prices/limits")
    assert f'<span class="tag {kind}">{said}</span>' in table.text


@one_kind
def test_limits_tell_what_is_on_file_and_for_what_nothing_is(visitor, put):
    put("a:18", RICE, last(2), n=2, markets=1)
    said = visitor.text(visitor.get("/prices/limits"))
    assert "Tidak ada batas yang berlaku untuk harga di sini." in said
    assert "1 bahan tanpa batas harga yang tercatat" in said
    assert "1 Des 2022 sampai 31 Des 2022 · berita pers" in said


@one_kind
def test_the_chart_has_words_a_table_and_a_way_to_the_file(visitor, put):
    prices = last(30, 50000, 200)
    del prices[TODAY - 3 * DAY]
    put("a:18", CURLY, prices, n=2, markets=1)
    page = visitor.get(f"/prices/{CURLY}")
    said = visitor.text(page)
    assert '<svg viewBox="0 0 720 240" preserveAspectRatio="none" role="img"' in page.text
    assert "Naik Rp5.800, 11,6% sejak 4 Mei 2026. Terendah Rp50.000, tertinggi Rp55.800." in said
    assert "1 hari tanpa survei." in said
    assert page.text.count("<time datetime=") == 29
    assert '<tr data-gap><th scope="row"><time datetime="2026-05-31">' in page.text
    assert "batas atas Rp55.000" in said
    assert "batas bawah" not in said  # too far below to be drawn
    (chart,) = re.findall(r'(?s)<div class="plot">.*?</ul>\s*</div>', page.text)
    assert len(gzip.compress(chart.encode())) <= 3 * 1024


@one_kind
def test_one_price_is_a_table_and_no_chart(visitor, put):
    put("a:18", RICE, {TODAY: 14200}, n=2, markets=1)
    page = visitor.get(f"/prices/{RICE}")
    assert "Baru ada satu harga, belum cukup untuk grafik." in visitor.text(page)
    assert '<div class="plot">' not in page.text
    assert '<details id="numbers" open>' in page.text
    assert "chart.js" not in page.text


def test_periods_are_links_and_a_long_past_is_shown_by_month(visitor, put):
    put("a:18", RICE, {**months(40), **last(20)}, n=2, markets=1)
    page = visitor.get(f"/prices/{RICE}")
    assert f'href="/prices/{RICE}" aria-current="true"' in page.text
    assert f'href="/prices/{RICE}?period=all"' in page.text
    whole = visitor.get(f"/prices/{RICE}?period=all")
    said = visitor.text(whole)
    assert "Rata-rata bulanan sejak Februari 2023" in said
    assert "Mei 2026" in said
    assert whole.text.count("<time datetime=") == 41
    assert "step=month" in whole.text
    year = visitor.get(f"/prices/{RICE}?period=1y")
    assert year.text.count("<time datetime=") == 31


@one_kind
def test_what_is_unusual_is_told_in_plain_words(visitor, put):
    put("a:18", RICE, months(30), n=2, markets=1)
    said = visitor.text(visitor.get(f"/prices/{RICE}"))
    assert "Dinilai untuk Mei 2026, bulan utuh terakhir." in said
    assert "Data baru 30 bulan, peringatan butuh 36." in said
    assert "Data baru 30 bulan, peringatan butuh 37." in said
    spike = {**months(48), datetime.date(2026, 5, 15): 20000}
    put("a:18", CURLY, spike, n=2, markets=1)
    said = visitor.text(visitor.get(f"/prices/{CURLY}"))
    assert "sangat tinggi Harga sangat jauh di atas pola musimnya. Pola musim (ALPS): " in said
    assert re.search(r"tinggi tidak biasa Harga naik \d\d[\d,]*% dalam sebulan\.", said)
    put("a:18", "gula-pasir", {day: p for day, p in months(48).items() if day.year < 2026}, n=2)
    assert "Tidak ada harga untuk Mei 2026." in visitor.text(visitor.get("/prices/gula-pasir"))
    put("a:18", "bawang-merah", dict.fromkeys(months(48), 30000), n=2)
    assert "Harga tidak pernah berubah" in visitor.text(visitor.get("/prices/bawang-merah"))


def test_several_sources_are_a_choice_and_never_mixed(visitor, put):
    put("a:18", RICE, last(2, 14321), n=2, markets=1)
    put("a:18", RICE, last(2, 15432), source="pihps")
    page = visitor.get(f"/prices/{RICE}")
    assert "Rp14.321" in visitor.text(page)
    assert "Rp15.432" not in visitor.text(page)
    assert f'href="/prices/{RICE}?source=pihps"' in page.text
    other = visitor.get(f"/prices/{RICE}?source=pihps")
    assert "Rp15.432" in visitor.text(other)
    assert "Rp14.321" not in visitor.text(other)
    assert "Rp14.321" in visitor.text(visitor.get(f"/prices/{RICE}?source=nobody"))


def test_a_market_has_a_page_of_its_own(visitor, put):
    put(f"m:{KANGKUNG}", RICE, last(2, 15100), n=2)
    page = visitor.get(f"/prices/{RICE}?market={KANGKUNG}")
    said = visitor.text(page)
    assert "Pasar Kangkung 2 Juni 2026 Survei di pasar: rata-rata dari 2 harga." in said
    assert f"market={KANGKUNG}" in re.findall(r'href="(/api/v1/prices/series[^"]+)"', page.text)[0]


@one_kind
def test_a_monthly_source_is_told_by_month(visitor, put):
    prices = {datetime.date(2026, m, 1): 14000 + m * 100 for m in range(1, 6)}
    put("a:18", RICE, prices, source="wfp", step="month")
    said = visitor.text(visitor.get(f"/prices/{RICE}"))
    assert "Provinsi Lampung Mei 2026 Sumber: Program Pangan Dunia (WFP)." in said
    assert "Rata-rata bulanan sejak Januari 2026" in said


@one_kind
def test_a_commodity_that_is_unknown_is_not_found(visitor):
    assert visitor.get("/prices/emas").status_code == 404


# Places


@pytest.fixture
def three(put):
    """Publish rice in three markets and the areas around two of them."""
    for market, price in (("18.71-05", 15000), ("18.72-02", 14000), ("18.01-09", 14600)):
        put(f"m:{market}", RICE, {TODAY: price}, n=2)
    put("a:18.71", RICE, {TODAY: 15000}, n=2, markets=1)
    put("a:18.72", RICE, {TODAY: 14000}, n=2, markets=1)
    put("a:18", RICE, {TODAY: 14500}, n=6, markets=3)


def test_places_are_compared_the_cheapest_first(visitor, three, put):
    put("m:18.10-02", RICE, {TODAY - 20 * DAY: 9000}, n=2)
    page = visitor.get("/prices/compare")
    said = visitor.text(page)
    assert (
        "Termurah di Pasar Shopping Center dan Mall, Rp14.000; termahal di Pasar Kangkung" in said
    )
    assert "Rata-rata Provinsi Lampung: Rp14.500 per kg." in said
    markets = [row for row in rows(page) if row.startswith("Pasar")]
    assert markets == [
        "Pasar Shopping Center dan Mall 2 harga Rp500, 3,4% di bawah rata-rata Rp14.000",
        "Pasar Natar 2 harga Rp100, 0,7% di atas rata-rata Rp14.600",
        "Pasar Kangkung 2 harga Rp500, 3,4% di atas rata-rata Rp15.000",
        "Pasar Pringsewu 2 harga Rp5.500, 37,9% di bawah rata-rata Rp9.000 13 Mei 2026",
    ]
    assert "1 tempat tanpa harga seminggu terakhir" in said
    assert re.search(r"\d+ tempat lain belum punya harga\.", said)


def test_prices_of_two_sources_are_not_compared_with_each_other(visitor, put):
    put("a:18", RICE, {TODAY: 14500}, source="pihps")
    put("m:18.71-05", RICE, {TODAY: 15000}, n=2)
    said = visitor.text(visitor.get("/prices/compare"))
    assert "Pasar Kangkung" in said
    assert "rata-rata Rp" not in said.split("Pasar, mulai dari yang termurah")[1]


@one_kind
def test_the_map_has_the_numbers_of_its_list(visitor, three):
    page = visitor.get("/prices/map")
    assert ">1</text>" in page.text
    assert ">3</text>" in page.text
    assert "1. Pasar Shopping Center dan Mall" in visitor.text(page)
    assert 'role="img"' in page.text
    assert "Peta: Beras Kualitas Medium I, Provinsi Lampung" in visitor.text(page)


@one_kind
def test_other_places_stand_nearest_first(visitor, three):
    visitor.cookies.set("area", "18.72")
    said = visitor.text(visitor.get(f"/prices/{RICE}"))
    near, middle, far = (said.index(f"Pasar {x}") for x in ("Shopping", "Natar", "Kangkung"))
    assert near < middle < far
    assert re.search(r"sekitar \d+ km", said)


# What is unusual, the basket, the sheet


def test_unusual_prices_are_listed_with_the_gravest_first(visitor, put, db, kernel, clock):
    put("a:18", CURLY, {**months(48), datetime.date(2026, 5, 15): 20000}, n=2, markets=1)
    put("a:18", RICE, {**months(48), datetime.date(2026, 5, 15): 12900}, n=2, markets=1)
    put("a:18.71", CURLY, {**months(48), datetime.date(2026, 5, 15): 20000}, n=2, markets=1)
    put("a:18", "gula-pasir", months(30), n=2, markets=1)
    run_alarms(db, Site(region=kernel.region), clock.now)
    page = visitor.get("/prices/alarms")
    said = visitor.text(page)
    assert "Dinilai untuk Mei 2026" in said
    assert said.index("Cabai Merah Keriting") < said.index("Beras Kualitas Medium I")
    assert "Harga sangat jauh di atas pola musimnya." in said
    assert "Kota Bandar Lampung 1 bahan" in said
    assert "4 deret harga dinilai. 1 belum cukup data untuk satu peringatan atau lebih." in said
    there = visitor.get("/prices/alarms?area=18.71")
    assert "Provinsi Lampung 2 bahan" in visitor.text(there)
    quiet = visitor.text(visitor.get("/prices/alarms?area=18.01"))
    assert "Tidak ada yang tidak biasa di sini pada Mei 2026." in quiet
    assert "Tidak biasa pada Mei 2026:" in visitor.text(visitor.get("/prices"))


@one_kind
def test_many_alarms_hide_none(visitor, put, db, kernel, clock):
    areas = ("18.01", "18.02", "18.03", "18.71")
    codes = [c.code for c in Site(region=kernel.region).config.commodities]
    names = [Key("survey", f"a:{area}", code) for area in areas for code in codes]

    def write(session: Any) -> None:
        for series in ensure_series(session, names).values():
            session.add(
                Alarm(
                    series=series, kind="change", mode="", month="2026-05", status="ok",
                    value=Decimal("0.3"), class_="alert", inputs=2, inputs_hash="0" * 64,
                    code_version="1", computed_at=clock.now,
                )
            )  # fmt: skip

    db.write_now(write)
    said = visitor.text(visitor.get("/prices/alarms?area=18.71"))
    assert said.count("Harga naik 30% dalam sebulan.") == len(codes)
    assert f"Kabupaten Lampung Selatan {len(codes)} bahan" in said


def test_the_basket_adds_up_and_says_that_it_is_an_example(visitor, put):
    for code, now in (("beras", 13000), ("cabai-merah", 30000), ("gula-pasir", 9000)):
        prices = {datetime.date(2025, 5, 5): 10000, datetime.date(2026, 5, 5): now}
        put("a:18", code, prices, source="pihps")
    page = visitor.get("/prices/basket")
    said = visitor.text(page)
    shown = re.search(r"([\d.,]+) indeks, Mei 2025 = 100", said)
    assert shown is not None
    written = re.findall(r"[+−]\d+,\d\d$", "\n".join(rows(page)), re.MULTILINE)
    points = [Decimal(p.replace(",", ".").replace("−", "-")) for p in written]
    index = Decimal(shown[1].replace(",", "."))
    assert len(points) == 7
    assert abs(100 + sum(points) - index) <= Decimal("0.05")
    assert "contoh, bukan hasil survei rumah tangga" in said
    assert "tanpa harga: ikut gerak kelompoknya" in said
    other = visitor.get("/prices/basket?base=2026-05&month=2026-05")
    assert "tetap sama pada Mei 2026" in visitor.text(other)
    assert visitor.get("/prices/basket?base=x&month=9999-99").status_code == 200


@one_kind
def test_the_sheet_has_day_markets_numbers_and_its_address(visitor, put):
    put("a:18", RICE, {TODAY - DAY: 14000, TODAY: 14200}, n=24, markets=12)
    put("a:18", "telur-ayam-ras", {TODAY - DAY: 29300}, n=2, markets=1)
    page = visitor.get("/prices/print")
    said = visitor.text(page)
    assert "Harga pangan, Provinsi Lampung" in said
    assert "Rata-rata 12 pasar, 2 Juni 2026" in said
    assert "Rp14.200 ▲ naik Rp200, 1,4%" in said
    assert "Rp29.300 harga 1 Jun 2026" in said
    assert "http://testserver/prices?area=18" in said
    assert 'class="qr"' in page.text


# Parts of other pages, and the cache


def test_home_area_and_menu_show_live_prices(visitor, put):
    put("a:18", RICE, {TODAY - DAY: 14000, TODAY: 14200}, n=24, markets=12)
    put("a:18.71", RICE, {TODAY: 15000}, n=2, markets=1)
    home = visitor.text(visitor.get("/"))
    assert "Harga pangan Beras Kualitas Medium I Rp14.200/kg" in home
    assert "Provinsi Lampung, 2 Juni 2026 Beras Kualitas Medium I ▲ naik Rp200, 1,4%" in home
    assert "Beras Kualitas Medium I Rp14.200/kg" in visitor.text(visitor.get("/menu"))
    area = visitor.text(visitor.get("/area/18.71"))
    assert "Kota Bandar Lampung, 2 Juni 2026 Beras Kualitas Medium I harga pertama Rp15.000" in area
    visitor.cookies.set("area", "18.71.13")
    assert "Beras Kualitas Medium I Rp15.000/kg" in visitor.text(visitor.get("/"))


@one_kind
def test_old_prices_are_no_news_on_other_pages(clock, visitor, put):
    put("a:18", RICE, last(2), n=2, markets=1)
    clock.forward(days=10)
    home = visitor.text(visitor.get("/"))
    assert "/kg" not in home
    assert "Di pasar dekat Anda" in home
    assert "2 Juni 2026" in home  # the block still says of which day its prices are
    clock.forward(days=30)
    assert "2 Juni 2026" not in visitor.text(visitor.get("/"))


def test_pages_are_kept_until_a_price_of_theirs_changes(visitor, put):
    put("a:18", RICE, last(2, 14000), n=2, markets=1)
    put("a:18.71", RICE, last(2, 15000), n=2, markets=1)
    visitor.cookies.clear()

    def hit(path: str) -> bool:
        return "hit" in visitor.get(path).headers.get("cache-status", "")

    paths = ("/", "/menu", "/prices", "/prices?area=18.01", f"/prices/{RICE}", "/prices/compare")
    for path in paths:
        assert not hit(path)
        assert hit(path), path
    put("a:18.71", RICE, {TODAY: 15500}, n=2, markets=1)
    assert [hit(path) for path in paths] == [False, False, True, True, False, False]
    put("a:18", RICE, {TODAY: 14300}, n=2, markets=1)
    assert [hit(path) for path in paths] == [False] * 6
    assert "Rp14,300" in visitor.get("/prices", headers={"accept-language": "en"}).text


# All of them


@pytest.fixture
def full(put, db, kernel, clock):
    """Publish as much as a large region has."""
    for n, code in enumerate(c.code for c in Site(region=kernel.region).config.commodities[:40]):
        put("a:18", code, last(365, 9000 + n * 700, 13), n=24, markets=12)
    for n, market in enumerate(m for m in Site(region=kernel.region).markets):
        put(f"m:{market}", RICE, last(2, 14000 + n), n=2)
    run_alarms(db, Site(region=kernel.region), clock.now)


def test_every_page_is_sound_light_and_leads_nowhere_wrong(visitor, full):
    titles, links = set(), set()
    for language in ("id", "en"):
        visitor.speak(language)
        for path in PAGES:
            page = visitor.get(path)
            assert page_faults(page.text, language) == [], path
            assert len(gzip.compress(page.content, 6)) <= 10 * 1024, path
            links |= set(re.findall(r'href="(/[^"#]*)"', page.text))
            titles.add(re.search(r"<title>(.*?)</title>", page.text)[1])  # type: ignore[index]
    assert len(titles) >= 2 * (len(PAGES) - 6)
    wanted = {
        html.unescape(link) for link in links if link.startswith(("/prices", "/api/v1/prices"))
    }
    assert any("/latest" in link for link in wanted)
    for link in sorted(wanted):
        answer = visitor.get(link)
        assert answer.status_code == 200, link
        if "format=csv" in link:
            assert answer.headers["content-type"].startswith("text/csv"), link


@one_kind
def test_style_and_scripts_are_light(visitor, kernel):
    sizes = {}
    page = visitor.get("/prices").text + visitor.get("/").text
    for url in set(re.findall(r'href="(/static/[^"]+\.css)"', page)):
        sizes[url] = len(gzip.compress(visitor.get(url).content, 6))
    assert len(sizes) == 2
    assert sum(sizes.values()) <= 10 * 1024


QUERIES = (
    *("area=99", "area=x%00y", "period=never", "market=none", "source=%FF", "commodity=nothing"),
    "area=18.71&area=18",
)


@one_kind
@pytest.mark.parametrize("query", QUERIES)
def test_what_is_unknown_in_an_address_counts_as_not_given(visitor, put, query):
    put("a:18", RICE, last(2), n=2, markets=1)
    for path in ("/prices", f"/prices/{RICE}", "/prices/compare", "/prices/map", "/prices/alarms"):
        assert visitor.get(f"{path}?{query}").status_code == 200, path
