"""Which rule counts."""

from collections.abc import Callable

import pytest
from civicapp_complaints.config import Answer, Category, Rule
from civicapp_complaints.domain.routing import (
    Route,
    Unrouted,
    ambiguous,
    below,
    rank,
    resolve,
    routes_at_once,
)
from hypothesis import given
from hypothesis import strategies as st

from civicapp import Localized

PATH = ("7", "7.1", "7.1.3")
Make = Callable[..., Category]


def rule(id: str, **values: object) -> Rule:
    return Rule.model_validate({"id": id, "agency": id.upper(), **values})


def answer(owner: str, assumed: bool = False) -> Answer:
    return Answer(
        question="owner",
        code=owner,
        name=Localized({"en": owner}),
        picture="road",
        owner=owner,
        assumed=assumed,
    )


# From the most special to the least.
RULES = [
    rule("owner_code", owner="province", category="road.hole"),
    rule("owner_parent", owner="province", category="road"),
    rule("code_village", category="road.hole", area="7.1.3"),
    rule("code_district", category="road.hole", area="7.1"),
    rule("code_first", category="road.hole", priority=5),
    rule("code", category="road.hole"),
    rule("parent_village", category="road", area="7.1.3"),
    rule("parent", category="road"),
    rule("village", area="7.1.3"),
    rule("any"),
]


def test_the_most_special_rule_counts(category: Make) -> None:
    pothole = category("road.hole", question="owner")
    rules = list(RULES)
    while rules:
        found = resolve(reversed(rules), pothole, PATH, answer("province"))
        assert isinstance(found, Route)
        assert found.rule is rules.pop(0)


@pytest.mark.parametrize(
    ("code", "path", "owner", "agency"),
    [
        ("road.hole", PATH, None, "CODE_VILLAGE"),
        ("road.hole", PATH, "district", "CODE_VILLAGE"),
        ("road.hole", PATH, "province", "OWNER_CODE"),
        ("road.hole", PATH[:2], None, "CODE_DISTRICT"),
        ("road.hole", PATH[:1], None, "CODE_FIRST"),
        ("road.hole", (), None, "CODE_FIRST"),
        ("road.hole", ("7", "7.10"), None, "CODE_FIRST"),
        ("road", PATH[:1], None, "PARENT"),
        ("road.light", PATH, None, "PARENT_VILLAGE"),
        ("road.light", PATH, "province", "OWNER_PARENT"),
        ("roadworks", PATH, None, "VILLAGE"),
        ("roadworks", (), None, "ANY"),
    ],
)
def test_rules_hold_for_what_lies_below(
    category: Make, code: str, path: tuple[str, ...], owner: str | None, agency: str
) -> None:
    found = resolve(RULES, category(code), path, answer(owner) if owner else None)
    assert isinstance(found, Route)
    assert found.agency == agency


def test_who_does_not_know_the_owner_gets_an_assumed_one(category: Make) -> None:
    asks = category("road.hole", question="owner")
    rules = [rule("street", category="road"), rule("highway", category="road", owner="province")]
    assert resolve(rules, asks, PATH) == Route(rules[0], assumed=True)
    assert resolve(rules, asks, PATH, answer("district", True)) == Route(rules[0], assumed=True)
    assert resolve(rules, asks, PATH, answer("district")) == Route(rules[0])
    assert resolve(rules, asks, PATH, answer("province")) == Route(rules[1])
    assert resolve(rules, category("road.hole"), PATH) == Route(rules[0])


def test_an_agency_without_an_office_at_the_place_is_passed_over(category: Make) -> None:
    rules = [rule("village", category="road.hole"), rule("district", category="road")]
    found = resolve(rules, category("road.hole"), PATH, None, lambda code: code == "DISTRICT")
    assert found == Route(rules[1])
    nowhere = resolve(rules, category("road.hole"), (), None, lambda _: False)
    assert nowhere == Unrouted("no-office", tuple(rules))


def test_what_no_rule_fits_is_for_the_desk(category: Make) -> None:
    assert resolve([], category("road.hole"), PATH) == Unrouted("no-rule")
    assert resolve(RULES[:1], category("road.hole"), PATH) == Unrouted("no-rule")


def test_rules_that_fit_equally_are_for_the_desk_and_reported(category: Make) -> None:
    rules = [rule("one", category="road"), rule("two", category="road"), rule("any")]
    assert resolve(rules, category("road.hole"), PATH) == Unrouted("several", tuple(rules[:2]))
    assert list(ambiguous(rules)) == [(rules[0], rules[1])]
    assert list(ambiguous(RULES)) == []


def test_a_report_begins_as_routed_only_by_one_rule_of_a_category_that_allows_it(
    category: Make,
) -> None:
    found = resolve(RULES, category("road.hole"), PATH)
    assert routes_at_once(category("road.hole"), found)
    assert not routes_at_once(category("road.hole", auto_route=False), found)
    assert not routes_at_once(category("road.hole"), Unrouted("no-rule"))


def test_codes_lie_below_whole_parts_only() -> None:
    assert below("road.hole", "road")
    assert below("road", "road")
    assert not below("roadworks", "road")
    assert not below("road", "road.hole")


SCOPES = st.builds(
    lambda category, area, owner, priority: {
        "category": category,
        "area": area,
        "owner": owner,
        "priority": priority,
    },
    st.sampled_from([None, "road", "road.hole", "water"]),
    st.sampled_from([None, *PATH, "7.2"]),
    st.sampled_from([None, "province", "district"]),
    st.integers(0, 1),
)


@given(st.lists(SCOPES, max_size=8), st.sampled_from([None, "province", "district"]))
def test_one_rule_outranks_all_others_or_two_are_ambiguous(
    scopes: list[dict[str, object]], owner: str | None
) -> None:
    rules = [rule(f"r{n}", **scope) for n, scope in enumerate(scopes)]
    pothole = Category(code="road.hole", group="road", name=Localized({"en": "x"}), sla="simple")
    given_answer = answer(owner) if owner else None
    found = resolve(rules, pothole, PATH, given_answer)
    if isinstance(found, Route):
        others = [r for r in rules if resolve([r], pothole, PATH, given_answer) == Route(r)]
        assert all(rank(r, PATH) < rank(found.rule, PATH) for r in others if r is not found.rule)
    elif found.reason == "several":
        assert list(ambiguous(rules))
