"""What `civicapp check` says of files as such: encoding, size, what is no file, names."""

import os
from pathlib import Path

import pytest

REGION = "region.yaml"
AREAS = "areas/areas.csv"
SHAPES = "areas/boundaries.geojson"
CONFIG = "services/market/config.yaml"
STALLS = "services/market/stalls.csv"
EVERY = [
    *(REGION, AREAS, SHAPES, "organisation/agencies.csv", "sources.csv", "branding/theme.yaml"),
    *("branding/logo.svg", "content/terms.en.md", "locale/fr.po", CONFIG, STALLS),
]


def problem_of(island, name):
    (problem,) = (p for p in island.problems() if p.origin.file == f"island/{name}")
    return problem


@pytest.mark.parametrize("name", EVERY)
def test_wrong_encoding_names_the_byte(island, name):
    text = island.text(name)
    line = text.rstrip("\n").count("\n") + 1
    island.write(name, text.rstrip("\n").encode() + b"\xe9t\xe9\n")
    problem = problem_of(island, name)
    column = len(text.rstrip("\n").rpartition("\n")[2]) + 1
    assert str(problem.origin) == f"island/{name}:{line}:{column}"
    assert (problem.code, problem.message) == ("encoding", "byte 0xe9 is no UTF-8")
    assert problem.hint == "save it as UTF-8"


@pytest.mark.parametrize("name", EVERY)
def test_utf_16_is_said(island, name):
    island.write(name, island.text(name).encode("utf-16"))
    problem = problem_of(island, name)
    assert (problem.code, problem.message) == ("encoding", "is UTF-16")
    island.write(name, island.text(name).encode() if name == "" else "a\0b")
    assert problem_of(island, name).message == "holds a NUL character"


@pytest.mark.parametrize("name", EVERY)
def test_byte_order_mark_is_said_and_the_file_is_read_all_the_same(island, name):
    island.write(name, b"\xef\xbb\xbf" + island.text(name).encode())
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{name}:1:1 byte-order-mark"
    assert "UTF-8 without BOM" in problem.hint


def test_places_after_a_byte_order_mark_are_exact(island):
    text = island.text(STALLS).replace("agency", "agncy", 1)
    island.write(STALLS, b"\xef\xbb\xbf" + text.encode())
    assert island.found() == [
        f"island/{STALLS}:1:1 byte-order-mark",
        f"island/{STALLS}:1:11 unknown-key",
    ]


@pytest.mark.parametrize("content", ["", " \n\t\n"])
@pytest.mark.parametrize("name", EVERY)
def test_empty_file(island, name, content):
    island.write(name, content)
    problem = problem_of(island, name)
    assert (problem.code, problem.hint) == ("empty-file", "fill it, or delete the file")


def test_file_of_comments_is_empty(island):
    island.write(CONFIG, "# Nothing yet.\n")
    assert [p.code for p in island.problems()] == ["empty-file"]
    island.write(CONFIG, "---\n...\n")
    assert "wrong-type" in {p.code for p in island.problems()}


@pytest.mark.parametrize("name", EVERY)
def test_file_of_50_mb_is_not_read(island, name):
    path = island.folder / name
    with path.open("ab") as file:
        file.truncate(50 * 1024 * 1024)
    problem = problem_of(island, name)
    assert problem.code == "too-large"
    assert problem.message.startswith("is 50.0 MiB, at most ")


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling link"])
def test_what_is_no_file(island, name, kind):
    path = island.folder / name
    path.unlink()
    match kind:
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case _:
            path.symlink_to("nowhere")
    problem = problem_of(island, name)
    assert (problem.code, problem.message) == ("not-a-file", "is no ordinary file")


@pytest.mark.parametrize("name", EVERY)
def test_unreadable_file(island, name, monkeypatch):
    path = island.folder / name
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads all the same
        read = Path.read_bytes

        def refuse(self):
            if self == path:
                raise PermissionError(13, "Permission denied")
            return read(self)

        monkeypatch.setattr(Path, "read_bytes", refuse)
    problem = problem_of(island, name)
    assert (problem.code, problem.message) == ("unreadable", "cannot be read: permission denied")


@pytest.mark.parametrize("folder", ["areas", "content", "services", "services/market"])
def test_unreadable_folder(island, folder, monkeypatch):
    path = island.folder / folder
    listed = Path.iterdir

    def refuse(self):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return listed(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    # Nothing is called unknown or missing that may lie in the folder.
    assert island.found() == [f"island/{folder} unreadable"]


@pytest.mark.parametrize("folder", ["areas", "organisation", "branding", "content", "locale"])
def test_file_where_a_folder_belongs(island, folder):
    for path in (island.folder / folder).iterdir():
        path.unlink()
    (island.folder / folder).rmdir()
    island.write(folder, "x")
    assert f"island/{folder} not-a-folder" in island.found()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("area", "did you mean `areas`?"),
        ("region.yml", "did you mean `region.yaml`?"),
        ("areas/area.csv", "areas/ holds areas.csv, boundaries*.geojson"),
        ("areas/boundary.geojson", "areas/ holds areas.csv, boundaries*.geojson"),
        ("calendar/2026.yaml", "calendar/ holds one file a year, such as 2026.csv"),
        ("content/terms.md", "content/ holds page.language.md, such as privacy.id.md"),
        ("locale/fr.mo", "locale/ holds language.po, such as id.po"),
        ("branding/logo.png", "branding/ holds theme.yaml and .svg files"),
        ("services/market.csv", "services/ holds a folder per plugin"),
    ],
)
def test_file_that_nothing_reads_is_a_warning(island, name, hint):
    island.write(name, "x\n")
    problem = next(p for p in island.problems() if p.code == "unknown-file")
    assert (str(problem.origin), problem.is_error, problem.hint) == (f"island/{name}", False, hint)


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "LICENSE",
        "areas/SOURCES.md",
        ".git/x",
        "areas/.areas.csv.swp",
        "services/README.md",
    ],
)
def test_prose_and_hidden_files_are_passed_over(island, name):
    assert island.write(name, "x\n").problems() == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [("stall.csv", "did you mean `stalls.csv`?"), ("x.csv", "it reads: config.yaml, stalls.csv")],
)
def test_file_that_a_service_does_not_read_is_an_error(island, name, hint):
    island.write(f"services/market/{name}", "x\n")
    problem = next(p for p in island.problems() if p.code == "unknown-file")
    assert problem.is_error
    assert problem.hint == hint


def test_name_that_is_no_text(island):
    path = os.fsencode(island.folder / "areas") + b"/\xff\xfe.csv"
    with open(path, "w") as file:
        file.write("x")
    booted = island.boot()
    assert {p.code for p in booted.problems} == {"unknown-file", "no-source"}


# Pages and translations


@pytest.mark.parametrize(
    ("name", "text", "place", "code", "hint"),
    [
        ("content/terms.en.md", "Terms\n", "1:1", "missing-key", "write `# Title`"),
        ("content/terms.en.md", "# T\n\nCall {fone}.\n", "3:6", "unknown-key", "`phone`?"),
        ("content/terms.de.md", "# T\n", "", "unknown-language", "declared: en, fr"),
        ("locale/de.po", 'msgid ""\nmsgstr ""\n', "", "unknown-language", "declared: en, fr"),
        ("locale/fr.po", 'msgid "a"\nmsgstr "b"\nmsg "c"\n', "3:1", "po-syntax", "gettext editor"),
        ("locale/fr.po", 'msgid "a"\n\nmsgid "b"\nmsgstr "c"\n', "1:1", "po-syntax", "gettext"),
        ("locale/fr.po", '"x"\n', "1:1", "po-syntax", "gettext editor"),
        ("locale/fr.po", 'msgid "%(a)s"\nmsgstr "%(b)s"\n', "1:1", "po-placeholder", "%(a)s"),
        ("locale/fr.po", 'msgid "%(a)s"\nmsgstr "%(a) 5 %"\n', "1:1", "po-placeholder", "%%"),
        (
            "locale/fr.po",
            'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=1/(n-7);"\n',
            "",
            "po-syntax",
            "gettext editor",
        ),
    ],
)
def test_pages_and_translations(island, name, text, place, code, hint):
    island.write(name, text)
    problem = island.only()
    assert f"{problem.origin} {problem.code}" == f"island/{name}" + (f":{place}" * bool(place)) + (
        f" {code}"
    )
    assert hint in problem.hint


def test_translation_of_another_charset_in_its_header_is_read_as_utf_8(island):
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=latin-9\\n"\n\n'
    island.write("locale/fr.po", header + 'msgid "Summer"\nmsgstr "Été"\n')
    kernel = island.boot().kernel
    assert kernel is not None
    assert kernel.context("market", "fr").gettext("Summer") == "Été"


def test_plurals_follow_the_language_of_the_file(island):
    island.edit("region.yaml", "[en, fr]", "[en, fr, id]")
    plural = 'msgid "%(num)s day"\nmsgid_plural "%(num)s days"\n'
    island.write("locale/id.po", plural + 'msgstr[0] "%(num)s hari"\n')
    forms = 'msgstr[0] "%(num)s jour"\nmsgstr[1] "%(num)s jours"\n'
    island.write("locale/fr.po", plural + forms)
    kernel = island.boot().kernel
    assert kernel is not None
    words = {
        (language, n): kernel.context("market", language).ngettext("%(num)s day", "%(num)s days", n)
        for language in ("id", "fr", "en")
        for n in (0, 1, 5)
    }
    assert words["id", 0] == "0 hari"
    assert words["id", 5] == "5 hari"
    assert words["fr", 0] == "0 jour"
    assert words["fr", 5] == "5 jours"
    assert words["en", 5] == "5 days"


def test_line_ends_of_windows_are_no_fault(island):
    for name in EVERY:
        island.write(name, island.text(name).replace("\n", "\r\n"))
    assert island.problems() == []
    assert island.region().pages["terms", "en"].body == "Text."


def test_missing_page_is_a_warning(island):
    island.write("content/terms.en.md", None)
    assert island.found() == ["island/content/terms.en.md missing-page (warning)"]
