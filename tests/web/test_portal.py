"""The portal's face: its words in every language, and what its pages are made of."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from civicapp.i18n import KERNEL_LOCALE, Catalogs
from civicapp.identity.passwords import COMMON
from civicapp.kernel import boot
from civicapp.settings import Settings
from civicapp.web import create_app
from civicapp.web.chooser import without_area
from civicapp.web.finder import AreaFinder
from civicapp.web.languages import OWN_NAME, direction, name_in, own_name, zone_name
from civicapp.web.portal import brief, host, tel
from civicapp.web.prose import escaped, prose

ROOT = Path(__file__).parents[2]
PACKAGES = [KERNEL_LOCALE.parent, *sorted(p.parent for p in ROOT.glob("plugins/*/src/*/locale"))]
FORBIDDEN = re.compile(
    r"\b(tidak valid|terjadi kesalahan|coba lagi nanti|klik di sini|dalam rangka|guna|apabila|"
    r"dimohon|disposisi|opd|tiket|sla|verifikasi|bapak|ibu|melakukan \w+an)\b|!",
    re.IGNORECASE,
)
HTML = {"accept": "text/html"}
PAGES = [
    *("/", "/menu", "/about", "/hotlines"),
    *("/pages/privacy", "/pages/terms", "/pages/accessibility", "/pages/contact"),
    *("/area", "/area?in=18.71", "/area?in=18.71.13", "/area?q=kemiling", "/area?q=zzzzqq"),
    *("/area/18", "/area/18.71", "/area/18.71.13", "/area/18.71.13.1001"),
    *("/nowhere", "/area/99"),
]


# Words


def extracted(package: Path) -> Iterator[str]:
    """Find the messages in a package's code and templates, as `make messages` does."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]
    methods = [(m["pattern"], m["method"]) for m in config["mappings"]]
    keywords = {**DEFAULT_KEYWORDS, "N_": None}
    for _, _, message, *_ in extract_from_dir(package, methods, keywords=keywords):
        yield message if isinstance(message, str) else message[0]


def catalog(package: Path) -> Catalog:
    with (package / "locale" / "id.po").open("rb") as file:
        return read_po(file, locale="id", abort_invalid=True)


def singular(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def translations(package: Path) -> list[tuple[str, str]]:
    """List each message with its translations, plural forms apart."""
    found = []
    for message in catalog(package):
        if message.id:
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            found += [(singular(message), str(text or "")) for text in texts]
    return found


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_every_message_is_translated_and_none_is_left_over(package):
    wanted = set(extracted(package)) - {""}
    known = catalog(package)
    assert wanted == {singular(m) for m in known if m.id}
    assert not known.obsolete
    assert [m.id for m in known if m.id and m.fuzzy] == []
    assert [source for source, text in translations(package) if not text.strip()] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_translations_keep_the_placeholders(package):
    for source, text in translations(package):
        assert sorted(re.findall(r"%\(\w+\)s|%%", source)) == sorted(
            re.findall(r"%\(\w+\)s|%%", text)
        )
        assert source[-1:].isspace() == text[-1:].isspace(), source


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_words_are_plain_and_sentences_short(package):
    for source, text in translations(package):
        if source == COMMON:  # a list of words, which nobody reads
            continue
        assert not FORBIDDEN.search(text), text
        assert "!" not in source
        for sentence in re.split(r"(?<=[.?:])\s", f"{source}. {text}"):
            assert len(sentence.split()) <= 20, sentence


@pytest.mark.parametrize("path", sorted(ROOT.glob("regions/*/content/*.md")), ids=lambda p: p.name)
def test_content_pages_are_plain_and_sentences_short(path):
    text = path.read_text("utf-8")
    words = re.sub(r"SP4N-LAPOR!?", "", text)
    assert not FORBIDDEN.search(words) or path.name.endswith(".en.md")
    for block in re.split(r"\n\s*\n|\n(?=- )", text):
        for sentence in re.split(r"(?<=[.?:])\s", block):
            assert len(sentence.split()) <= 20, sentence


# Pages of the real region


@pytest.fixture(scope="module")
def lampung():
    found = boot("lampung", settings=Settings(demo=True))
    assert found.kernel is not None, found.problems
    return create_app(found.kernel)


class Page(HTMLParser):
    """The texts of a page, and what a page must not have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.h1: list[str] = []
        self.title = ""
        self.bad: list[str] = []
        self.ids: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.bad += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in values):
            self.bad.append(tag)
        if values.get("id"):
            self.ids.append(str(values["id"]))
        foreign = self.foreign or values.get("lang") == "en"
        if not foreign:
            shown = ("aria-label", "alt", "title", "placeholder")
            self.texts += [str(v) for k, v in attrs if k in shown or k.startswith("data-")]
        if tag not in ("meta", "link", "input", "img", "br", "hr", "path"):
            self._open.append((tag, foreign and tag != "html"))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    @property
    def foreign(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        tags = [tag for tag, _ in self._open]
        if "title" in tags:
            self.title += data
        if "h1" in tags:
            self.h1.append(text)
        if text and not self.foreign:
            self.texts.append(text)


@pytest.fixture(scope="module")
def pages(lampung):
    """Every page in both languages, with an area chosen and without."""
    found: dict[tuple[str, str, str], Page] = {}
    for language in ("id", "en"):
        for area in ("", "18.71.13"):
            client = TestClient(lampung)
            client.cookies.update({"language": language, **({"area": area} if area else {})})
            for path in PAGES:
                found[language, area, path] = Page(client.get(path, headers=HTML).text)
    return found


def patterns() -> list[re.Pattern[str]]:
    """List what English would look like on an Indonesian page."""
    found = []
    for package in PACKAGES:
        for source, text in translations(package):
            if source.strip() != text.strip():
                parts = re.split(r"%\(\w+\)s", source.strip())
                found.append(re.compile(".+".join(map(re.escape, parts))))
    return found


def test_no_english_is_left_on_indonesian_pages(pages):
    english = patterns()
    for (language, _, path), page in pages.items():
        if language == "id":
            left = [t for t in page.texts if any(p.fullmatch(t) for p in english)]
            assert left == [], path


def test_each_page_has_one_h1_and_nothing_that_the_policy_forbids(pages):
    for where, page in pages.items():
        assert len(page.h1) == 1, where
        assert page.bad == [], where
        assert len(page.ids) == len(set(page.ids)), where


def test_titles_are_unique_and_end_with_the_name(pages):
    for language, name in (("id", "Layanan Lampung"), ("en", "Lampung Services")):
        titles = [p.title for (lang, area, _), p in pages.items() if lang == language and not area]
        assert all(title.endswith(f" – {name}") for title in titles)
        found = [t for t in titles if not t.startswith(("Halaman atau nomor", "Page or number"))]
        assert len(set(found)) == len(found)


def test_html_stays_within_one_congestion_window(lampung):
    import gzip

    client = TestClient(lampung)
    largest = max(lampung_districts(client), key=lambda code: len(_chooser(client, code)))
    for path in [*PAGES, f"/area?in={largest}"]:
        body = client.get(path, headers=HTML).content
        assert len(gzip.compress(body, 6)) <= 14 * 1024, path
    assert len(gzip.compress(client.get("/", headers=HTML).content, 6)) <= 8 * 1024


def lampung_districts(client: TestClient) -> list[str]:
    items = client.get("/api/v1/core/areas").json()["items"]
    return [item["code"] for item in items]


def _chooser(client: TestClient, code: str) -> bytes:
    return client.get(f"/area?in={code}").content


# The layout


def test_the_language_switch_comes_back_to_the_page_with_its_query(client):
    html = client.get("/area?q=north&next=/menu").text
    assert 'name="next" value="/area?q=north&amp;next=/menu"' in html
    assert '<button name="language" value="id" lang="id">' in html
    html = client.get("/?x=1").text
    assert 'name="next" value="/?x=1"' in html
    assert 'href="/area?next=/%3Fx%3D1"' in html


def test_after_a_form_the_language_switch_leads_to_a_page_that_exists(client):
    answer = client.post("/area/here", data={"lat": 50, "lon": 8, "next": "/menu"}, headers=HTML)
    assert answer.status_code == 422
    assert 'name="next" value="/area?next=/menu"' in answer.text
    refused = client.post("/nowhere", headers=HTML)
    assert refused.status_code in (404, 405)
    assert 'name="next" value="/"' in refused.text


def test_the_bar_says_which_area_it_is(client):
    assert "Choose your area" in client.get("/menu").text
    client.cookies.set("area", "7.1")
    html = client.get("/menu").text
    assert "<strong>North</strong>" in html
    assert '<a href="/area?next=/menu">Change' in html


def test_a_demo_says_so_on_every_page(make_client):
    real, demo = make_client(), make_client(demo=True)
    for path in ("/", "/menu", "/nowhere"):
        assert "Not an official service" not in real.get(path, headers=HTML).text
        assert "Not an official service" in demo.get(path, headers=HTML).text


def test_a_page_in_another_language_says_so_and_is_marked(client):
    client.cookies.set("language", "id")
    html = client.get("/pages/terms").text
    assert "Halaman ini hanya ada dalam bahasa Inggris." in html
    assert '<article class="prose" lang="en" dir="ltr">' in html
    assert '<a href="/pages/terms" lang="en">Terms</a>' in html


def test_a_region_without_areas_offers_none(tmp_path):
    client = TestClient(create_app(bare(tmp_path, "[en]")))
    html = client.get("/").text
    assert "/area" not in html
    assert "/language" not in html
    assert '<main id="main"' in html
    assert client.get("/area").status_code == 200


def test_a_right_to_left_language_turns_the_page(tmp_path):
    html = TestClient(create_app(bare(tmp_path, "[ar, en]"))).get("/").text
    assert '<html lang="ar" dir="rtl">' in html
    assert "English" in html


def bare(folder: Path, languages: str):
    text = (
        "format: 1\nid: bare\nname: {en: Bare}\ntimezone: UTC\ncurrency: EUR\n"
        f"languages: {languages}\n"
    )
    (folder / "bare").mkdir()
    (folder / "bare" / "region.yaml").write_text(text, "utf-8")
    found = boot(folder / "bare")
    assert found.kernel is not None, found.problems
    return found.kernel


# Errors


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_error_page_has_a_way_on(make_client, language):
    client = make_client()
    client.cookies.set("language", language)
    large = {"content-length": "99999999", **HTML}
    answers = [
        client.get("/nowhere", headers=HTML),
        client.post("/menu", headers=HTML),
        client.post("/area", headers={"origin": "https://evil.example", **HTML}),
        client.post("/area", headers=large),
        client.get("/area?q=" + "x" * 200, headers=HTML),
        client.get("/probe/boom", headers=HTML),
    ]
    assert [a.status_code for a in answers] == [404, 405, 403, 413, 422, 500]
    for answer in answers:
        assert 'class="button' in answer.text
        assert 'href="/"' in answer.text
        assert answer.headers["x-request-id"] in answer.text
        assert f'<html lang="{language}"' in answer.text


def test_maintenance_leads_back_to_the_same_page_only(make_client):
    html = make_client(maintenance=True).get("/menu?x=1", headers=HTML).text
    assert '<a class="button" href="/menu?x=1">Open this page again</a>' in html
    assert 'class="bar"' not in html


def test_a_wrong_form_leads_back_to_itself(client):
    came = {"referer": "http://testserver/area?next=/menu", **HTML}
    html = client.post("/area/here", data={"lat": "north"}, headers=came).text
    assert '<a class="button" href="/area?next=/menu">Back to the form</a>' in html
    assert "<title>Error: Something needs to be corrected" in html
    other = {"referer": "https://evil.example/area", **HTML}
    assert "Back to" not in client.post("/area/here", data={"lat": "x"}, headers=other).text


# Choosing the area


def test_a_choice_leads_back_and_wins_over_the_address(client):
    data = {"code": "7.2", "next": "/probe?area=7.1&x=1"}
    answer = client.post("/area", data=data, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/probe?x=1"
    assert without_area("/a?area=1") == "/a"
    assert without_area("/a") == "/a"


def test_a_wrong_choice_is_an_error_before_the_heading(client):
    html = client.post("/area", data={"code": "9"}, headers=HTML).text
    assert "<title>Error: Choose your area" in html
    assert html.index('role="alert"') < html.index("<h1>")
    assert '<a href="#areas">Choose an area from the list.</a>' in html
    assert 'id="areas"' in html


def test_a_way_back_that_is_too_long_is_not_carried_along(client):
    html = client.get("/area?next=/" + "x" * 600).text
    assert 'name="next" value="/"' in html


def test_the_chooser_goes_down_level_by_level(lampung):
    client = TestClient(lampung)
    html = client.get("/area?next=/hotlines").text
    assert 'href="/area?in=18.71&amp;next=/hotlines"' in html
    html = client.get("/area?in=18.71&next=/hotlines").text
    assert "Kecamatan mana di Kota Bandar Lampung?" in html
    assert 'name="code" value="18.71">Pilih seluruh Kota Bandar Lampung' in html
    assert 'name="code" value="18.71.13">Kemiling' in html
    html = client.get("/area?in=18.71.13").text
    assert "Desa/kelurahan mana di Kemiling?" in html
    assert 'href="/area?in=18.71"' in html
    assert "<h1>Kelurahan" in client.get("/area?in=18.71.13.1001").text


def test_a_search_finds_several_words_and_near_names(lampung):
    client = TestClient(lampung)
    html = client.get("/area?q=kemiling+bandar+lampung").text
    assert "Kecamatan Kemiling<small>Kota Bandar Lampung</small>" in html
    html = client.get("/area?q=kemilling").text
    assert "Tidak ada wilayah bernama “kemilling”" in html
    assert '<a href="/area?q=Kemiling">Kemiling</a>' in html
    assert "Lebih dari 20 wilayah untuk “suka”" in client.get("/area?q=suka").text
    assert "&lt;b&gt;" in client.get("/area?q=<b>").text


def test_the_finder_takes_any_text(kernel):
    finder = AreaFinder(kernel.region.areas)
    assert [a.code for a in finder.find("isle north", 5)] == ["7.1"]
    assert finder.find("north nowhere", 5) == ()
    assert finder.find("", 5) == ()
    assert finder.nearest("nort") == ["North"]
    assert finder.nearest("") == []


# One area


def test_an_area_page_shows_facts_offices_and_children(lampung):
    client = TestClient(lampung)
    html = client.get("/area/18.71").text
    assert "1.077.664" in html
    assert "183,7 km²" in html
    assert "WIB (UTC+7)" in html
    assert 'href="/area/18.71.13">Kemiling</a>' in html
    assert "<summary><h3>Provinsi Lampung" in html
    assert "Pilih wilayah ini" in html
    client.cookies.set("area", "18.71")
    html = client.get("/area/18.71").text
    assert "Pilih wilayah ini" not in html
    assert "Ini wilayah pilihan Anda." in html
    assert "1,077,664" in client.get("/area/18.71", headers={"cookie": "language=en"}).text


def test_an_area_page_shows_what_services_say_of_that_area_not_of_mine(lampung):
    client = TestClient(lampung)
    client.cookies.set("area", "18.71")
    assert "tel:112" in client.get("/area/18.04").text


# Parts


def test_content_turns_contacts_into_links():
    links = {"https://a.example": "https://a.example", "a@b.example": "mailto:a@b.example", "": ""}
    html = prose("# Again\n\nSee https://a.example, a@b.example or [a@b.example](/x).", links)
    assert "<h2>Again</h2>" in html
    assert '<a href="https://a.example">https://a.example</a>,' in html
    assert '<a href="mailto:a@b.example">a@b.example</a> or <a href="/x">a@b.example</a>.' in html


def test_content_keeps_the_policy():
    html = prose("|a|b|\n|-:|:-|\n|1|2|\n\n![x](https://evil.example/x.png) <b>x</b>", {})
    assert "style=" not in html
    assert '<td class="right">1</td>' in html
    assert "<img" not in html
    assert "&lt;b&gt;" in html
    assert prose(escaped("*a* [b](c)"), {}) == "<p>*a* [b](c)</p>\n"


def test_names_of_languages_and_time_zones():
    assert [own_name(x) for x in ("en", "fr", "xx")] == ["English", "Français", "XX"]
    catalogs = Catalogs(("id", "fr"), {}, {})
    assert catalogs.own("id", OWN_NAME) == "Bahasa Indonesia"
    assert catalogs.own("fr", OWN_NAME) is None  # not what stands in for the words of a page
    assert name_in("id", "en") == "Indonesian"
    assert name_in("xx", "en") == "XX"
    assert [direction(x) for x in ("id", "ar", "ckb", "xx")] == ["ltr", "rtl", "rtl", "ltr"]
    assert zone_name("Asia/Jayapura", "id") == "WIT (UTC+9)"
    assert zone_name("Asia/Jakarta", "en") == "Western Indonesia Time (UTC+7)"
    assert zone_name("Asia/Kathmandu", "xx").endswith("(UTC+5:45)")


def test_filters():
    assert tel("(0721) 123-456") == "0721123456"
    assert tel("+62 811") == "+62811"
    assert host("https://www.lampungprov.go.id/x") == "lampungprov.go.id"
    assert brief("b7ad440a1322e7be3189a16a8cac35f7d4c3d7f7, 2026") == "b7ad440, 2026"
