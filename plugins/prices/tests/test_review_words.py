"""The reasons of flags, and the questions about slips, as sentences in both languages."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from civicapp_prices.domain.checks import (
    FLAT,
    JUMP,
    PEERS,
    SAME,
    SLIP,
    Last,
    flat,
    jump,
    outlier,
    same,
    slip,
)
from civicapp_prices.domain.quotes import Fault
from civicapp_prices.service.errors import Slip
from civicapp_prices.wording import MESSAGES, question, said, why

from civicapp import Context

DAY = datetime.date(2026, 11, 23)
LAST = Last(Decimal("14200"), DAY, "slot")
LIMITS = Decimal("3.5"), Decimal("0.25")
HISTORY = [0.01] * 100
RUN = [(DAY - datetime.timedelta(days=n), 14200) for n in range(30, 0, -1)]
# What a check finds, and what is said of it.
FOUND: list[tuple[Any, str, str]] = [
    (
        slip(142000, LAST.price, 10),
        "10 kali lebih tinggi daripada Rp14.200 pada 23 Nov 2026. "
        "Menurut petugas, harga ini benar.",
        "10 times as high as Rp14,200 on 23 Nov 2026. The officer says it is right.",
    ),
    (
        slip(1420, LAST.price, 10),
        "10 kali lebih rendah daripada Rp14.200 pada 23 Nov 2026. "
        "Menurut petugas, harga ini benar.",
        "10 times as low as Rp14,200 on 23 Nov 2026. The officer says it is right.",
    ),
    (
        outlier(150000, [15000, 15500, 15000, 16000], *LIMITS),
        "Jauh di atas harga lain hari itu: harga tengahnya Rp15.500 dari 5 harga "
        "(skor 181,44, batas 3,5).",
        "Far above the other prices of the day: their middle is Rp15,500, from 5 prices "
        "(score 181.44, limit 3.5).",
    ),
    (
        outlier(1500, [15000, 15500, 15000, 16000], *LIMITS),
        "Jauh di bawah harga lain hari itu: harga tengahnya Rp15.000 dari 5 harga "
        "(skor 18,21, batas 3,5).",
        "Far below the other prices of the day: their middle is Rp15,000, from 5 prices "
        "(score 18.21, limit 3.5).",
    ),
    (
        outlier(30000, [15000, 15000], *LIMITS),
        "100% di atas Rp15.000, harga tengah dari 3 harga hari itu.",
        "100% above Rp15,000, the middle of the day's 3 prices.",
    ),
    (
        outlier(10000, [15000, 15000], *LIMITS),
        "33,3% di bawah Rp15.000, harga tengah dari 3 harga hari itu.",
        "33.3% below Rp15,000, the middle of the day's 3 prices.",
    ),
    (
        jump(0.5, HISTORY, 60),
        "Naik 64,9% sejak 23 Nov 2026. Biasanya tidak berubah lebih dari 1% sekaligus.",
        "Rose by 64.9% since 23 Nov 2026. It seldom moves more than 1% at once.",
    ),
    (
        jump(-0.5, HISTORY, 60),
        "Turun 39,3% sejak 23 Nov 2026. Biasanya tidak berubah lebih dari 1% sekaligus.",
        "Fell by 39.3% since 23 Nov 2026. It seldom moves more than 1% at once.",
    ),
    (
        flat(14200, RUN, 30),
        "Harga sama 31 kali berturut-turut sejak 24 Okt 2026. Apakah masih disurvei?",
        "The same price 31 times in a row since 24 Oct 2026. Is it still asked for?",
    ),
    (
        same({f"v{n}": [1, 1] for n in range(9)}),
        "Semua pedagang memasang harga yang sama pada 9 barang. Apakah ini disalin?",
        "All traders ask the same for each of 9 goods. Was it copied?",
    ),
]


@pytest.fixture(params=["id", "en"])
def ctx(request: pytest.FixtureRequest, prices_kernel: Any) -> Context:
    """Return what speaks a language of the region."""
    return Context(
        region=prices_kernel.region,
        service="prices",
        language=request.param,
        translations=prices_kernel.catalogs.get("prices", request.param),
    )


def test_every_reason_is_a_sentence(ctx):
    for found, indonesian, english in FOUND:
        assert found is not None
        assert why(ctx, {**found, **LAST.told}) == (indonesian if ctx.language == "id" else english)
    assert {found["code"] for found, *_ in FOUND} == {SLIP, PEERS, JUMP, FLAT, SAME}
    assert len(FOUND) == len(MESSAGES)


def test_a_reason_of_another_version_is_named_at_least(ctx):
    assert why(ctx, {"code": "weather"}) == "weather"


@pytest.mark.parametrize(
    ("of", "days", "asked"),
    [
        ("slot", 1, ("Rp142.000? Kemarin Rp14.200.", "Rp142,000? Yesterday Rp14,200.")),
        (
            "market",
            3,
            (
                "Rp142.000? Pada 21 Nov 2026 Rp14.200.",
                "Rp142,000? On 21 Nov 2026 it was Rp14,200.",
            ),
        ),
        (
            "area",
            1,
            (
                "Rp142.000? Di tempat lain di wilayah ini Rp14.200.",
                "Rp142,000? Elsewhere in the area it is Rp14,200.",
            ),
        ),
    ],
)
def test_a_slip_is_a_question(ctx, of, days, asked):
    today = datetime.date(2026, 11, 24)
    last_on = today - datetime.timedelta(days=days)
    found = Slip(0, "beras", 1, 142000, Decimal("14200"), last_on, of)
    assert question(ctx, found, today) == asked[ctx.language == "en"]


def test_words_of_a_fault_are_in_the_readers_language(ctx, prices_kernel):
    rice = prices_kernel.region.services["prices"].commodities
    name = next(c.name for c in rice if c.code == "beras")
    fault = Fault("x", "x", "%(commodity)s is not part of the survey.", {"commodity": name})
    expected = {"id": "Beras tidak termasuk survei.", "en": "Rice is not part of the survey."}
    assert said(ctx, fault) == expected[ctx.language]
