"""What `civicapp check` says about a pack's complaints."""

import pytest

from civicapp import Severity

CATEGORIES, ROUTES, ANSWERS = "categories.csv", "routes.csv", "answers.csv"


def test_a_sound_pack_has_no_problem(isle) -> None:
    found = isle.boot()
    assert found.kernel is not None, found.problems
    assert {p.code for p in found.problems} <= {"no-source", "missing-page"}


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "at"),
    [
        (CATEGORIES, "road.hole,road", "Road Hole,road", "complaints-code", (2, 1)),
        (CATEGORIES, "road.hole,", f"road.{'x' * 28},", "complaints-code", (2, 1)),
        (CATEGORIES, "road.hole,road", "road.hole,roads", "complaints-unknown", (2, 11)),
        (CATEGORIES, ",simple,", ",simpel,", "complaints-unknown", (2, 66)),
        (CATEGORIES, ",owner\n", ",owners\n", "complaints-unknown", (2, 81)),
        (CATEGORIES, "urgent,,110", ",,110", "complaints-no-sla", (3, 1)),
        (CATEGORIES, ",,true,113", ",simple,true,113", "complaints-promise", (4, 42)),
        (CATEGORIES, ",true,113", ",true,", "complaints-no-number", (4, 43)),
        (CATEGORIES, ",110,", ",call us,", "complaints-number", (3, 63)),
        (CATEGORIES, ",110,true,,", ",110,true,true,", "complaints-sensitive", (3, 72)),
        (ROUTES, "order,order", "order,orders", "complaints-unknown", (4, 7)),
        (ROUTES, "order,order", "order,order.crime", "complaints-no-route", (4, 1)),
        (ROUTES, ",province,", ",national,", "complaints-owner", (3, 16)),
        (ROUTES, "highways,road,,province", "highways,road,,", "complaints-ambiguous", (3, 1)),
        (ANSWERS, "street,district,", "street,village,", "complaints-level", (3, 42)),
        (ANSWERS, "owner,street,", "owners,street,", "complaints-unknown", (3, 1)),
        (ANSWERS, "unknown,district,true", "unknown,district,", "complaints-answers", (2, 1)),
        (ANSWERS, "street,district,", "street,district,true", "complaints-answers", (2, 1)),
        ("config.yaml", "ISL", "Isle", "complaints-setting", (1, 16)),
        ("config.yaml", '"62"', '"0062"', "complaints-setting", (3, 16)),
        ("config.yaml", 'phone_country: "62"\n', "", "complaints-setting", (3, 14)),
        ("config.yaml", "level: district", "level: village", "complaints-level", (5, 18)),
        ("config.yaml", "number_", "refuse_above: 10\nnumber_", "complaints-setting", (1, 15)),
        ("config.yaml", "number_", "plate_pattern: '[A'\nnumber_", "complaints-setting", (1, 16)),
        ("config.yaml", "number_", "plate_pattern: 'A*'\nnumber_", "complaints-setting", (1, 16)),
    ],
)
def test_each_fault_is_placed_and_stops_the_start(
    isle, file: str, old: str, new: str, code: str, at: tuple[int, int]
) -> None:
    isle.replace(file, old, new)
    found = isle.boot()
    assert found.kernel is None
    errors = [p for p in found.problems if p.is_error]
    assert code in {p.code for p in errors}, errors
    assert all(p.hint for p in errors)
    places = {(p.origin.line, p.origin.column) for p in errors if p.origin and p.code == code}
    assert at in places, places


def test_equal_rules_name_both_lines(isle) -> None:
    isle.replace(ROUTES, "highways,road,,province", "highways,road,,")
    (problem,) = [p for p in isle.boot().problems if p.is_error]
    assert problem.origin is not None
    lines = {problem.origin.line, int(problem.message.rsplit(":", 2)[-2])}
    assert lines == {2, 3}


def test_a_rule_with_more_priority_is_not_ambiguous(isle) -> None:
    isle.replace(ROUTES, "highways,road,,province,,", "highways,road,,,1,")
    assert not [p for p in isle.boot().problems if p.is_error]


def test_a_question_that_nobody_asks_is_a_warning(isle) -> None:
    isle.replace(CATEGORIES, ",owner\n", ",\n")
    found = isle.boot()
    assert found.kernel is not None
    (problem,) = [p for p in found.problems if p.code == "complaints-unasked"]
    assert problem.severity is Severity.WARNING


def test_a_pack_without_complaints_says_what_is_missing(isle) -> None:
    for path in (isle.folder / "services/complaints").iterdir():
        path.unlink()
    errors = [p for p in isle.boot().problems if p.is_error]
    assert [(p.code, "desk_agency" in p.message) for p in errors] == [("missing-key", True)]
    isle.write("services/complaints/config.yaml", "desk_agency: DESK\n")
    assert [p.code for p in isle.boot().problems if p.is_error] == ["complaints-none"]


def test_an_unknown_agency_is_reported(isle) -> None:
    isle.replace(ROUTES, "ROADS,HIGHWAYS", "ROADZ,HIGHWAYS")
    (problem,) = [p for p in isle.boot().problems if p.is_error]
    assert problem.code == "unknown-agency"
    assert "ROADS" in problem.hint
