"""A small invented island that takes complaints, for the tests of this plugin."""

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
from civicapp_complaints.config import Category, ComplaintsConfig

from civicapp import Localized, Region
from civicapp.kernel import Boot, boot

REGION = """\
format: 1
id: isle
area: "7"
name: {en: Isle, id: Pulau}
timezone: Asia/Jakarta
currency: IDR
languages: [en, id]
plugins: [complaints]
levels:
  province: {name: {en: Province, id: Provinsi}}
  district: {name: {en: District, id: Kecamatan}}
kinds:
  district: {name: {en: District, id: Kecamatan}, title: {en: "{name} District", id: "Kec. {name}"}}
"""
FILES = {
    "areas/areas.csv": """\
code,name,level,kind,parent,lat,lon
7,Isle,province,,,1.5,101.5
7.1,North,district,district,7,2.5,101.5
7.2,South,district,district,7,0.5,101.5
""",
    "organisation/agencies.csv": """\
code,name,short_name,level,area,scope,role
ROADS,Roads Office,Roads,district,,district,
HIGHWAYS,Highways Office,Highways,province,7,,
DESK,Citizens' Desk,Desk,province,7,,
""",
    "services/complaints/config.yaml": """\
number_prefix: ISL
desk_agency: DESK
phone_country: "62"
phone_trunk: "0"
sensitive_level: district
""",
    "services/complaints/groups.csv": """\
code,name_en,name_id,icon,sort
road,Roads,Jalan,road,10
order,Order,Ketertiban,shield,20
""",
    "services/complaints/categories.csv": """\
code,group,name_en,name_id,words_en,words_id,sla,emergency,call,sensitive,public_asset,question
road.hole,road,Pothole,Jalan berlubang,hole,jalan bolong; lubang,simple,,,,true,owner
order.crime,order,Crime,Kejahatan,theft,begal; maling,urgent,,110,true,,
order.fire,order,Fire,Kebakaran,fire,api,,true,113,,,
""",
    "services/complaints/sla.csv": """\
code,name_en,name_id,target,unit
simple,Simple,Sederhana,5,working_days
urgent,Urgent,Mendesak,24,hours
""",
    "services/complaints/routes.csv": """\
id,category,area,owner,priority,agency,alternative
roads,road,,,,ROADS,HIGHWAYS
highways,road,,province,,HIGHWAYS,ROADS
order,order,,,,DESK,
""",
    "services/complaints/questions.csv": """\
code,text_en,text_id
owner,What road is it?,Jalan apa?
""",
    "services/complaints/answers.csv": """\
question,code,name_en,name_id,picture,owner,assumed
owner,highway,Highway,Jalan raya,highway,province,
owner,street,Street,Jalan kampung,street,district,
owner,unknown,Don't know,Tidak tahu,unknown,district,true
""",
}


class Isle:
    """The island's pack; change a file, then boot it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("region.yaml", REGION)
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        """Write a file of the pack."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the service."""
        file = f"services/complaints/{name}"
        text = (self.folder / file).read_text("utf-8")
        assert old in text
        self.write(file, text.replace(old, new))

    def boot(self) -> Boot:
        """Load the pack."""
        return boot(self.folder)

    def config(self) -> ComplaintsConfig:
        """Load the pack and return what it says about complaints."""
        region = self.boot().region
        assert region is not None
        return region.config("complaints", ComplaintsConfig)


@pytest.fixture
def isle(tmp_path: Path) -> Isle:
    """Return the island's pack in a temporary folder."""
    return Isle(tmp_path / "isle")


def _region(id: str) -> Region:
    found = boot(id, today=datetime.date(2026, 11, 24))
    assert found.kernel is not None, found.problems
    assert found.region is not None
    return found.region


@pytest.fixture(scope="session")
def lampung() -> Region:
    """Return the region Lampung."""
    return _region("lampung")


@pytest.fixture(scope="session")
def indonesia() -> Region:
    """Return the base pack, served as a region."""
    return _region("indonesia")


@pytest.fixture
def category() -> Callable[..., Category]:
    """Return a maker of categories."""

    def make(code: str = "road.hole", **values: object) -> Category:
        fields = {"group": "road", "name": Localized({"en": code}), "sla": "simple", **values}
        return Category.model_validate({"code": code, **fields})

    return make
