"""The command: its lines, its exit codes, and that what it says to type exists."""

import json
import re
from pathlib import Path

import pytest

import civicapp.doctor
from civicapp import __main__ as command
from civicapp.doctor.examine import CHECKS, examine
from civicapp.doctor.finding import Finding, Level, error, ok

LINE = re.compile(r"(ok|warning|error|skipped) +([a-z-]+) +\S.*?( → \S.*)?")
SOURCES = Path(civicapp.doctor.__file__).parent
CALL = re.compile(r"""(?:civicapp\(|on_database\(|\["civicapp", )"(\w+)"(?:, "(\w+)")?""")


@pytest.fixture
def run(capsys):
    def run(*args: str) -> tuple[int, str, str]:
        code = command.run(["doctor", *args])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_each_line_is_a_finding_and_ends_with_what_to_type(world, run):
    code, out, err = run(str(world.folder))
    *lines, summary = out.splitlines()
    assert (code, err) == (0, "")
    assert re.fullmatch(r"0 errors, \d+ warnings?, \d+ skipped, \d+ ok", summary)
    for line in lines:
        match = LINE.fullmatch(line)
        assert match, line
        assert bool(match[3]) == (match[1] != "ok")
    checks = dict.fromkeys(line.split()[1] for line in lines)
    assert list(checks) == list(CHECKS)


def test_an_error_ends_with_exit_code_two_and_is_listed_for_programs(world, run):
    path = world.folder / "region.json"
    path.write_bytes(path.read_bytes() + b" ")
    code, out, _ = run(str(world.folder), "--format", "json")
    rows = json.loads(out)
    assert code == 2
    assert {
        "check": "bundle",
        "level": "error",
        "message": "region.json was changed",
        "command": f"rm {path} && civicapp build isle --out {world.folder}",
    } in rows
    assert all(set(row) == {"check", "level", "message", "command"} for row in rows)


def test_a_pack_is_examined_too(world, run, tmp_path):
    world.set(CIVICAPP_ENV="development")
    code, out, _ = run(str(tmp_path / "packs/isle"))
    assert code == 0
    assert "ok       region      isle boots with no plugin" in out


def test_options_lead_to_other_data(world, run, tmp_path):
    code, out, _ = run(str(world.folder), "--data", str(tmp_path / "other"))
    assert code == 0
    assert f"made at the first start: {tmp_path}/other/civicapp.sqlite3" in out
    code, out, _ = run(str(world.folder), "--database", "mysql://keeper:hunter2@db/isle")
    assert code == 2
    assert "error    database    civicapp knows SQLite and PostgreSQL, not `mysql`" in out
    assert "hunter2" not in out


def test_a_region_that_is_not_there(world, run):
    code, out, err = run("nowhere")
    assert (code, out) == (2, "")
    assert "there is no region pack `nowhere`" in err


def test_a_check_that_fails_by_itself_stops_no_other(world, monkeypatch):
    def broken(_):
        yield ok("so far")
        raise KeyError("x")

    checks = {"broken": broken, "sound": lambda _: [ok("yes")]}
    first, second = examine(world.look(), checks)
    assert first.finding.level is Level.ERROR
    assert first.finding.message == "the check itself failed: KeyError: 'x'"
    assert first.finding.command == f"CIVICAPP_TRACEBACK=1 civicapp doctor {world.folder}"
    assert second.finding == ok("yes")
    monkeypatch.setenv("CIVICAPP_TRACEBACK", "1")
    with pytest.raises(KeyError):
        list(examine(world.look(), checks))


def test_a_finding_without_a_command_is_refused():
    with pytest.raises(ValueError, match="command"):
        error("it hurts", "")
    with pytest.raises(ValueError, match="command"):
        Finding(Level.OK, "fine", "do something")


def test_the_commands_that_are_printed_exist(capsys):
    words = {m for path in SOURCES.glob("*.py") for m in CALL.findall(path.read_text("utf-8"))}
    assert {("db", "upgrade"), ("worker", ""), ("build", "")} <= words
    for first, second in sorted(words):
        code = command.run([first, *([second] if second else ()), "--help"])
        out = capsys.readouterr().out
        assert (code, f"Usage: civicapp {first} {second}".strip() in out) == (0, True), out
        for option in {"build": ("--out",), "db": ("--data", "--database")}.get(first, ()):
            assert option in out
