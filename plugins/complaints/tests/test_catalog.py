"""Categories by code, group and everyday words."""

import pytest
from civicapp_complaints.config import ComplaintsConfig
from civicapp_complaints.domain.catalog import Catalog, fold
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Region


@pytest.fixture(scope="session")
def catalog(lampung: Region) -> Catalog:
    return Catalog(lampung.config("complaints", ComplaintsConfig))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("jalan bolong", "road.pothole"),
        ("jalan berlubang besar depan pasar", "road.pothole"),
        ("lubang", "road.pothole"),
        ("pothole", "road.pothole"),
        ("lampu mati", "road.light"),
        ("lampu jalan mati", "road.light"),
        ("PJU", "road.light"),
        ("mati lampu", "utility.power"),
        ("listrik padam", "utility.power"),
        ("got mampet", "water.drain"),
        ("sampah", "waste.pile"),
        ("sampah tidak diangkut", "waste.pile"),
        ("banjir", "water.flood"),
        ("pohon tumbang", "env.tree"),
        ("begal", "order.crime"),
        ("kebakaran", "emergency.fire"),
        ("ambulans", "emergency.ambulance"),
        ("KTP", "civil.ktp"),
        ("air pdam mati", "water.tap"),
        ("parkir liar", "traffic.parking"),
        ("bansos", "social.aid"),
        ("abdul moeloek", "health.rsudam"),
        ("gajah way kambas", "env.wildlife"),
        ("bakauheni", "traffic.ferry"),
        ("singkong", "farm.price"),
        ("cassava", "farm.price"),
        ("street light", "road.light"),
        ("pungli", "gov.extortion"),
        ("sinyal jelek", "utility.signal"),
        ("macet", "traffic.jam"),
    ],
)
def test_everyday_words_find_the_category_first(catalog: Catalog, typed: str, code: str) -> None:
    assert catalog.search(typed)[0].code == code


def test_words_that_nothing_holds_find_nothing(catalog: Catalog) -> None:
    assert catalog.search("") == ()
    assert catalog.search("di ke") == ()
    assert catalog.search("xyzzy") == ()


@given(st.text(max_size=40))
def test_a_search_takes_anything(catalog: Catalog, typed: str) -> None:
    assert len(catalog.search(typed)) <= 8


def test_groups_and_categories_are_in_order(catalog: Catalog) -> None:
    assert catalog.groups[0].code == "emergency"
    assert [c.code for c in catalog.active("health")][:3] == [
        "health.puskesmas",
        "health.rsudam",
        "health.hospital",
    ]
    assert [c for g in catalog.groups for c in catalog.active(g.code)] == list(catalog.active())


def test_what_is_not_active_is_not_offered(isle) -> None:
    isle.replace("categories.csv", "public_asset,question", "public_asset,question,active")
    isle.replace("categories.csv", ",simple,,,,true,owner", ",simple,,,,true,owner,")
    isle.replace("categories.csv", "urgent,,110,true,,", "urgent,,110,true,,,false")
    isle.replace("categories.csv", ",true,113,,,", ",true,113,,,,")
    catalog = Catalog(isle.config())
    assert [c.code for c in catalog.active()] == ["road.hole", "order.fire"]
    assert catalog.category("order.crime") is None
    assert "order.crime" in catalog.categories  # old reports still have a name
    assert catalog.search("begal") == ()


def test_what_hangs_on_a_category(isle) -> None:
    catalog = Catalog(isle.config())
    hole = catalog.category("road.hole")
    fire = catalog.category("order.fire")
    assert hole is not None
    assert fire is not None
    assert catalog.category("nothing") is None
    sla = catalog.sla(hole)
    assert sla is not None
    assert sla.target == 5
    assert catalog.sla(fire) is None
    assert catalog.icon(hole) == "road"
    question = catalog.question(hole)
    assert question is not None
    assert question.code == "owner"
    assert catalog.question(fire) is None
    assert {a.code for a in catalog.answers(hole)} == {"highway", "street", "unknown"}
    assert catalog.answers(fire) == ()
    answer = catalog.answer(hole, "highway")
    assert answer is not None
    assert answer.owner == "province"
    assert catalog.answer(hole, "other") is None
    assert catalog.answer(hole, None) is None


def test_spellings_meet() -> None:
    assert fold("  Jalan-Rusak, ÉTÉ ") == "jalan rusak ete"
