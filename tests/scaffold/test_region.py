"""`civicapp new-region`: a thin pack for an area that a known pack has."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from civicapp.config import Checks
from civicapp.kernel import Kernel, boot
from civicapp.region import pack as packs
from civicapp.region.composer import compose
from civicapp.region.files import Reader
from civicapp.region.models import RegionConfig
from civicapp.region.nodes import plain
from civicapp.region.theme import read_theme
from civicapp.scaffold.region import parents
from civicapp.scaffold.region.match import AreaNames
from civicapp.scaffold.region.names import Unstartable, pack_id, read_names
from civicapp.scaffold.region.pack import Wish
from civicapp.scaffold.region.text import flow, scalar
from civicapp.scaffold.region.thin import thin
from civicapp.scaffold.region.write import write_pack

REPORTS = "/api/v1/complaints/reports"
BANDUNG = {"lat": -6.9147, "lon": 107.6098}


@pytest.fixture(scope="session")
def country() -> Kernel:
    found = boot("indonesia")
    assert found.kernel is not None, found.problems
    return found.kernel


@pytest.fixture(scope="session")
def names(country: Kernel) -> AreaNames:
    return AreaNames(country.region)


def left(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


# A province


def test_a_province_is_sound_and_takes_a_report(run: Any, made: Any, serve: Any) -> None:
    kernel = made("jawa-barat")
    assert left(Path("regions/jawa-barat")) == [
        ".schema/region.schema.json",
        ".schema/roles.schema.json",
        ".schema/services/complaints.schema.json",
        ".schema/services/hotlines.schema.json",
        ".schema/services/prices.schema.json",
        ".schema/theme.schema.json",
        "README.md",
        "branding/theme.yaml",
        "region.yaml",
    ]
    checked = run("check", "jawa-barat")
    assert checked.code == 0
    assert "jawa-barat is sound: 655 areas" in checked.out
    assert "warning" not in checked.out

    client = serve(kernel).visitor("en").client
    assert "Jawa Barat" in client.get("/").text
    report = {"category": "road.pothole", "description": "A deep hole in the lane.", **BANDUNG}
    answer = client.post(REPORTS, json=report)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["area"]["code"] == "32.73"
    assert found["agency"]["code"] == "K_PUPR"
    assert found["agency"]["name"] == "Dinas PUPR Kota Bandung"


def test_the_next_commands_work(run: Any, empty: Path) -> None:
    done = run("new-region", "Jawa Barat")
    assert done.code == 0, done.err
    _, _, following = done.out.partition("next:\n")
    check, serve, edit = (line.strip() for line in following.splitlines())
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    checked = subprocess.run(["bash", "-c", check], env=env, timeout=120, check=False)
    assert checked.returncode == 0
    edited = subprocess.run(
        ["bash", "-c", edit],
        env={**env, "EDITOR": "cat"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 'area: "32"' in edited.stdout
    with subprocess.Popen(
        ["bash", "-c", f"exec {serve} --port 0"],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    assert re.match(r"Jawa Barat: http://127\.0\.0\.1:\d+", first), first


@pytest.mark.parametrize(
    ("name", "zone", "written"),
    [
        ("sumatera-barat", "Asia/Jakarta", False),
        ("bali", "Asia/Makassar", True),
        ("papua", "Asia/Jayapura", True),
    ],
)
def test_a_province_has_its_own_time_zone(made: Any, name: str, zone: str, written: bool) -> None:
    assert made(name).region.timezone == zone
    assert ("timezone:" in Path(f"regions/{name}/region.yaml").read_text()) is written


def test_every_province_regency_and_city_has_a_sound_pack(country: Kernel) -> None:
    """Read as the loader reads it, without booting each."""
    region = country.region
    inherited = plain(region.document.region)
    assert isinstance(inherited, dict)
    areas = [a for a in region.areas.values() if a.level in ("province", "regency")]
    assert len(areas) == 38 + 514
    reader = Reader()
    for area in areas:
        files = thin(country, area, Wish(id=f"r{area.code.replace('.', '-')}", typed=area.name))
        own, theme = (
            compose(str(files[name]), name, reader)
            for name in ("region.yaml", "branding/theme.yaml")
        )
        assert own is not None
        checks = Checks(languages=region.languages, problems=reader.problems)
        data = {**inherited, **{key: plain(node) for key, node in own.items.items()}}
        config = RegionConfig.model_validate(data, context=checks)
        assert config.area == area.code
        assert config.name["id"] == area.name
        assert config.timezone == region.timezone_of(area.code)
        read_theme(theme, lambda _: None, region.languages, reader)
    assert reader.problems == []


@pytest.mark.parametrize(
    "code", ["11", "19", "31", "34", "65", "96", "31.01", "18.72", "52.06", "95.01"]
)
def test_packs_of_all_kinds_boot(country: Kernel, tmp_path: Path, code: str) -> None:
    area = country.region.areas[code]
    written = write_pack(
        tmp_path / "one", thin(country, area, Wish(id="one", typed=area.name)), {}, ()
    )
    assert written.warnings == ()
    assert written.kernel.region.area == area
    assert written.kernel.region.timezone == country.region.timezone_of(code)


# Which area is meant


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("jawa-barat", ["32"]),
        ("JAWA_BARAT", ["32"]),
        ("  Jawa   Barat ", ["32"]),
        ("provinsi jawa barat", ["32"]),
        ("Jawa Barat Province", ["32"]),
        ("jabar", ["32"]),
        ("jogja", ["34"]),
        ("kota-metro", ["18.72"]),
        ("metro", ["18.72"]),
        ("metro city", ["18.72"]),
        ("bandung", ["32.04", "32.73"]),
        ("kota bandung", ["32.73"]),
        ("regency bandung", ["32.04"]),
        ("banjar", ["32.79", "63.03"]),
        ("kepulauan-seribu", ["31.01"]),
        ("gorontalo", ["75"]),
        ("kota gorontalo", ["75.71"]),
        ("natar", ["18.01.04"]),
        ("atlantis", []),
        ("", []),
    ],
)
def test_a_name_is_found_in_any_spelling(names: AreaNames, name: str, codes: list[str]) -> None:
    assert [a.code for a in names.fitting(name).widest] == codes


def test_twenty_six_names_fit_two_regencies_or_cities(country: Kernel, names: AreaNames) -> None:
    kind = re.compile(r"^(Kabupaten|Kota)( Administrasi)? ")
    areas = [a for a in country.region.areas.values() if a.level == "regency"]
    fits = {name: names.fitting(name) for name in {kind.sub("", a.name) for a in areas}}
    found = {
        name: [a for a in (*fit.widest, *fit.narrower) if a.level == "regency"]
        for name, fit in fits.items()
    }
    twice = {name for name, both in found.items() if len(both) == 2}
    assert len(twice) == 26
    assert {"Bandung", "Banjar", "Gorontalo"} < twice
    assert all(len(both) in (1, 2) for both in found.values())


def test_names_like_a_misspelt_one(names: AreaNames) -> None:
    assert names.near("jawa barrat")[0].name == "Jawa Barat"
    assert names.near("samarindah")[0].name == "Kota Samarinda"
    assert names.near("qqqq") == ()


@pytest.mark.parametrize("name", ["bandung", "banjar"])
def test_a_name_that_fits_two_areas_is_refused_with_both(
    run: Any, empty: Path, names: AreaNames, name: str
) -> None:
    done = run("new-region", name)
    assert done.code == 2
    codes = [a.code for a in names.fitting(name).widest]
    assert all(re.search(rf"^  {code}  ", done.err, re.MULTILINE) for code in codes)
    assert f"civicapp new-region {name} --code {codes[0]}" in done.err
    assert left(empty) == []


def test_a_code_settles_it(run: Any, made: Any) -> None:
    kernel = made("bandung", "--code", "32.73")
    assert kernel.region.area is not None
    assert kernel.region.area.name == "Kota Bandung"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("bandung", "32.7", r"no area `32\.7`"),
        ("bandung", "32-73", r"did you mean `32\.73`"),
        ("jawa-barrat", None, r"Jawa Barat \(32\)"),
        ("qqqq", None, "--code CODE names an area"),
    ],
)
def test_an_unknown_area_is_refused_with_the_nearest(
    run: Any, empty: Path, name: str, code: str | None, said: str
) -> None:
    done = run("new-region", name, *(["--code", code] if code else []))
    assert done.code == 2
    assert re.search(said, done.err), done.err
    assert left(empty) == []


def test_narrower_areas_of_the_name_are_told(run: Any) -> None:
    done = run("new-region", "gorontalo")
    assert done.code == 0
    assert "Provinsi Gorontalo (75), extends indonesia" in done.out
    assert re.search(r"note: .*75\.01.*75\.71", done.out)


def test_a_terminal_is_asked(empty: Path) -> None:
    assert "made regions/bandung" in _typed(["bandung"], {"Which one": ["9", "32.73"]})
    assert 'area: "32.73"' in Path("regions/bandung/region.yaml").read_text()


def test_a_terminal_is_asked_for_what_a_root_pack_needs(empty: Path) -> None:
    answers = {"currency": ["gold", "XTS"], "time zone": ["Etc/GMT-5"], "languages": ["ar, fr"]}
    said = _typed(["veria", "--bare"], answers)
    assert "`gold` is no ISO 4217 code" in said
    assert "made regions/veria" in said
    text = Path("regions/veria/region.yaml").read_text()
    assert "currency: XTS" in text
    assert 'timezone: "Etc/GMT-5"' in text or "timezone: Etc/GMT-5" in text
    assert "languages: [ar, fr, en]" in text


def _typed(args: list[str], answers: dict[str, list[str]]) -> str:
    """Run new-region in a terminal, and type each answer when it asks; return all that it says."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "civicapp", "new-region", *args]
    said, end = "", time.monotonic() + 120
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    ) as process:
        os.close(theirs)
        while time.monotonic() < end:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other side is gone
                break
            if not part:
                break
            said += part.decode()
            last = said.rsplit("\n", 1)[-1]
            asked = next((k for k in answers if k in last and last.endswith(": ")), None)
            if asked and answers[asked]:
                os.write(ours, answers[asked].pop(0).encode() + b"\n")
                said += "\n"
        assert process.wait(60) == 0, said
    os.close(ours)
    return said


# Which pack is extended


def test_the_narrowest_pack_around_it_is_extended(run: Any, made: Any) -> None:
    kernel = made("kota-metro")
    text = Path("regions/kota-metro/region.yaml").read_text()
    assert "extends: lampung\n" in text
    assert "Until it is named here, lampung's" in text
    assert run("check", "kota-metro").out.startswith("kota-metro is sound: 29 areas")
    # Villages are Lampung's alone.
    assert "18.72.01.1001" in kernel.region.areas


def test_a_pack_beside_it_counts_too(run: Any, made: Any) -> None:
    made("jawa-barat")
    done = run("new-region", "kota-bogor")
    assert done.code == 0, done.err
    assert "extends jawa-barat" in done.out


def test_another_parent_can_be_asked_for(run: Any) -> None:
    done = run("new-region", "kota-metro", "--extends", "indonesia")
    assert done.code == 0, done.err
    assert "extends indonesia" in done.out
    assert boot("kota-metro").kernel is not None


@pytest.mark.parametrize(
    ("extends", "said"),
    [("lampang", "did you mean `lampung`"), ("a/b", "no sound pack `a/b`")],
)
def test_an_unknown_parent_is_refused(run: Any, extends: str, said: str) -> None:
    done = run("new-region", "kota-metro", "--extends", extends)
    assert done.code == 2
    assert said in done.err


def test_an_area_outside_the_parent_is_refused(run: Any) -> None:
    assert "lampung has no area" in run("new-region", "jawa-barat", "--extends", "lampung").err
    code = run("new-region", "x1", "--code", "32", "--extends", "lampung")
    assert code.code == 2


def test_two_packs_around_it_are_named(run: Any, made: Any) -> None:
    made("one", "--code", "32")
    made("two", "--code", "32")
    done = run("new-region", "kota-bogor")
    assert done.code == 2
    assert re.search(r"  one +regions/one\n  two +regions/two\n", done.err)
    assert "--extends one" in done.err


def test_an_unsound_pack_beside_it_is_told(run: Any, empty: Path) -> None:
    (empty / "regions" / "broken").mkdir(parents=True)
    (empty / "regions" / "broken" / "region.yaml").write_text("format: [\n")
    done = run("new-region", "jawa-barat")
    assert done.code == 0, done.err
    assert "note: regions/broken is not sound, so it was not looked at" in done.out


def test_an_unsound_parent_is_not_extended(run: Any, empty: Path) -> None:
    (empty / "regions" / "base").mkdir(parents=True)
    (empty / "regions" / "base" / "region.yaml").write_text("format: 1\nid: base\n")
    done = run("new-region", "jawa-barat", "--extends", "base")
    assert done.code == 2
    assert "regions/base/region.yaml" in done.err
    assert "missing-key" in done.err
    assert not (empty / "regions/jawa-barat").exists()


def test_without_a_packaged_root_pack_it_says_so(
    run: Any, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (packs, parents):
        monkeypatch.setattr(module, "PACKAGED", empty / "packaged")
    done = run("new-region", "jawa-barat")
    assert done.code == 2
    assert "--bare" in done.err


def test_of_two_packaged_root_packs_one_is_asked_for(
    run: Any, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = empty / "packaged"
    for name in ("east", "west"):
        (shelf / name).mkdir(parents=True)
        (shelf / name / "region.yaml").write_text(f"format: 1\nid: {name}\n")
    for module in (packs, parents):
        monkeypatch.setattr(module, "PACKAGED", shelf)
    done = run("new-region", "bay")
    assert done.code == 2
    assert re.search(r"  east .*\n  west ", done.err)
    assert "civicapp new-region bay --extends east" in done.err


# What is typed


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../jawa-barat", "is a path"),
        ("jawa/barat", "is a path"),
        ("jawa\\barat", "is a path"),
        ("..", "is a path"),
        (".", "is a path"),
        ("", "cannot become"),
        ("   ", "cannot become"),
        ("x", "cannot become"),
        ("32 jawa", "cannot become"),
        ("---", "cannot become"),
        ("a" * 41, "more than 40 characters"),
        ("con", "device"),
        ("فيريا", "cannot stand in the id"),
        ("jawa\x1b[31m", r"cannot|no area"),
    ],
)
def test_a_name_that_cannot_be_an_id_is_refused(
    run: Any, empty: Path, name: str, said: str
) -> None:
    done = run("new-region", "--", name)
    assert done.code == 2
    assert re.search(said, done.err), done.err
    assert "\x1b" not in done.err
    assert left(empty) == []


@pytest.mark.parametrize(
    ("name", "id"),
    [("Jawa Barat", "jawa-barat"), ("  KOTA_Metro ", "kota-metro"), ("Véra", "vera")],
)
def test_an_id_is_made_of_the_name(name: str, id: str) -> None:
    assert pack_id(name) == id


def test_names_are_given_per_language(made: Any) -> None:
    name = made("jawa-barat", "--name", "en=West Java", "--name", "Jabar: kita").region.name
    assert dict(name) == {"id": "Jabar: kita", "en": "West Java"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["fr=Ouest"], "does not speak `fr`"),
        (["en=  "], "holds no name"),
        (["a", "b"], "two names"),
        (["en=a", "en=b"], "two names in `en`"),
    ],
)
def test_odd_names_are_refused(given: list[str], said: str) -> None:
    with pytest.raises(Unstartable, match=said):
        read_names(given, ("id", "en"))


def test_what_is_given_replaces_what_is_inherited(run: Any, made: Any) -> None:
    region = made(
        "bali", "--timezone", "Asia/Jakarta", "--currency", "XTS", "--language", "en,id",
        "--plugins", "hotlines",
    ).region  # fmt: skip
    assert region.timezone == "Asia/Jakarta"
    assert region.currency == "XTS"
    assert region.languages == ("en", "id")
    assert region.plugins == ("hotlines",)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--currency", "rupiah"], "--currency: `rupiah` is no ISO 4217 code"),
        (["--timezone", "Asia/Jakarda"], "did you mean `Asia/Jakarta`"),
        (["--language", "id,Englisch"], "--language: `Englisch` is no language code"),
        (["--plugins", "complaint"], "did you mean `complaints`"),
        (["--areas", "x.csv"], "--areas goes with --bare"),
        (["--boundaries", "x.geojson"], "--boundaries goes with --bare"),
    ],
)
def test_odd_options_are_refused(run: Any, empty: Path, options: list[str], said: str) -> None:
    done = run("new-region", "bali", *options)
    assert done.code == 2
    assert said in done.err
    assert left(empty) == []


# Where it is written


def test_another_folder(run: Any, empty: Path) -> None:
    done = run("new-region", "bali", "--dir", "packs")
    assert done.code == 0, done.err
    assert "civicapp check packs/bali" in done.out
    assert run("check", "packs/bali").code == 0
    assert "civicapp check ./papua" in run("new-region", "papua", "--dir", ".").out


def test_a_parent_in_that_folder_is_found_there(run: Any) -> None:
    assert run("new-region", "jawa-barat", "--dir", "packs").code == 0
    done = run("new-region", "kota-bogor", "--dir", "packs")
    assert "extends jawa-barat" in done.out
    assert run("check", "packs/kota-bogor").code == 0


def test_an_existing_folder_is_refused(run: Any, empty: Path) -> None:
    (empty / "regions" / "bali").mkdir(parents=True)
    (empty / "regions" / "bali" / "mine.txt").write_text("mine")
    done = run("new-region", "bali")
    assert done.code == 2
    assert "regions/bali is there already" in done.err
    assert left(empty) == ["regions/bali/mine.txt"]


def test_the_name_of_a_known_pack_is_refused(run: Any, empty: Path) -> None:
    done = run("new-region", "lampung")
    assert done.code == 2
    assert "there is a pack `lampung` already" in done.err
    assert left(empty) == []


def test_a_folder_that_cannot_be_written_leaves_nothing(run: Any, empty: Path) -> None:
    (empty / "regions").write_text("a file")
    done = run("new-region", "bali")
    assert done.code == 2
    assert "regions cannot be written" in done.err
    assert "Traceback" not in done.err
    assert left(empty) == ["regions"]


def test_a_disk_that_fills_leaves_nothing(empty: Path) -> None:
    """No file may be longer than a few bytes, which the system refuses as it does a full disk."""
    limit = shutil.which("prlimit")
    if limit is None:
        pytest.skip("prlimit (util-linux) is not installed")
    done = subprocess.run(
        [limit, "--fsize=200", sys.executable, "-m", "civicapp", "new-region", "bali"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert re.search(r"regions/bali/\S+ cannot be written: file too large", done.stderr)
    assert list(empty.iterdir()) == []


# The texts


@pytest.mark.parametrize(
    "text",
    ["Jawa Barat", "no", "Yes", "true", "null", "18.10", "a: b", "#x", "a # b", "{x}", "[x]", "-",
     "a,b", "فيريا", "O'Brien", '"x"', "a\\b", "Ångström (east)", "~", "1e3", "x y.", "&a", "*a"],
)  # fmt: skip
def test_what_is_written_reads_back(text: str) -> None:
    reader = Reader()
    tree = compose(f"a: {scalar(text)}\nb: {flow({'en': text})}\n", "x.yaml", reader)
    assert tree is not None
    assert {k: plain(n) for k, n in tree.items.items()} == {"a": text, "b": {"en": text}}
    assert reader.problems == []


def test_yaml_files_name_their_schemas(made: Any) -> None:
    made("bali")
    for path in (Path("regions/bali/region.yaml"), Path("regions/bali/branding/theme.yaml")):
        first = path.read_text().splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / schema).is_file()


def test_a_long_name_is_left_to_the_region_itself(made: Any) -> None:
    kernel = made("jakarta")
    assert kernel.region.theme.name is None
    assert kernel.region.name["id"] == "Daerah Khusus Ibukota Jakarta"


def test_the_tutorial_is_true(run: Any, empty: Path) -> None:
    """Each command of docs/regions.md does what is said there."""
    text = (Path(__file__).parents[2] / "docs" / "regions.md").read_text("utf-8")
    (empty / "areas.csv").write_text("code,name" + text.split("```\ncode,name")[1].split("```")[0])
    commands = re.findall(r"^civicapp (new-region (?!NAME).+)$", text, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        done = run(*command.split())
        assert done.code == 0, done.err
        if "jawa-barat" in command:
            assert done.out in text
    refused = run("new-region", "bandung", "--dir", "other")
    assert refused.err in text
    assert boot("veria").kernel is not None
    desk = text.split("```yaml\n")[1].split("```")[0]
    folder = empty / "regions/kota-metro/services/complaints"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(desk)
    assert boot("kota-metro").problems == ()
