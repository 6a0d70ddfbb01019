"""What branding/theme.yaml may say, what is reported where, and what the colours then promise."""

import random
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicapp.problems import Origin, Problem, has_errors
from civicapp.region.colour import (
    FIXED_COLOURS,
    NEUTRAL_COLOURS,
    ROLES,
    RULES,
    Mode,
    broken_rules,
    contrast,
    distance,
    oklab,
    with_lightness,
)
from civicapp.region.files import DiskFile, File, Reader
from civicapp.region.merge import merge
from civicapp.region.nodes import Branch, Leaf
from civicapp.region.theme import NEUTRAL, Theme, read_theme
from civicapp.region.yaml import read_yaml

MODES: tuple[Mode, ...] = get_args(Mode)
LANGUAGES = ("id", "en")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'

LAMPUNG = """\
name: {id: Layanan Lampung, en: Lampung Services}
logo: logo.svg
ornament: zigzag
radius: 4
light:
  brand: "#5B1A3A"
  accent: "#E3A72F"
  action: "#7A2150"
  on_action: "#FFFFFF"
  action_hover: "#5B1A3A"
  tint: "#F7ECF1"
  page: "#F6F4F1"
  line: "#D9D7D2"
dark:
  brand: "#3D1127"
  accent: "#E3A72F"
  action: "#E9B949"
  on_action: "#2B1A00"
  action_hover: "#F6D68A"
  tint: "#33202A"
  page: "#151416"
  line: "#3B3A40"
"""


class Pack:
    """A branding folder; `read` returns its theme and keeps the problems."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def tree(self, text: str, name: str = "theme.yaml") -> Branch:
        self.write(name, text)
        tree = read_yaml(DiskFile.at(self.folder / name), Reader())
        assert tree is not None
        return tree

    def find(self, name: str) -> File | None:
        path = self.folder / name
        return DiskFile.at(path) if path.exists() else None

    def read(self, theme: str | Branch) -> Theme:
        reader = Reader()
        tree = self.tree(theme) if isinstance(theme, str) else theme
        found = read_theme(tree, self.find, LANGUAGES, reader)
        self.problems = reader.problems
        return found

    def only(self, theme: str | Branch) -> tuple[str, Problem]:
        """Return `file:line:column code` of the only problem, and the problem."""
        self.read(theme)
        assert len(self.problems) == 1, self.problems
        (problem,) = self.problems
        assert problem.origin is not None
        at = Origin(Path(problem.origin.file).name, problem.origin.line, problem.origin.column)
        return f"{at} {problem.code}", problem


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def colours(theme: Theme, mode: Mode) -> Mapping[str, str]:
    return {**FIXED_COLOURS[mode], **(theme.light if mode == "light" else theme.dark)}


def suggested(problem: Problem) -> str:
    found = re.search(r'"(#[0-9A-F]{6})"', problem.hint)
    assert found, problem.hint
    return found[1]


# What a theme says


def test_without_a_file_the_theme_is_neutral(tmp_path: Path) -> None:
    reader = Reader()
    assert read_theme(None, Pack(tmp_path).find, LANGUAGES, reader) == NEUTRAL
    assert not reader.problems
    assert (NEUTRAL.name, NEUTRAL.logo, NEUTRAL.ornament, NEUTRAL.radius) == (None, None, "none", 8)


def test_what_a_theme_does_not_say_is_neutral(pack: Pack) -> None:
    assert pack.read("radius: 0\n") == Theme(
        None, None, "none", 0, NEUTRAL_COLOURS["light"], NEUTRAL_COLOURS["dark"]
    )
    assert not pack.problems


def test_lampung_passes_and_is_what_it_says(pack: Pack) -> None:
    pack.write("logo.svg", SVG.format('<path d="M0 0h8"/>'))
    theme = pack.read(LAMPUNG)
    assert not pack.problems
    assert theme.name is not None
    assert dict(theme.name) == {"id": "Layanan Lampung", "en": "Lampung Services"}
    assert (theme.ornament, theme.radius) == ("zigzag", 4)
    assert theme.logo == SVG.format('<path d="M0 0h8"></path>')
    assert (theme.light["brand"], theme.dark["action"]) == ("#5B1A3A", "#E9B949")
    assert set(theme.light) == set(theme.dark) == set(ROLES)


@pytest.mark.parametrize(
    ("pair", "lampung", "lampung_dark", "neutral", "neutral_dark"),
    [
        ("ink page", 15.6, 16.1, 15.7, 16.1),
        ("muted page", 6.6, 9.4, 6.7, 9.4),
        ("edge page", 4.2, 5.8, 4.2, 5.8),
        ("white brand", 12.7, 16.1, 10.9, 14.8),
        ("accent brand", 5.9, 7.5, 5.9, 8.0),
        ("action page", 8.9, 10.1, 6.7, 10.7),
        ("on_action action", 9.7, 9.2, 7.3, 9.4),
        ("action tint", 8.4, 8.3, 6.4, 8.4),
    ],
)
def test_contrasts_are_those_of_the_design(
    pack: Pack,
    pair: str,
    lampung: float,
    lampung_dark: float,
    neutral: float,
    neutral_dark: float,
) -> None:
    one, other = pair.split()
    own = pack.read(LAMPUNG.replace("logo: logo.svg\n", ""))
    measured = [
        (colours(own, "light"), lampung),
        (colours(own, "dark"), lampung_dark),
        (colours(NEUTRAL, "light"), neutral),
        (colours(NEUTRAL, "dark"), neutral_dark),
    ]
    for found, ratio in measured:
        assert contrast(found[one], found[other]) == pytest.approx(ratio, abs=0.1)


def test_colours_are_written_in_capitals(pack: Pack) -> None:
    assert pack.read('light:\n  brand: "#5b1a3a"\n').light["brand"] == "#5B1A3A"
    assert not pack.problems


def test_layers_merge_and_a_report_names_the_layer_that_set_the_value(pack: Pack) -> None:
    base = pack.tree('radius: 4\nlight:\n  brand: "#5B1A3A"\n  tint: "#FFFFFF"\n', "base.yaml")
    over = pack.tree('light:\n  tint: "#F7ECF1"\n', "over.yaml")
    theme = pack.read(merge(base, over))  # type: ignore[arg-type]
    assert not pack.problems
    assert (theme.radius, theme.light["brand"], theme.light["tint"]) == (4, "#5B1A3A", "#F7ECF1")

    pale = pack.tree('light:\n  brand: "#EEEEEE"\n  accent: "#111111"\n', "base.yaml")
    assert pack.only(merge(pale, over))[0] == "base.yaml:2:10 low-contrast"  # type: ignore[arg-type]


# What is reported, and where


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("raduis: 8\n", "1:1 unknown-key", "did you mean `radius`?"),
        ('brand: "#17405E"\n', "1:1 unknown-key", "under `light` or `dark`"),
        ('light:\n  acton: "#17405E"\n', "2:3 unknown-key", "did you mean `action`?"),
        ('light:\n  link: "#17405E"\n', "2:3 unknown-key", "links take `action`"),
        ('dark:\n  danger: "#FF0000"\n', "2:3 fixed-colour", "a theme sets brand"),
        ('light: {radius: 1, line: "#D5D8DD"}\n', "1:9 unknown-key", ""),
        ('danger: "#FF0000"\n', "1:1 fixed-colour", "a theme sets brand"),
        ("light: blue\n", "1:8 wrong-type", ""),
        ("dark:\nradius: 8\n", "1:1 wrong-type", "leave the key out"),
        ("ornament: zig-zag\n", "1:11 wrong-value", "did you mean `zigzag`?"),
        ("ornament: tapis\n", "1:11 wrong-value", "known: none, zigzag"),
        ("ornament: true\n", "1:11 wrong-type", ""),
        ("ornament: [none]\n", "1:11 wrong-type", ""),
        ("radius: 25\n", "1:9 wrong-value", ""),
        ("radius: -1\n", "1:9 wrong-value", ""),
        ("radius: 08\n", "1:9 wrong-value", ""),
        ("radius: 8px\n", "1:9 wrong-type", ""),
        ("name: Lampung\n", "1:7 wrong-type", "leave the key out"),
        ("name: {}\n", "1:7 wrong-value", ""),
        ("name: {id: Lampung, jv: Lampung}\n", "1:21 unknown-language", "declared: id, en"),
        ("name:\n  id: Pusat Layanan Masyarakat X\n", "2:7 wrong-value", "shorten it"),
        ('name: {id: ""}\n', "1:12 wrong-value", ""),
        ("name: {id: [a]}\n", "1:12 wrong-type", ""),
        ("logo: logo.svg\n", "1:7 missing-file", "put it beside theme.yaml"),
        ("logo: ../logo.svg\n", "1:7 wrong-value", ""),
        ("logo: logo.png\n", "1:7 wrong-value", ""),
        ("logo:\n", "1:1 wrong-type", ""),
    ],
)
def test_a_wrong_value_is_reported_at_its_place_and_left_neutral(
    pack: Pack, text: str, where: str, hint: str
) -> None:
    place, problem = pack.only(text)
    assert place == f"theme.yaml:{where}"
    assert hint in problem.hint
    theme = pack.read(text)
    assert (theme.logo, theme.ornament, theme.radius) == (None, "none", 8)
    assert theme.light == NEUTRAL.light


@pytest.mark.parametrize("role", ["ink", "muted", "surface", "danger", "ok", "warn", "info"])
def test_colours_that_carry_meaning_are_fixed(pack: Pack, role: str) -> None:
    assert pack.only(f'light:\n  {role}: "#123456"\n')[0] == "theme.yaml:2:3 fixed-colour"


@pytest.mark.parametrize(
    ("value", "where", "hint"),
    [
        ("#7A2150", "2:3 wrong-type", "an unquoted # begins a comment"),
        ("true", "2:10 wrong-type", ""),
        ('["#7A2150"]', "2:10 wrong-type", ""),
        ("maroon", "2:10 wrong-value", "in quotes, such as"),
        ("7a2150", "2:10 wrong-value", 'write "#7A2150"'),
        ('"#7A2"', "2:10 wrong-value", 'write "#77AA22"'),
        ('"#7A2150FF"', "2:10 wrong-value", 'write "#7A2150"'),
        ('" #7A2150"', "2:10 wrong-value", 'write "#7A2150"'),
        ('"#7A2150\\n"', "2:10 wrong-value", 'write "#7A2150"'),
        ('"#７A2150"', "2:10 wrong-value", "in quotes, such as"),
    ],
)
def test_what_is_no_colour_is_reported_and_left_neutral(
    pack: Pack, value: str, where: str, hint: str
) -> None:
    place, problem = pack.only(f'light:\n  brand: {value}\n  line: "#D9D7D2"\n')
    assert place == f"theme.yaml:{where}"
    assert hint in problem.hint
    assert pack.read(f"light:\n  brand: {value}\n").light == NEUTRAL.light


def test_a_colour_that_is_none_is_reported_once(pack: Pack) -> None:
    """Its stand-in is not measured: on_action suits the action that was meant."""
    pack.only('light:\n  action: gold\n  on_action: "#2B1A00"\n  action_hover: "#F6D68A"\n')


def test_a_name_of_24_characters_fits(pack: Pack) -> None:
    theme = pack.read(f"name: {{id: {'a' * 24}, en: {'é' * 25}}}\n")
    assert theme.name is not None
    assert list(theme.name) == ["id"]
    assert [p.code for p in pack.problems] == ["wrong-value"]
    pack.read("name: {id: " + "e\u0301" * 24 + "}\n")
    assert not pack.problems


def test_all_problems_come_in_one_run(pack: Pack) -> None:
    pack.read('radius: x\nlight:\n  brand: "#EEEEEE"\n  ink: "#000000"\nlogo: gone.svg\nfoo: 1\n')
    assert {p.code for p in pack.problems} == {
        *("wrong-type", "low-contrast", "fixed-colour", "missing-file", "unknown-key")
    }


# Contrast


@pytest.mark.parametrize(
    ("text", "where", "pair", "need"),
    [
        (
            'light: {brand: "#E0E0E0", accent: "#202020"}',
            "1:16",
            "`white` #FFFFFF on `brand`",
            "4.5",
        ),
        ('light: {accent: "#1B4A6E"}', "1:17", "on neutral `brand` #17405E", "3"),
        ('light: {page: "#777777"}', "1:15", "`ink` #1B1B1F on `page`", "4.5"),
        ('light: {page: "#C0C0C0"}', "1:15", "`muted` #55565E on `page`", "4.5"),
        ('light: {page: "#C0C0C0"}', "1:15", "`edge` #74757D on `page`", "3"),
        ('light: {action: "#E9B949"}', "1:17", "on neutral `page` #F4F5F7", "4.5"),
        ('light: {action: "#E9B949"}', "1:17", "on `surface` #FFFFFF", "4.5"),
        ('light: {action: "#E9B949"}', "1:17", "neutral `on_action` #FFFFFF on `action`", "4.5"),
        ('light: {action: "#E9B949"}', "1:17", "on neutral `tint` #E8F1F8", "4.5"),
        ('light: {on_action: "#222222"}', "1:20", "on neutral `action` #1A5A8A", "4.5"),
        ('light: {action_hover: "#CFE6FA"}', "1:23", "on `action_hover` #CFE6FA", "4.5"),
        ('light: {tint: "#808080"}', "1:15", "neutral `action` #1A5A8A on `tint`", "4.5"),
        ('light: {tint: "#606060"}', "1:15", "`ink` #1B1B1F on `tint`", "4.5"),
        ('dark: {action: "#5A4A10"}', "1:16", "on `surface` #201F22", "4.5"),
        ('dark: {page: "#555555"}', "1:14", "`muted` #B9B9C2 on `page`", "4.5"),
    ],
)
def test_a_pair_below_its_need_is_reported_where_the_region_set_it(
    pack: Pack, text: str, where: str, pair: str, need: str
) -> None:
    pack.read(text + "\n")
    (problem,) = [p for p in pack.problems if pair in p.message]
    assert problem.code == "low-contrast"
    assert str(problem.origin).endswith(f"theme.yaml:{where}")
    assert re.search(rf"has contrast \d\.\d\d, needs {need}$", problem.message)
    role = text.partition("{")[2].partition(":")[0]
    assert f"nearest lightness of `{role}`" in problem.hint


def test_the_ratio_is_said(pack: Pack) -> None:
    _, problem = pack.only('light: {action_hover: "#888888"}\n')
    assert problem.message == (
        "light theme: neutral `on_action` #FFFFFF on `action_hover` #888888 has contrast 3.54,"
        " needs 4.5"
    )


@pytest.mark.parametrize(
    ("role", "colour", "mode"),
    [
        ("brand", "#8FB8D8", "light"),
        ("action", "#E9B949", "light"),
        ("action", "#7A2150", "dark"),
        ("page", "#B0A090", "light"),
        ("tint", "#907060", "light"),
        ("action_hover", "#70C0A0", "light"),
    ],
)
def test_the_suggested_colour_mends_all_and_keeps_the_hue(
    pack: Pack, role: str, colour: str, mode: Mode
) -> None:
    pack.read(f'{mode}:\n  {role}: "{colour}"\n')
    assert pack.problems
    better = suggested(pack.problems[0])
    theme = pack.read(f'{mode}:\n  {role}: "{better}"\n')
    assert not pack.problems
    before, after = oklab(colour), oklab(better)
    assert before[1] * after[2] == pytest.approx(before[2] * after[1], abs=0.002)

    nearer = with_lightness(colour, after[0] + (0.01 if before[0] > after[0] else -0.01))
    assert broken_rules({**colours(theme, mode), role: nearer})


def test_of_two_colours_the_one_that_fails_with_most_others_is_named(pack: Pack) -> None:
    pack.read('light:\n  action: "#1A5A8A"\n  page: "#777777"\n')
    assert {str(p.origin).rpartition("yaml")[2] for p in pack.problems} == {":3:9"}
    pack.read('light:\n  on_action: "#FFFFFF"\n  action_hover: "#CFE6FA"\n')
    assert {str(p.origin).rpartition("yaml")[2] for p in pack.problems} == {":3:17"}


def test_of_two_colours_the_one_that_can_be_mended_alone_is_named(pack: Pack) -> None:
    """White text asks for a dark action, which the dark surface does not let be."""
    text = 'dark:\n  action: "#E9B949"\n  on_action: "{}"\n'
    place, problem = pack.only(text.format("#FFFFFF"))
    assert place == "theme.yaml:3:14 low-contrast"
    pack.read(text.format(suggested(problem)))
    assert not pack.problems


def test_when_no_lightness_suits_all_the_hint_says_so(pack: Pack) -> None:
    pack.read('light: {on_action: "#909090", action_hover: "#DDDDDD"}\n')
    assert any("change another of them too" in p.hint for p in pack.problems)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('light: {action: "#B3261E", tint: "#FFFFFF"}', "1:17"),
        ('light: {action: "#A01830", tint: "#FFFFFF"}', "1:17"),
        ('dark: {action: "#F0A9C8", on_action: "#000000"}', "1:16"),
    ],
)
def test_an_action_may_not_look_like_danger(pack: Pack, text: str, where: str) -> None:
    place, problem = pack.only(text + "\n")
    assert place == f"theme.yaml:{where} near-danger"
    assert "looks like `danger`" in problem.message
    better = suggested(problem)
    mode: Mode = "dark" if text.startswith("dark") else "light"
    assert distance(better, FIXED_COLOURS[mode]["danger"]) >= 0.1
    pack.read(re.sub(r'action: "#\w+"', f'action: "{better}"', text, count=1) + "\n")
    assert not pack.problems


# Dark colours that are derived


def test_a_dark_theme_is_derived_from_the_light_one(pack: Pack) -> None:
    light_only = LAMPUNG.partition("dark:")[0].replace("logo: logo.svg\n", "")
    theme = pack.read(light_only)
    assert not pack.problems
    assert not broken_rules(colours(theme, "dark"))
    for role in ("brand", "action", "action_hover", "tint"):
        _, a, b = oklab(theme.light[role])
        _, dark_a, dark_b = oklab(theme.dark[role])
        assert a * dark_b == pytest.approx(b * dark_a, abs=0.002), role
    assert oklab(theme.dark["page"])[0] < 0.25


def test_a_dark_role_that_is_left_out_suits_those_that_are_set(pack: Pack) -> None:
    theme = pack.read('light: {action: "#00695C"}\ndark: {on_action: "#102020", page: "#000000"}\n')
    assert not pack.problems
    assert theme.dark["on_action"] == "#102020"
    assert theme.dark["action"] != NEUTRAL.dark["action"]


def test_a_set_colour_that_no_derived_one_can_suit_is_reported(pack: Pack) -> None:
    """White text wants a dark action, the dark surface a light one."""
    pack.read('light: {action: "#00695C"}\ndark: {on_action: "#FFFFFF"}\n')
    assert {p.code for p in pack.problems} == {"low-contrast"}
    assert all(str(p.origin).endswith("theme.yaml:2:19") for p in pack.problems)
    assert any("on derived `action`" in p.message for p in pack.problems)


def assert_sound(light: Mapping[str, str], dark: Mapping[str, str]) -> bool:
    """Read a theme; when it has no error, all its pairs pass in both modes."""
    at = Origin("theme.yaml", 1, 1)

    def branch(items: Mapping[str, Any]) -> Branch:
        return Branch(items, dict.fromkeys(items, at), at)

    palettes = {"light": light, "dark": dark}
    tree = branch({m: branch({r: Leaf(c, at) for r, c in p.items()}) for m, p in palettes.items()})
    reader = Reader()
    theme = read_theme(tree, lambda name: None, LANGUAGES, reader)
    assert light.items() <= theme.light.items()
    assert dark.items() <= theme.dark.items()
    broken = [(mode, rule) for mode in MODES for rule in broken_rules(colours(theme, mode))]
    assert bool(broken) == has_errors(reader.problems)
    assert len(reader.problems) <= len(broken)
    return not broken


HEX = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06X}")
PALETTES = st.dictionaries(st.sampled_from(ROLES), HEX)


@settings(max_examples=60, deadline=None)
@given(light=PALETTES, dark=PALETTES)
def test_any_theme_is_read_and_without_errors_is_legible(
    light: dict[str, str], dark: dict[str, str]
) -> None:
    assert_sound(light, dark)


@settings(max_examples=100, deadline=None)
@given(hues=st.lists(HEX, min_size=4, max_size=4), shades=st.randoms(use_true_random=False))
def test_a_legible_light_theme_of_any_hue_gets_a_legible_dark_one(
    hues: list[str], shades: random.Random
) -> None:
    light = {
        "brand": with_lightness(hues[0], shades.uniform(0, 0.5)),
        "accent": with_lightness(hues[1], shades.uniform(0.85, 1)),
        "action": with_lightness(hues[2], shades.uniform(0, 0.38)),
        "action_hover": with_lightness(hues[2], shades.uniform(0, 0.5)),
        "tint": with_lightness(hues[3], shades.uniform(0.94, 1)),
        "page": with_lightness(hues[3], shades.uniform(0.94, 1)),
    }
    fixed = FIXED_COLOURS["light"]
    assert assert_sound(light, {}) == (not broken_rules({**fixed, **NEUTRAL.light, **light}))


# The logo


def logo(pack: Pack, svg: str) -> str | None:
    pack.write("logo.svg", svg)
    return pack.read("logo: logo.svg\n").logo


@pytest.mark.parametrize(
    ("inside", "where", "what"),
    [
        ("<script>1</script>", "2:1", "`<script>`"),
        ('<x:script xmlns:x="http://www.w3.org/1999/xhtml"/>', "2:1", "`<script>`"),
        ("<g><foreignObject/></g>", "2:4", "`<foreignObject>`"),
        ("<style>path{}</style>", "2:1", "`<style>`"),
        ('<g style="fill:red"/>', "2:1", "attribute `style`"),
        ('<g onclick="x()"/>', "2:1", "attribute `onclick`"),
        ('<g ONLOAD="x()"/>', "2:1", "attribute `ONLOAD`"),
        ('<use href="https://example.org/a.svg#b"/>', "2:1", "outside in `href`"),
        ('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="a.svg#b"/>', "2:1", "in `href`"),
        ('<use href="data:image/svg+xml,x"/>', "2:1", "outside in `href`"),
        ('<g fill="url(a.svg#b)"/>', "2:1", "outside in `fill`"),
        ("<g fill=\"URL( 'a.svg#b')\"/>", "2:1", "outside in `fill`"),
        ('<g fill="\\75rl(a.svg#b)"/>', "2:1", "outside in `fill`"),
        ("<g mask=\"image-set('a.png' 1x)\"/>", "2:1", "outside in `mask`"),
        ('<image href="#a"/>', "2:1", "`<image>`"),
        ('<set attributeName="href" to="javascript:x"/>', "2:1", "`<set>`"),
        ("<?xml-stylesheet href='a.css'?>", "2:1", "style sheet"),
        ("<g>", "2:6", "no well-formed XML: mismatched tag"),
        ("<g>&nbsp;</g>", "2:4", "no well-formed XML: undefined entity"),
        ("<a:g/>", "2:1", "no well-formed XML: unbound prefix"),
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused(
    pack: Pack, inside: str, where: str, what: str
) -> None:
    pack.write("logo.svg", SVG.format("\n" + inside))
    place, problem = pack.only("logo: logo.svg\n")
    assert place == f"logo.svg:{where} bad-logo"
    assert what in problem.message
    assert logo(pack, SVG.format("\n" + inside)) is None


@pytest.mark.parametrize(
    ("svg", "where", "what"),
    [
        ('<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg viewBox="0 0 1 1"/>', "1:1", "<!DOCTYPE"),
        ('<?xml version="1.0"?>\n <!doctype svg>\n<svg viewBox="0 0 1 1"/>', "2:2", "<!doctype"),
        ("<html><svg/></html>", "1:1", "root is `<html>`"),
        ('<svg xmlns="urn:x" viewBox="0 0 1 1"/>', "1:1", "root is `<svg>`"),
        ('<svg xmlns="http://www.w3.org/2000/svg"/>', "1:1", "no `viewBox`"),
        ('<svg viewBox="0 0 1"/>', "1:1", "no `viewBox`"),
        ('<svg viewBox="0 0 1 1" onload="x()"/>', "1:1", "attribute `onload`"),
        ("a drawing", "1:1", "no well-formed XML"),
    ],
)
def test_what_is_no_plain_svg_file_is_refused(pack: Pack, svg: str, where: str, what: str) -> None:
    pack.write("logo.svg", svg)
    place, problem = pack.only("logo: logo.svg\n")
    assert place == f"logo.svg:{where} bad-logo"
    assert what in problem.message


def test_a_logo_is_at_most_4_kilobytes_after_gzip(pack: Pack) -> None:
    plain = '<path d="M0 0h8"/>' * 3000
    assert logo(pack, SVG.format(plain)) is not None
    digits = "".join(random.Random(1).choices("0123456789", k=12000))
    pack.write("logo.svg", SVG.format(f'<path d="M{digits}"/>'))
    place, problem = pack.only("logo: logo.svg\n")
    assert place == "logo.svg bad-logo"
    assert "after gzip, at most 4096" in problem.message


def test_a_logo_that_cannot_be_read_is_reported_by_the_reader(pack: Pack) -> None:
    pack.write("logo.svg", "")
    assert pack.only("logo: logo.svg\n")[0] == "logo.svg empty-file"


def test_a_logo_is_rid_of_all_but_the_drawing(pack: Pack) -> None:
    svg = """\
<?xml version="1.0"?><!-- made with an editor -->
<svg:svg xmlns:svg="http://www.w3.org/2000/svg" xmlns:e="urn:editor" viewBox="0 0 8 8"
  xmlns:xlink="http://www.w3.org/1999/xlink" e:file="//host/a.svg"><e:view onclick="x"><svg:g/>
</e:view><svg:metadata><e:b/></svg:metadata><svg:title>A &lt; &amp; B</svg:title>
<svg:linearGradient id="a"/><svg:use xlink:href="#a" fill="url(#a)" stroke="url( '#a' )"/></svg:svg>
"""
    cleaned = logo(pack, svg)
    assert not pack.problems
    assert cleaned == SVG.format(
        "<title>A &lt; &amp; B</title>\n"
        '<linearGradient id="a"></linearGradient>'
        """<use href="#a" fill="url(#a)" stroke="url( '#a' )"></use>"""
    )


@pytest.mark.parametrize("packed", ["lampung"])
def test_the_logo_of_a_packed_region_is_sound(pack: Pack, packed: str) -> None:
    branding = Path(__file__).parents[2] / "regions" / packed / "branding"
    tree = read_yaml(DiskFile.at(branding / "theme.yaml"), Reader())
    reader = Reader()
    theme = read_theme(tree, lambda n: DiskFile.at(branding / n), LANGUAGES, reader)
    assert not reader.problems
    assert theme.logo is not None
    assert theme.logo.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox=')


# Measures


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#FFFFFF", "#000000", 21.0),
        ("#123456", "#123456", 1.0),
        ("#767676", "#FFFFFF", 4.54),
        ("#777777", "#FFFFFF", 4.48),
        ("#FF0000", "#FFFFFF", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_oklab_is_that_of_its_author() -> None:
    assert oklab("#FFFFFF") == pytest.approx((1, 0, 0), abs=1e-4)
    assert oklab("#FF0000") == pytest.approx((0.628, 0.2249, 0.1258), abs=1e-3)
    assert oklab("#0000FF") == pytest.approx((0.452, -0.0325, -0.3115), abs=1e-3)
    assert distance("#000000", "#FFFFFF") == pytest.approx(1, abs=1e-4)


@given(HEX)
def test_a_colour_of_its_own_lightness_stays_what_it_is(colour: str) -> None:
    same = with_lightness(colour, oklab(colour)[0])
    assert distance(colour, same) < 0.01
    assert contrast(with_lightness(colour, 0), "#000000") < 1.01
    assert with_lightness(colour, 1) == "#FFFFFF"


def test_the_neutral_theme_keeps_every_rule() -> None:
    assert len(RULES) == 12
    for mode in MODES:
        assert not broken_rules(colours(NEUTRAL, mode))
