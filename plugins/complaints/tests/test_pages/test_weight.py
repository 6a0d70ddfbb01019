"""What pages weigh on a slow line: sizes are those of gzip, as a proxy sends them."""

import gzip
import re

import pytest

KB = 1024
AREAS = ["18.71", "18.71.13", "18.71.13.1005"]


def weigh(answer):
    return len(gzip.compress(answer.content, 6))


def test_question_pages_are_light(world, visitor):
    assert weigh(visitor.get("/complaints/new")) <= 5 * KB
    base = visitor.post("/complaints/new", {"category": "road.pothole"}).headers["location"]
    base = base.rsplit("/", 1)[0]
    visitor.post(f"{base}/place", {"area": AREAS})
    visitor.post(f"{base}/kind", {"answer": "regency"})
    visitor.post(f"{base}/describe", {"description": "Ada lubang besar di jalan"})
    visitor.post(f"{base}/contact", {})
    for step in ("place", "kind", "describe", "contact", "check"):
        assert weigh(visitor.get(f"{base}/{step}")) <= 5 * KB, step
    picture = re.search(r'src="([^"]+map\.svg[^"]*)"', visitor.get(f"{base}/place").text)
    assert picture is not None
    assert weigh(visitor.get(picture[1])) <= 12 * KB


def test_lists_and_desk_are_light(world, visitor):
    world.seed()
    for _ in range(25):
        world.publish(world.submit(visibility="public"))
    for path, limit in (("/complaints", 10), ("/complaints/map", 22)):
        assert weigh(visitor.get(path)) <= limit * KB, path
    officer = world.officer()
    for path in ("/desk/complaints", f"/desk/complaints/{world.reports()[0].number}"):
        assert weigh(officer.get(path)) <= 14 * KB, path


@pytest.mark.parametrize(
    ("name", "limit"),
    [("portal.css", 10), ("complaints/desk.css", 3), ("complaints/report.js", 6)],
)
def test_styles_and_scripts_are_light(world, visitor, name, limit):
    url = world.request.app.state.portal.assets.url(name)
    assert weigh(visitor.get(url)) <= limit * KB


def test_the_desks_script_is_small(world, visitor):
    url = world.request.app.state.portal.assets.url("complaints/desk.js")
    assert len(visitor.get(url).content) <= 4 * KB
