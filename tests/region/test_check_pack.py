"""What `civicapp check` says of a pack as a whole: parents, plugins, secrets, rules, calendar."""

import datetime
import json
from types import SimpleNamespace

import pytest
from pydantic import field_validator

from civicapp import Problem, Service, ServiceConfig, Severity, Text, hookimpl
from civicapp.kernel import boot
from civicapp.problems import Origin, render_github, render_json, render_text

CONFIG = "services/market/config.yaml"
STALLS = "services/market/stalls.csv"


# Parents


def test_missing_parent(child):
    child.edit("region.yaml", "extends: island", "extends: iland")
    booted = child.boot()
    (problem,) = booted.problems
    assert (str(problem.origin), problem.code) == ("child/region.yaml:3:10", "missing-parent")
    assert problem.hint == "did you mean `island`?"
    # What it inherits is unknown: nothing is called missing.
    assert booted.skipped == (
        "rules across files: a parent pack, region.yaml or a folder is missing",
    )


def test_files_are_checked_for_themselves_without_the_parent(child):
    child.edit("region.yaml", "extends: island", "extends: nowhere")
    child.edit("region.yaml", "name:", "nmae:")
    child.write("areas/areas.csv", 'code,name\n1,"One\n2,Two,3\n')
    child.write("areas/boundaries.geojson", "{")
    child.write(CONFIG, "a: 1\na: 2\n")
    child.write("content/terms.en.md", "no title")
    child.write("branding/theme.yaml", b"\xff")
    assert child.found() == [
        "child/areas/areas.csv:2:3 csv-syntax",
        "child/areas/areas.csv:3:7 csv-syntax",
        "child/areas/boundaries.geojson:1:2 json-syntax",
        "child/branding/theme.yaml:1:1 encoding",
        "child/content/terms.en.md:1:1 missing-key",
        "child/region.yaml:3:10 missing-parent",
        "child/region.yaml:4:1 unknown-key",
        f"child/{CONFIG}:2:1 duplicate-key",
    ]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("", "wrong-type", "`extends` wants the id of one pack"),
        ("[island]", "wrong-type", "`extends` wants text, got a list"),
        ("../island", "wrong-value", "`extends`: `../island` is no id of a pack"),
        ("Island", "wrong-value", "`extends`: `Island` is no id of a pack"),
    ],
)
def test_extends_names_one_pack(child, value, code, message):
    child.edit("region.yaml", "extends: island", f"extends: {value}")
    problem = child.only()
    assert (problem.code, problem.message) == (code, message)


def test_packs_that_extend_one_another(child, island):
    island.append("region.yaml", "extends: child\n")
    problem = next(p for p in child.problems() if p.code == "extends-cycle")
    assert str(problem.origin) == "island/region.yaml:14:10"
    assert problem.message == "packs extend one another in a circle: child → island → child"
    assert problem.hint == "a root pack has no `extends`"


def test_pack_that_extends_itself(island):
    island.append("region.yaml", "extends: island\n")
    assert "island/region.yaml:14:10 extends-cycle" in island.found()


def test_chain_that_is_too_long(island):
    parent = "island"
    for n in range(9):
        pack = type(island)(island.folder.with_name(f"p{n}"), island.plugins)
        text = f"format: 1\nid: p{n}\nextends: {parent}\nname: {{en: P}}\n"
        pack.write("region.yaml", text)
        parent = f"p{n}"
    assert pack.only().message.startswith("more than 8 packs extend one another: p8 → p7 → ")


def test_parent_with_a_broken_region_yaml(child, island):
    island.append("region.yaml", "x: [\n")
    assert child.found() == ["island/region.yaml:14:4 yaml-syntax"]
    island.write("region.yaml", None)
    assert child.found() == ["island/region.yaml missing-file"]


def test_broken_region_yaml_does_not_hide_the_other_files(island):
    island.append("region.yaml", "x: [\n").append(CONFIG, "days: 7\n")
    assert island.found() == [
        "island/region.yaml:14:4 yaml-syntax",
        f"island/{CONFIG}:7:1 duplicate-key",
    ]


# Plugins and their folders


def test_unknown_plugin(island):
    island.edit("region.yaml", "[market]", "[markt, market, market]")
    booted = island.boot()
    assert [f"{p.origin} {p.code}" for p in booted.problems] == [
        "island/region.yaml:7:11 unknown-plugin",
        "island/region.yaml:7:26 duplicate-key",
    ]
    assert booted.problems[0].hint == "did you mean `market`?"
    assert booted.skipped == ("config and rules of markt: it is not installed",)


def test_uninstalled_plugin_keeps_its_folder_unread(island):
    booted = island.boot(plugins={})
    (problem,) = booted.problems
    assert problem.code == "unknown-plugin"
    assert booted.skipped == ("config and rules of market: it is not installed",)


def test_folder_of_an_unknown_plugin_is_an_error(island):
    island.write("services/markte/config.yaml", "a: b\n")
    problem = island.only()
    assert (str(problem.origin), problem.code) == ("island/services/markte", "unknown-plugin")
    assert problem.hint == "did you mean `market`?"


def test_folder_of_an_installed_plugin_that_is_off_is_ignored(island):
    island.edit("region.yaml", "[market]", "[]")
    island.write(CONFIG, "nonsense")
    assert island.found() == []


def test_plugin_without_config_reads_no_files(island):
    island.plugins["quiet"] = SimpleNamespace()
    island.edit("region.yaml", "[market]", "[market, quiet]")
    island.write("services/quiet/config.yaml", "a: b\n")
    assert island.found() == ["island/services/quiet/config.yaml unknown-file (warning)"]


def test_validator_of_a_plugin_that_raises_is_the_plugins_fault(island):
    class Config(ServiceConfig):
        word: Text = ""

        @field_validator("word", mode="after")
        @classmethod
        def check(cls, value: str) -> str:
            if value == "bad":
                raise ValueError("The word is bad")
            return {"good": value}[value]

    @hookimpl
    def service():
        return Service(id="odd", config=Config)

    island.plugins["odd"] = SimpleNamespace(service=service)
    island.edit("region.yaml", "[market]", "[market, odd]")
    island.write("services/odd/config.yaml", "word: bad\n")
    assert island.only().message == "`word` cannot be used: the word is bad"
    island.write("services/odd/config.yaml", "word: ugly\n")
    problem = island.only()
    assert (problem.code, str(problem.origin)) == (
        "plugin-error",
        "island/services/odd/config.yaml:1:1",
    )
    assert problem.message == "plugin odd: its config model failed: KeyError: 'ugly'"


# Rules of plugins


def test_rule_of_a_plugin_is_placed_at_its_cell(island):
    island.edit(STALLS, "Poisson,12,", "Poisson,0,")
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{STALLS}:2:30 market-no-fish"
    assert (problem.message, problem.hint) == ("there is no fish", "buy some")


def test_rule_is_run_though_other_files_have_errors(island):
    island.edit(STALLS, "Poisson,12,", "Poisson,0,")
    island.edit("region.yaml", "currency: IDR", "currency: rupiah").append("region.yaml", "x: 1\n")
    assert island.found() == [
        "island/region.yaml:5:11 wrong-value",
        "island/region.yaml:14:1 unknown-key",
        f"island/{STALLS}:2:30 market-no-fish",
    ]


def test_rule_that_needs_what_is_broken_is_skipped_and_named(island, make_market):
    island.plugins["market"] = make_market(lambda region: [region.areas["7.1"].name and None])
    assert island.only().code == "plugin-error"
    island.plugins["market"] = make_market(lambda region: [region.areas["7.2"]])
    assert "KeyError: '7.2'" in island.only().message
    island.edit("areas/areas.csv", "7.1.2,Hill,district", "7.1.2,Hill,distrikt")
    booted = island.boot()
    assert [p.code for p in booted.problems] == ["unknown-level"]
    assert booted.skipped == ("rules of market: they need a pack without errors",)


def test_warning_of_a_rule_does_not_stop_the_start(island, make_market):
    def check(region):
        yield region.problem("name/fr", "odd", "is odd", "or not", Severity.WARNING)
        yield Problem("lost", "has no place", "")

    island.plugins["market"] = make_market(check)
    assert island.found() == ["None lost", "island/region.yaml:3:22 odd (warning)"]


# Secrets


@pytest.fixture
def everywhere(island):
    """Return what every output says of the pack."""

    def outputs():
        problems = island.problems()
        assert json.loads(render_json(problems))
        return "\n".join(render(problems) for render in (render_text, render_json, render_github))

    return outputs


@pytest.mark.parametrize(
    "lines",
    [
        "password: hunter2\n",
        "password: hunter2  # and more\ndays: x\n",
        "password: [hunter2]\n",
        "password: {a: hunter2}\n",
        "password: |\n  hunter2\n",
        "password: 'hunter2'\npassword: 'hunter2'\n",
        "gates: [{key: hunter2, width: x}]\n",
        "gates: [{key: hunter2, widht: 2}]\n",
        "pasword: hunter2\n",
        "password: 'hunter2\n",
        "password: hunter2: x\n",
        "password:\n  hunter2: x: y\n",
        "password: !hunter2 x\n",
    ],
)
def test_literal_secret_is_never_shown(island, everywhere, lines):
    island.append(CONFIG, lines)
    shown = everywhere()
    assert shown
    assert "hunter2" not in shown


def test_literal_secret_in_a_table_is_never_shown(island, everywhere):
    island.write(STALLS, "code,name_en,pin,count\nfish,Fish,hunter2,x\nsalt,Salt,hunter2,0x\n")
    assert island.found() == [
        f"island/{STALLS}:2:11 literal-secret",
        f"island/{STALLS}:2:19 wrong-type",
        f"island/{STALLS}:3:11 literal-secret",
        f"island/{STALLS}:3:19 wrong-type",
    ]
    assert "hunter2" not in everywhere()


def test_literal_secret_is_said_with_the_way_out(island):
    island.append(CONFIG, "password: hunter2\n")
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{CONFIG}:7:11 literal-secret"
    assert problem.message == "`password` holds a secret, which does not belong in a pack"
    assert problem.hint == (
        "write ${env:NAME} or ${file:/path}, and change the secret: it is known now"
    )


def test_secret_that_another_layer_hides_is_reported_all_the_same(child, island):
    island.append(CONFIG, "password: hunter2\n")
    island.edit(CONFIG, "days: 6", "days: 6\ngates: [{key: hunter2}]")
    island.edit(STALLS, "count,note", "count,note,pin")
    text = island.text(STALLS).replace("Poisson,12,", "Poisson,12,,hunter2")
    island.write(STALLS, text.replace('sour"', 'sour",').replace("Pain,,", "Pain,,,"))
    child.write("sources.csv", f"file,origin,licence\n{STALLS},invented,CC0\n")
    child.write(CONFIG, "password: ${env:MARKET}\ngates: []\n")
    child.write(STALLS, "code,pin\nfish,${file:/run/pin}\n")
    assert child.found() == [
        f"island/{CONFIG}:3:15 literal-secret",
        f"island/{CONFIG}:8:11 literal-secret",
        f"island/{STALLS}:2:34 literal-secret",
    ]


@pytest.mark.parametrize("reference", ["${env:MARKET_KEY}", "${file:/run/secrets/market}"])
def test_reference_to_a_secret_is_sound(island, reference):
    island.append(CONFIG, f"password: {reference}\n")
    assert str(island.region().services["market"].password) == reference


# Calendar


HOLIDAYS = "holidays: {country: ID, categories: [public, government], required: [government]}\n"


def test_year_without_collective_leave_is_a_warning(island):
    island.append("region.yaml", HOLIDAYS)
    today = datetime.date(2031, 5, 1)
    booted = island.boot(today=today)
    assert [f"{p.origin} {p.code} {p.severity.value}" for p in booted.problems] == [
        "island/calendar/2031.csv calendar-not-covered warning",
        "island/calendar/2032.csv calendar-not-covered warning",
    ]
    assert booted.kernel is not None
    assert "2031" in booted.problems[0].message
    # A row of the pack's own covers its year.
    island.append("sources.csv", "calendar/2031.csv,invented,CC0\n")
    island.write("calendar/2031.csv", "date,kind,name_en\n2031-05-02,leave,Bridge day\n")
    assert island.found(today=today) == ["island/calendar/2032.csv calendar-not-covered (warning)"]
    assert island.found(today=datetime.date(2025, 12, 31)) == []


def test_rows_replace_add_and_drop_published_days(island):
    island.append("region.yaml", HOLIDAYS).append("sources.csv", "calendar/2026.csv,invented,CC0\n")
    island.write(
        "calendar/2026.csv",
        "date,kind,name_en,_delete\n2026-08-17,public,Our day,\n"
        "2026-02-02,leave,Bridge,\n2026-12-25,,,true\n",
    )
    calendar = island.region().calendar
    day = datetime.date
    assert calendar.days(2026)[day(2026, 8, 17)].name == {"en": "Our day"}
    assert calendar.days(2026)[day(2026, 2, 2)].kind == "leave"
    assert day(2026, 12, 25) not in calendar.days(2026)
    assert calendar.is_working_day(day(2026, 12, 25))
    assert not calendar.is_working_day(day(2026, 8, 17))
    assert not calendar.is_working_day(day(2026, 8, 16))  # a Sunday
    assert list(calendar.days(2026)) == sorted(calendar.days(2026))


@pytest.mark.parametrize(
    ("row", "place", "code", "hint"),
    [
        ("2026-02-30,public,X,", "2:1", "wrong-value", "mend the month or the day"),
        ("2026-2-3,public,X,", "2:1", "wrong-type", "such as 2026-12-24"),
        ("2026-02-03,holiday,X,", "2:12", "wrong-value", "leave, public"),
        ("2026-02-03,public,,", "2:19", "missing-key", "add it"),
        ("2026-02-03,,,true", "2:14", "nothing-to-delete", ""),
        ("2026-99-03,,,true", "2:1", "wrong-value", "write it as 2026-12-24"),
        ("2027-02-03,public,X,", "2:1", "wrong-value", "move the row into calendar/2027.csv"),
    ],
)
def test_calendar_rows(island, row, place, code, hint):
    island.append("region.yaml", HOLIDAYS).append("sources.csv", "calendar/2026.csv,invented,CC0\n")
    island.write("calendar/2026.csv", f"date,kind,name_en,_delete\n{row}\n")
    problem = island.problems()[0]
    assert f"{problem.origin} {problem.code}" == f"island/calendar/2026.csv:{place} {code}"
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("holidays", "column", "message", "hint"),
    [
        ("{country: XX}", 21, "for country `XX`", "such as ID"),
        ("{country: ID, subdivision: JKT}", 38, "`JKT` in ID", "leave `subdivision` out"),
        ("{country: ID, categories: [publik]}", 37, "category `publik`", "`public`?"),
        ("{country: ID, required: [leave]}", 35, "category `leave`", "published: "),
    ],
)
def test_holidays_that_nobody_publishes(island, holidays, column, message, hint):
    island.append("region.yaml", f"holidays: {holidays}\n")
    problem = island.only()
    assert str(problem.origin) == f"island/region.yaml:14:{column}"
    assert message in problem.message
    assert hint in problem.hint


# Everything at once


def test_ten_faults_are_ten_problems_in_order_of_file_and_line(island):
    island.edit("region.yaml", "kinds:", "kind:\n  x: y\nkinds:")
    island.edit("region.yaml", "format: 1", "format: 1\nweekend: [sun]")
    island.edit("areas/areas.csv", "7.1.2,Hill,district,,7.1", "7.1.2,Hill,district,,7.3")
    island.edit("areas/boundaries.geojson", "[102.0, 0]", "[102.0]")
    island.edit("organisation/agencies.csv", "7.1,,ROADS", "7.1,,ROAD")
    island.edit("content/terms.en.md", "Text.", "{tel}")
    island.edit("branding/theme.yaml", "#5B1A3A", "#5B1A3")
    island.edit("locale/fr.po", "Bon %(day)s", "Bon %(jour)s")
    island.edit(STALLS, "fruit,7.10", "fish,7.10")
    island.append(CONFIG, "password: x\n")
    booted = island.boot()
    assert [f"{p.origin} {p.code}" for p in booted.problems] == [
        "island/areas/areas.csv:6:22 orphan-area",
        "island/areas/boundaries.geojson:/features/1/geometry/coordinates/0/1 wrong-type",
        "island/branding/theme.yaml:3:16 wrong-value",
        "island/content/terms.en.md:3:1 unknown-key",
        "island/locale/fr.po:4:1 po-placeholder",
        "island/organisation/agencies.csv:4:49 unknown-agency",
        "island/region.yaml:2:11 wrong-value",
        "island/region.yaml:13:1 unknown-key",
        f"island/{CONFIG}:7:11 literal-secret",
        f"island/{STALLS}:3:1 duplicate-row",
    ]
    assert booted.kernel is None
    assert all(p.hint for p in booted.problems)
    assert not {"dict", "None", "True", "str", "NoneType"} & set(
        " ".join(p.message + " " + p.hint for p in booted.problems).split()
    )


def test_no_region(island):
    for region, hint in (
        ("lampun", "did you mean `lampung`?"),
        ("./nowhere", "a pack is a folder that holds region.yaml, a bundle one with region.json"),
        ("", "known packs: indonesia, lampung"),
        ("a\0b", "known packs: indonesia, lampung"),
        ("x" * 5000, "known packs: indonesia, lampung"),
        (".", "a pack is a folder that holds region.yaml, a bundle one with region.json"),
    ):
        booted = boot(region)
        assert booted.problems[0].code in ("no-region", "missing-file")
        assert booted.problems[0].hint == hint
        assert booted.skipped == ("everything but region.yaml",)


def test_pack_is_found_by_name_beside_and_in_regions(island, child):
    island.folder.rename("regions_island")
    (child.folder.parent / "regions").mkdir()
    (child.folder.parent / "regions_island").rename("regions/island")
    assert child.found() == []
    booted = boot("island", plugins=island.plugins)
    assert booted.kernel is not None
    assert booted.kernel.region.explain("timezone").origin == Origin(
        "regions/island/region.yaml", 4, 11
    )
