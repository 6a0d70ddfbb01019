"""The invented island of civicapp.testing with telephone numbers."""

import pytest

NUMBERS = """\
number,area,kind,name_en,name_id,note_en,status,source
110,,police,Police,Polisi,,confirmed,a gazette
112,1.1,emergency,Any emergency,Semua darurat,,confirmed,a gazette
119,,ambulance,Ambulance,Ambulans,Free of charge.,confirmed,a gazette
0811729444,1.1,police,North police,Polisi Utara,,confirmed,a gazette
117,,disaster,Disasters,Bencana,,unconfirmed,
123,,utility,Power,Listrik,,confirmed,a gazette
"""


@pytest.fixture
def enabled_plugins():
    return ("hotlines",)


@pytest.fixture
def numbers():
    """Return the table of numbers."""
    return NUMBERS


@pytest.fixture
def pack_files(numbers):
    return {"services/hotlines/numbers.csv": numbers}


@pytest.fixture
def database_kind():
    """Use one kind of database: the plugin has no tables."""
    return "sqlite"
