"""What a region's pack says about telephone numbers: services/hotlines/numbers.csv."""

from typing import ClassVar, Literal

from civicapp import AreaCode, Localized, Row, ServiceConfig, Table, Text

Kind = Literal[
    "emergency", "fire", "ambulance", "police", "rescue", "disaster", "protection", "utility"
]


class HotlineNumber(Row):
    """One number. Without an area it is answered in the whole region."""

    key: ClassVar[tuple[str, ...]] = ("number", "area")

    number: Text
    area: AreaCode | None = None
    kind: Kind
    name: Localized
    note: Localized | None = None
    status: Literal["confirmed", "unconfirmed"]
    basis: Literal["found", "recalled", "proposed"] | None = None
    source: Text | None = None
    remark: Text | None = None


class HotlinesConfig(ServiceConfig):
    """The numbers of a region."""

    numbers: Table[HotlineNumber] = ()
