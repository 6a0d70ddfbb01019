"""The page about backups says what is so."""

import re
from pathlib import Path

from civicapp.backup.scope import LEFT_OUT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "backup.md").read_text("utf-8")


def test_tables_that_are_left_out_are_listed_with_the_reason():
    rows = dict(re.findall(r"^\| `(core_\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert rows == LEFT_OUT


def test_options_of_the_commands_exist(tmp_path, monkeypatch, capsys):
    from civicapp.__main__ import run

    monkeypatch.chdir(tmp_path)
    known = {}
    for command in (["backup"], ["restore"], ["db", "move"], ["serve"]):
        assert run([*command, "--help"]) == 0
        known[command[0]] = set(re.findall(r"--[\w-]+", capsys.readouterr().out))
    lines = re.findall(r"civicapp (backup|restore|db|serve) (.*)", PAGE)
    assert len(lines) >= 8
    for name, rest in lines:
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest.partition("#")[0])) <= known[name], rest
