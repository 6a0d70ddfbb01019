"""An invented island as a pack in a temporary folder, and a plugin that reads a part of it."""

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import Field

from civicapp import (
    AgencyCode,
    AreaCode,
    Date,
    Flag,
    Int,
    Localized,
    Number,
    Problem,
    Region,
    Row,
    SecretRef,
    Service,
    ServiceConfig,
    Table,
    Text,
    hookimpl,
)
from civicapp.config import ConfigModel
from civicapp.kernel import Boot, boot

TODAY = datetime.date(2026, 6, 1)


def square(code: str, west: float, south: float, size: float = 1.0) -> dict[str, Any]:
    """Return a feature: a square with a corner at the south-west."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def shapes(*features: object) -> str:
    """Write a feature collection."""
    return json.dumps({"type": "FeatureCollection", "features": features})


# One province, two regencies side by side, three districts.
ISLAND = {
    "region.yaml": """\
format: 1
id: island
name: {en: Vera, fr: Véra}
timezone: Asia/Jakarta
currency: IDR
languages: [en, fr]
plugins: [market]
levels:
  province: {name: {en: Province}}
  regency: {name: {en: Regency}}
  district: {name: {en: District}}
kinds:
  city: {name: {en: City}, title: {en: "{name} City", fr: "Ville de {name}"}}
""",
    "areas/areas.csv": """\
code,name,level,kind,parent,lat,lon
7,Vera,province,,,1,101
7.1,West,regency,city,7,0.5,100.5
7.10,East,regency,,7,0.5,101.5
7.1.1,Port,district,,7.1,0.2,100.5
7.1.2,Hill,district,,7.1,0.8,100.5
7.10.1,Mill,district,,7.10,0.5,101.5
""",
    "areas/boundaries.geojson": shapes(square("7.1", 100, 0), square("7.10", 101, 0)),
    "organisation/agencies.csv": """\
code,name,short_name,level,area,scope,role
ROADS,Public Works,Works,regency,,regency,
PORT,Port Authority,Port,district,7.1.1,,
WESTROADS,Western Roads,West Roads,regency,7.1,,ROADS
""",
    "sources.csv": """\
file,origin,licence
areas/areas.csv,invented,CC0
areas/boundaries.geojson,invented,CC0
organisation/agencies.csv,invented,CC0
services/market/stalls.csv,invented,CC0
""",
    "content/privacy.en.md": "# Privacy\n\nText.\n",
    "content/terms.en.md": "# Terms\n\nText.\n",
    "content/accessibility.en.md": "# Accessibility\n\nText.\n",
    "content/contact.en.md": "# Contact\n\nWrite to {email}.\n",
    "branding/theme.yaml": 'name: {en: Vera}\nlogo: logo.svg\nlight: {brand: "#5B1A3A"}\n',
    "branding/logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"/>\n',
    "locale/fr.po": 'msgid ""\nmsgstr ""\n\nmsgid "Good %(day)s"\nmsgstr "Bon %(day)s"\n',
    "services/market/config.yaml": """\
opens: 16:00
days: 6
fee: 12.5
covered: true
since: 2020-02-29
office: PORT
""",
    "services/market/stalls.csv": """\
code,area,agency,name_en,name_fr,count,note
fish,7.1.1,PORT,Fish,Poisson,12,
fruit,7.10,ROADS,Fruit,Fruits,3,"sweet,
and sour"
bread,,,Bread,Pain,,
""",
}  # fmt: skip


class Stall(Row):
    """A row of services/market/stalls.csv."""

    key: ClassVar[tuple[str, ...]] = ("code",)

    code: Text
    area: AreaCode | None = None
    agency: AgencyCode | None = None
    name: Localized
    count: Int | None = None
    note: Text | None = None
    pin: SecretRef | None = None


class Gate(ConfigModel):
    """A nested mapping with a secret."""

    key: SecretRef | None = None
    width: Int = 1


class MarketConfig(ServiceConfig):
    """services/market/config.yaml: a field of each type."""

    opens: Text
    days: Int
    fee: Number | None = None
    covered: Flag = True
    since: Date | None = None
    office: AgencyCode | None = None
    title: Localized | None = None
    password: SecretRef | None = None
    gates: tuple[Gate, ...] = ()
    limits: dict[Text, Int] = Field(default_factory=dict)
    stalls: Table[Stall] = ()


def market(check: Callable[[Region], Iterable[Problem]] | None = None) -> SimpleNamespace:
    """Make the plugin of the market; its rule wants more than no fish."""

    @hookimpl
    def service() -> Service:
        return Service(id="market", config=MarketConfig)

    @hookimpl
    def check_region(region: Region) -> Iterator[Problem]:
        if check is not None:
            yield from check(region)
        for stall in region.config("market", MarketConfig).stalls:
            if stall.code == "fish" and stall.count == 0:
                key = "services/market/stalls/fish/count"
                yield region.problem(key, "market-no-fish", "there is no fish", "buy some")

    return SimpleNamespace(service=service, check_region=check_region)


@dataclass
class Pack:
    """A pack to write, to break and to boot."""

    folder: Path
    plugins: dict[str, object] = field(default_factory=lambda: {"market": market()})

    def write(self, name: str, content: str | bytes | None) -> "Pack":
        """Write a file; None removes it."""
        path = self.folder / name
        if content is None:
            path.unlink()
            return self
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def write_all(self, files: Mapping[str, str | bytes]) -> "Pack":
        """Write several files."""
        for name, content in files.items():
            self.write(name, content)
        return self

    def text(self, name: str) -> str:
        """Return a file's text."""
        return (self.folder / name).read_text("utf-8")

    def edit(self, name: str, old: str, new: str) -> "Pack":
        """Change a text in a file, which must hold it once."""
        text = self.text(name)
        assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
        return self.write(name, text.replace(old, new))

    def append(self, name: str, more: str) -> "Pack":
        """Write lines at the end of a file."""
        return self.write(name, self.text(name) + more)

    def boot(self, **given: Any) -> Boot:
        """Load the pack."""
        return boot(self.folder, **{"plugins": self.plugins, "today": TODAY, **given})

    def region(self) -> Region:
        """Load the pack, which must have no error."""
        booted = self.boot()
        assert booted.kernel is not None, booted.problems
        return booted.kernel.region

    def problems(self, **given: Any) -> list[Problem]:
        """Return what is wrong with the pack."""
        return list(self.boot(**given).problems)

    def found(self, **given: Any) -> list[str]:
        """Return place and code of each problem; a warning has its mark."""
        return [
            f"{p.origin} {p.code}" + ("" if p.is_error else " (warning)")
            for p in self.problems(**given)
        ]

    def only(self, **given: Any) -> Problem:
        """Return the one problem that the pack has."""
        problems = self.problems(**given)
        assert len(problems) == 1, problems
        return problems[0]


@pytest.fixture
def island(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """Return the island's pack, in the working folder; it has no problem."""
    monkeypatch.chdir(tmp_path)
    return Pack(Path("island")).write_all(ISLAND)


@pytest.fixture
def child(island: Pack) -> Pack:
    """Return a pack that extends the island and adds nothing."""
    pack = Pack(Path("child"), island.plugins)
    return pack.write("region.yaml", "format: 1\nid: child\nextends: island\nname: {en: Child}\n")


@pytest.fixture
def make_market() -> Callable[..., SimpleNamespace]:
    """Return the maker of the market's plugin, which takes a further rule."""
    return market
