"""What `civicapp check` says of CSV tables: the core's own and a plugin's."""

import pytest

AREAS = "areas/areas.csv"
AGENCIES = "organisation/agencies.csv"
STALLS = "services/market/stalls.csv"
HEAD = "code,area,agency,name_en,name_fr,count,note\n"


def stalls(*rows):
    return HEAD + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "hint"),
    [
        # Rows 4 and 5 are one row with a quoted line break.
        ("fish,7.1.1,PORT", "fish,7.1.1.,PORT", "2:6", "unknown-area", "`7.1.1`?"),
        ("fish,7.1.1,PORT", "fish,7.1.1,PRT", "2:12", "unknown-agency", "`PORT`?"),
        ("Poisson,12,", "Poisson,012,", "2:30", "wrong-type", "write 12, without zeros in front"),
        ("Poisson,12,", "Poisson,a dozen,", "2:30", "wrong-type", "in digits"),
        ("fruit,7.10", "fish,7.10", "3:1", "duplicate-row", "keep one of the rows"),
        ("bread,,,Bread", ",,,Bread", "5:1", "missing-key", "rows are told apart by `code`"),
        ("bread,,,Bread,Pain", "bread,,,,", "5:9", "missing-key", "add it"),
        ("bread,,,Bread,Pain,,", "bread,,,Bread,Pain,", "5:1", "csv-syntax", "a comma per cell"),
        ("Bread,Pain,,", "Bread,Pain,,,", "5:22", "csv-syntax", "comma in quotes"),
        ('"sweet,\nand sour"', '"sweet"\nand sour"', "4:1", "csv-syntax", "a comma per cell"),
        ('"sweet,\nand sour"', '"sweet," x', "3:41", "csv-syntax", 'double each " inside'),
        ('"sweet,\nand sour"', '"sweet,\nand sour', "3:33", "csv-syntax", 'close it with "'),
        ("bread,,,Bread", "bread,,,Br\read", "5:11", "csv-syntax", "line ends"),
    ],
)
def test_rows(island, old, new, place, code, hint):
    island.edit(STALLS, old, new)
    problem = island.problems()[0]
    assert f"{problem.origin} {problem.code}" == f"island/{STALLS}:{place} {code}"
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("header", "place", "code", "message", "hint"),
    [
        (HEAD.replace(",", ";"), "1:5", "csv-syntax", "semicolons", "save it as CSV with commas"),
        (HEAD.replace(",", "\t"), "1:5", "csv-syntax", "tabs", "save it as CSV with commas"),
        (HEAD.replace("agency", "agncy"), "1:11", "unknown-key", "`agncy`", "`agency`?"),
        (HEAD.replace("name_fr", "name_de"), "1:26", "unknown-key", "`name_de`", "`name_en`?"),
        (HEAD.replace("note", ""), "1:40", "unknown-key", "column 7 has no name", "name it"),
        (
            HEAD.replace("note", "count"),
            "1:40",
            "duplicate-key",
            "`count` stands twice",
            "keep one",
        ),
        (HEAD.replace("code", "cod"), "1:1", "missing-key", "`code` is missing", "mean `cod`?"),
    ],
)
def test_header(island, header, place, code, message, hint):
    island.edit(STALLS, HEAD, header)
    problem = next(p for p in island.problems() if p.code == code)
    assert str(problem.origin) == f"island/{STALLS}:{place}"
    assert message in problem.message
    assert hint in problem.hint


def test_unknown_column_is_reported_once_and_not_per_row(island):
    island.edit(STALLS, "count", "cuont")
    assert island.found() == [f"island/{STALLS}:1:34 unknown-key"]


def test_missing_column_is_reported_once_and_not_per_row(island):
    text = island.text(STALLS).replace("name_en", "name_eng").replace("name_fr", "name_fra")
    island.write(STALLS, text)
    assert island.found() == [
        f"island/{STALLS}:1:1 missing-key",
        f"island/{STALLS}:1:18 unknown-key",
        f"island/{STALLS}:1:27 unknown-key",
    ]


def test_a_broken_row_costs_only_itself(island):
    island.write(
        STALLS,
        stalls('fish,,,"Fi"sh,,,', "salt,,,Salt,Sel,x,", 'rice,,,"Rice,,,', "milk,7.5,,Milk,,,"),
    )
    assert island.found() == [
        f"island/{STALLS}:2:12 csv-syntax",
        f"island/{STALLS}:3:17 wrong-type",
        f"island/{STALLS}:4:8 csv-syntax",
        f"island/{STALLS}:5:6 unknown-area",
    ]


def test_a_file_of_broken_rows_is_not_reported_without_end(island):
    island.write(STALLS, stalls(*['x,"y"z,'] * 5000))
    assert len(island.problems()) == 100


def test_rows_after_a_cell_of_several_lines_keep_their_number(island):
    note = '"a ""quote"",\na second line,\r\nand a third"'
    island.write(STALLS, stalls(f"fish,,,Fish,,1,{note}", "salt,,,Salt,,x,", f"x,,,{note},,y,"))
    assert island.found() == [
        f"island/{STALLS}:5:14 wrong-type",
        # A cell stands in the line where it begins: three lines below its row.
        f"island/{STALLS}:8:15 wrong-type",
    ]


def test_spaces_around_cells_do_not_count(island):
    island.write(STALLS, stalls(" fish , 7.1.1 ,PORT, Fish ,, 012 ,"))
    assert island.found() == [f"island/{STALLS}:2:30 wrong-type"]


def test_empty_rows_are_passed_over(island):
    island.write(STALLS, stalls("", ",,,,,,", "fish,,,Fish,,1,"))
    assert island.problems() == []
    assert [s.code for s in island.region().services["market"].stalls] == ["fish"]


def test_a_table_of_thousands_of_faults_is_read_in_time(island):
    rows = [f"s{n},9.{n},PRT{n},Fish,,0{n}," for n in range(10, 4000)]
    island.write(STALLS, stalls(*rows))
    problems = island.problems()
    assert len(problems) == 3 * len(rows)
    assert str(problems[-1].origin) == f"island/{STALLS}:3991:28"


# Layers of a table


def child_stalls(child, *rows, header=HEAD):
    return child.write(STALLS, header + "".join(f"{row}\n" for row in rows))


SOURCE = ("sources.csv", "file,origin,licence\nservices/market/stalls.csv,invented,CC0\n")


def test_delete_drops_a_row_and_later_layers_may_bring_it_back(child):
    child.write(*SOURCE).write(
        STALLS, "code,_delete,name_en\nfish,true,\nbread,TRUE,\nsalt,,Salt\n"
    )
    assert child.problems() == []
    assert [s.code for s in child.region().services["market"].stalls] == ["fruit", "salt"]


def test_cells_of_a_child_replace_and_empty_ones_inherit(child):
    child.write(*SOURCE).write(STALLS, "code,count,name_fr\nfish,7,\n")
    fish = child.region().services["market"].stalls[0]
    assert (fish.count, fish.name, fish.area) == (7, {"en": "Fish", "fr": "Poisson"}, "7.1.1")


@pytest.mark.parametrize(
    ("rows", "place", "code", "hint"),
    [
        ("code,_delete\nfsh,true\n", "2:5", "nothing-to-delete", "did you mean `fish`?"),
        ("code,_delete\nsalt,true\n", "2:6", "nothing-to-delete", "known: bread, fish, fruit"),
        ("code,_delete\nfish,yes\n", "2:6", "wrong-type", "write true or nothing"),
        ("code,_delte\nfish,true\n", "1:6", "unknown-key", ""),
        ("_delete\ntrue\n", "1:1", "missing-key", "columns here: _delete"),
    ],
)
def test_delete_that_cannot_be(child, rows, place, code, hint):
    child.write(*SOURCE).write(STALLS, rows)
    problem = child.only()
    assert f"{problem.origin} {problem.code}" == f"child/{STALLS}:{place} {code}"
    assert hint in problem.hint


def test_the_root_pack_has_nothing_to_delete(island):
    island.edit(STALLS, HEAD, HEAD.rstrip() + ",_delete\n")
    text = island.text(STALLS).replace("Poisson,12,", "Poisson,12,,true")
    text = text.replace('sour"', 'sour",').replace("Pain,,", "Pain,,,")
    island.write(STALLS, text)
    problem = island.only()
    assert (problem.code, problem.hint) == ("nothing-to-delete", "remove the row")


def test_a_fault_of_the_parent_stands_in_the_parents_file(child, island):
    island.edit(STALLS, "Poisson,12,", "Poisson,x,")
    assert child.found() == [f"island/{STALLS}:2:30 wrong-type"]
    child.write(*SOURCE).write(STALLS, "code,count\nfish,y\n")
    assert child.found() == [f"child/{STALLS}:2:6 wrong-type"]
    child.write(STALLS, "code,count\nfish,2\n")
    assert child.found() == []


def test_rows_of_areas_outside_the_region_are_left_out(child):
    child.append("region.yaml", 'area: "7.1"\n')
    region = child.region()
    assert [s.code for s in region.services["market"].stalls] == ["fish", "bread"]
    assert sorted(region.areas) == ["7", "7.1", "7.1.1", "7.1.2"]


def test_agency_that_works_outside_the_region(child):
    child.append("region.yaml", 'area: "7.10"\n')
    problem = child.only()
    assert problem.message == "`office`: agency `PORT` works outside this region"
    assert problem.hint == "name one of this region's"


# The core's own tables


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "hint"),
    [
        ("Port,district", "Port,distric", "5:12", "unknown-level", "did you mean `district`?"),
        ("7.1,West,regency,city", "7.1,West,regency,cty", "3:18", "unknown-kind", "`city`?"),
        ("7.1.1,Port,district,,7.1", "7.1.1,Port,district,,7.1x", "5:22", "orphan-area", "`7.1`?"),
        ("7.1.1,Port,district,,7.1", "7.1.1,Port,regency,,7.1", "5:12", "wrong-value", "from wide"),
        ("0.2,100.5", "0.2,", "5:30", "missing-key", "give both or none"),
        ("0.2,100.5", "100.5,0.2", "5:26", "wrong-value", "are lat and lon swapped?"),
        ("0.2,100.5", "0.2,1000", "5:30", "wrong-value", "write WGS 84 degrees"),
        ("0.2,100.5", '"0,2",100.5', "5:26", "wrong-type", "write 0.2, with a point"),
        ("7.1.2,Hill", "7.1.1,Hill", "6:1", "duplicate-row", "keep one of the rows"),
    ],
)
def test_areas(island, old, new, place, code, hint):
    island.edit(AREAS, old, new)
    problem = island.problems()[0]
    assert f"{problem.origin} {problem.code}" == f"island/{AREAS}:{place} {code}"
    assert hint in problem.hint


def test_area_inside_itself_names_the_way_round(island):
    island.edit(AREAS, "7.1,West,regency,city,7,", "7.1,West,regency,city,7.1.1,")
    problems = [p for p in island.problems() if p.code == "orphan-area"]
    assert [p.message for p in problems] == [
        "area `7.1` lies inside itself: 7.1 → 7.1.1 → 7.1",
        "area `7.1.1` lies inside itself: 7.1.1 → 7.1 → 7.1.1",
    ]
    island.edit(AREAS, "7.1,West,regency,city,7.1.1,", "7.1,West,regency,city,7.1,")
    assert "area `7.1` lies inside itself: 7.1 → 7.1" in {p.message for p in island.problems()}


def test_lost_areas_are_found_though_the_region_leaves_them_out(child, island):
    # With an `area` only its subtree is kept; a wrong parent would drop a regency in silence.
    child.append("region.yaml", 'area: "7"\n')
    island.edit(AREAS, "7.1,West,regency,city,7,", "7.1,West,regency,city,8,")
    assert f"island/{AREAS}:3:23 orphan-area" in child.found()
    island.edit(AREAS, "7.1,West,regency,city,8,", "7.1,West,regency,city,,")
    assert f"island/{AREAS}:3:23 orphan-area (warning)" in child.found()
    island.edit(AREAS, "7.1,West,regency,city,,", "7.1,West,regency,city,7.1.1,")
    assert f"island/{AREAS}:3:23 orphan-area" in child.found()


def test_own_rows_outside_the_region_are_a_warning_and_only_the_topmost(child):
    child.append("region.yaml", 'area: "7.1"\n')
    child.write("sources.csv", "file,origin,licence\nareas/areas.csv,invented,CC0\n")
    child.write(
        AREAS,
        "code,name,level,parent\n7.10.2,Fen,district,7.10\n7.2,Isle,regency,7\n7.2.1,Cape,district,7.2\n",
    )
    assert child.found() == [
        f"child/{AREAS}:2:21 outside-region (warning)",
        f"child/{AREAS}:3:18 outside-region (warning)",
    ]


def test_deleted_area_takes_its_boundary_and_rows_along(child):
    child.write("sources.csv", "file,origin,licence\nareas/areas.csv,invented,CC0\n")
    child.write(AREAS, "code,_delete\n7.10,true\n7.10.1,true\n")
    assert child.problems() == []
    region = child.region()
    assert [s.code for s in region.services["market"].stalls] == ["fish", "bread"]
    assert region.boundaries.locate(0.5, 101.5).reason == "nowhere"


def test_area_whose_parent_is_deleted(child):
    child.write("sources.csv", "file,origin,licence\nareas/areas.csv,invented,CC0\n")
    child.write(AREAS, "code,_delete\n7.10,true\n")
    problem = child.only()
    assert str(problem.origin) == f"island/{AREAS}:7:23"
    assert problem.message == "area `7.10.1` lies in `7.10`, which is deleted"


def test_a_table_that_cannot_be_read_brings_no_false_problems(island):
    island.write(AREAS, island.text(AREAS).encode("utf-16"))
    booted = island.boot()
    assert [f"{p.origin} {p.code}" for p in booted.problems] == [f"island/{AREAS} encoding"]
    assert "what refers to areas/areas.csv: it cannot be read in full" in booted.skipped


def test_a_row_that_is_left_out_brings_no_false_problems(island):
    island.edit(AREAS, "7.1,West,regency,city,7,0.5,100.5", "7.1,West,regency,city,7")
    assert island.found() == [f"island/{AREAS}:3:1 csv-syntax"]
    island.edit(AREAS, "7.1,West,regency,city,7", "7.1,West,regency,city,7,0.5,x")
    assert island.found() == [f"island/{AREAS}:3:29 wrong-type"]


def test_levels_that_are_missing_are_reported_once(island):
    text = island.text("region.yaml")
    start, end = text.index("levels:"), text.index("kinds:")
    island.write("region.yaml", text[:start] + text[end:])
    problem = island.only()
    assert problem.message == "`levels` is missing: areas have levels"


@pytest.mark.parametrize(
    ("old", "new", "place", "code", "hint"),
    [
        ("7.1.1,,", "7.1.3,,", "3:35", "unknown-area", "did you mean `7.1"),
        ("7.1,,ROADS", "7.1,,RODS", "4:49", "unknown-agency", "`ROADS`?"),
        ("regency,,regency,", "regency,,regenci,", "2:35", "unknown-level", "`regency`?"),
        ("regency,,regency,", "regncy,,regency,", "2:26", "unknown-level", "`regency`?"),
        ("regency,,regency,", "regency,7.1,regency,", "2:34", "wrong-value", "a role has a scope"),
        ("ROADS,Public", "Roads,Public", "2:1", "wrong-value", "capitals, digits and _"),
        ("ROADS,Public Works", "ROADS,", "2:7", "missing-key", "add it"),
    ],
)
def test_agencies(island, old, new, place, code, hint):
    island.edit(AGENCIES, old, new)
    found = [p for p in island.problems() if p.origin.file.endswith("agencies.csv")]
    assert f"{found[0].origin} {found[0].code}" == f"island/{AGENCIES}:{place} {code}"
    assert hint in found[0].hint


def test_sources_name_each_table_and_only_files_that_are_there(island):
    island.edit("sources.csv", "areas/areas.csv", "areas/area.csv")
    assert island.found() == [
        f"island/{AREAS} no-source (warning)",
        "island/sources.csv:2:1 unknown-file (warning)",
    ]
    island.edit("sources.csv", "areas/area.csv,invented,CC0", "areas/areas.csv,invented,")
    assert island.found() == ["island/sources.csv:2:26 missing-key"]
