"""The API of officers: entries, flags, decisions; and every line of bad input."""

import datetime
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from civicapp_prices.models import Entry, Quote
from sqlalchemy import select

API = "/api/v1/prices"
NOW = datetime.datetime(2026, 11, 24, 3, 0, tzinfo=datetime.UTC)  # Tuesday, 10:00 in the region
KANGKUNG, NATAR = "18.71-05", "18.01-09"
RICE, CHILI, OIL = "beras-medium-1", "cabai-rawit-merah", "bapanas-101"
PROBLEM = "application/problem+json"


@pytest.fixture
def region_under_test(pasar: Path) -> Path:
    return pasar


@pytest.fixture
def officer(clock: Any, client: Any) -> Any:
    """Return an officer of Bandar Lampung."""
    clock.move_to(NOW)
    return client.speak("id").as_officer("price_officer", area="18.71")


@pytest.fixture
def supervisor(officer: Any, client: Any) -> Any:
    return client.as_officer("price_supervisor")


def body(*quotes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"market": KANGKUNG, "date": "2026-11-24", "quotes": list(quotes), **more}


def rice(price: Any, slot: Any = 1, **more: Any) -> dict[str, Any]:
    return {"commodity": RICE, "slot": slot, "price": price, **more}


def send(who: Any, given: Any, key: str | None = None, **headers: str) -> Any:
    headers = {"idempotency-key": key or str(uuid.uuid4()), "accept-language": "id", **headers}
    return who.api("POST", f"{API}/entries", json=given, headers=headers)


def yesterday(officer: Any, *quotes: dict[str, Any]) -> None:
    """Send the prices of the day before, late."""
    assert send(officer, body(*quotes, date="2026-11-23")).status_code == 201


def stored(db: Any, model: Any = Quote) -> list[Any]:
    found: list[Any] = db.read_now(lambda s: list(s.scalars(select(model))))
    return found


def refusal(answer: Any) -> dict[str, tuple[str, str]]:
    """Return code and sentence by pointer."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith(PROBLEM)
    return {e["pointer"]: (e["code"], e["detail"]) for e in answer.json()["errors"]}


def test_an_entry_and_its_receipt(officer, db):
    key = str(uuid.uuid4())
    given = body(
        rice(14200, unit="kg"),
        rice("14.500", 2),
        {"commodity": CHILI, "slot": 1, "outcome": "not_sold"},
        {"commodity": CHILI, "slot": 2, "outcome": "absent"},
        captured_at="2026-11-24T09:40:00+07:00",
    )
    answer = send(officer, given, key)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{API}/entries/{key}"
    found = answer.json()
    assert (found["id"], found["late"], found["captured_at"]) == (
        key,
        False,
        "2026-11-24T02:40:00Z",
    )
    assert [(q["slot"], q["outcome"], q["price"], q["state"]) for q in found["quotes"]] == [
        (1, "price", 14200, "submitted"),
        (2, "price", 14500, "submitted"),
        (1, "not_sold", None, "submitted"),
        (2, "absent", None, "submitted"),
    ]
    assert officer.api("GET", f"{API}/entries/{key}").json() == found
    latest = officer.api("GET", f"{API}/series?commodity={RICE}&market={KANGKUNG}").json()
    assert latest["items"] == [{"date": "2026-11-24", "price": 14350, "n": 2}]


def test_the_same_key_and_body_get_the_same_answer_also_much_later(officer, clock, db):
    key, given = str(uuid.uuid4()), body(rice(14200), rice(14300, 2))
    first = send(officer, given, key)
    assert send(officer, given, key).content == first.content
    clock.forward(days=40)
    # The kept answer is long gone; the key is the entry's own.
    again = officer.as_officer("price_officer", area="18.71")
    late = send(again, given, key)
    assert (late.status_code, late.json()) == (201, first.json())
    other = send(again, body(rice(14201), rice(14300, 2)), key)
    assert refusal(other)["#/header/Idempotency-Key"][0] == "key-reused"
    assert len(stored(db, Entry)) == 1


def test_another_body_under_the_same_key_is_refused(officer, client, db):
    key = str(uuid.uuid4())
    assert send(officer, body(rice(14200)), key).status_code == 201
    found = refusal(send(officer, body(rice(14300)), key))
    assert found["#/header/Idempotency-Key"][0] == "key-reused"
    stranger = client.as_officer("price_officer")
    assert refusal(send(stranger, body(rice(14200)), key)) == {
        "#/header/Idempotency-Key": (
            "key-reused",
            "Kiriman ini pernah dikirim dengan harga lain. Perbaiki lewat kiriman baru.",
        )
    }
    assert [q.price for q in stored(db)] == [14200]


def test_many_sends_of_one_key_at_once_are_one_entry(officer, db):
    key, given = str(uuid.uuid4()), body(rice(14200), rice(14300, 2))
    officer.token  # noqa: B018 - made before, so that all begin together
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send(officer, given, key), range(8)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.content for a in answers}) == 1
    assert (len(stored(db, Entry)), len(stored(db))) == (1, 2)


def test_the_key_is_needed_and_is_a_uuid(officer, db):
    answer = officer.api("POST", f"{API}/entries", json=body(rice(14200)))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].endswith("Idempotency-Key")
    found = refusal(send(officer, body(rice(14200)), "entry-1"))
    assert found == {"#/header/Idempotency-Key": ("bad-id", "Kunci kiriman harus berupa UUID.")}
    assert stored(db) == []


WHOLE = "Tulis harga dalam angka bulat, misalnya 14200."
ZERO = "Harga harus lebih dari nol."
BAD = [
    (rice(0), "price", "price-not-positive", ZERO),
    (rice(-14200), "price", "price-not-positive", ZERO),
    (rice("-1"), "price", "price-not-positive", ZERO),
    (rice(14200.5), "price", "price-not-whole", WHOLE),
    (rice("empat belas ribu"), "price", "price-not-whole", WHOLE),
    (rice(True), "price", "price-not-whole", WHOLE),
    (rice([14200]), "price", "price-not-whole", WHOLE),
    (rice(10**12), "price", "price-too-large", "Harga ini terlalu besar."),
    (rice(None), "price", "price-missing", "Tulis harganya."),
    (
        rice(14200, unit="litre"), "unit", "unit-mismatch",
        "Harga Beras Kualitas Medium I dicatat per kg, bukan per liter.",
    ),
    (
        {"commodity": OIL, "slot": 1, "price": 18000, "unit": "kg"}, "unit", "unit-mismatch",
        "Harga Minyak Goreng Curah dicatat per liter, bukan per kg.",
    ),
    (rice(14200, commodity="gandum"), "commodity", "commodity-unknown",
     "Tidak ada komoditas gandum."),
    (rice(14200, commodity="beras"), "commodity", "commodity-not-surveyed",
     "Beras tidak termasuk survei."),
    (rice(14200, 3), "slot", "slot-unknown", "Pasar ini punya pedagang 1 sampai 2."),
    (rice(14200, 0), "slot", "slot-unknown", "Pasar ini punya pedagang 1 sampai 2."),
]  # fmt: skip


@pytest.mark.parametrize(("quote", "field", "code", "sentence"), BAD)
def test_bad_quotes_say_where_what_and_how(officer, db, quote, field, code, sentence):
    found = refusal(send(officer, body(rice(14200, 2), quote)))
    assert found == {f"#/body/quotes/1/{field}": (code, sentence)}
    assert stored(db, Entry) == []


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({"date": "2026-11-25"}, "#/body/date", "date-in-future"),
        ({"date": "2026-11-20"}, "#/body/date", "date-too-old"),
        ({"market": "18.71-99"}, "#/body/market", "market-unknown"),
        ({"market": "18.71-01"}, "#/body/market", "market-not-surveyed"),
        ({"quotes": []}, "#/body/quotes", "empty"),
    ],
)
def test_a_bad_whole_says_what(officer, given, pointer, code):
    assert refusal(send(officer, {**body(rice(14200)), **given}))[pointer][0] == code


@pytest.mark.parametrize(
    "given",
    [
        {"date": "24-11-2026"},
        {"date": None},
        {"method": "guess"},
        {"captured_at": "2026-11-24T09:40:00"},
        {"quotes": [rice(14200, colour="red")]},
        {"quotes": [rice(14200, slot="first")]},
        {"quotes": [rice(14200)] * 2001},
        {"extra": 1},
    ],
)
def test_what_has_another_form_is_refused(officer, db, given):
    answer = send(officer, {**body(rice(14200)), **given})
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith(PROBLEM)
    assert stored(db, Entry) == []


def test_numbers_that_are_none_are_refused(officer, db):
    for word in ("NaN", "Infinity", "1e400"):
        text = json.dumps(body(rice("#"))).replace('"#"', word)
        headers = {"idempotency-key": str(uuid.uuid4()), "content-type": "application/json"}
        answer = officer.api("POST", f"{API}/entries", content=text, headers=headers)
        assert answer.status_code == 422, (word, answer.text)
    assert stored(db) == []


def test_all_faults_come_at_once(officer):
    quotes = [quote for quote, *_ in BAD[:6]] + [rice(14200, 2), rice(14300, 2)]
    found = send(officer, {**body(*quotes), "date": "2026-11-30"}).json()["errors"]
    pointers = [e["pointer"] for e in found]
    assert "#/body/date" in pointers
    assert [p for p in pointers if p.endswith("/price")] == [
        f"#/body/quotes/{n}/price" for n in range(6)
    ]
    assert [e["code"] for e in found if e["pointer"] == "#/body/quotes/7"] == ["quote-twice"]


def test_ten_times_yesterday_is_asked_again_and_taken_when_confirmed(officer, db):
    yesterday(officer, rice(14200), rice(14300, 2))
    key = str(uuid.uuid4())
    answer = send(officer, body(rice(142000), rice(14400, 2)), key)
    assert refusal(answer) == {
        "#/body/quotes/0/price": ("price-slip", "Rp142.000? Kemarin Rp14.200.")
    }
    assert answer.json()["detail"] == "Perbaiki harganya, atau nyatakan bahwa harganya benar."
    assert [q.price for q in stored(db)] == [14200, 14300]
    answer = send(officer, body(rice(142000, confirmed=True), rice(14400, 2)), key)
    assert answer.status_code == 201
    first, second = answer.json()["quotes"]
    assert (first["state"], second["state"]) == ("flagged", "submitted")
    slip = first["reasons"][0]
    assert slip["code"] == "slip"
    assert slip["text"] == (
        "10 kali lebih tinggi daripada Rp14.200 pada 23 Nov 2026. Menurut petugas, harga ini benar."
    )
    assert slip["facts"]["last"] == 14200


def test_who_may_what(officer, supervisor, client):
    given = body(rice(14200))
    assert send(client, given).status_code == 401
    assert send(supervisor, given).status_code == 403
    elsewhere = client.as_officer("price_officer", area="18.72")
    answer = send(elsewhere, given)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "Pasar ini tidak termasuk wilayah Anda.",
    )
    id = send(officer, given).json()["id"]
    assert elsewhere.api("GET", f"{API}/entries/{id}").status_code == 404
    assert supervisor.api("GET", f"{API}/entries/{id}").status_code == 200
    assert officer.api("GET", f"{API}/entries/{uuid.uuid4()}").status_code == 404
    decision = {"json": {"decision": "confirm"}, "headers": {"if-match": "*"}}
    assert officer.api("POST", f"{API}/quotes/1/decision", **decision).status_code == 403
    assert client.api("GET", f"{API}/flags").status_code == 401


def flagged(officer: Any) -> list[Any]:
    """Send two odd prices."""
    yesterday(officer, rice(14200), rice(14300, 2))
    found = send(officer, body(rice(142000, confirmed=True), rice(1430, 2, confirmed=True)))
    quotes: list[Any] = found.json()["quotes"]
    return quotes


def test_flags_and_a_decision(officer, supervisor, db):
    odd, other = flagged(officer)
    found = supervisor.api("GET", f"{API}/flags").json()
    assert (found["waiting"], [i["id"] for i in found["items"]]) == (2, [other["id"], odd["id"]])
    item = found["items"][1]
    assert item["peers"] == [{"market": KANGKUNG, "slot": 2, "price": 1430}]
    path = f"{API}/quotes/{odd['id']}/decision"
    reject = {"decision": "reject", "reason": "Salah ketik, pedagang bilang 14.200"}
    assert supervisor.api("POST", path, json=reject).status_code == 428
    stale = supervisor.api("POST", path, json=reject, headers={"if-match": '"7"'})
    assert (stale.status_code, stale.headers["etag"]) == (412, '"1"')
    bare = {"decision": "reject"}
    answer = supervisor.api("POST", path, json=bare, headers={"if-match": '"1"'})
    assert refusal(answer)["#/body/reason"][0] == "reason-missing"
    answer = supervisor.api("POST", path, json=reject, headers={"if-match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json() == {
        "id": odd["id"],
        "state": "rejected",
        "version": 2,
        "reason": reject["reason"],
    }
    latest = supervisor.api("GET", f"{API}/series?commodity={RICE}&area=18.71&from=2026-11-24")
    assert latest.json()["items"] == [{"date": "2026-11-24", "price": 1430, "n": 1}]
    again = supervisor.api("POST", path, json=reject, headers={"if-match": '"2"'})
    assert (again.status_code, again.json()["detail"]) == (409, "Harga ini sudah diputuskan.")
    assert supervisor.api("GET", f"{API}/flags").json()["waiting"] == 1
    unknown = supervisor.api(
        "POST", f"{API}/quotes/99999/decision", json=reject, headers={"if-match": "*"}
    )
    assert unknown.status_code == 404


def test_two_supervisors_at_once_one_is_told(officer, supervisor, client, db):
    odd, _ = flagged(officer)
    both = [supervisor, client.as_officer("price_supervisor", area="18.71")]
    tokens = [who.token for who in both]
    assert len(set(tokens)) == 2

    def decide(who: Any) -> int:
        answer = who.api(
            "POST",
            f"{API}/quotes/{odd['id']}/decision",
            json={"decision": "confirm"},
            headers={"if-match": '"1"'},
        )
        return int(answer.status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, both)) == [200, 412]
    (quote,) = [q for q in stored(db) if q.id == odd["id"]]
    assert (quote.state, quote.version) == ("confirmed", 2)
    assert quote.decided_by in {who.person.id for who in both}


def test_flags_come_in_pages(officer, supervisor):
    flagged(officer)
    first = supervisor.api("GET", f"{API}/flags?limit=1")
    assert first.headers["link"].endswith('rel="next"')
    cursor = first.json()["next"]
    second = supervisor.api("GET", f"{API}/flags?limit=1&cursor={cursor}").json()
    assert second["next"] is None
    assert first.json()["items"][0]["id"] > second["items"][0]["id"]
    bad = supervisor.api("GET", f"{API}/flags?cursor=x")
    assert refusal(bad)["#/query/cursor"][0] == "bad-cursor"


def test_a_supervisor_sees_the_own_area_alone(officer, client):
    odd, _ = flagged(officer)
    elsewhere = client.as_officer("price_supervisor", area="18.72")
    assert elsewhere.api("GET", f"{API}/flags").json()["items"] == []
    answer = elsewhere.api(
        "POST",
        f"{API}/quotes/{odd['id']}/decision",
        json={"decision": "confirm"},
        headers={"if-match": "*"},
    )
    assert answer.status_code == 404
