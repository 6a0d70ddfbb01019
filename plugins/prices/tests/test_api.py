"""The API: what it gives, in both forms, and what it says of a question it cannot answer."""

import csv
import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.api.csv import csv_response
from civicapp_prices.api.models import number
from civicapp_prices.domain.alps import alps
from civicapp_prices.service.points import Key, NewPoint, ensure_series, publish
from hypothesis import given
from hypothesis import strategies as st

API = "/api/v1/prices"
RICE, CHILI, SUGAR = "beras-medium-1", "cabai-rawit", "gula-pasir"
TAMIN = "18.71-07"
TODAY = "2026-06-01"  # of the clock of tests
CSV = {"accept": "text/csv"}


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    """Test with the region that has prices alone."""
    return pasar


def put(db: Any, scope: str, commodity: str, prices: dict[str, str], **more: Any) -> None:
    """Publish prices by day."""
    key = Key(more.get("source", "pihps"), scope, commodity, more.get("step", "day"))

    def write(session: Any) -> None:
        series = ensure_series(session, [key])[key]
        points = [
            NewPoint(series, datetime.date.fromisoformat(day), Decimal(price), more.get("n"))
            for day, price in prices.items()
        ]
        publish(session, points, [scope])

    db.write_now(write)


def get(client: Any, path: str, **more: Any) -> Any:
    """Return the JSON of an answer, with numbers as they are written."""
    answer = client.api("GET", API + path, **more)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=Decimal)


def table(client: Any, path: str, **more: Any) -> list[dict[str, str]]:
    """Return the rows of an answer as a table."""
    answer = client.api("GET", API + path, headers=CSV, **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.replace(b"\r\n", b"").count(b"\n") == 0
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


# What comes from the pack


def test_commodities_in_the_callers_language(client: Any) -> None:
    found = {c["code"]: c for c in get(client, "/commodities")["items"]}
    rice = found[RICE]
    assert (rice["name"], rice["parent"], rice["unit"]) == (
        "Beras Kualitas Medium I",
        "beras",
        "kg",
    )
    assert (rice["surveyed"], rice["staple"], rice["unit_basis"]) == (True, 1, "recalled")
    assert found["minyak-goreng"]["unit"] is None  # litre or kilogram: nobody knows
    english = client.api("GET", f"{API}/commodities", headers={"accept-language": "en"}).json()
    assert {c["code"]: c["name"] for c in english["items"]}[RICE] == "Rice, medium I"
    assert [row["code"] for row in table(client, "/commodities")] == list(found)


def test_markets_of_an_area_in_pages(client: Any) -> None:
    whole = get(client, "/markets")["items"]
    assert len(whole) == 117
    city = get(client, "/markets?area=18.71")["items"]
    assert {m["code"][:5] for m in city} == {"18.71"}
    assert {m["area_name"] for m in city} >= {"Kecamatan Panjang"} or city[0]["area_name"]
    pages, cursor = [], ""
    while True:
        answer = client.api("GET", f"{API}/markets?limit=50{cursor}")
        pages += [m["code"] for m in answer.json()["items"]]
        following = answer.json()["next"]
        if following is None:
            assert 'rel="next"' not in answer.headers["link"]
            break
        cursor = f"&cursor={following}"
        assert f'/markets?limit=50{cursor}>; rel="next"' in answer.headers["link"]
    assert pages == [m["code"] for m in whole]
    assert [row["code"] for row in table(client, "/markets?area=18.71")] == [
        m["code"] for m in city
    ]


# Prices


def test_latest_of_the_region_of_an_area_and_of_a_market(client: Any, db: Any, clock: Any) -> None:
    put(db, "a:18", RICE, {"2026-05-29": "14000", TODAY: "14600.333333"}, n=4)
    put(db, f"m:{TAMIN}", CHILI, {"2026-05-29": "51900"})
    found = get(client, "/latest")
    assert (found["area"], found["market"], found["as_of"]) == ("18", None, TODAY)
    assert found["currency"] == "IDR"
    [rice] = found["items"]
    assert (rice["commodity"], rice["date"], rice["fresh"]) == (RICE, TODAY, True)
    assert (rice["price"], rice["n"]) == (Decimal("14600.333333"), 4)
    assert (rice["previous_date"], rice["previous_price"]) == ("2026-05-29", 14000)
    assert rice["d"] == Decimal("0.04288095")
    assert (rice["markets"], rice["low"], rice["high"]) == (None, None, None)
    assert get(client, "/latest?area=18.01")["items"] == []
    [chili] = get(client, f"/latest?market={TAMIN}")["items"]
    assert (chili["price"], chili["fresh"], chili["d"]) == (51900, False, None)
    assert table(client, "/latest?area=18")[0]["price"] == "14600.333333"


def test_a_commodity_without_a_price_is_null_and_never_zero(client: Any) -> None:
    [found] = get(client, f"/latest?commodity={CHILI}")["items"]
    assert found.pop("fresh") is False
    assert {found.pop(k) for k in ("commodity", "name", "unit")} == {CHILI, "Cabai Rawit", "kg"}
    assert set(found.values()) == {None}
    [row] = table(client, f"/latest?commodity={CHILI}")
    assert (row["price"], row["date"]) == ("", "")


def test_a_series_by_day_and_by_month(client: Any, db: Any) -> None:
    put(db, "a:18", RICE, {"2026-01-02": "100", "2026-01-05": "101.5", "2026-02-03": "7"}, n=3)
    path = f"/series?commodity={RICE}&area=18"
    found = get(client, f"{path}&from=2026-01-03&to=2026-02-03")
    assert found["items"] == [
        {"date": "2026-01-05", "price": Decimal("101.5"), "n": 3},
        {"date": "2026-02-03", "price": 7, "n": 3},
    ]
    assert (found["step"], found["source"], found["unit"]) == ("day", "pihps", "kg")
    months = get(client, f"{path}&step=month&from=2026-01-31")
    assert months["items"] == [
        {"date": "2026-01", "price": Decimal("100.75"), "n": 2},
        {"date": "2026-02", "price": 7, "n": 1},
    ]
    assert table(client, f"{path}&step=month") == [
        {"date": "2026-01", "price": "100.750000", "n": "2"},
        {"date": "2026-02", "price": "7.000000", "n": "1"},
    ]
    nothing = get(client, f"/series?commodity={CHILI}&market={TAMIN}")
    assert (nothing["items"], nothing["source"], nothing["market"]) == ([], None, TAMIN)


def test_a_monthly_source_says_so(client: Any, db: Any) -> None:
    put(db, "a:18", RICE, {"2026-01-01": "100.25"}, source="wfp", step="month")
    found = get(client, f"/series?commodity={RICE}&step=day")
    assert (found["step"], found["items"]) == (
        "month",
        [{"date": "2026-01", "price": Decimal("100.25"), "n": None}],
    )


@pytest.mark.parametrize("step", ["day", "month"])
def test_a_long_series_is_paged_to_its_end(client: Any, db: Any, step: str) -> None:
    put(db, "a:18", RICE, {f"2026-0{m}-1{d}": f"{m}{d}" for m in range(1, 6) for d in range(3)})
    path = f"/series?commodity={RICE}&step={step}"
    whole = [item["date"] for item in get(client, path)["items"]]
    dates, cursor = [], ""
    for _ in range(20):
        found = get(client, f"{path}&limit=2{cursor}")
        dates += [item["date"] for item in found["items"]]
        if found["next"] is None:
            break
        cursor = f"&cursor={found['next']}"
    assert dates == whole
    first = client.api("GET", f"{API}{path}&limit=2", headers=CSV)
    assert 'rel="next"' in first.headers["link"]


def test_changes_of_the_specification(client: Any, db: Any) -> None:
    prices = {
        "2022-12-29": "50650",
        "2022-12-30": "51900",
        "2023-11-29": "84650",
        "2023-12-22": "68150",
        "2023-12-28": "71900",
        "2023-12-29": "66900",
    }
    put(db, "a:18", CHILI, prices)
    path = f"/changes?commodity={CHILI}&area=18"
    found = get(client, f"{path}&as_of=2023-12-29")
    assert (found["as_of"], found["price"]) == ("2023-12-29", 66900)
    assert [f"{found[k] * 100:.4f}" for k in ("d", "w", "m", "ytd", "y")] == [
        "-6.9541",
        "-1.8342",
        "-20.9687",
        "28.9017",
        "32.0829",
    ]
    assert found["dates"] == {
        "d": "2023-12-28",
        "w": "2023-12-22",
        "m": "2023-11-29",
        "ytd": "2022-12-30",
        "y": "2022-12-29",
    }
    empty = get(client, f"{path}&as_of=2023-12-25")
    assert {empty[k] for k in ("price", "d", "w", "m", "ytd", "y")} == {None}
    assert (empty["as_of"], empty["last_surveyed"]) == ("2023-12-25", "2023-12-22")
    assert set(empty["dates"].values()) == {None}
    assert get(client, path)["as_of"] == "2023-12-29"  # the newest, when none is named
    unknown = get(client, f"/changes?commodity={RICE}&as_of=2023-12-29")
    assert (unknown["price"], unknown["last_surveyed"], unknown["source"]) == (None, None, None)
    [row] = table(client, f"{path}&as_of=2023-12-29")
    assert (row["y"], row["y_date"]) == ("0.32082922", "2022-12-29")


def monthly(count: int) -> dict[str, str]:
    """Make months from January 2020 on that rise and sway, the last one leaping."""
    made = {}
    for n in range(count):
        price = 10000 + n * 10 + (n * 7919) % 300 + (2000 if n == count - 1 else 0)
        made[f"{2020 + n // 12}-{n % 12 + 1:02d}-15"] = f"{price}"
    return made


def test_alarms_have_value_class_and_status(client: Any, db: Any) -> None:
    prices = monthly(48)
    put(db, "a:18", RICE, {**prices, "2024-01-02": "99999"})
    found = get(client, f"/alarms?commodity={RICE}&area=18&as_of=2023-12-31")
    assert (found["month"], found["as_of"], found["source"]) == ("2023-12", "2023-12-31", "pihps")
    alarms = {(a["kind"], a["mode"]): a for a in found["items"]}
    assert list(alarms) == [
        ("alps", "in_sample"),
        ("alps", "live"),
        ("ipa", "fpma"),
        ("ipa", "strict"),
        ("change", ""),
    ]
    known = {day[:7]: Decimal(price) for day, price in prices.items()}
    expected = alps(known, "2023-12", 36, "in_sample")
    shown = alarms["alps", "in_sample"]
    assert (shown["value"], shown["class"]) == (expected.value, "crisis")
    assert (shown["inputs_hash"], shown["month"]) == (expected.inputs_hash, "2023-12")
    assert (shown["status"], shown["leading"], shown["code_version"]) == ("ok", True, "1")
    assert [a["leading"] for a in found["items"]] == [True, False, False, True, True]
    change = alarms["change", ""]
    assert (change["class"], len(str(change["value"]).partition(".")[2])) == ("watch", 6)
    assert table(client, f"/alarms?commodity={RICE}&as_of=2023-12-31")[0]["class"] == "crisis"


def test_thirty_months_are_insufficient_history(client: Any, db: Any) -> None:
    put(db, "a:18", RICE, monthly(30))
    found = get(client, f"/alarms?commodity={RICE}&as_of=2022-06-30")["items"]
    long = [a for a in found if a["kind"] != "change"]
    assert {a["status"] for a in long} == {"insufficient_history"}
    assert {(a["value"], a["class"]) for a in long} == {(None, None)}
    nothing = get(client, f"/alarms?commodity={CHILI}&as_of=2022-06-30")
    assert {a["status"] for a in nothing["items"]} == {"insufficient_history"}
    assert (nothing["source"], nothing["month"]) == (None, "2022-06")


def test_gaps_and_what_is_not_on_file(client: Any, db: Any) -> None:
    put(db, "a:18", "cabai-merah-keriting", {"2023-12-29": "92500"})
    put(db, "a:18", RICE, {"2023-12-29": "14000"})
    found = {g["commodity"]: g for g in get(client, "/reference-gap?area=18")["items"]}
    chili, rice = found["cabai-merah-keriting"], found[RICE]
    assert (f"{chili['gap'] * 100:.2f}", chili["class"], chili["status"]) == (
        "68.18",
        "severe",
        "compared",
    )
    assert (chili["floor"], chili["ceiling"], chili["basis"]) == (37000, 55000, "press")
    assert (rice["gap"], rice["class"], rice["status"]) == (None, None, "none_on_file")
    rows = {row["commodity"]: row for row in table(client, "/reference-gap")}
    assert rows[RICE]["gap"] == ""


def test_the_contributions_of_the_basket_sum_to_its_change(client: Any, db: Any) -> None:
    put(db, "a:18", SUGAR, {"2022-12-15": "14000", "2023-12-15": "16286"})
    put(db, "a:18", "beras", {"2022-12-15": "12000", "2023-12-15": "14000"})
    found = get(client, "/basket?area=18&base=2022-12&month=2023-12")
    items = {i["commodity"]: i for i in found["items"]}
    assert items[SUGAR]["relative"] == Decimal("1.1632857")
    assert items[SUGAR]["weight"] == Decimal("0.08")
    assert (items[SUGAR]["imputed"], items["telur-ayam"]["imputed"]) == (False, True)
    assert sum(i["contribution"] for i in found["items"]) == found["index"] - 100
    assert found["illustrative"] is True
    row = table(client, "/basket?base=2022-12&month=2023-12")[0]
    assert (row["base"], row["month"], row["index"]) == (
        "2022-12",
        "2023-12",
        str(found["index"]),
    )


def test_without_months_the_basket_is_of_the_last_year_that_ended(client: Any, clock: Any) -> None:
    found = get(client, "/basket")
    assert (found["base"], found["month"]) == ("2025-05", "2026-05")
    assert (found["index"], found["items"]) == (None, [])


# What cannot be answered


@pytest.mark.parametrize(
    ("path", "pointer", "code", "english", "indonesian"),
    [
        ("/latest?area=99", "area", "area-unknown", "There is no area “99”", "Tidak ada wilayah"),
        ("/latest?area=31", "area", "area-unknown", "“31” in this region", "“31” di daerah ini"),
        ("/latest?market=x", "market", "market-unknown", "no market “x”", "Tidak ada pasar “x”"),
        (
            f"/latest?area=18&market={TAMIN}",
            "market",
            "place-twice",
            "not both",
            "jangan keduanya",
        ),
        ("/latest?commodity=x", "commodity", "commodity-unknown", "no commodity", "komoditas “x”"),
        ("/latest?source=x", "source", "choice-unknown", "survey, pihps", "bukan salah satu dari"),
        ("/latest?format=xml", "format", "choice-unknown", "json, csv", "bukan salah satu dari"),
        (
            f"/series?commodity={RICE}&from=01/02/2023",
            "from",
            "day-unreadable",
            "2026-12-31",
            "bukan tanggal",
        ),
        (
            f"/series?commodity={RICE}&to=2023-02-30",
            "to",
            "day-unreadable",
            "2026-12-31",
            "bukan tanggal",
        ),
        (
            f"/series?commodity={RICE}&from=2023-02-02&to=2023-02-01",
            "to",
            "period-turned",
            "before the first",
            "sebelum hari pertama",
        ),
        (
            f"/series?commodity={RICE}&step=week",
            "step",
            "choice-unknown",
            "day, month",
            "day, month",
        ),
        (f"/series?commodity={RICE}&cursor=%2B", "cursor", "bad-cursor", "Begin at", "Mulai dari"),
        (f"/series?commodity={RICE}&cursor=eA", "cursor", "bad-cursor", "Begin at", "Mulai dari"),
        ("/markets?cursor=_w", "cursor", "bad-cursor", "Begin at", "Mulai dari"),
        (
            f"/changes?commodity={RICE}&as_of=0001-01-01",
            "as_of",
            "day-unreadable",
            "no day",
            "bukan",
        ),
        (f"/alarms?commodity={RICE}&as_of=today", "as_of", "day-unreadable", "no day", "bukan"),
        ("/alarms?commodity=x", "commodity", "commodity-unknown", "no commodity", "komoditas “x”"),
        ("/basket?base=2023-13", "base", "month-unreadable", "2026-12", "bukan bulan"),
        ("/basket?month=2023-1", "month", "month-unreadable", "2026-12", "bukan bulan"),
        ("/reference-gap?area=x", "area", "area-unknown", "no area", "Tidak ada wilayah"),
        ("/markets?area=x", "area", "area-unknown", "no area", "Tidak ada wilayah"),
    ],
)
def test_what_is_wrong_is_named_in_both_languages(
    client: Any, path: str, pointer: str, code: str, english: str, indonesian: str
) -> None:
    for language, words in (("en", english), ("id", indonesian)):
        answer = client.api("GET", API + path, headers={"accept-language": language})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        [error] = answer.json()["errors"]
        assert (error["pointer"], error["code"]) == (f"#/query/{pointer}", code)
        assert words in error["detail"]


def test_everything_that_is_wrong_is_named_at_once(client: Any) -> None:
    answer = client.api("GET", f"{API}/series?commodity=x&area=y&from=z&step=w&source=v&format=u")
    assert {e["pointer"] for e in answer.json()["errors"]} == {
        f"#/query/{name}" for name in ("commodity", "area", "from", "step", "source", "format")
    }
    assert client.api("GET", f"{API}/series").status_code == 422
    assert client.api("GET", f"{API}/markets?limit=0").status_code == 422


def test_a_fault_is_a_problem_for_who_asks_for_a_table_too(client: Any) -> None:
    answer = client.api("GET", f"{API}/latest?area=99", headers=CSV)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


# Forms and caches


def test_a_table_comes_by_accept_or_by_format(client: Any, db: Any) -> None:
    put(db, "a:18", RICE, {"2026-05-29": "14000"})
    by_accept = client.api("GET", f"{API}/latest", headers=CSV)
    by_format = client.api("GET", f"{API}/latest?format=csv")
    json = client.api("GET", f"{API}/latest")
    forced = client.api("GET", f"{API}/latest?format=json", headers=CSV)
    assert by_accept.content == by_format.content
    assert json.json() == forced.json()
    assert by_accept.headers["content-disposition"] == 'inline; filename="latest-18.csv"'
    for answer in (by_accept, by_format, json):
        assert "Accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("headers", [{}, CSV])
def test_an_answer_is_kept_until_a_price_of_its_place_changes(
    client: Any, db: Any, headers: dict[str, str]
) -> None:
    put(db, "a:18", RICE, {"2026-05-29": "14000"})
    ask = lambda query, **more: client.api(  # noqa: E731
        "GET", f"{API}/latest{query}", headers={**headers, **more}
    )
    region, market = ask(""), ask(f"?market={TAMIN}")
    tag = region.headers["etag"]
    assert ask("", **{"if-none-match": tag}).status_code == 304
    put(db, f"m:{TAMIN}", RICE, {"2026-05-29": "14100"})
    assert ask("", **{"if-none-match": tag}).status_code == 304
    other = ask(f"?market={TAMIN}", **{"if-none-match": market.headers["etag"]})
    assert (other.status_code, "14100" in other.text) == (200, True)
    put(db, "a:18", RICE, {"2026-05-29": "14001"})
    changed = ask("", **{"if-none-match": tag})
    assert (changed.status_code, "14001" in changed.text) == (200, True)


def test_the_description_tells_both_forms_and_every_status(client: Any) -> None:
    described = client.api("GET", "/openapi.json").json()
    names = "commodities markets latest series changes alarms reference-gap basket"
    for name in names.split():
        responses = described["paths"][f"{API}/{name}"]["get"]["responses"]
        assert set(responses["200"]["content"]) == {"application/json", "text/csv"}, name
        assert "422" in responses, name
    price = described["components"]["schemas"]["PointOut"]["properties"]["price"]
    assert price["type"] == "number"


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000))
def test_a_number_of_json_is_the_decimal_as_it_is_written(millionths: int) -> None:
    value = Decimal(millionths).scaleb(-6)
    written = json.dumps(number(value))
    assert Decimal(written) == value


def test_no_text_of_a_table_is_run_by_a_spreadsheet() -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", 'a"b', "a,b", "a\nb", "plain"]
    answer = csv_response("a/b=c", ["text", "number"], [[text, Decimal("-1.50")] for text in texts])
    rows = list(csv.reader(io.StringIO(bytes(answer.body).decode(), newline=""), strict=True))
    assert [row[0] for row in rows[1:7]] == [f"'{text}" for text in texts[:6]]
    assert [row[0] for row in rows[7:]] == texts[6:]
    assert {row[1] for row in rows[1:]} == {"-1.50"}
    assert answer.headers["content-disposition"] == 'inline; filename="a-b-c.csv"'
