"""Views, lists of areas, the drawn map, and the words of all pages."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import civicapp_complaints
import pytest
from babel.messages.pofile import read_po
from civicapp_complaints.pages.kind import picture_of
from civicapp_complaints.pages.levels import chosen_area, levels_of, missing_level

from civicapp.web import MAP_SIZE as SIZE
from civicapp.web import Land, View, map_picture, marked, read_view, view_of

FOLDER = Path(str(civicapp_complaints.__file__)).parent
KEMILING = View(-5.4, 105.2, 10_000)
# Words that residents are never shown.
AVOIDED = re.compile(
    r"tidak valid|terjadi kesalahan|coba lagi nanti|klik di sini|disposisi|verifikasi|apabila|"
    r"\bOPD\b|\bSLA\b|tiket|dimohon|dalam rangka|!|melakukan pe",
    re.IGNORECASE,
)


@pytest.mark.parametrize("x", [0, 144, 287])
@pytest.mark.parametrize("y", [0, 144, 287])
def test_a_pixel_is_a_place_and_back(x, y):
    assert KEMILING.pixel(*KEMILING.place(x, y)) == pytest.approx((x, y), abs=0.02)


def test_a_view_is_as_wide_as_it_says():
    (lat, west), (_, east) = KEMILING.place(0, 144), KEMILING.place(SIZE, 144)
    from math import cos, radians

    assert (east - west) * cos(radians(lat)) * 111_195 == pytest.approx(10_000, rel=0.001)


def test_views_move_zoom_and_stay_on_earth():
    assert KEMILING.moved("north").lat > KEMILING.lat
    assert KEMILING.moved("west").lon < KEMILING.lon
    assert KEMILING.zoomed(1).span < 10_000 < KEMILING.zoomed(-1).span
    assert KEMILING.zoomed(99).span == 600
    assert KEMILING.zoomed(-99).span == 5_120_000
    assert View(84, 0, 5_120_000).moved("north").lat == 85


@pytest.mark.parametrize("text", ["", "1,2", "x,y,z", "95,0,1000", "0,0,1", "nan,0,1000"])
def test_what_is_no_view_is_none(text):
    assert read_view(text) is None
    assert read_view(str(KEMILING)) == KEMILING


def test_a_view_shows_all_of_its_area():
    view = view_of((105.0, -6.0, 105.5, -5.0))
    for lat, lon in ((-6.0, 105.0), (-5.0, 105.5)):
        assert all(0 <= n <= SIZE for n in view.pixel(lat, lon))


@pytest.mark.parametrize("code", [None, "18.71", "18.71.13", "18.71.13.1005", "18.04.04"])
def test_a_map_is_small_and_holds_names(lampung, code):
    import gzip

    land = Land(lampung)
    view = land.view(lampung.areas[code] if code else None)
    assert view is not None
    drawn = map_picture(land.draw(view), (view.lat, view.lon))
    assert len(gzip.compress(drawn.encode())) <= 12 * 1024
    assert drawn.count("<text") > 1
    assert re.fullmatch(r"<svg .*</svg>", drawn, re.DOTALL)
    assert "script" not in drawn


def test_names_are_escaped_and_do_not_lie_over_marks(lampung):
    land = Land(lampung)
    drawing = land.draw(KEMILING)
    label = drawing.labels[0]
    assert label not in drawing.without([(label.x, label.y)]).labels
    assert marked(drawing, []).marks == ()


def test_the_surroundings_of_a_lonely_place_are_wider(lampung):
    land = Land(lampung)
    town, forest = land.around(-5.4, 105.2, SIZE), land.around(-5.0, 104.05, SIZE)
    assert town.view.span < forest.view.span
    assert len(forest.labels) >= 3


def test_lists_of_areas(lampung):
    ctx: Any = SimpleNamespace(region=lampung, text=lambda name: name.text("id"))
    first = levels_of(ctx, "")
    assert [(x.name, x.chosen) for x in first] == [("Kabupaten/kota", "")]
    assert [name for _, name in first[0].options] == sorted(name for _, name in first[0].options)
    assert [x.chosen for x in levels_of(ctx, "18.71.13")] == ["18.71", "18.71.13", ""]
    assert missing_level(ctx, "18.71.13") == "Desa/kelurahan"
    assert missing_level(ctx, "18.71.13.1005") == ""
    assert chosen_area(ctx, ["18.71", "18.72.01", ""]) == "18.71"
    assert chosen_area(ctx, ["99"]) == ""


def test_every_picture_of_the_pack_is_there(lampung, indonesia):
    from civicapp_complaints.config import ComplaintsConfig

    for region in (lampung, indonesia):
        for answer in region.config("complaints", ComplaintsConfig).answers:
            assert picture_of(answer.picture).startswith("<svg"), answer.picture
    assert picture_of("../plugin") == ""


def test_every_word_is_translated_and_plain():
    with (FOLDER / "locale" / "id.po").open("rb") as file:
        messages: list[Any] = [m for m in read_po(file, locale="id") if m.id]
    assert len(messages) > 400
    for message in messages:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), ids
        for text in strings:
            assert not AVOIDED.search(text), text
            longest = max(len(sentence.split()) for sentence in re.split(r"[.?:]\s", text))
            assert longest <= 20, text
            for names in (re.findall(r"%\(\w+\)s", t) for t in (*ids, text)):
                assert set(names) <= set(re.findall(r"%\(\w+\)s", " ".join(ids)))


def test_every_text_of_the_templates_is_marked():
    """Find words in templates that no translator would see."""
    for path in (FOLDER / "templates").glob("*.html"):
        text = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text("utf-8"))
        text = re.sub(r"<[^>]+>|&\w+;|/complaints(/\w+)*|[\w-]+=\"[^\"]*\"", " ", text)
        bare = [w for w in re.findall(r"[A-Za-z]{3,}", text) if w != "Enter"]
        assert bare == [], (path.name, bare)
