"""What `civicapp check` says about numbers.csv."""


def test_a_sound_table_has_no_error(isle):
    assert not [p for p in isle.boot().problems if p.is_error]


def test_a_confirmed_number_without_source_is_reported_at_its_cell(isle):
    table = isle.numbers.replace(
        "119,,ambulance,Ambulance,Ambulans,Free of charge.,confirmed,a gazette",
        "119,,ambulance,Ambulance,Ambulans,Free of charge.,confirmed,",
    )
    isle.write("services/hotlines/numbers.csv", table)
    found = isle.boot()
    (problem,) = [p for p in found.problems if p.is_error]
    assert found.kernel is None
    assert problem.code == "hotlines-unsourced"
    assert problem.origin is not None
    assert (problem.origin.line, problem.origin.column) == (4, 51)
    assert "unconfirmed" in problem.hint


def test_every_fault_of_the_table_is_reported_at_once(isle):
    rows = (
        "99,,police,A,B,,confirmed,\n113,7.9,fire,A,B,,confirmed,x\n115,,resuce,A,B,,confirmed,x\n"
    )
    isle.write("services/hotlines/numbers.csv", isle.numbers + rows)
    found = [p for p in isle.boot().problems if p.is_error]
    assert {(p.code, p.origin.line if p.origin else 0) for p in found} == {
        ("unknown-area", 9),
        ("wrong-value", 10),
    }
    # Rules run once the table can be read.
    isle.write("services/hotlines/numbers.csv", isle.numbers + rows.splitlines()[0] + "\n")
    found = [p for p in isle.boot().problems if p.is_error]
    assert [p.code for p in found] == ["hotlines-number", "hotlines-unsourced"]


def test_a_region_without_numbers_starts_with_a_warning(isle):
    (isle.folder / "services/hotlines/numbers.csv").unlink()
    found = isle.boot()
    assert found.kernel is not None
    assert "hotlines-none" in {p.code for p in found.problems}


def test_hook_check_region_and_hook_service_are_implemented(isle):
    kernel = isle.boot().kernel
    assert kernel is not None
    assert kernel.service("hotlines").service.config is not None
