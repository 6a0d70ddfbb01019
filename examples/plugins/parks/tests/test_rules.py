"""What `civicapp check` says about places.csv."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from civicapp.kernel import boot

OWN = "parks-"
HEAD = "code,name_en,area,agency\n"


@pytest.fixture
def pack_files(request: pytest.FixtureRequest) -> Mapping[str, str]:
    return {"services/parks/places.csv": HEAD + request.param}


@pytest.mark.parametrize(
    ("pack_files", "code", "place"),
    [
        ("", "none", (1, 1)),
        ("Big_Field,Field,,\n", "code", (2, 1)),
        ("field,Field,1.1.1,OPERATOR\ngrove,Grove,1.2,HARBOUR\n", "agency", (3, 17)),
    ],
    indirect=["pack_files"],
)
def test_a_fault_is_reported_at_its_cell(
    region_under_test: Path, code: str, place: tuple[int, int]
) -> None:
    (problem,) = [p for p in boot(region_under_test).problems if p.code.startswith(OWN)]
    assert problem.code == OWN + code
    assert problem.is_error is (code != "none")
    assert problem.origin is not None
    assert (problem.origin.line, problem.origin.column) == place
