"""A pack frozen into one region.json: what boots from it is the region of the pack."""

import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civicapp import Service, hookimpl
from civicapp.kernel import boot, settings_for
from civicapp.problems import Problem, has_errors, render_text
from civicapp.region import Region
from civicapp.region.document import Document
from civicapp.region.frozen import Unfrozen, freeze
from civicapp.region.nodes import Branch, Leaf, Line, Listing, Sheet
from civicapp.region.pack import PACKAGED
from civicapp.settings import Settings

TODAY = datetime.date(2026, 6, 1)
OUT = Path("bundle")


def bundle(content: bytes, folder: Path = OUT) -> Path:
    """Write a bundle that holds region.json alone."""
    folder.mkdir(exist_ok=True)
    (folder / "region.json").write_bytes(content)
    return folder


def thawed(pack, content: bytes | None = None, **given):
    """Boot what a pack is frozen to, or other bytes."""
    folder = bundle(freeze(pack.folder) if content is None else content)
    return boot(folder, **{"plugins": pack.plugins, "today": TODAY, **given})


def packaged(name: str, monkeypatch: pytest.MonkeyPatch):
    """Return a packaged pack, shown by its id as those of a bundle are."""
    monkeypatch.chdir(PACKAGED.resolve())
    return SimpleNamespace(folder=Path(name))


def tree(node: object) -> object:
    """Write a node with all places and all that it hides, so that two can be compared."""
    match node:
        case Leaf():
            kind = type(node.value).__name__
            own = getattr(node.value, "origin", None)
            return kind, node.value, own, node.origin, [tree(s) for s in node.shadows]
        case Listing():
            shadows = [tree(s) for s in node.shadows]
            return "list", [tree(i) for i in node.items], node.origin, shadows
        case Branch():
            keys = [(type(k).__name__, k, getattr(k, "origin", None)) for k in node.keys]
            items = [(k, tree(i)) for k, i in node.items.items()]
            shadows = [tree(s) for s in node.shadows]
            return "mapping", keys, list(node.keys.values()), items, node.origin, shadows
        case Sheet():
            files = [(f.path, f.columns, f.text) for f in node.files]
            lines = [(k, tree(line)) for k, line in node.lines.items()]
            return "table", lines, node.origin, files, list(node.broken), node.whole
        case Line():
            return [(r.file.path, r.line, dict(r.cells), r.delete) for r in node.records]
        case dict():
            return [(key, tree(item)) for key, item in node.items()]
    raise AssertionError(node)


def deadlines(region: Region) -> Iterator[object]:
    zone = datetime.UTC
    for month in range(1, 13):
        start = datetime.datetime(2026, month, 28, 9, 30, tzinfo=zone)
        yield from (region.calendar.due(start, days, zone) for days in (1, 3, 14))
    yield from (region.calendar.days(year) for year in (2025, 2026, 2027))
    yield from (region.calendar.covers(year) for year in (2025, 2026, 2027))


def same(one: Region, two: Region) -> None:
    """Compare two regions in every part; boundaries by their numbers, bit by bit."""
    assert list(one.areas.items()) == list(two.areas.items())
    assert [one.areas.own(c) for c in one.areas] == [two.areas.own(c) for c in two.areas]
    assert [c in one.boundaries for c in one.areas] == [c in two.boundaries for c in two.areas]
    for area in one.areas.values():
        shapes = one.boundaries.shape(area.code), two.boundaries.shape(area.code)
        assert shapely.to_wkb(shapes[0]) == shapely.to_wkb(shapes[1])
        if area.lat is not None and area.lon is not None:
            for east in (0, 0.05, 0.3):
                place = one.boundaries.locate(area.lat, area.lon + east)
                assert place == two.boundaries.locate(area.lat, area.lon + east)
    assert list(one.agencies.items()) == list(two.agencies.items())
    assert list(deadlines(one)) == list(deadlines(two))
    assert {k: len(v) for k, v in one.messages.items()} == {
        k: len(v) for k, v in two.messages.items()
    }
    assert tree(dict(one.document.mounts)) == tree(dict(two.document.mounts))
    assert tree(one.document.region) == tree(two.document.region)
    for name in (
        *("id", "name", "operator", "contacts", "timezone", "currency", "languages", "plugins"),
        *("area", "levels", "kinds", "roles", "theme", "pages", "sources", "services"),
    ):
        assert getattr(one, name) == getattr(two, name), name


def explained(document: Document) -> list[object]:
    """Ask for every key at the top and for cells of tables, with places and what they hide."""
    keys = [*document.region.items, *document.mounts]
    for name, mount in document.mounts.items():
        if isinstance(mount, Sheet):
            lines = list(mount)[:5]
            keys += [f"{name}/{key}/{column}" for key, line in lines for column in line.cells]
    return [document.find(key) for key in keys]


@pytest.mark.parametrize("name", ["indonesia", "lampung"])
def test_a_packaged_pack_boots_the_same_from_its_bundle(name, monkeypatch, tmp_path):
    pack = packaged(name, monkeypatch)
    plain, frozen = boot(pack.folder, today=TODAY), bundle(freeze(pack.folder), tmp_path)
    again = boot(frozen, today=TODAY)
    assert plain.kernel is not None
    assert again.kernel is not None, again.problems
    assert plain.problems == again.problems
    one, two = plain.kernel, again.kernel
    same(one.region, two.region)
    assert explained(one.region.document) == explained(two.region.document)
    assert one.ids == two.ids
    # What is frozen anew from a bundle is that bundle.
    assert freeze(frozen) == (frozen / "region.json").read_bytes()


@pytest.fixture
def full(child):
    """Return a pack with a parent, files of each kind, and every kind of merging."""
    child.write_all(
        {
            "region.yaml": "format: 1\nid: child\nextends: island\narea: '7.1'\n"
            "name: {en: 'Child'}\noperator:\ntimezone: Asia/Makassar\nlanguages: [en, fr, de]\n"
            "hours:\n  monday: 08:00-12:00\n  tuesday: 08:00-12:00\n  wednesday: 08:00-12:00\n"
            "  thursday: 08:00-12:00\n  friday: 08:00-11:00\nkinds:\n  18.10:\n    name: {en: 7}\n",
            "areas/areas.csv": 'code,name,_delete\n7.1.1,"Port, new",\n7.1.2,,true\n',
            "services/market/stalls.csv": "code,name_en,pin\nfruit,Berries,${env:STALL_PIN}\n",
            "services/market/config.yaml": "days: '5'\npassword: ${file:/run/secrets/market}\n"
            "gates:\n  - {width: 2, key: '${env:GATE_KEY}'}\n  - width: 3\n"
            "limits:\n  7: 8\n  x: 9\n",
            "calendar/2026.csv": "date,kind,name_en\n2026-08-17,public,Our day\n",
            "content/terms.fr.md": "# Conditions\r\n\r\nTexte « ici ».\r\n",
            "locale/de.po": 'msgid ""\nmsgstr ""\n\nmsgid "Sign in"\nmsgstr "Anmelden"\n',
            "README.md": "# Read me\n",
            "branding/theme.yaml": 'dark: {brand: "#A7607E"}\n',
        }
    )
    return child


def test_an_invented_region_boots_the_same_from_its_bundle(full):
    plain, frozen = full.boot(), thawed(full)
    assert plain.kernel is not None, plain.problems
    assert frozen.kernel is not None, frozen.problems
    assert plain.problems == frozen.problems
    assert [p.code for p in plain.problems].count("unquoted-number") >= 1
    same(plain.kernel.region, frozen.kernel.region)
    found = frozen.kernel.region.explain("services/market/days")
    assert (found.value, str(found.origin)) == ("5", "child/services/market/config.yaml:1:7")
    assert str(found.shadows[0].origin) == "island/services/market/config.yaml:2:7"
    for language in ("de", "fr", "en"):
        both = [k.catalogs.get("", language) for k in (plain.kernel, frozen.kernel)]
        assert both[0].gettext("Sign in") == both[1].gettext("Sign in")
    assert frozen.kernel.catalogs.get("", "de").gettext("Sign in") == "Anmelden"
    assert freeze(OUT) == (OUT / "region.json").read_bytes()


def test_warnings_are_the_same_with_the_lines_that_they_point_at(full):
    full.write("areas/odd.csv", "a\n").write("unknown.txt", "").write("services/stray", "")
    full.write(
        "areas/boundaries_2.geojson",
        (full.folder / "../island/areas/boundaries.geojson").read_bytes(),
    )
    full.append("region.yaml", "currency: IDR # token: none\n")
    plain, frozen = (
        full.boot(today=datetime.date(2031, 1, 1)),
        thawed(full, today=datetime.date(2031, 1, 1)),
    )
    codes = {p.code for p in plain.problems}
    assert {"unknown-file", "no-source", "unquoted-number"} <= codes
    assert plain.problems == frozen.problems
    text = render_text(frozen.problems, frozen.texts)
    assert "currency: IDR" in text or "    16 |   18.10:" in text
    assert render_text(plain.problems) == text
    shutil.rmtree("child")
    shutil.rmtree("island")
    assert render_text(frozen.problems, frozen.texts) == text


def test_nothing_tells_where_when_and_by_whom_a_pack_was_frozen(full, tmp_path):
    full.write("areas/ü é.txt", "read by nobody\n")
    os.makedirs(os.fsencode(full.folder) + b"/branding/\xff", exist_ok=True)
    here = freeze(full.folder)
    code = (
        "import sys, pathlib; from civicapp.region.frozen import freeze;"
        "sys.stdout.buffer.write(freeze(pathlib.Path(sys.argv[1])))"
    )
    elsewhere = tmp_path / "another folder"
    for name in ("child", "island"):
        shutil.copytree(name, elsewhere / "packs" / name, symlinks=True)
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # names are no UTF-8 then
    surroundings: list[tuple[Path, str, dict[str, str]]] = [
        (elsewhere / "packs/child", ".", {"PYTHONHASHSEED": "1", "TZ": "Asia/Jayapura"}),
        (elsewhere, "packs/child", {**plain, "PYTHONHASHSEED": "7", "LC_ALL": "POSIX"}),
        (Path("/"), str(elsewhere / "packs/child/"), {"CIVICAPP_DEMO": "true", "LC_ALL": "C"}),
    ]
    for cwd, name, variables in surroundings:
        done = subprocess.run(
            [sys.executable, "-c", code, name],
            cwd=cwd,
            env={"PATH": os.defpath, **variables},
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.stdout == here, done.stderr.decode()
    assert str(tmp_path).encode() not in here
    assert json.loads(here)["packs"][0]["id"] == "island"
    head = list(json.loads(here))
    assert head == ["format", "civicapp", "region", "packs"]


def test_a_bundle_is_booted_without_a_parser_of_yaml(tmp_path):
    folder = bundle(freeze("lampung"), tmp_path / "bundle")
    code = (
        "import sys; sys.modules['ruamel'] = sys.modules['ruamel.yaml'] = None;"
        "from civicapp.kernel import boot; from pathlib import Path; b = boot(Path(sys.argv[1]));"
        "print(b.kernel is not None, [p.code for p in b.problems if p.is_error])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True []\n", "")


def test_a_secret_stays_a_reference(full, monkeypatch, tmp_path):
    monkeypatch.setenv("STALL_PIN", "pin-in-clear")
    monkeypatch.setenv("GATE_KEY", "key-in-clear")
    kept = tmp_path / "market"
    kept.write_text("password-in-clear")
    full.edit("services/market/config.yaml", "/run/secrets/market", str(kept))
    content = freeze(full.folder)
    for reference in (b"${env:STALL_PIN}", b"${env:GATE_KEY}", f"${{file:{kept}}}".encode()):
        assert reference in content
    assert b"in-clear" not in content
    kernel = thawed(full, content).kernel
    assert kernel is not None
    assert str(kernel.region.services["market"].password) == f"${{file:{kept}}}"


def test_what_only_the_place_of_building_has_is_not_missed(full, monkeypatch, tmp_path):
    """Folders of plugins that are not enabled, and links, as they stand where a host boots."""

    @hookimpl
    def service() -> Service:
        return Service(id="tolls")

    full.write("services/tolls/config.yaml", "rate: 1\n")
    full.write("services/tolls/gates.csv", "code\nx\n")
    full.write("sources.csv", "file,origin,licence\nservices/tolls/gates.csv,invented,CC0\n")
    full.plugins["tolls"] = SimpleNamespace(service=service)
    plain = full.boot()
    assert plain.kernel is not None, plain.problems
    content = freeze(full.folder)
    assert b"rate" not in content
    del full.plugins["tolls"]
    assert has_errors(full.problems())
    (tmp_path / "else").mkdir()
    shutil.move("child", "else/child")
    shutil.move("island", "else/island")
    # What lies in the working folder under the name of a pack is none of the bundle's business.
    (tmp_path / "other").mkdir()
    (tmp_path / "child").symlink_to("other")
    frozen = thawed(full, content)
    assert frozen.kernel is not None, frozen.problems
    assert frozen.problems == plain.problems


def test_a_drawing_that_nothing_names_may_be_anything(island):
    island.write("branding/map.svg", b"\xff\xfe" * 50_000).write("branding/big.svg", "x" * 70_000)
    island.write("branding/logo.new.svg", island.text("branding/logo.svg"))
    island.edit("branding/theme.yaml", "logo.svg", "logo.new.svg")
    plain, frozen = island.boot(), thawed(island)
    assert frozen.kernel is not None, frozen.problems
    assert frozen.kernel.region.theme == plain.kernel.region.theme
    assert frozen.problems == plain.problems


def test_a_pack_that_cannot_be_read_is_not_frozen(child):
    child.write("organisation/roles.yaml", "a: [\n")
    with pytest.raises(Unfrozen) as refused:
        freeze(child.folder)
    (problem,) = refused.value.problems
    assert problem.code == "yaml-syntax"
    assert str(problem.origin).startswith("child/organisation/roles.yaml:")
    child.write("organisation/roles.yaml", None).edit("region.yaml", "island", "islan")
    with pytest.raises(Unfrozen) as refused:
        freeze(child.folder)
    assert [p.code for p in refused.value.problems] == ["missing-parent"]
    with pytest.raises(Unfrozen, match="cannot be frozen"):
        freeze("./nowhere")


def test_no_pack_extends_a_bundle(child):
    content = freeze("./island")
    shutil.rmtree("island")
    bundle(content, Path("island"))
    (problem,) = [p for p in child.problems() if p.is_error]
    assert problem.code == "missing-file"
    assert "no pack extends a bundle" in problem.hint


def test_a_pack_with_a_stray_region_json_is_a_pack(island):
    island.write("region.json", b"{}")
    (problem,) = island.problems()
    assert (problem.code, problem.is_error) == ("unknown-file", False)
    assert problem.hint == (
        "the files of the pack count: remove it, or take region.yaml out of a bundle"
    )
    assert island.boot().kernel is not None


# Files that were cut short, or changed by hand


def only(booted: Any) -> tuple[str, str, str]:
    assert booted.kernel is None
    assert booted.skipped == ("everything",)
    (problem,) = booted.problems
    assert problem.is_error
    return problem.code, problem.message, problem.hint


def test_a_file_of_a_later_format_is_refused(island):
    content = json.loads(freeze(island.folder))
    code, message, hint = only(thawed(island, json.dumps({**content, "format": 2}).encode()))
    assert (code, message) == ("bundle-newer", "is of format 2, this version of civicapp reads 1")
    assert "wheels/" in hint


def test_a_file_that_was_cut_short_is_refused(island):
    content = freeze(island.folder)
    for length in (0, 1, 20, len(content) // 3, len(content) // 2, len(content) - 3):
        code, _, hint = only(thawed(island, content[:length]))
        assert code == "bundle-unreadable"
        assert "civicapp build" in hint


@pytest.mark.parametrize(
    "content",
    [
        *(b"\xff\xfe", b"\xef\xbb\xbf{}", b"\0", b"[]", b"1", b"null", b"{}", b"[" * 100_000),
        b'{"format": 1, "packs": []}',
        b'{"format": "1", "packs": [1]}',
        b'{"format": 1, "packs": [1]}',
        b'{"format": 1, "packs": [{"id": 1}]}',
        b'{"format": 1, "packs": [{"id": "a", "files": []}]}',
        b'{"format": 1, "packs": [{"id": "a", "files": {}}]}',
        b'{"format": 1, "packs": [{"id": "a", "files": {"region.yaml": "id: a"}}]}',
        b'{"format": 1, "packs": [{"id": "a", "files": {"region.yaml": {"text": "", "tree": 1}}}]}',
        b'{"format": ' + b"9" * 5000 + b"}",
    ],
)
def test_nonsense_is_refused(island, content):
    booted = thawed(island, content)
    assert booted.kernel is None
    assert {p.code for p in booted.problems} == {"bundle-unreadable"}


def test_a_bundle_without_a_parent_is_refused(child):
    content = json.loads(freeze(child.folder))
    for packs in (content["packs"][1:], content["packs"][:1], content["packs"][::-1]):
        code, message, _ = only(thawed(child, json.dumps({**content, "packs": packs}).encode()))
        assert code == "bundle-unreadable"
        assert message.startswith("is damaged: ")


SHAPES: list[Any] = [
    *(None, 1, [], {}, {"7.1": 1}, {"7.1": []}, {"7.1": [0, ""]}, {"7.1": [0, "!"]}),
    {"7.1": [0, "AQMAAAA="]},
    {"7.1": ["0", "AQEAAAAAAAAAAAAAAAAAAAAAAAAA"]},
    {"7.1": [0, "AQEAAAAAAAAAAAAAAAAAAAAAAAAA"]},
]


@pytest.mark.parametrize("shapes", SHAPES)
def test_shapes_that_are_none_are_refused(island, shapes):
    content = json.loads(freeze(island.folder))
    content["packs"][0]["files"]["areas/boundaries.geojson"] = {"shapes": shapes}
    booted = thawed(island, json.dumps(content).encode())
    codes = {p.code for p in booted.problems if p.is_error}
    assert codes == ({"bundle-unreadable"} if shapes != {} else set())


def parts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the way to each part of a JSON value."""
    yield path
    listed = dict(enumerate(value)) if isinstance(value, list) else value
    for key, item in listed.items() if isinstance(listed, dict) else ():
        yield from parts(item, (*path, key))


few = settings(
    max_examples=int(os.environ.get("CIVICAPP_FUZZ", "12")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)


@few
@given(
    where=st.floats(0, 1, exclude_max=True),
    what=st.sampled_from(
        [None, True, 0, -1, 10**30, 1.5, "", "x", "7.1", [], {}, [1, 1, {}], "drop"]
    ),
)
def test_any_part_can_be_anything(full, where, what):
    content = json.loads(freeze(full.folder))
    paths = list(parts(content))
    *way, last = paths[1 + int(where * (len(paths) - 1))]
    holder = content
    for step in way:
        holder = holder[step]
    if what == "drop":
        del holder[last]
    else:
        holder[last] = what
    booted = thawed(full, json.dumps(content).encode())
    assert (booted.kernel is None) == has_errors(booted.problems)
    render_text(booted.problems, booted.texts).encode()
    for problem in booted.problems:
        assert problem.code != "plugin-error"


# Any pack: its bundle tells of the same faults, or there is none

LINES = st.tuples(
    st.sampled_from(["drop", "double", "swap", "blank", "mark"]),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
)


def edited(text: str, changes: list[tuple[str, float, float]]) -> str:
    lines = text.split("\n")
    for kind, one, two in changes:
        n, m = int(one * len(lines)), int(two * len(lines))
        match kind:
            case "drop":
                lines[n : n + 1] = []
            case "double":
                lines.insert(m, lines[n])
            case "swap":
                lines[n], lines[m] = lines[m], lines[n]
            case "blank":
                lines[n] = lines[n][: int(two * len(lines[n]))]
            case "mark":
                lines[n] = lines[n].replace(":", " ", 1) if two < 0.5 else lines[n] + "#é"
        lines = lines or [""]
    return "\n".join(lines)


def frozen_or_not(pack) -> tuple[bytes | None, Collection[Problem]]:
    try:
        return freeze(pack.folder), ()
    except Unfrozen as e:
        return None, e.problems


@pytest.mark.parametrize(
    "file",
    [
        *(
            "island/region.yaml",
            "child/region.yaml",
            "island/areas/areas.csv",
            "island/sources.csv",
        ),
        *("child/services/market/config.yaml", "island/services/market/stalls.csv"),
        *("child/calendar/2026.csv", "island/organisation/agencies.csv", "child/locale/de.po"),
        *("island/branding/theme.yaml", "child/content/terms.fr.md"),
    ],
)
@few
@given(changes=st.lists(LINES, min_size=1, max_size=3))
def test_a_bundle_has_the_problems_of_its_pack(full, file, changes):
    path = Path(file)
    before = path.read_bytes()
    try:
        path.write_text(edited(before.decode(), changes), "utf-8", newline="")
        plain = full.boot()
        content, problems = frozen_or_not(full)
        assert plain.kernel is None or content is not None
        assert (content is None) == has_errors(problems)
        if content is None:
            return
        frozen = thawed(full, content)
        assert (frozen.kernel is None) == (plain.kernel is None)
        assert has_errors(frozen.problems) == (plain.kernel is None)
        if plain.kernel is not None and frozen.kernel is not None:
            assert frozen.problems == plain.problems
            same(plain.kernel.region, frozen.kernel.region)
    finally:
        path.write_bytes(before)


# The digest in the manifest


def manifest(content: bytes, **more: object) -> str:
    digest = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "mode": "644"}
    return json.dumps({"format": 1, "files": {"region.json": digest}, **more})


def test_a_changed_byte_is_found_by_the_manifest(island):
    content = freeze(island.folder)
    bundle(content)
    (OUT / "MANIFEST.json").write_text(manifest(content))
    assert thawed(island).kernel is not None
    changed = content.replace(b"Roads", b"roads", 1)
    assert len(changed) == len(content)
    code, message, hint = only(thawed(island, changed))
    assert (code, "digest" in message) == ("bundle-changed", True)
    assert "civicapp build" in hint
    assert "overrides/" in hint
    assert thawed(island, content).kernel is not None


@pytest.mark.parametrize(
    "said", ["", "{", "[]", "{}", '{"files": 1}', '{"files": {"x": {}}}', "[" * 99999]
)
def test_a_manifest_that_tells_nothing_is_refused(island, said):
    bundle(b"")
    (OUT / "MANIFEST.json").write_text(said)
    code, _, _ = only(thawed(island))
    assert code == "bundle-changed"


def test_a_cut_file_beside_its_manifest_is_called_changed(island):
    content = freeze(island.folder)
    bundle(content)
    (OUT / "MANIFEST.json").write_text(manifest(content))
    assert only(thawed(island, content[:-9]))[0] == "bundle-changed"


# Settings


def test_a_bundle_runs_in_production_unless_it_is_said_otherwise(island, monkeypatch):
    for name in [n for n in os.environ if n.startswith("CIVICAPP_")]:
        monkeypatch.delenv(name)
    folder = bundle(freeze(island.folder))

    def env(region: object, **given: object) -> str:
        found = settings_for(region, **given)  # type: ignore[arg-type]
        assert isinstance(found, Settings)
        return found.env

    assert env(folder) == env(f"./{folder}") == "production"
    assert env(island.folder) == env("lampung") == env("./nowhere") == "development"
    assert env(folder, demo=True) == env(folder, env="development") == "development"
    booted = thawed(island)
    assert booted.kernel is not None
    assert booted.kernel.settings.env == "production"
    monkeypatch.setenv("CIVICAPP_ENV", "development")
    assert env(folder) == "development"
    monkeypatch.setenv("CIVICAPP_ENV", "production")
    assert env(folder, demo=True) == "production"
    monkeypatch.setenv("CIVICAPP_ENV", "")
    assert env(folder) == "production"
    monkeypatch.setenv("CIVICAPP_DEMO", "true")
    assert env(folder) == "development"
    monkeypatch.setenv("CIVICAPP_ENV", "staging")
    assert isinstance(settings_for(folder), list)
