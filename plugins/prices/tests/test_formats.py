"""Files of prices: what each format yields, and what is refused, with its place and reason."""

import codecs
import datetime
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.config import Unit
from civicapp_prices.domain.formats import FORMATS, Cell, Known, Outside, Reject, Unreadable
from civicapp_prices.domain.formats.cells import (
    Around,
    Refused,
    count_of,
    day_of,
    price_of,
    slashed_day,
)
from civicapp_prices.domain.formats.given import BadRow, read_given
from hypothesis import given, settings
from hypothesis import strategies as st

from civicapp import Localized

DATA = Path(__file__).parent / "data"
TODAY = datetime.date(2026, 11, 24)
KG = Localized({"en": "kg"})
UNITS = {
    "kg": Unit(code="kg", name=KG, dimension="mass", to_base=Decimal(1)),
    "g": Unit(code="g", name=KG, dimension="mass", to_base=Decimal("0.001")),
    "litre": Unit(code="litre", name=KG, dimension="volume", to_base=Decimal(1)),
}
ISLE = Around(
    exact={"kota barat": "9.71", "kabupaten timur": "9.01", "kabupaten barat": "9.02"},
    short={"barat": ("9.02", "9.71"), "timur": ("9.01",)},
    whole=True,
)
KNOWN = Known(
    area="9",
    today=TODAY,
    currency="IDR",
    names={
        ("pihps", "Beras"): "rice",
        ("pihps", "Cabai Rawit"): "chili",
        ("pihps", "com_17"): "oil",
        ("wfp", "Rice"): "rice",
        ("wfp", "Oil (vegetable)"): "oil",
        ("wfp", "Kerosene"): "fuel",
        ("panel", "Nasi"): "rice",
    },
    units=UNITS,
    unit_of={"rice": "kg", "chili": "kg", "oil": None, "fuel": "litre"},
    markets=frozenset({"9.71-01"}),
    areas=frozenset({"9", "9.01", "9.02", "9.71"}),
    around={"isle": ISLE, "the isle": ISLE},
)


def read(format: str, content: str | bytes, folder: Path) -> list[Any]:
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    FORMATS[format].check(path, KNOWN)
    return list(FORMATS[format].read(path, KNOWN))


def refused(format: str, content: str | bytes, folder: Path) -> str:
    """Return why a file cannot be used."""
    with pytest.raises(Unreadable) as caught:
        read(format, content, folder)
    assert caught.value.hint
    return caught.value.message


def only(found: list[Any]) -> Any:
    assert len(found) == 1, found
    return found[0]


def cells(found: list[Any]) -> list[tuple[str, str, str, str]]:
    assert all(isinstance(f, Cell) for f in found), found
    return [(c.scope, c.commodity, c.date.isoformat(), f"{c.price:f}") for c in found]


# Numbers, days, counts


@pytest.mark.parametrize(
    ("text", "price"),
    [("15750", "15750"), ("15,750", "15750"), (" 1,234,567.5 ", "1234567.5"), ("0.125", "0.125")],
)
def test_a_price_is_read_exactly(text: str, price: str) -> None:
    assert price_of(text) == Decimal(price)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "more than 0"),
        ("0.000", "more than 0"),
        ("-5000", "more than 0"),
        ("-1,000", "more than 0"),
        ("", "is empty"),
        ("Rp15.000", "is no number"),
        ("15750,50", "is no number"),
        ("1.234.567", "is no number"),
        ("1e5", "is no number"),
        ("nan", "is no number"),
        ("١٢٣", "is no number"),
        ("9" * 5000, "is no number"),
        ("15.750", "could be 15750 or 15.75"),
        ("100.000", "could be 100000 or 100"),
        ("1000000000000", "less than 1,000,000,000,000"),
        ("0.1234567", "more than 6 decimal places"),
    ],
)
def test_a_price_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        price_of(text)


@settings(deadline=None)
@given(st.decimals(min_value="0.000001", max_value="999999999999", places=6))
def test_every_price_comes_back_as_it_was_written(price: Decimal) -> None:
    grouped = f"{price:,.6f}"
    assert price_of(grouped) == price
    assert price_of(f"{price:.6f}") == price


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        price = price_of(text)
    except Refused:
        return
    assert 0 < price < 10**12
    assert price == price.quantize(Decimal("0.000001"))


@settings(deadline=None)
@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=TODAY))
def test_every_day_comes_back(date: datetime.date) -> None:
    assert day_of(date.isoformat(), TODAY) == date
    assert slashed_day(f"{date:%d/%m/%Y}", TODAY) == date


@settings(deadline=None)
@given(st.text(alphabet="0123456789-/ T", max_size=12))
def test_any_text_is_a_day_that_was_or_refused(text: str) -> None:
    for reader in (day_of, slashed_day):
        try:
            assert datetime.date(1900, 1, 1) <= reader(text, TODAY) <= TODAY
        except Refused:
            continue


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-25", "lies in the future; today is 2026-11-24"),
        ("2026-02-30", "is no day of the calendar"),
        ("24/11/2026", "is no day; write year, month and day"),
        ("24-11-2026", "is no day; write year, month and day"),
        ("2026-1-2", "is no day; write year, month and day"),
        ("0202-01-02", "lies before 1900"),
        ("", "is no day"),
    ],
)
def test_a_day_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        day_of(text, TODAY)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "1234567", "9" * 5000, "٣"])
def test_a_count_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        count_of(text)


# Our own CSV

HEAD = "date,area,commodity,price,unit\n"


def test_csv_by_area_and_by_market(tmp_path: Path) -> None:
    found = read("csv", HEAD + "2026-11-23,9.71,rice,15750.25,kg\n", tmp_path)
    assert cells(found) == [("a:9.71", "rice", "2026-11-23", "15750.25")]
    assert found[0].n is None
    table = "date,market,commodity,price,unit,n\n2026-11-23,9.71-01,rice,15,kg,4\n"
    found = read("csv", table, tmp_path)
    assert cells(found) == [("m:9.71-01", "rice", "2026-11-23", "15")]
    assert (found[0].row, found[0].n) == (2, 4)


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("2026-11-23,9.71,rice,0,kg", "price", "0", "more than 0"),
        ("2026-11-23,9.71,rice,-5000,kg", "price", "-5000", "more than 0"),
        ("2026-11-25,9.71,rice,15000,kg", "date", "2026-11-25", "in the future"),
        ("23/11/2026,9.71,rice,15000,kg", "date", "23/11/2026", "is no day"),
        ("2026-11-23,8.01,rice,15000,kg", "area", "8.01", "is no area of this region"),
        ("2026-11-23,,rice,15000,kg", "area", "", "is no area of this region"),
        ("2026-11-23,9.71,gold,15000,kg", "commodity", "gold", "is no commodity of the pack"),
        ("2026-11-23,9.71,rice,15000,litre", "unit", "litre", "is volume; rice is per kg"),
        ("2026-11-23,9.71,rice,15000,sack", "unit", "sack", "is no known unit; rice is per kg"),
        ("2026-11-23,9.71,rice,15000,", "unit", "", "names no unit; rice is per kg"),
        ("2026-11-23,9.71,oil,15000,litre", "unit", "litre", "the unit of oil is not known"),
        ("2026-11-23,9.71,rice,,kg", "price", "", "is empty"),
        ('2026-11-23,9.71,rice,"15.000",kg', "price", "15.000", "could be 15000 or 15"),
        ("2026-11-23,9.71,rice", "", "2026-11-23,9.71,rice", "is the file cut off"),
    ],
)
def test_csv_refuses_a_row_and_says_why(
    tmp_path: Path, row: str, column: str, value: str, reason: str
) -> None:
    good = "2026-11-22,9.71,rice,15000,kg"
    found = read("csv", f"{HEAD}{good}\n\n{row}\n{good}\n", tmp_path)
    assert [type(f) for f in found] == [Cell, Reject, Cell]
    assert (found[1].row, found[1].column, found[1].value) == (4, column, value)
    assert reason in found[1].reason


def test_csv_an_unknown_market_is_refused(tmp_path: Path) -> None:
    table = "date,market,commodity,price,unit\n2026-11-23,9.71-99,rice,15000,kg\n"
    assert only(read("csv", table, tmp_path)).reason == "is no market of this region"


def test_csv_converts_within_a_dimension_and_keeps_what_has_no_unit(tmp_path: Path) -> None:
    rows = "2026-11-23,9.71,rice,15.5,g\n2026-11-23,9.71,oil,15000,\n"
    found = cells(read("csv", HEAD + rows, tmp_path))
    assert [(c[1], c[3]) for c in found] == [("rice", "15500"), ("oil", "15000")]


def test_csv_a_price_that_conversion_makes_too_large_is_refused(tmp_path: Path) -> None:
    row = "2026-11-23,9.71,rice,999999999999,g\n"
    assert only(read("csv", HEAD + row, tmp_path)).column == "unit"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("date;area;commodity;price;unit\n", "divided by `;`"),
        ("date\tarea\tcommodity\tprice\tunit\n", "divided by tabs"),
        ("date,commodity,price,unit\n", "a column `market` or a column `area`"),
        ("date,area,market,commodity,price,unit\n", "one of them only"),
        ("date,area,commodity,unit\n", "there is no column `price`"),
        ("date,area,commodity,price,unit,colour\n", "a column `colour` that nothing reads"),
        ("date,area,commodity,price,unit,unit\n", "the column `unit` stands twice"),
        ("\n\n", "there is no column"),
    ],
)
def test_csv_refuses_a_header_and_says_why(tmp_path: Path, content: str, message: str) -> None:
    assert message in refused("csv", content, tmp_path)


# What is no text, or is cut off

ROW = "2026-11-23,9.71,rice,15000,kg\n"


@pytest.mark.parametrize("format", ["csv", "pihps-wide", "wfp", "pihps-grid"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (codecs.BOM_UTF16_LE + "date".encode("utf-16-le"), "the file is UTF-16"),
        ("date,area".encode("utf-16-be"), "this is no text"),
        (b"PK\x03\x04\x14\x00", "this is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is a spreadsheet"),
    ],
)
def test_what_is_no_text_is_refused(
    tmp_path: Path, format: str, content: bytes, message: str
) -> None:
    assert message in refused(format, content, tmp_path)


@pytest.mark.parametrize("format", list(FORMATS))
def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path, format: str) -> None:
    for path, message in ((tmp_path, "is a directory"), (tmp_path / "x", "no such file")):
        with pytest.raises(Unreadable, match=message):
            list(FORMATS[format].read(path, KNOWN))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + (HEAD + ROW).replace("\n", "\r\n").encode()
    assert cells(read("csv", content, tmp_path))[0][3] == "15000"


def test_a_wrong_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    many = (HEAD + ROW * 3000).encode()
    message = refused("csv", many + ROW.encode() + b"2026-11-23,9.71,caf\xe9,1,kg\n", tmp_path)
    assert message == "line 3003: byte 0xe9 is no UTF-8"


def test_a_file_cut_in_the_middle_of_a_letter_is_refused(tmp_path: Path) -> None:
    assert "line 2: byte 0xc3" in refused("csv", (HEAD + "2026-11-23,9.7é").encode()[:-1], tmp_path)


def test_a_file_cut_in_a_quoted_cell_is_told_with_the_row_that_begins_there(
    tmp_path: Path,
) -> None:
    content = HEAD + ROW + '2026-11-23,9.71,"rice' + "\n" + ROW
    message = refused("csv", content, tmp_path)
    assert "the row that begins on line 3 cannot be read" in message


def test_a_huge_cell_and_a_huge_line_are_refused_without_reading_them_whole(tmp_path: Path) -> None:
    wide = HEAD + ROW + "2026-11-23,9.71," + "x" * 20_000_000 + ",1,kg\n"
    path = tmp_path / "file"
    path.write_text(wide)
    tracemalloc.start()
    message = refused("csv", wide, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message == "line 3 is longer than 65,536 characters"
    assert peak < 25_000_000  # the test's own text, once more as bytes
    quoted = HEAD + '2026-11-23,9.71,"' + "x\n" * 200_000 + '",1,kg\n'
    assert "line 2 cannot be read: field larger than" in refused("csv", quoted, tmp_path)


def test_a_long_value_is_shortened_in_the_message(tmp_path: Path) -> None:
    found = only(read("csv", HEAD + f"2026-11-23,9.71,{'x' * 5000},1,kg\n", tmp_path))
    assert found.value == "x" * 80 + "…"


# The wide table


def test_wide_reads_commodities_by_their_names_and_passes_over_what_is_empty(
    tmp_path: Path,
) -> None:
    table = 'date,Beras,Cabai Rawit\n2026-11-22,-,\n2026-11-23,"15,750",95650\n'
    assert cells(read("pihps-wide", table, tmp_path)) == [
        ("a:9", "rice", "2026-11-23", "15750"),
        ("a:9", "chili", "2026-11-23", "95650"),
    ]


def test_wide_refuses_a_column_a_day_and_a_value(tmp_path: Path) -> None:
    table = "date,Beras,Emas\n2026-11-25,1,1\n23/11/2026,1,1\n2026-11-23,x,7\n2026-11-22,5\n"
    found = read("pihps-wide", table, tmp_path)
    assert [(r.row, r.column, r.value) for r in found] == [
        (1, "Emas", "Emas"),
        (2, "date", "2026-11-25"),
        (3, "date", "23/11/2026"),
        (4, "Beras", "x"),
        (5, "", "2026-11-22,5"),
    ]


def test_wide_without_a_commodity_is_refused(tmp_path: Path) -> None:
    assert "no column beside `date`" in refused("pihps-wide", "date\n2026-11-23\n", tmp_path)


# The grid


def grid(*rows: object) -> str:
    return json.dumps({"data": list(rows)})


def test_grid_reads_groups_and_varieties_with_their_days(tmp_path: Path) -> None:
    content = grid(
        {"no": "I", "name": "Beras", "level": 1, "23/11/2026": "15,750", "22/11/2026": "-"},
        {"no": 1, "name": "com_17", "level": "2", "23/11/2026": 14000, "22/11/2026": None},
    )
    assert cells(read("pihps-grid", content, tmp_path)) == [
        ("a:9", "rice", "2026-11-23", "15750"),
        ("a:9", "oil", "2026-11-23", "14000"),
    ]


def test_grid_refuses_levels_names_days_and_values(tmp_path: Path) -> None:
    content = grid(
        {"name": "Beras", "level": 3, "23/11/2026": "1"},
        {"name": "Emas", "level": 2, "23/11/2026": "1"},
        {"name": "Beras", "level": 1, "2026-11-23": "1", "25/11/2026": "1", "31/11/2026": "1"},
        {"name": "Beras", "level": 1, "23/11/2026": 0, "22/11/2026": True, "21/11/2026": [1]},
        ["Beras"],
        {"name": "Beras", "level": 1, "23/11/2026": 10**400, "22/11/2026": 1.0000001},
    )
    found = read("pihps-grid", content, tmp_path)
    assert [(r.row, r.column) for r in found] == [
        (1, "level"),
        (2, "name"),
        (3, "2026-11-23"),
        (3, "25/11/2026"),
        (3, "31/11/2026"),
        (4, "23/11/2026"),
        (4, "22/11/2026"),
        (4, "21/11/2026"),
        (5, ""),
        (6, "23/11/2026"),
        (6, "22/11/2026"),
    ]


def test_grid_keeps_both_prices_of_a_key_that_stands_twice(tmp_path: Path) -> None:
    content = '{"data": [{"name": "Beras", "level": 1, "23/11/2026": "1", "23/11/2026": "2"}]}'
    assert [c[3] for c in cells(read("pihps-grid", content, tmp_path))] == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"data": [{"name": "Beras", "level": 1,', "is no JSON: line 1"),
        ("<html>", "is no JSON: line 1, column 1"),
        ("[]", "holds no list `data`"),
        ('{"data": {}}', "holds no list `data`"),
        ("[" * 200_000, "is nested too deeply"),
        ('{"data": [' + " " * 17_000_000 + "]}", "is larger than 16 MiB"),
    ],
)
def test_grid_that_is_none_is_refused(tmp_path: Path, content: str, message: str) -> None:
    assert message in refused("pihps-grid", content, tmp_path)


# The table of WFP

WFP = "date,admin1,admin2,market,commodity,unit,priceflag,pricetype,currency,price\n"


def wfp(**given: str) -> str:
    row = {
        "date": "2026-10-15",
        "admin1": "ISLE",
        "admin2": "KOTA BARAT",
        "market": "One",
        "commodity": "Rice",
        "unit": "KG",
        "priceflag": "actual",
        "pricetype": "Retail",
        "currency": "IDR",
        "price": "15000",
        **given,
    }
    return ",".join(f'"{value}"' for value in row.values()) + "\n"


def test_wfp_is_the_mean_of_a_regencys_markets_by_month(tmp_path: Path) -> None:
    rows = wfp() + wfp(market="Two", price="15001") + wfp(market="Three", price="15001")
    rows += wfp(date="2026-09-15", price="14,000.5")
    found = read("wfp", WFP + "#date,#adm1" + ",#x" * 8 + "\n" + rows, tmp_path)
    assert cells(found) == [
        ("a:9.71", "rice", "2026-10-01", "15000.666667"),
        ("a:9.71", "rice", "2026-09-01", "14000.500000"),
    ]
    assert {(c.step, c.n) for c in found} == {("month", None)}


@pytest.mark.parametrize(
    ("admin2", "code"),
    [("KOTA BARAT", "9.71"), ("Timur", "9.01"), ("kabupaten  barat", "9.02")],
)
def test_wfp_finds_a_regency_by_its_name_with_or_without_its_kind(
    tmp_path: Path, admin2: str, code: str
) -> None:
    assert only(read("wfp", WFP + wfp(admin2=admin2), tmp_path)).scope == f"a:{code}"


@pytest.mark.parametrize(
    ("unit", "price", "exact"),
    [
        ("KG", "15000", "15000"),
        ("5 KG", "63500", "12700"),
        ("385 G", "11600", "30129.87013"),
        ("1.5KG", "15000", "10000"),
    ],
)
def test_wfp_takes_the_price_per_unit(tmp_path: Path, unit: str, price: str, exact: str) -> None:
    found = only(read("wfp", WFP + wfp(unit=unit, price=price), tmp_path))
    assert found.price == Decimal(exact)


def test_wfp_keeps_litres_litres(tmp_path: Path) -> None:
    found = only(
        read("wfp", WFP + wfp(commodity="Kerosene", unit="750 ML", price="9000"), tmp_path)
    )
    assert (found.commodity, found.price) == ("fuel", Decimal(12000))


@pytest.mark.parametrize(
    ("given", "column", "reason"),
    [
        ({"market": "National Average", "admin1": ""}, "market", "an average of the country"),
        ({"admin1": ""}, "admin1", "names no province"),
        ({"admin2": "Nirvana"}, "admin2", "is no area that the pack knows there"),
        ({"admin2": ""}, "admin2", "is no area that the pack knows there"),
        ({"admin2": "Barat"}, "admin2", "could be 9.02 or 9.71"),
        ({"currency": "USD"}, "currency", "is another currency than IDR"),
        ({"unit": "Sack"}, "unit", "has no known conversion"),
        ({"unit": ""}, "unit", "has no known conversion"),
        ({"unit": "0 KG"}, "unit", "is no quantity"),
        ({"unit": "L"}, "unit", "is volume; rice is per kg"),
        ({"commodity": "Oil (vegetable)", "unit": "L"}, "unit", "the unit of oil is not known"),
        ({"commodity": "Gold"}, "commodity", "is no commodity that names.csv knows"),
        ({"priceflag": "forecast"}, "priceflag", "was not observed"),
        ({"priceflag": "actual,forecast"}, "priceflag", "was not observed"),
        ({"pricetype": "Wholesale"}, "pricetype", "never mixed"),
        ({"price": "0"}, "price", "more than 0"),
        ({"date": "2026-12-15"}, "date", "lies in the future"),
        ({"date": "15/10/2026"}, "date", "is no day"),
    ],
)
def test_wfp_refuses_a_row_and_says_why(
    tmp_path: Path, given: dict[str, str], column: str, reason: str
) -> None:
    found = only(read("wfp", WFP + wfp(**given), tmp_path))
    assert isinstance(found, Reject)
    assert (found.row, found.column) == (2, column)
    assert reason in found.reason


def test_wfp_passes_over_other_regions_and_names_them(tmp_path: Path) -> None:
    found = read("wfp", WFP + wfp(admin1="JAWA") + wfp(admin1="The  Isle"), tmp_path)
    assert [type(f) for f in found] == [Outside, Cell]
    assert found[0].place == "JAWA"


def test_wfp_passes_over_neighbours_where_the_pack_knows_one_part_alone(tmp_path: Path) -> None:
    part = Around(ISLE.exact, ISLE.short, whole=False)
    known = KNOWN.__class__(
        **{n: getattr(KNOWN, n) for n in KNOWN.__slots__ if n != "around"}, around={"isle": part}
    )
    path = tmp_path / "file"
    path.write_text(WFP + wfp(admin2="Nirvana") + wfp() + wfp(admin2=""))
    found = list(FORMATS["wfp"].read(path, known))
    assert [type(f) for f in found] == [Outside, Reject, Cell]


def test_wfp_refuses_another_price_of_a_market_for_the_same_day(tmp_path: Path) -> None:
    rows = wfp() + wfp() + wfp(price="16000") + wfp(date="2026-10-01", price="17000")
    found = read("wfp", WFP + rows, tmp_path)
    assert [(r.row, r.reason) for r in found if isinstance(r, Reject)] == [
        (4, "this market has 15000 for the same day already")
    ]
    assert found[-1].price == Decimal(16000)  # of the two days


def test_wfp_reads_many_rows_in_little_memory(tmp_path: Path) -> None:
    def lines() -> Iterator[str]:
        yield WFP
        for n in range(60_000):
            year, month, market = 2000 + n % 25, 1 + n % 12, n // 300
            own = n % 25 == 0
            yield wfp(
                date=f"{year}-{month:02d}-15",
                admin1="ISLE" if own else "JAWA",
                market=f"Market {market}",
                price=str(5000 + n % 9000),
            )

    path = tmp_path / "file"
    with path.open("w") as file:
        file.writelines(lines())
    tracemalloc.start()
    FORMATS["wfp"].check(path, KNOWN)
    found = sum(1 for _ in FORMATS["wfp"].read(path, KNOWN))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found > 57_000
    assert peak < 3_000_000, f"{peak:,} bytes for a file of {path.stat().st_size:,}"


def test_the_real_shapes_are_read() -> None:
    """Read the files of tests/data; those of the region itself are imported elsewhere."""
    wide = list(FORMATS["pihps-wide"].read(DATA / "pihps_lampung_2022-12_2023-01.csv", KNOWN))
    chili = {c.date.isoformat(): int(c.price) for c in wide if isinstance(c, Cell)}
    assert (chili["2022-12-30"], chili["2023-01-02"]) == (51900, 95650)
    shapes = [type(f) for f in FORMATS["wfp"].read(DATA / "wfp_food_prices.csv", KNOWN)]
    assert set(shapes) == {Reject, Outside}


# Rows of other plugins' sources


def test_given_rows_are_checked_as_ours_are() -> None:
    rows = [
        {"date": "2026-11-23", "commodity": "Nasi", "price": "15750", "unit": "kg", "row": 7},
        {"date": "2026-10", "commodity": "rice", "price": 15750, "unit": "kg", "area": "9.71"},
        {
            "date": "2026-11-23",
            "commodity": "rice",
            "price": "1",
            "unit": "kg",
            "market": "9.71-01",
        },
        {"date": "2026-11-23", "commodity": "gold", "price": "1", "unit": "kg"},
        {"row": "9", "column": "unit", "value": "sack", "reason": "has no known conversion"},
        {"date": "2026-11-23", "commodity": "rice", "price": "1", "area": "9", "market": "9.71-01"},
        {"date": "2026-12", "commodity": "rice", "price": "1", "unit": "kg"},
        {},
    ]
    first, second, third, *rest = read_given("panel", rows, KNOWN)
    assert isinstance(first, Cell)
    assert (first.row, first.scope, first.commodity, first.step) == (7, "a:9", "rice", "day")
    assert isinstance(second, Cell)
    assert (second.scope, second.step, second.date.day) == ("a:9.71", "month", 1)
    assert isinstance(third, Cell)
    assert third.scope == "m:9.71-01"
    assert [(r.row, r.column) for r in rest if isinstance(r, Reject)] == [
        (4, "commodity"),
        (9, "unit"),
        (6, "market"),
        (7, "date"),
        (8, "date"),
    ]


@pytest.mark.parametrize("row", ["text", {"colour": "red"}, {1: "x"}, {"reason": "x", "date": "y"}])
def test_what_is_no_row_is_the_plugins_fault(row: object) -> None:
    with pytest.raises(BadRow):
        list(read_given("panel", [row], KNOWN))
