"""The contract of region packs: each fault is told by the test that names it."""

import datetime
import shutil

from civicapp.kernel import boot
from civicapp.testing.island import write_island
from civicapp.testing.sameness import differences, named

SUITE = """\
class Test_{id}(RegionContract):
    region = {path!r}
    today = datetime.date(2026, 6, 1)
{more}
"""
HEAD = "import datetime\n\nfrom civicapp.testing import RegionContract\n\n\n"
TWO_HOLDERS = "NEWROADS,New Roads Board,New Board,district,1.1,,ROADS\n"
AREAS, SHAPES = "areas/areas.csv", "areas/boundaries.geojson"
AGENCIES, TERMS = "organisation/agencies.csv", "content/terms.id.md"
FEN = "[[[-30, 9], [-29, 9], [-29, 10], [-30, 10], [-30, 9]]]"
# By name: which texts are changed in which files (None: it is removed), and what the tests say.
CASES = {
    "sound": ({}, {}),
    "error": (
        {AREAS: ("district,district,1,10.5", "county,district,1,10.5")},
        {"is_sound": "`county` is no level of areas"},
    ),
    "warns": (
        {"sources.csv": ("areas/areas.csv,invented,CC0-1.0\n", "")},
        {"is_sound": "warnings of"},
    ),
    "stale": (
        {},
        {"is_sound": "allowed_warnings that do not come; take them out:\n  no-source"},
    ),
    "lonely": (
        {AGENCIES: None},
        {"lets_each_role_work": "role handler can be given to nobody: role handler needs an"},
    ),
    "faulty": (
        {
            SHAPES: (FEN, FEN.replace("[-30,", "[-31,").replace("[-29,", "[-30,")),
            AREAS: ("10.5,-29.5", "9.5,-30.5"),
            AGENCIES: ("HARBOUR", TWO_HOLDERS + "HARBOUR"),
            "region.yaml": (", id: Kampung", ""),
            TERMS: None,
        },
        {
            "draws_each_area_where_it_is": "1.2.2 Fen: the middle 9.5000, -30.5000 is in 1.2.1",
            "places_each_area_where_it_is_drawn": "1.1.2 Hill: 9.5, -30.5 is in 1.2.1, not 1.1.2",
            "reaches_every_agency": "NEWROADS holds the role ROADS in no area of the region",
            "says_everything_in_each_language": "levels/ward/name lacks id: {'en': 'Ward'}",
        },
    ),
}
MORE = {
    "stale": "    allowed_warnings = ('no-source',)\n",
    "lonely": "    allowed_warnings = ('unknown-file',)\n",
}


def changed(pack, changes):
    for name, change in changes.items():
        if change is None:
            (pack / name).unlink()
            continue
        text = (pack / name).read_text("utf-8")
        assert change[0] in text, change
        (pack / name).write_text(text.replace(*change), "utf-8")


def test_each_fault_of_a_pack_is_told_by_the_test_that_names_it(bare):
    suites = []
    for id, (changes, _) in CASES.items():
        pack = write_island(bare.folder / id, (), {})
        changed(pack, changes)
        suites.append(SUITE.format(id=id, path=str(pack), more=MORE.get(id, "")))
    bare.write({"test_all.py": HEAD + "\n\n".join(suites)})
    reports = bare.run()
    for id, (_, said) in CASES.items():
        report = reports[f"Test_{id}"]
        assert set(report.failed) == {f"test_{test}" for test in said}, bare.output
        for test, words in said.items():
            assert words in report.failed[f"test_{test}"]
        assert bool(report.skipped) is (id == "error")
    faulty = reports["Test_faulty"].failed["test_says_everything_in_each_language"]
    assert "content/terms.id.md is missing" in faulty


def island(folder, change=lambda text: text, files=()):
    folder.mkdir()
    pack = write_island(folder, (), dict(files))
    path = pack / "region.yaml"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    found = boot(pack, today=datetime.date(2026, 6, 1))
    assert found.region is not None, found.problems
    return found.region


def test_regions_that_differ_are_told_apart(tmp_path):
    one = island(tmp_path / "a")
    assert differences(one, island(tmp_path / "b"), 2026) == []
    two = island(
        tmp_path / "c",
        lambda text: text.replace("Etc/GMT-5", "Etc/GMT-6"),
        {
            "calendar/2026.csv": "date,kind,name_en\n2026-03-03,public,Day\n",
            "content/terms.en.md": "# Other\n\nText.\n",
            "locale/id.po": 'msgid ""\nmsgstr ""\n',
        },
    )
    assert differences(one, two, 2026) == ["timezone", "pages", "calendar", "words of id"]
    text = (tmp_path / "a/island/areas/boundaries.geojson").read_text("utf-8")
    moved = {"areas/boundaries.geojson": text.replace("[-31, 10]", "[-31, 10.1]")}
    found = differences(one, island(tmp_path / "d", files=moved), 2026)
    assert "boundary of 1.1" in found
    shutil.rmtree(tmp_path / "d")


def test_texts_have_keys_that_point_at_their_place(tmp_path):
    keys = dict(named(island(tmp_path / "a")))
    assert keys["kinds/district/name"]["id"] == "Distrik"
    assert keys["areas/1.1/title"]["id"] == "Distrik North"
    assert keys["roles/admin/name"]["en"] == "Administrator"
    assert "areas/1.1.1/title" not in keys  # a proper name alone
