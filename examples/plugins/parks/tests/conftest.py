"""What tests start from: the invented island of civicapp.testing, with three places."""

from collections.abc import Mapping, Sequence

import pytest

PLACES = """\
code,name_en,name_id,about_en,area,agency
meadow,Meadow,Lapangan,A wide meadow by the harbour.,1.1.1,HARBOUR
grove,Grove,Hutan,,1.2,ROADS
pond,Pond,Kolam,,,
"""


@pytest.fixture
def enabled_plugins() -> Sequence[str]:
    return ("parks",)


@pytest.fixture
def pack_files() -> Mapping[str, str]:
    return {"services/parks/places.csv": PLACES}
