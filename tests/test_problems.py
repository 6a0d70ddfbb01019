"""Problems: their order, the three reports, hints with the nearest word."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicapp.problems import (
    Origin,
    Problem,
    Severity,
    did_you_mean,
    has_errors,
    in_order,
    is_sound,
    nearest,
    render_github,
    render_json,
    render_text,
)

WARNING = Severity.WARNING


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return a function that writes a file into the working folder."""
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes, name: str = "f.yaml") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


def at(line, column, file="f.yaml"):
    return Origin(file, line, column)


def test_text_shows_place_code_message_line_caret_and_hint(file):
    file("a: b\nwekend: [x]\n")
    problem = Problem("unknown-key", "unknown key `wekend`", "did you mean `weekend`?", at(2, 1))
    assert render_text([problem]) == (
        "f.yaml:2:1 unknown-key unknown key `wekend`\n"
        "    2 | wekend: [x]\n"
        "      | ^\n"
        "    hint: did you mean `weekend`?"
    )


def test_text_of_a_warning_a_pointer_and_no_place():
    problems = [
        Problem("odd", "is odd", "", None, WARNING),
        Problem("empty", "is empty", "fill it", Origin("b.geojson", pointer="/features/2")),
        Problem("lost", "is lost", "find it", Origin("gone.yaml", 3, 4)),
    ]
    assert render_text(problems) == (
        "odd warning: is odd\n"
        "b.geojson:/features/2 empty is empty\n"
        "    hint: fill it\n"
        "gone.yaml:3:4 lost is lost\n"
        "    hint: find it"
    )
    assert render_text([]) == ""


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("a\tb: c", 3, "a b: c", 2),
        ("a\u202eb: c", 3, "a\\x202eb: c", 7),
        ("\x1b[31mred", 6, "\\x1b[31mred", 8),
        ("é: ü", 4, "é: ü", 3),
        ("x" * 300, 200, "…" + "x" * 100, 50),
        ("x" * 300, 3, "x" * 100, 2),
        ("short\r", 99, "short", 5),
    ],
)
def test_source_line_is_cut_and_made_visible(file, line, column, shown, caret):
    file(line + "\nnext")
    text = render_text([Problem("odd", "m", "", at(1, column))]).split("\n")
    assert text[1] == f"    1 | {shown}"
    assert text[2] == "      | " + " " * caret + "^"


def test_line_beyond_the_end_of_the_file_has_no_excerpt(file):
    file("a\n")
    assert render_text([Problem("odd", "m", "", at(7, 1))]) == "f.yaml:7:1 odd m"


def test_excerpt_of_what_is_no_text(file, tmp_path):
    file(b"\xef\xbb\xbfa: \xff\n")
    assert "    1 | a: \ufffd\n      |    ^" in render_text([Problem("odd", "m", "", at(1, 4))])
    (tmp_path / "folder").mkdir()
    for name in ("folder", "a\0b", ""):
        assert "odd m" in render_text([Problem("odd", "m", "", at(1, 1, name))])


def test_messages_are_cut_and_made_visible():
    text = render_text([Problem("odd", "x" * 5000 + "\n", "\x1b[0m" + "y" * 5000, None)])
    assert len(text) < 900
    assert "\x1b" not in text
    assert text.count("\n") == 1


def test_no_line_of_a_file_with_a_secret_is_shown(file):
    file("key: hunter2\nnote: |\n  hunter2\n")
    problems = [Problem("literal-secret", "m", "", at(1, 6)), Problem("odd", "m", "", at(3, 3))]
    text = render_text(problems)
    assert "hunter2" not in text
    assert text.count("(the line is not shown: a secret may stand there)") == 2


@pytest.mark.parametrize(
    "line",
    [
        *("password: hunter2", "smtp_password: hunter2", "pasword: hunter2", "api-key: hunter2"),
        *(
            "access_token: hunter2",
            "'secret': hunter2",
            "{secret_key: hunter2}",
            "PASSWORD = hunter2",
        ),
    ],
)
def test_no_line_that_seems_to_set_a_secret_is_shown(file, line):
    file(f"a: b\n{line}\nhunter2\n")
    problems = [Problem("yaml-syntax", "m", "", at(2, 1)), Problem("odd", "m", "", at(3, 1))]
    assert "hunter2" not in render_text(problems)


@pytest.mark.parametrize("line", ["password: ${env:PASSWORD}", "note: tell no secret", "tokens"])
def test_lines_about_secrets_are_shown(file, line):
    file(line + "\n")
    assert line in render_text([Problem("odd", "m", "", at(1, 1))])


def test_json_has_a_row_per_problem():
    problems = [
        Problem("a", "“m”", "h", Origin("f", 2, 3)),
        Problem("b", "m", "", Origin("g", pointer="/x"), WARNING),
        Problem("c", "m"),
    ]
    keys = ("file", "line", "column", "pointer", "code", "severity", "message", "hint")
    assert [tuple(row[k] for k in keys) for row in json.loads(render_json(problems))] == [
        (None, None, None, None, "c", "error", "m", None),
        ("f", 2, 3, None, "a", "error", "“m”", "h"),
        ("g", None, None, "/x", "b", "warning", "m", None),
    ]
    assert json.loads(render_json([])) == []


def test_github_marks_lines():
    problems = [
        Problem("a", "50 %\nmore", "h: x", Origin("dir,x/f:1", 2, 3)),
        Problem("b", "m", "", Origin("g", pointer="/x"), WARNING),
        Problem("c", "\x1bm"),
    ]
    assert render_github(problems) == (
        "::error title=c::\\x1bm\n"
        "::error file=dir%2Cx/f%3A1,line=2,col=3,title=a::50 %25%0Amore (h: x)\n"
        "::warning file=g,title=b::/x m"
    )


TEXT = st.text() | st.text(st.characters(categories=["Cs", "Cc", "Cf", "Zl"]))
ORIGINS = st.builds(Origin, TEXT, st.integers(0, 9), st.integers(0, 9), TEXT)
PROBLEMS = st.lists(
    st.builds(Problem, TEXT, TEXT, TEXT, st.none() | ORIGINS, st.sampled_from(Severity))
)


@given(PROBLEMS)
def test_every_report_can_be_written_and_read(problems):
    distinct = in_order(problems)
    rows = json.loads(render_json(problems).encode("utf-8"))
    assert len(rows) == len(distinct)
    assert len(render_github(problems).encode("utf-8").splitlines()) in (len(distinct), 0)
    for line in render_text(problems).split("\n"):
        line.encode("utf-8")
        assert all(c.isprintable() for c in line)
    assert all(is_sound(p) for p in problems)


def test_order_is_by_file_line_column_and_pointer_as_numbers():
    places = [
        Origin("a", 9, 1),
        Origin("a", 10, 1),
        Origin("a", 10, 2),
        Origin("a", 10, 2, "/features/2/x"),
        Origin("a", 10, 2, "/features/10/x"),
        Origin("b"),
    ]
    problems = [Problem("c", "m", "", place) for place in reversed(places)]
    problems += [Problem("b", "m", "", places[0]), problems[0]]
    assert [(p.origin, p.code) for p in in_order(problems)] == [
        (places[0], "b"),
        *((place, "c") for place in places),
    ]


def test_errors_stop_the_start_and_warnings_do_not():
    assert not has_errors([Problem("a", "m", "", None, WARNING)])
    assert has_errors([Problem("a", "m", "", None, WARNING), Problem("b", "m")])


@pytest.mark.parametrize(
    ("word", "choices", "match"),
    [
        ("wekend", ["weekend", "week"], "weekend"),
        ("NAME", ["name"], "name"),
        ("zzz", ["name"], None),
        ("", ["name"], None),
        ("a", [], None),
    ],
)
def test_nearest_word(word, choices, match):
    assert nearest(word, choices) == match


CODES = {f"18.{n:02}.{m:02}" for n in range(1, 73) for m in range(1, 40)}


@pytest.mark.parametrize(
    ("word", "match"),
    [
        ("18.01.0x", "18.01.01"),  # one letter for another
        ("18.0101", "18.01.01"),  # left out
        ("18..01.01", "18.01.01"),  # too many
        ("81.01.01", "18.01.01"),  # swapped
        ("18.99.99", None),
        ("x" * 10_000, None),
    ],
)
def test_nearest_of_thousands_is_one_slip_away_and_quick(word, match):
    begin = time.process_time()
    for _ in range(20):
        found = nearest(word, CODES)
    assert time.process_time() - begin < 1
    assert (found is None) == (match is None)
    assert match is None or found in CODES


def test_hint_names_the_nearest_or_the_few_there_are():
    assert did_you_mean("wekend", ["weekend", "name"]) == "did you mean `weekend`?"
    assert did_you_mean("zzz", ["b", "a"], what="keys") == "keys: a, b"
    assert did_you_mean("zzz", [f"key{n}" for n in range(50)]) == ""
    assert did_you_mean("zzz", []) == ""
