"""`civicapp new-region --bare`: an invented island, right to left, with and without polygons."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from civicapp_complaints.models import Report
from sqlalchemy import func, select

from civicapp.identity.accounts import Wish as Grant
from civicapp.identity.accounts import create, grant
from civicapp.identity.audit import Act
from civicapp.identity.demo import seed_demo_accounts
from civicapp.identity.tokens import create_token
from civicapp.kernel import Kernel, boot
from civicapp.scaffold.region.levels import outline
from civicapp.seeding import seed

OWN = ("--bare", "--currency", "XTS", "--timezone", "Etc/GMT-3", "--language", "ar")
AREAS = """\
code,name,level,parent
V,فيريا,island,
V1,الشمال,district,V
V2,الجنوب,district,V
V1A,مرسى الريح,quarter,V1
V1B,تل الزيتون,quarter,V1
V2A,حوض الملح,quarter,V2
"""
REPORTS = "/api/v1/complaints/reports"
FIRST_NOTE = "A deep hole in the lane beside the market."


def square(code: str, west: float, south: float) -> dict[str, Any]:
    east, north = west + 0.2, south + 0.2
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


SHAPES = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [square("V1A", 0, 10.2), square("V1B", 0.2, 10.2), square("V2A", 0, 10)],
    }
)


@pytest.fixture
def files(empty: Path) -> tuple[str, str]:
    """Write the island's files, and return their names."""
    (empty / "areas.csv").write_text(AREAS)
    (empty / "shapes.geojson").write_text(SHAPES)
    return "areas.csv", "shapes.geojson"


@pytest.fixture
def island(made: Any, files: tuple[str, str]) -> Kernel:
    areas, shapes = files
    name = ("--name", "ar=فيريا")
    found = made("veria", *OWN, *name, "--areas", areas, "--boundaries", shapes)
    assert isinstance(found, Kernel)
    return found


def rows(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(Path(path).read_text())))


def test_an_island_has_all_that_an_app_needs(island: Kernel) -> None:
    region = island.region
    assert dict(region.name) == {"ar": "فيريا", "en": "Veria"}
    assert (region.timezone, region.currency) == ("Etc/GMT-3", "XTS")
    assert region.languages == ("ar", "en")
    assert region.plugins == ("complaints", "hotlines", "prices")
    assert list(region.levels) == ["island", "district", "quarter"]
    assert region.area is not None
    assert region.area.code == "V"
    assert len(region.boundaries) == 3
    assert [a.code for a in region.agencies.values()] == ["OPERATOR"]
    assert {slug for slug, _ in region.pages} == {"privacy", "terms", "accessibility", "contact"}
    assert Path("regions/veria/areas/areas.csv").read_text() == AREAS


def test_roles_come_from_what_services_declare(island: Kernel) -> None:
    roles = island.region.roles
    assert [role for role in roles if not role.startswith("prices_")] == [
        "admin",
        "complaints_officer",
        "complaints_lead",
    ]
    declared = island.service("complaints").service.permissions
    plain = {p.id for p in declared if not p.identity}
    assert set(roles["complaints_officer"].grants) == plain
    assert not roles["complaints_officer"].sees_identity
    assert set(roles["complaints_lead"].grants) == {p.id for p in declared}
    assert roles["complaints_lead"].sees_identity
    assert set(roles["admin"].grants) == {"core.account.manage", "core.audit.read"}


def test_sources_leave_gaps_for_the_author(island: Kernel) -> None:
    found = {row["file"]: row for row in rows("regions/veria/sources.csv")}
    for own in ("areas/areas.csv", "areas/boundaries.geojson"):
        assert found[own]["origin"] == found[own]["licence"] == "FILL IN"
    starter = found["services/complaints/categories.csv"]
    assert (starter["origin"], starter["licence"]) == ("civicapp-complaints", "Apache-2.0")


def test_what_check_still_misses_is_the_authors(run: Any, island: Kernel) -> None:
    """Pages in the own language, and a number to call: nothing else."""
    done = run("check", "veria")
    assert done.code == 0
    codes = re.findall(r"^\S+ ([a-z-]+) warning:", done.out, re.MULTILINE)
    assert codes == ["missing-page"] * 4 + ["hotlines-none"]


def test_an_island_in_english_misses_only_numbers(run: Any, made: Any) -> None:
    kernel = made("tiny", *OWN[:-1], "en")
    assert kernel.region.languages == ("en",)
    codes = re.findall(r"^\S+ ([a-z-]+) warning:", run("check", "tiny").out, re.MULTILINE)
    assert codes == ["hotlines-none"]
    readme = Path("regions/tiny/README.md").read_text()
    assert "privacy.en.md" not in readme
    assert "locale/" not in readme


def test_pages_run_from_right_to_left(island: Kernel, serve: Any, say: Any) -> None:
    visitor = serve(island).visitor()
    home = visitor.get("/").text
    assert '<html lang="ar" dir="rtl">' in home
    assert "فيريا" in home
    # What has no translation is told in English, and a page says so.
    assert "What do you need today?" in home
    page = visitor.get("/pages/privacy")
    assert '<article class="prose" lang="en" dir="ltr">' in page.text
    assert "[Name the law" in say(page)
    for path in ("/menu", "/area", "/area/V1", "/about", "/hotlines", "/complaints/new"):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert 'dir="rtl"' in answer.text, path
    assert '<html lang="en" dir="ltr">' in serve(island).visitor("en").get("/").text


def test_a_point_finds_its_quarter_and_the_office(island: Kernel, serve: Any) -> None:
    client = serve(island).visitor().client
    report = {"category": "road.pothole", "description": FIRST_NOTE, "lat": 10.3, "lon": 0.3}
    answer = client.post(REPORTS, json=report)
    assert answer.status_code == 201, answer.text
    assert answer.json()["area"]["code"] == "V1B"
    assert answer.json()["agency"]["code"] == "OPERATOR"


def submit_by_lists(visitor: Any, say: Any, *areas: str) -> str:
    """Send a report through the pages, choosing the place from the lists; return its number."""
    answer = visitor.get("/complaints/new")
    answer = visitor.post("/complaints/new", {"category": "road.pothole"})
    base = answer.headers["location"].rsplit("/", 1)[0]
    page = visitor.follow(answer)
    assert "Where is it?" in say(page)
    for n, area in enumerate(areas):
        assert f'<option value="{area}">' in page.text
        # The page has a list per level; each sends its choice, the last one counts.
        sent = {"area": list(areas[: n + 1])}
        last = n == len(areas) - 1
        answer = visitor.post(f"{base}/place", sent if last else {**sent, "show": "1"})
        if not last:
            page = visitor.follow(answer) if answer.status_code == 303 else answer
    assert answer.headers["location"] == f"{base}/describe", say(answer)
    visitor.post(f"{base}/describe", {"description": FIRST_NOTE})
    checked = visitor.follow(visitor.post(f"{base}/contact", {"visibility": "private"}))
    assert "Service office handles this" in say(checked)
    sent_page = visitor.follow(visitor.post(f"{base}/check", {}))
    number = re.search(r"REP-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", say(sent_page))
    assert number, say(sent_page)
    return number[0]


def test_without_polygons_the_place_is_chosen_from_lists(
    made: Any, files: tuple[str, str], serve: Any, say: Any
) -> None:
    kernel = made("veria", *OWN, "--areas", files[0])
    assert len(kernel.region.boundaries) == 0
    number = submit_by_lists(serve(kernel).visitor(), say, "V2", "V2A")
    assert number.startswith("REP-")


def test_without_a_file_there_is_one_area_to_choose(
    run: Any, made: Any, serve: Any, say: Any
) -> None:
    kernel = made("tiny", *OWN)
    assert [a.name for a in kernel.region.areas.values()] == ["Tiny"]
    assert submit_by_lists(serve(kernel).visitor(), say, "1").startswith("REP-")


def test_officers_of_the_island_work_on_a_report(island: Kernel, serve: Any) -> None:
    world = serve(island)
    client = world.visitor().client
    report = {"category": "other", "description": FIRST_NOTE, "lat": 10.1, "lon": 0.1}
    sent = client.post(REPORTS, json=report)
    assert sent.status_code == 201, sent.text

    def officer(session: Any) -> str:
        account = create(session, "one@office.example", "Officer One", Act())
        wish = Grant("complaints_officer", "OPERATOR", None)
        grant(session, account, wish, island.region, Act())
        session.flush()
        return create_token(session, account.id, "tests", 1, Act(account.id))

    token = world.backing.database.write_now(officer)
    own = {"authorization": f"Bearer {token}", "accept": "application/json"}
    path = f"/api/v1/complaints/desk/reports/{sent.json()['id']}"
    assert client.get(path, headers=own).json()["state"] == "routed"
    done = client.post(f"{path}/accept", json={}, headers={**own, "if-match": "*"})
    assert done.status_code == 200, done.text
    assert client.get(path, headers=own).json()["state"] == "in_progress"


# Files that cannot be used


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,name,level,parent\n", "holds no area"),
        ("", "holds no area"),
        ("code,name,parent\nV,Veria,\n", "areas.csv:1:1 missing-key column `level` is missing"),
        ("name,level,parent\nV,x,\nW,y,V\n", "areas.csv:1:1 missing-key .*`code`"),
        ("code,name,level,parent\nV,Veria,island,W\n", r"areas\.csv:2:\d+ orphan-area"),
        ("code,name,level,parent\nV,A,island,\nV,B,island,\n", r"areas\.csv:3:1 duplicate-row"),
        ("code,name,level,parent,colour\nV,A,island,,red\n", r"areas\.csv:1:\d+ unknown-key"),
        ('code,name,level,parent\nV,"A,island,\n', r"areas\.csv:2"),
        ("code,name,level,parent\nV,A,x,\nV1,B,x,V\n", r"areas\.csv:3:\d+ wrong-value"),
        ("code,name,level,parent\nV,A,x,\nV1,B,y,V\nV2,C,x,V1\n", r"areas\.csv:4:\d+ wrong-value"),
    ],
)
def test_odd_areas_are_refused_at_their_line(run: Any, empty: Path, text: str, said: str) -> None:
    (empty / "areas.csv").write_text(text)
    done = run("new-region", "veria", *OWN, "--areas", "areas.csv")
    assert done.code == 2
    assert re.search(said, done.err), done.err
    assert ".civicapp-" not in done.err
    assert sorted(p.name for p in empty.iterdir()) == ["areas.csv"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"shapes\.geojson:1:\d+"),
        (json.dumps({"type": "FeatureCollection", "features": [square("W", 0, 0)]}),
         r"shapes\.geojson:\S+ unknown-area no area has the code `W`"),
    ],
)  # fmt: skip
def test_odd_boundaries_are_refused(
    run: Any, empty: Path, files: tuple[str, str], text: str, said: str
) -> None:
    (empty / "shapes.geojson").write_text(text)
    done = run("new-region", "veria", *OWN, "--areas", files[0], "--boundaries", files[1])
    assert done.code == 2
    assert re.search(said, done.err), done.err
    assert not (empty / "regions").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--bare"], "--bare needs --currency, --timezone, --language"),
        (["--bare", "--currency", "XTS", "--language", ","], "--bare needs --timezone, --language"),
        ([*OWN, "--areas", "nowhere.csv"], "--areas: nowhere.csv cannot be read: no such file"),
        ([*OWN, "--areas", "."], "cannot be read: is a directory"),
        ([*OWN, "--boundaries", "x.geojson"], "--boundaries needs --areas"),
        ([*OWN, "--code", "1"], "--code and --bare contradict"),
        ([*OWN, "--extends", "indonesia"], "--extends and --bare contradict"),
        ([*OWN, "--plugins", "complaint"], "did you mean `complaints`"),
        ([*OWN[:-1], "arabic"], "`arabic` is no language code"),
    ],
)
def test_what_a_root_pack_cannot_do_with_is_refused(
    run: Any, empty: Path, options: list[str], said: str
) -> None:
    done = run("new-region", "veria", *options)
    assert done.code == 2
    assert said in done.err
    assert list(empty.iterdir()) == []


def test_kinds_are_named_too(made: Any, empty: Path) -> None:
    text = 'code,name,level,kind,parent\nV,Veria,island,,\nV1,North,ward,"old\ntown",V\n'
    (empty / "areas.csv").write_text(text + "V2,South,ward,new_town,V\n")
    region = made("veria", *OWN, "--areas", "areas.csv").region
    assert list(region.kinds) == ["old\ntown", "new_town"]
    assert region.kinds["new_town"].name["en"] == "New town"


def test_a_demonstration_tells_no_stories_of_another_country(island: Kernel, serve: Any) -> None:
    backing = serve(island).backing
    made_accounts = backing.database.write_now(seed_demo_accounts, island.region, backing.cipher)
    assert {a.role for a in made_accounts} == set(island.region.roles)
    seed(backing)
    count = select(func.count()).select_from(Report)
    assert backing.database.read_now(lambda s: s.scalar(count)) == 0


def test_chosen_plugins_alone_are_enabled(made: Any) -> None:
    kernel = made("tiny", *OWN, "--plugins", "hotlines")
    assert kernel.region.plugins == ("hotlines",)
    assert not Path("regions/tiny/services/complaints").exists()
    assert list(kernel.region.roles) == ["admin"]


def test_a_region_inside_the_island_is_thin(island: Kernel, run: Any) -> None:
    done = run("new-region", "north", "--code", "V1", "--extends", "veria")
    assert done.code == 0, done.err
    kernel = boot("north").kernel
    assert kernel is not None
    assert "V2" not in kernel.region.areas


@pytest.mark.parametrize(
    ("rows", "levels"),
    [
        ("b,2,a\na,1,\n", ("one", "two")),
        ("a,1,\nb,2,a\nc,4,b\nd,3,b\ne,4,d\n", ("one", "two", "three", "four")),
        ("a,3,\nb,1,\n", ("three", "one")),
    ],
)
def test_levels_are_ordered_by_what_holds_what(rows: str, levels: tuple[str, ...]) -> None:
    words = {"1": "one", "2": "two", "3": "three", "4": "four"}
    text = re.sub(r",(\d),", lambda m: f",{words[m[1]]},", rows)
    assert outline("code,level,parent\n" + text).levels == levels
