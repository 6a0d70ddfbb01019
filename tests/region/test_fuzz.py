"""Whatever bytes stand in a pack: problems or a kernel, no traceback, and reports that parse."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civicapp.kernel import Kernel
from civicapp.problems import has_errors, render_github, render_json, render_text

FILES = [
    "region.yaml",
    "areas/areas.csv",
    "areas/boundaries.geojson",
    "organisation/agencies.csv",
    "calendar/2026.csv",
    "branding/theme.yaml",
    "branding/logo.svg",
    "content/terms.en.md",
    "locale/fr.po",
    "sources.csv",
    "services/market/config.yaml",
    "services/market/stalls.csv",
]
CALENDAR = "date,kind,name_en\n2026-08-17,public,Our day\n"
fuzzed = settings(
    max_examples=int(os.environ.get("CIVICAPP_FUZZ", "20")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)


def sound(island):
    """Boot, and check what holds of every outcome."""
    booted = island.boot()
    found = booted.problems
    assert (booted.kernel is None) == has_errors(found)
    assert booted.kernel is None or isinstance(booted.kernel, Kernel)
    text = render_text(found)
    assert text.isprintable() or all(c == "\n" or c.isprintable() for c in text)
    text.encode()
    rows = json.loads(render_json(found).encode())
    assert [row["code"] for row in rows] == [p.code for p in found]
    lines = render_github(found).split("\n") if found else []
    assert len(lines) == len(found)
    assert all(line.startswith(("::error ", "::warning ")) for line in lines)
    "\n".join(lines).encode()
    for problem in found:
        assert problem.origin is None or not problem.origin.file.startswith("/")
        assert problem.code
        assert problem.message


@pytest.fixture(params=FILES)
def file(request, island):
    """Return the name of each file in turn; the calendar has one too."""
    island.write("calendar/2026.csv", CALENDAR)
    return request.param


@fuzzed
@given(content=st.binary(max_size=200))
def test_any_bytes_in_any_file(island, file, content):
    island.write(file, content)
    sound(island)


# Parts of which files of a pack are made, so that more of a file is read before it breaks.
WORDS = st.sampled_from(
    [
        *("code", "name", "name_en", "area", "7.1", "7.10.1", "true", "null", "1", "en", "x"),
        *(",", ":", ": ", "\n", "\r\n", "\r", " ", "  ", "\t", '"', "'", "[", "]", "{", "}", "- "),
        *("&a ", "*a", "!!str ", "<<", "|", ">", "#", "%", "\\", "\0", "\ufeff", "\u2028", "é"),
        *("msgid ", "msgstr ", "msgid_plural ", "msgstr[0] ", '"Plural-Forms: nplurals=9;"'),
        *('{"type": "FeatureCollection", "features": [', '"coordinates":', "1e999", "NaN", "[[[["),
        *("<svg", "/>", "<!DOCTYPE", "&x;", "${env:X}", "{name}", "_delete", "2026-02-30"),
    ]
)


@fuzzed
@given(words=st.lists(WORDS, max_size=40))
def test_any_words_in_any_file(island, file, words):
    island.write(file, "".join(words))
    sound(island)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "repeat", "swap", "insert", "line"]),
        st.floats(0, 1, exclude_max=True),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def changed(data: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
    """Break a file as disks, merges and editors do."""
    for kind, one, two, bytes_ in changes:
        start, end = sorted((int(one * len(data)), int(two * len(data))))
        lines = data.split(b"\n")
        n, m = int(one * len(lines)), int(two * len(lines))
        match kind:
            case "flip":
                data = data[:start] + bytes_[:1] + data[start + 1 :]
            case "cut":
                data = data[:start] + data[min(end, start + 20) :]
            case "repeat":
                lines.insert(n, lines[m])
                data = b"\n".join(lines)
            case "swap":
                lines[n], lines[m] = lines[m], lines[n]
                data = b"\n".join(lines)
            case "insert":
                data = data[:start] + bytes_ + data[start:]
            case "line":
                lines.pop(n)
                data = b"\n".join(lines)
    return data


@fuzzed
@given(changes=CHANGES)
def test_any_change_of_a_sound_file(island, file, changes):
    path = Path(island.folder / file)
    before = path.read_bytes()
    try:
        island.write(file, changed(before, changes))
        sound(island)
    finally:
        path.write_bytes(before)


def test_any_byte_in_the_name_of_a_file(island):
    for byte in (*range(1, 47), *range(48, 256)):
        name = os.fsencode(island.folder) + b"/areas/" + bytes([byte]) + b".csv"
        with open(name, "wb") as file:
            file.write(bytes([byte]))
    sound(island)
