"""`civicapp check`: output in three formats, exit codes, what is named as not checked."""

import json
import re

import pytest

SECRET_PLUGIN = """\
from civicapp import SecretRef, Service, ServiceConfig, hookimpl

class Config(ServiceConfig):
    key: SecretRef

@hookimpl
def service():
    return Service(id="vault", config=Config)
"""


def test_sound_pack_is_summed_up(world, run):
    world.pack()
    done = run("check", "isle")
    assert (done.code, done.err) == (0, "")
    assert done.out == "isle is sound: 0 areas, 0 boundaries, 0 agencies, 0 plugins\n"


def test_packaged_lampung_is_sound(run):
    done = run("check", "lampung")
    pattern = (
        r"lampung is sound: [\d,]+ areas, [\d,]+ boundaries, [\d,]+ agencies, \d plugins?(; .*)?"
    )
    assert re.fullmatch(pattern, done.out.splitlines()[-1]), done.out
    assert done.code == 0


def test_warnings_are_counted_and_do_no_harm(world, run):
    (world.pack() / "content/terms.en.md").unlink()
    done = run("check", "isle")
    assert done.code == 0
    assert (
        "regions/isle/content/terms.en.md missing-page warning: there is no page `terms`"
        in done.out
    )
    assert done.out.endswith("0 plugins; 1 warning\n")


def test_errors_are_shown_with_their_line(world, run):
    world.pack("weekend: [sonday]\nlevel: {}\n")
    done = run("check", "isle")
    assert (done.code, done.err) == (2, "")
    assert done.out == (
        "regions/isle/region.yaml:7:11 wrong-value `weekend/1`: `sonday` is none of `monday`,"
        " `tuesday`, `wednesday`, `thursday`, `friday`, `saturday` or `sunday`\n"
        "    7 | weekend: [sonday]\n"
        "      |           ^\n"
        "    hint: did you mean `sunday`?\n"
        "regions/isle/region.yaml:8:1 unknown-key unknown key `level`\n"
        "    8 | level: {}\n"
        "      | ^\n"
        "    hint: did you mean `levels`?\n"
        "\n"
        "not checked: rules that need a sound region.yaml\n"
        "2 errors in isle (regions/isle)\n"
    )


def test_plugin_that_is_not_installed_leaves_its_rules_unchecked(world, run):
    world.pack("plugins: [gone]\n")
    done = run("check", "isle")
    assert done.code == 2
    assert "not checked: config and rules of gone: it is not installed\n" in done.out
    assert done.out.endswith("1 error in isle (regions/isle)\n")


def test_json_is_nothing_but_json(world, run):
    world.pack("plugins: [gone]\n")
    done = run("check", "isle", "--format", "json")
    assert done.code == 2
    (problem,) = json.loads(done.out)
    assert (problem["code"], problem["severity"]) == ("unknown-plugin", "error")
    assert (problem["file"], problem["line"]) == ("regions/isle/region.yaml", 7)
    assert done.err == "not checked: config and rules of gone: it is not installed\n"


def test_json_of_a_sound_pack_is_an_empty_list(world, run):
    world.pack()
    assert json.loads(run("check", "isle", "--format", "json").out) == []


def test_github_marks_lines(world, run):
    world.pack("plugins: [gone]\n")
    done = run("check", "isle", "--format", "github")
    assert done.out.startswith(
        "::error file=regions/isle/region.yaml,line=7,col=11,title=unknown-plugin"
    )
    world.write("regions/isle/region.yaml", "")
    assert run("check", "isle", "--format", "github").code == 2


def test_unknown_region_is_answered_with_the_nearest(world, run):
    world.pack()
    done = run("check", "ilse")
    assert done.code == 2
    assert "no-region there is no region pack `ilse`\n    hint: did you mean `isle`?" in done.out
    assert done.out.endswith("1 error in ilse\n")


@pytest.mark.parametrize("name", ["", "x" * 300, "/dev/null", "./no\nsuch", "../.."])
def test_odd_names_are_no_traceback(run, name):
    done = run("check", name)
    assert (done.code, done.err) == (2, "")
    assert "1 error in" in done.out


@pytest.mark.parametrize("where", [".", "./", "../shore", "../../regions/shore"])
def test_pack_is_found_from_inside_its_folder(world, run, monkeypatch, where):
    world.pack()
    shore = world.pack(
        id="shore", region="format: 1\nid: shore\nextends: isle\nname: {en: Shore}\n"
    )
    monkeypatch.chdir(shore)
    assert run("check", where).out.startswith("shore is sound")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        b"\x00",
        b"a: &a [*a]",
        b"[" * 9000,
        b"? {a: b}\n: c",
        b"id: 'x",
        b"- 1\n- 2",
    ],
)
def test_broken_bytes_are_no_traceback(world, run, content):
    world.pack()
    world.write("regions/isle/region.yaml", content)
    done = run("check", "isle")
    assert (done.code, done.err) == (2, "")
    assert "in isle (regions/isle)" in done.out


def test_setting_of_the_host_is_checked_too(world, run, monkeypatch):
    world.pack()
    monkeypatch.setenv("CIVICAPP_LOG_LEVEL", "loud")
    done = run("check", "isle")
    assert done.code == 2
    assert "wrong-setting CIVICAPP_LOG_LEVEL" in done.out
    assert done.out.endswith("1 error in isle (regions/isle)\n")


def test_literal_secret_is_never_shown(world, run):
    world.install("vault", {"vault.py": SECRET_PLUGIN}, plugins="vault")
    world.pack("plugins: [vault]\n")
    world.write("regions/isle/services/vault/config.yaml", "key: hunter2\n")
    for format in ("text", "json", "github"):
        done = run("check", "isle", "--format", format)
        assert done.code == 2
        assert "literal-secret" in done.out
        assert "hunter2" not in done.out + done.err
