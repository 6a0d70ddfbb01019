"""The generated pages are complete and current."""

import importlib.util
import inspect
import re
import types
from pathlib import Path

import pytest

from civicapp.kernel import boot

ROOT = Path(__file__).resolve().parent.parent
REGION = """\
format: 1
id: isle
name: {en: Isle}
timezone: Asia/Jakarta
currency: IDR
languages: [en]
plugins: [prices]
"""


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate, include = load("generate"), load("include")
HOOKS = generate.specs()


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_page_is_current(name):
    current = (ROOT / "docs" / name).read_text("utf-8")
    assert current == generate.PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_has_a_heading_its_arguments_and_what_it_returns(name):
    page = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert f"def {name}(" in section
    arguments = re.findall(r"^- `(\w+)` \(", section, re.MULTILINE)
    assert arguments == list(inspect.signature(HOOKS[name]).parameters)
    assert "**Returns** " in section
    assert "**Example**" in section


@pytest.mark.parametrize("name", generate.service_specs())
def test_each_hook_of_a_service_has_a_heading_and_its_arguments(name):
    plugin, spec = generate.service_specs()[name]
    page = (ROOT / "docs" / "hooks.md").read_text("utf-8")
    section = page.partition(f"\n### {name}, a hook of {plugin}\n")[2].partition("\n## ")[0]
    arguments = re.findall(r"^- `(\w+)` \(", section, re.MULTILINE)
    assert arguments == list(inspect.signature(spec).parameters)
    assert "**Example**" in section


@pytest.mark.parametrize("name", [*HOOKS, *generate.service_specs()])
def test_each_hook_has_a_test_that_names_it(name):
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    named = re.compile(rf"^ *(async )?def test_\w*{name}", re.MULTILINE)
    assert any(named.search(path.read_text("utf-8")) for path in files if path != Path(__file__))


@pytest.mark.parametrize(("days", "sound"), [("90", True), ("0", False)])
def test_examples_work_together(tmp_path, days, sound):
    plugin = types.ModuleType("prices_example")
    for example in generate.EXAMPLES.values():
        exec(compile(example, "docs/hooks.md", "exec"), vars(plugin))
    config = tmp_path / "isle" / "services" / "prices" / "config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(f"keep_days: {days}\n")
    (tmp_path / "isle" / "region.yaml").write_text(REGION)
    found = boot(f"{tmp_path}/isle", plugins={"prices": plugin})
    errors = [problem.code for problem in found.problems if problem.is_error]
    assert errors == ([] if sound else ["prices-days"])
    assert (found.kernel is not None) is sound


def test_code_without_a_text_stops_the_generator(monkeypatch):
    monkeypatch.setattr(
        generate, "PROBLEMS", generate.PROBLEMS.replace("too-deep | ", "too-steep | ")
    )
    with pytest.raises(SystemExit, match="no text for too-deep"):
        generate.problems_page()


def test_text_without_a_code_stops_the_generator(monkeypatch):
    monkeypatch.setattr(generate, "PROBLEMS", generate.PROBLEMS + "no-such | a | b\n")
    with pytest.raises(SystemExit, match="nothing reports no-such"):
        generate.problems_page()


def test_codes_are_found_whoever_hands_them_on():
    tree = generate.ast.parse(
        "report('unreadable', x)\n"
        "helper(1, 'too-deep' if 'new-line' in a else 'yaml-tag')\n"
        "def f():\n    return 'wrong-type', x\n"
        "reader.warn('no-source')\n"
        "Problem('unquoted-number', severity=Severity.WARNING)\n"
        "raise unfit(f'unknown-{kind}')\n"
    )
    assert set(generate._codes_in(tree, {"unknown-area", "no-region"})) == {
        ("unreadable", "error"),
        ("too-deep", "error"),
        ("yaml-tag", "error"),
        ("wrong-type", "error"),
        ("no-source", "warning"),
        ("unquoted-number", "warning"),
        ("unknown-area", "error"),
    }


@pytest.mark.parametrize("name", include.pages())
def test_what_a_page_includes_is_current(name):
    current = (ROOT / "docs" / name).read_text("utf-8")
    assert current == include.pages()[name], "run `make docs`"


CODE = """\
import re

LIMIT: int = 3


@mark
def first():
    return LIMIT


class Second:
    pass
"""


def test_named_parts_are_included_once_however_often_it_is_run(tmp_path, monkeypatch):
    monkeypatch.setattr(include, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text(CODE)
    page = "before\n<!-- include a.py#first,LIMIT -->\nafter\n"
    once = include.included(page, "page.md")
    block = "```python\n@mark\ndef first():\n    return LIMIT\n\n\nLIMIT: int = 3\n```"
    assert once == page.replace("-->\n", f"-->\n{block}\n{include.END}\n")
    (tmp_path / "a.py").write_text(CODE.replace("3", "4"))
    assert include.included(once, "page.md") == once.replace("int = 3", "int = 4")


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("b.py#first", "page.md: there is no file b.py"),
        ("a.py#third", "page.md: a.py has no third"),
    ],
)
def test_an_include_that_leads_nowhere_stops(tmp_path, monkeypatch, marker, said):
    monkeypatch.setattr(include, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text(CODE)
    with pytest.raises(SystemExit, match=said):
        include.included(f"<!-- include {marker} -->", "page.md")


def test_parts_of_templates_and_settings():
    page = "{% block main %}\n<p>{% block inner %}x{% endblock %}</p>\n"
    assert include.part(page, ".html", "inner") == "{% block inner %}x{% endblock %}"
    settings = '[project]\nname = "a"\n\n[tool.b]\nc = 1\n'
    assert include.part(settings, ".toml", "tool.b") == "[tool.b]\nc = 1\n"
