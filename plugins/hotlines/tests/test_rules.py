"""What `civicapp check` says about numbers.csv."""

import pytest

TABLE = "services/hotlines/numbers.csv"


@pytest.fixture
def check(boot_island):
    """Boot the island with another table of numbers."""
    return lambda table: boot_island({TABLE: table})


def test_a_sound_table_has_no_error(check, numbers):
    assert not [p for p in check(numbers).problems if p.is_error]


def test_a_confirmed_number_without_source_is_reported_at_its_cell(check, numbers):
    row = "119,,ambulance,Ambulance,Ambulans,Free of charge.,confirmed,"
    found = check(numbers.replace(f"{row}a gazette", row))
    (problem,) = [p for p in found.problems if p.is_error]
    assert found.kernel is None
    assert problem.code == "hotlines-unsourced"
    assert problem.origin is not None
    assert (problem.origin.line, problem.origin.column) == (4, 51)
    assert "unconfirmed" in problem.hint


def test_every_fault_of_the_table_is_reported_at_once(check, numbers):
    rows = (
        "99,,police,A,B,,confirmed,\n113,1.9,fire,A,B,,confirmed,x\n115,,resuce,A,B,,confirmed,x\n"
    )
    found = [p for p in check(numbers + rows).problems if p.is_error]
    assert {(p.code, p.origin.line if p.origin else 0) for p in found} == {
        ("unknown-area", 9),
        ("wrong-value", 10),
    }
    # Rules run once the table can be read.
    found = [p for p in check(numbers + rows.splitlines()[0] + "\n").problems if p.is_error]
    assert [p.code for p in found] == ["hotlines-number", "hotlines-unsourced"]


def test_a_region_without_numbers_starts_with_a_warning(check, numbers):
    found = check(numbers.splitlines()[0] + "\n")
    assert found.kernel is not None
    assert "hotlines-none" in {p.code for p in found.problems}
