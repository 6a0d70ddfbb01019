"""What `civicapp check` says of YAML files: syntax, keys, types, and what packs do without."""

import pytest

REGION = "region.yaml"
CONFIG = "services/market/config.yaml"


def test_a_sound_pack_has_no_problem(island):
    booted = island.boot()
    assert (booted.problems, booted.skipped) == ((), ())
    assert booted.kernel is not None
    assert booted.kernel.ids == ("market",)


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("title: {en: Fish", 8, "a bracket is not closed, or a comma is missing"),
        ("title: [a, b", 8, "a bracket is not closed, or a comma is missing"),
        ('password: "abc', 11, "a quote is opened and never closed"),
        ("title: a: b", 9, "`: ` stands inside an unquoted text"),
        ("\ttitle: x", 1, "a tab stands where spaces belong"),
        ("title", 1, "a line without `:`"),
        ("title: @x", 8, "an unquoted text cannot begin with this character"),
        ("title: *x", 8, "`*` begins an alias, which is not used in packs"),
        ('title: "\\q"', 10, "a backslash means nothing before this letter"),
        ("title: ]", 8, "a value is missing here"),
        ("title: x\x07", 9, "holds a control character"),
        ("gates:\n  - {width: 1}\n - {width: 2}", 2, "the line does not fit the lines above"),
    ],
)
def test_syntax_is_placed_and_said_in_plain_words(island, line, column, message):
    island.append(CONFIG, f"{line}\nmore: x\n")
    problem = next(p for p in island.problems() if p.code == "yaml-syntax")
    row = 7 + line.count("\n")
    assert str(problem.origin) == f"island/services/market/config.yaml:{row}:{column}"
    assert problem.message == message
    assert problem.hint


def test_second_document_is_refused(island):
    island.append(CONFIG, "---\nmore: x\n")
    assert island.found() == ["island/services/market/config.yaml:8:1 yaml-syntax"]
    assert island.only().hint == "remove the `---` line"


def test_broken_config_hides_nothing_else_and_names_what_was_not_checked(island):
    island.append(CONFIG, "title: {en: Fish\n")
    island.edit("services/market/stalls.csv", "7.1.1,PORT", "7.9,PORT")
    booted = island.boot()
    assert [p.code for p in booted.problems] == ["yaml-syntax", "unknown-area"]
    assert booted.skipped == ("rules of market: its files have errors",)


def test_lines_are_counted_as_editors_do(island):
    # U+2028 and U+0085 end lines for a YAML parser, not for an editor.
    island.write(CONFIG, "opens: 'a\u2028b\u0085c'\r\ndays: 6\r\nfe: 1\r\n")
    assert island.found() == ["island/services/market/config.yaml:3:1 unknown-key"]


@pytest.mark.parametrize(
    ("extra", "code", "column"),
    [
        ("days: 7", "duplicate-key", 1),
        ("title: &t {en: x}", "yaml-anchor", 8),
        ("&k title: {en: x}", "yaml-anchor", 1),
        ("title: !!map {en: x}", "yaml-tag", 8),
        ("title: {en: !x y}", "yaml-tag", 13),
        ("<<: {covered: true}", "yaml-merge-key", 1),
        ("? [a]\n: b", "wrong-type", 3),
    ],
)
def test_what_packs_do_without_is_refused_at_its_place(island, extra, code, column):
    island.append(CONFIG, extra + "\n")
    problem = island.only()
    assert problem.code == code
    assert (problem.origin.line, problem.origin.column) == (7, column)
    assert problem.hint


def test_duplicate_key_names_the_first(island):
    island.append(CONFIG, "days: 7\n")
    problem = island.only()
    assert problem.message == "`days` stands twice, first in line 2"


def test_alias_is_reported_once_and_its_key_is_not_called_missing(island):
    island.write(CONFIG, "opens: &a late\ndays: 6\ntitle: {en: *a}\n")
    assert island.found() == ["island/services/market/config.yaml:1:8 yaml-anchor"]
    island.write(CONFIG, "title: &a {en: x}\ndays: 6\nopens: *a\n")
    assert island.found() == ["island/services/market/config.yaml:1:8 yaml-anchor"]


def test_aliases_do_not_blow_up(island):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    island.append(CONFIG, "\n".join(lines) + "\n")
    assert {p.code for p in island.problems()} == {"yaml-anchor", "unknown-key"}


def test_depth_is_limited(island):
    island.append(CONFIG, "title: " + "{a: " * 40 + "x" + "}" * 40 + "\n")
    assert "too-deep" in {p.code for p in island.problems()}
    island.append(CONFIG, "gates: " + "[" * 3000 + "]" * 3000 + "\n")
    assert "too-deep" in {p.code for p in island.problems()}


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "key", "hint"),
    [
        (REGION, "timezone:", "timezon:", "4:1", "timezon", "did you mean `timezone`?"),
        (REGION, "name: {en: City}", "nam: {en: City}", "13:10", "nam", "did you mean `name`?"),
        (CONFIG, "covered:", "coverd:", "4:1", "coverd", "did you mean `covered`?"),
        (CONFIG, "since:", "zzz:", "5:1", "zzz", ""),
    ],
)
def test_unknown_key_names_the_nearest(island, file, old, new, place, key, hint):
    island.edit(file, old, new)
    problem = next(p for p in island.problems() if p.code == "unknown-key")
    assert str(problem.origin) == f"island/{file}:{place}"
    assert problem.message == f"unknown key `{key}`"
    assert problem.hint.startswith(hint or "known: ")


def test_unknown_key_of_a_nested_list(island):
    island.append(CONFIG, "gates:\n  - {width: 2}\n  - {widht: 2}\n")
    problem = island.only()
    assert str(problem.origin) == "island/services/market/config.yaml:9:6"
    assert problem.hint == "did you mean `width`?"


def test_table_in_the_config_is_sent_to_its_file(island):
    island.append(CONFIG, "stalls: []\n")
    problem = island.only()
    assert (str(problem.origin), problem.code) == (
        "island/services/market/config.yaml:7:1",
        "wrong-value",
    )
    assert problem.hint == "put its rows into stalls.csv"


@pytest.mark.parametrize("text", ["16:00", "NO", "no", "yes", "on", "1_000", "2026-06-01", "~x"])
def test_text_stays_what_was_typed(island, text):
    island.edit(CONFIG, "opens: 16:00", f"opens: {text}")
    region = island.region()
    assert region.services["market"].opens == text


@pytest.mark.parametrize("text", ["18.10", "007", "010", "1e3", "0x10", "0o7", "-3", "+3.5", ".5"])
def test_unquoted_number_as_text_is_a_warning(island, text):
    island.edit(CONFIG, "opens: 16:00", f"opens: {text}")
    problem = island.only()
    assert (problem.code, problem.is_error) == ("unquoted-number", False)
    assert str(problem.origin) == "island/services/market/config.yaml:1:8"
    assert problem.hint == f'write "{text}" in quotes'
    booted = island.boot()
    assert booted.kernel is not None
    assert booted.kernel.region.services["market"].opens == text
    island.edit(CONFIG, f"opens: {text}", f'opens: "{text}"')
    assert island.problems() == []


def test_unquoted_number_as_a_key_is_a_warning_too(island):
    island.append(CONFIG, "limits: {7.10: 5, '7.1': 6, port: 7}\n")
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{CONFIG}:7:10 unquoted-number"
    assert island.region().services["market"].limits == {"7.10": 5, "7.1": 6, "port": 7}


def test_unquoted_code_of_the_region_is_a_warning(child):
    child.append("region.yaml", "area: 7.1\n")
    problem = child.only()
    assert f"{problem.origin} {problem.code}" == "child/region.yaml:5:7 unquoted-number"


@pytest.mark.parametrize(
    ("key", "value", "message", "hint"),
    [
        ("days", "06", "wants a whole number, got `06`", "write 6, without zeros in front"),
        ("days", "yes", "wants a whole number, got `yes`", "write it in digits, such as 24"),
        ("days", "1_000", "got `1_000`", "write 1000, without marks between the digits"),
        ("days", "6.0", "got `6.0`", "write it in digits, such as 24"),
        ("days", "true", "got true", "write it in digits, such as 24"),
        ("days", "", "got nothing", "write it in digits, such as 24"),
        ("days", "[6]", "got a list", "write it in digits, such as 24"),
        ("days", "16:00", "got `16:00`", "write it in digits, such as 24"),
        ("fee", "12,5", "wants a number, got `12,5`", "write 12.5, with a point"),
        ("fee", "012.5", "got `012.5`", "write 12.5, without zeros in front"),
        ("fee", "nan", "got `nan`", "write it in digits, such as 12.5"),
        ("covered", "yes", "wants true or false, got `yes`", "write true"),
        ("covered", "NO", "wants true or false, got `NO`", "write false"),
        ("covered", "1", "wants true or false, got `1`", "write true"),
        ("covered", "{a: b}", "got a mapping", "write true or false"),
        ("since", "1.6.2020", "wants a date, got `1.6.2020`", "such as 2026-12-24"),
        ("since", "2026-02-30", "`2026-02-30` is no day of the calendar", "mend the month"),
        ("opens", "true", "wants text, got true", 'quote it to make it text: "true"'),
        ("opens", "", "wants text, got nothing", "write one text"),
        ("opens", "[a]", "wants text, got a list", "write one text"),
        ("opens", '" "', "wants text, is empty", "write a text"),
        ("office", "PRT", "no agency has the code `PRT`", "did you mean `PORT`?"),
        ("title", "Fish", "wants a text per language, got `Fish`", "write {id: …, en: …}"),
        ("title", "true", "wants a text per language, got true", "write {id: …, en: …}"),
        ("title", "{}", "wants a text in at least one language", "write {id: …, en: …}"),
        ("title", "{de: Fisch}", "`de` is not among the region's languages", "declared: en, fr"),
        ("gates", "wide", "wants a list, got `wide`", "write [a, b]"),
        ("gates", "[wide]", "wants a mapping, got `wide`", "write `key: value` lines"),
    ],
)
def test_wrong_type_says_what_is_wanted_and_how_to_write_it(island, key, value, message, hint):
    lines = [x for x in island.text(CONFIG).splitlines() if not x.startswith(f"{key}:")]
    island.write(CONFIG, "\n".join([*lines, f"{key}: {value}"]) + "\n")
    problem = island.only()
    assert problem.message.startswith(f"`{key}")
    assert message in problem.message
    assert hint in problem.hint
    assert problem.origin.line == len(lines) + 1


def test_flags_of_spreadsheets_are_taken(island):
    for word, value in (("TRUE", True), ("False", False)):
        island.write(CONFIG, f"opens: x\ndays: 6\ncovered: {word}\n")
        assert island.region().services["market"].covered is value


@pytest.mark.parametrize(
    ("old", "new", "place", "message", "hint"),
    [
        ("format: 1", "format: 2", "1:9", "`format`: `2` is none of `1`", "known: 1"),
        ("format: 1", "format: true", "1:9", "`format` wants `1`, got true", "write one of these"),
        ("Asia/Jakarta", "Asia/Jakata", "4:11", "is no IANA time zone", "`Asia/Jakarta`?"),
        ("Asia/Jakarta", "../etc/passwd", "4:11", "is no IANA time zone", "such as"),
        ("currency: IDR", "currency: rp", "5:11", "`rp` is no ISO 4217 code", "such as KES"),
        ("[en, fr]", "[]", "6:12", "wants a length of at least 1", "add to it"),
        ("[en, fr]", "en", "6:12", "`languages` wants a list, got `en`", "write [a, b]"),
        ("[en, fr]", "[en, fr, English]", "6:21", "is no language code", "such as id or en"),
        ("[market]", "market", "7:10", "`plugins` wants a list, got `market`", "write [a, b]"),
    ],
)
def test_region_yaml_values(island, old, new, place, message, hint):
    island.edit(REGION, old, new)
    problem = next(p for p in island.problems() if str(p.origin) == f"island/region.yaml:{place}")
    assert message in problem.message
    assert hint in problem.hint


def test_weekday_offers_the_nearest(island):
    island.append(REGION, "weekend: [friday, sonday]\n")
    problem = island.only()
    assert str(problem.origin) == "island/region.yaml:14:19"
    assert problem.message.startswith("`weekend/2`: `sonday` is none of `monday`, `tuesday`,")
    assert problem.hint == "did you mean `sunday`?"


@pytest.mark.parametrize("key", ["format", "id", "name", "timezone", "currency", "languages"])
def test_missing_key_of_region_yaml(island, key):
    lines = [x for x in island.text(REGION).splitlines() if not x.startswith(f"{key}:")]
    island.write(REGION, "# A comment.\n" + "\n".join(lines) + "\n")
    found = {(p.message, str(p.origin), p.hint) for p in island.problems()}
    assert (f"`{key}` is missing", "island/region.yaml:2:1", "add it") in found


def test_missing_key_of_a_service(island):
    island.write(CONFIG, "opens: x\ngates: [{width: 2}]\n")
    problem = island.only()
    assert (problem.code, problem.message) == ("missing-key", "`days` is missing")
    island.write(CONFIG, None)
    assert [p.message for p in island.problems()] == ["`opens` is missing", "`days` is missing"]


def test_title_without_its_name_is_refused(island):
    island.edit(REGION, '"{name} City"', '"City"')
    problem = island.only()
    assert (str(problem.origin), problem.code) == ("island/region.yaml:13:40", "wrong-value")


def test_value_that_is_long_is_cut(island):
    island.edit(CONFIG, "days: 6", f"days: {'x' * 5000}")
    assert len(island.only().message) < 120
    island.edit(CONFIG, "opens:", f"{'y' * 5000}:")
    assert all(len(p.message) < 120 for p in island.problems())


def test_id_that_differs_from_the_folder(island):
    island.edit(REGION, "id: island", "id: isle")
    problem = island.only()
    assert str(problem.origin) == "island/region.yaml:2:5"
    assert problem.message == "`id` is isle, the folder is island"
