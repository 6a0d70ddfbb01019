"""How the command starts and ends: what it imports, its exit codes, its signals."""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from civicapp.cli.commands import OWN
from civicapp.cli.lazy import _load
from civicapp.cli.words import pack_names
from civicapp.region.pack import known_packs

HEAVY = {
    *("babel", "fastapi", "holidays", "importlib.metadata", "jinja2", "pluggy", "pydantic"),
    *("rich", "ruamel", "shapely", "sqlalchemy", "starlette", "structlog", "uvicorn"),
}
PARSING = {"pydantic", "importlib.metadata"}  # what typer needs to read arguments
SHOW_IMPORTS = """\
import contextlib, io, sys
from civicapp.__main__ import run
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = run(sys.argv[1:])
print(code, *sys.modules)
"""
BROUGHT = entry_points(group="civicapp.commands").names  # by the plugins that are installed here
BOOM = """\
import typer
print("imported")
app = typer.Typer()

@app.command()
def now(why: str = "a reason"):
    raise RuntimeError("two\\nlines of " + why)
"""
LONG = """\
import time, typer
app = typer.Typer()

@app.command()
def nap():
    print("ready", flush=True)
    time.sleep(30)
"""


def imports(world, *args):
    done = world.python("-c", SHOW_IMPORTS, *args)
    code, *modules = done.out.split()
    return int(code), set(modules)


@pytest.mark.parametrize(
    ("args", "ends", "allowed"),
    [(["--help"], 0, ()), (["--version"], 0, ()), ([], 2, ()), (["chek"], 2, PARSING)],
)
def test_start_imports_nothing_heavy(world, args, ends, allowed):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    code, modules = imports(world, *args)
    assert code == ends
    assert {*HEAVY, "boom_cli"} & modules <= set(allowed)


def test_version_is_answered_before_typer(world):
    done = world.civicapp("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("civicapp 0.")
    assert "typer" not in imports(world, "--version")[1]


def test_version_stands_among_the_options(run):
    assert run("--version", "check").out == run("--version").out


def test_commands_and_their_help_lines_are_listed(run):
    own = run("--help").out.partition("Commands of plugins")[0]
    width = max(map(len, OWN))
    for name, entry in OWN.items():
        assert f"  {name:{width}}  {entry.help}\n" in own


@pytest.mark.parametrize("name", OWN)
def test_help_shows_examples_line_by_line(run, name):
    done = run(name, "--help")
    assert done.code == 0
    examples = done.out.partition("Examples:\n")[2].splitlines()
    assert examples
    assert all(line.strip().startswith(f"civicapp {name}") for line in examples)
    assert _load(name, OWN[name]).name == name


def test_unknown_command_is_answered_with_the_nearest(run):
    done = run("chek")
    assert done.code == 2
    assert "No such command 'chek'. Did you mean 'check'?" in done.err


def test_missing_argument_is_no_traceback(run):
    done = run("check")
    assert done.code == 2
    assert "Missing argument 'REGION'" in done.err


def test_plugin_commands_appear_as_groups(world, run):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    listing = run("--help").out
    plugins = listing.partition("Commands of plugins:\n")[2]
    assert re.search(r"^  boom +What boom does$", plugins, re.MULTILINE)
    assert "imported" not in listing
    assert "now" in run("boom", "--help").out
    assert run("bom").err.endswith("Did you mean 'boom'?\n")


def test_plugin_command_never_replaces_ours(world, run):
    world.install("check", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    assert "What check does" not in run("--help").out


def test_older_copy_of_a_plugin_is_not_seen(world, run, monkeypatch):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    old = world.folder / "old" / "civicapp_boom-0.9.dist-info"
    old.mkdir(parents=True)
    (old / "entry_points.txt").write_text("[civicapp.commands]\nboom = a:b\ngone = a:b\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(world.folder / "old"), "/no/such/folder"])
    listing = run("--help").out
    assert "boom" in listing
    assert "gone" not in listing


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("no_such_module:app", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("boom_cli:nothing", "AttributeError"),
        ("boom_cli:BOOM", "TypeError: wants a typer.Typer, got a int"),
    ],
)
def test_plugin_whose_commands_cannot_be_loaded_is_named(world, run, where, why):
    world.install("boom", {"boom_cli.py": "BOOM = 1\n"}, commands=where)
    done = run("boom")
    assert done.code == 2
    assert f"The commands of civicapp_boom ({where}) cannot be loaded: {why}" in done.err
    assert run("--help").code == 0


def test_unexpected_exception_is_one_line(world):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    done = world.civicapp("boom", "now")
    assert done.code == 70
    advice = "(set CIVICAPP_TRACEBACK=1 to see where)"
    wanted = f"civicapp: unexpected error: RuntimeError: two lines of a reason {advice}\n"
    assert done.err == wanted


def test_traceback_is_shown_when_asked_for(world):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    world.env["CIVICAPP_TRACEBACK"] = "1"
    done = world.civicapp("boom", "now")
    assert done.code == 70
    assert "Traceback" in done.err
    assert "in now" in done.err


def test_interrupt_ends_quietly(world):
    world.install("long", {"long_cli.py": LONG}, commands="long_cli:app")
    process = subprocess.Popen(
        [sys.executable, "-m", "civicapp", "long", "nap"],
        cwd=world.folder,
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["check", "lampung"]])
def test_broken_pipe_ends_quietly(world, args):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "civicapp", *args],
            cwd=world.folder,
            env=world.environment,
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_full_disk_is_one_line(world):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "civicapp", "--help"],
            cwd=world.folder,
            env=world.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 70
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


def test_closed_output_does_no_harm(world):
    script = (
        "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    done = world.python("-c", script, "-m", "civicapp", "--help")
    assert (done.code, done.err) == (0, "")


def complete(world, *words):
    """Ask for completions as bash does, and for what was imported to find them."""
    world.env["_CIVICAPP_COMPLETE"] = "complete_bash"
    world.env["COMP_WORDS"] = " ".join(("civicapp", *words))
    world.env["COMP_CWORD"] = str(len(words))
    return world.civicapp().out.split(), imports(world)[1]


def test_completion_of_commands_imports_nothing_heavy(world):
    world.install("boom", {"boom_cli.py": BOOM}, commands="boom_cli:app")
    found, modules = complete(world, "")
    assert found == [*OWN, *sorted(["boom", *BROUGHT])]
    assert {*HEAVY, "boom_cli"} & modules <= PARSING


def test_completion_of_regions_reads_names_only(world):
    world.pack()
    world.write("regions/notes/README.md", "no pack")
    found, modules = complete(world, "check", "")
    assert found == ["indonesia", "isle", "lampung"]
    assert not modules & {"ruamel", "shapely", "civicapp.region"}
    assert complete(world, "serve", "is")[0] == ["isle"]


def test_completion_reaches_into_plugins(world):
    world.install(
        "boom", {"boom_cli.py": BOOM.replace('print("imported")', "")}, commands="boom_cli:app"
    )
    assert complete(world, "boom", "")[0] == ["now"]
    assert "--why" in complete(world, "boom", "now", "--")[0]
    world.write("site/boom_cli.py", "1 / 0")
    assert complete(world, "boom", "")[0] in ([], [*OWN, *sorted(["boom", *BROUGHT])])


def test_completion_script_is_printed(world):
    world.env["SHELL"] = "/bin/bash"
    world.env["_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"] = "1"
    done = world.civicapp("--show-completion", "bash")
    assert "_CIVICAPP_COMPLETE=complete_bash" in done.out


def test_names_of_packs_are_those_that_the_loader_finds(world, run):
    world.pack()
    assert pack_names() == known_packs()
