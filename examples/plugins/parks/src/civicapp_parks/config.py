"""What a region's pack says: services/parks/config.yaml and places.csv."""

from civicapp import AgencyCode, AreaCode, Int, Localized, Row, ServiceConfig, Table, Text
from pydantic import Field


class Place(Row):
    """A place, a row of places.csv."""

    code: Text = Field(description="Key, and the end of its address.")
    name: Localized = Field(description="What people call it.")
    about: Localized | None = Field(default=None, description="What there is to know, in short.")
    area: AreaCode | None = Field(default=None, description="Where it is; empty: everywhere.")
    agency: AgencyCode | None = Field(
        default=None, description="Whose officers read its notes; empty: those of the area."
    )


class PlacesConfig(ServiceConfig):
    """The places of a region, and how notes are handled."""

    places: Table[Place] = ()
    note_limit: Int = Field(default=500, ge=50, le=2000, description="Longest note, in characters.")
    keep_days: Int = Field(
        default=365, ge=1, le=3650, description="Days after which a note is forgotten."
    )
    slow_above: Int = Field(
        default=20, ge=1, description="Notes an hour from one address above which we slow down."
    )
    refuse_above: Int = Field(
        default=200,
        ge=1,
        description="Notes an hour from one address above which we say how long to wait. "
        "Thousands of people share one address of a mobile network: keep it high.",
    )
