"""What a region's pack says about complaints: services/complaints/config.yaml and its tables."""

from typing import ClassVar, Literal

from pydantic import Field

from civicapp import AgencyCode, AreaCode, Flag, Int, Localized, Row, ServiceConfig, Table, Text


class Group(Row):
    """A group of categories, a row of groups.csv."""

    code: Text = Field(description="Key; categories name it.")
    name: Localized = Field(description="What residents read.")
    icon: Text = Field(description="Picture of the group; an icon of the portal kit.")
    sort: Int = Field(description="Groups are shown by this number.")


class Category(Row):
    """What a complaint can be about, a row of categories.csv.

    A code with dots lies below the codes in front of them: what routes.csv says of `road` holds for
    `road.light` too, unless it says more of that.
    """

    code: Text = Field(description="Key, [a-z0-9.] of 1 to 32 characters; also the Open311 code.")
    group: Text = Field(description="Code of a group.")
    name: Localized = Field(description="What residents read.")
    words: Localized | None = Field(
        default=None, description="What people type to find it; phrases divided by `;`."
    )
    icon: Text | None = Field(
        default=None, description="Picture; an icon of the portal kit. Empty: that of the group."
    )
    kind: Literal["report", "information", "aspiration"] = Field(
        default="report", description="An `information` is answered, a `report` is mended."
    )
    sla: Text | None = Field(
        default=None, description="Code of a class in sla.csv. Empty only for an emergency."
    )
    emergency: Flag = Field(
        default=False, description="The number to call comes first, and no deadline is promised."
    )
    call: Text | None = Field(
        default=None, description="Telephone number for those in danger; an emergency has one."
    )
    sensitive: Flag = Field(
        default=False,
        description="Never public, and told to nobody finer than `sensitive_level`.",
    )
    public_asset: Flag = Field(
        default=False,
        description="It is about public property such as a road: its exact place may be shown.",
    )
    location: Literal["required", "optional", "none"] = Field(
        default="required", description="Whether the form asks for a place."
    )
    question: Text | None = Field(
        default=None, description="Code of a question whose answer decides who is responsible."
    )
    evidence: Literal["photo", "note"] = Field(
        default="note", description="What shows that it is done; see `after_photo`."
    )
    auto_route: Flag = Field(
        default=True,
        description="It goes to the responsible office at once; else the desk sends it there.",
    )
    active: Flag = Field(default=True, description="`false` hides it from new reports.")
    sort: Int = Field(default=0, description="Order within the group.")
    remark: Text | None = Field(default=None, description="For those who keep the pack.")


class Sla(Row):
    """How soon complaints of a class are done, a row of sla.csv."""

    code: Text = Field(description="Key; categories name it.")
    name: Localized = Field(description="What officers read.")
    target: Int = Field(ge=1, le=1000, description="Number of hours or working days.")
    unit: Literal["hours", "working_days"] = Field(
        description="`hours` run day and night; `working_days` end when the office closes."
    )
    remark: Text | None = Field(default=None, description="For those who keep the pack.")


class Rule(Row):
    """Which agency is responsible, a row of routes.csv.

    An empty column fits everything. Of all rules that fit, the most special one counts: first one
    with an owner, then the longer category, then the narrower area, then the higher priority.
    """

    key: ClassVar[tuple[str, ...]] = ("id",)

    id: Text = Field(description="Key; kept in the history of each report that it sent.")
    category: Text | None = Field(default=None, description="Code of a category or of one above.")
    area: AreaCode | None = Field(default=None, description="Where it holds, and below.")
    owner: Text | None = Field(
        default=None, description="Level of the owner, as the answer to the category's question."
    )
    priority: Int = Field(default=0, description="Decides between rules that are equally special.")
    agency: AgencyCode = Field(description="Agency or role that is responsible.")
    alternative: AgencyCode | None = Field(
        default=None, description="Suggested when an officer sends the report on."
    )
    remark: Text | None = Field(default=None, description="For those who keep the pack.")


class Question(Row):
    """A question whose answer decides who is responsible, a row of questions.csv."""

    code: Text = Field(description="Key; categories name it.")
    text: Localized = Field(description="The question.")
    hint: Localized | None = Field(default=None, description="What to look at.")


class Answer(Row):
    """An answer with a picture, a row of answers.csv."""

    key: ClassVar[tuple[str, ...]] = ("question", "code")

    question: Text = Field(description="Code of the question.")
    code: Text = Field(description="Key within the question.")
    name: Localized = Field(description="The answer.")
    hint: Localized | None = Field(default=None, description="How to recognise it.")
    picture: Text = Field(description="Name of a picture that the plugin brings.")
    owner: Text = Field(description="Level of the owner: `national` or a level of areas.")
    assumed: Flag = Field(
        default=False,
        description="Don't know: the owner is assumed, and marked so until an officer has looked.",
    )
    sort: Int = Field(default=0, description="Order of the answers.")


class ComplaintsConfig(ServiceConfig):
    """How complaints work in a region."""

    groups: Table[Group] = ()
    categories: Table[Category] = ()
    sla: Table[Sla] = ()
    routes: Table[Rule] = ()
    questions: Table[Question] = ()
    answers: Table[Answer] = ()

    number_prefix: Text = Field(
        default="REP", description="In front of each report's number, as LPG-7K3Q-9XW2-W."
    )
    desk_agency: AgencyCode = Field(
        description="Agency or role that works as the regional desk: what no rule fits, and what "
        "the responsible office has nobody for, waits there."
    )

    description_min: Int = Field(
        default=10, ge=0, le=200, description="Shortest description; with a photo it may be empty."
    )
    description_limit: Int = Field(
        default=4000, ge=200, le=4000, description="Longest description, in characters."
    )
    photos: Int = Field(default=5, ge=0, le=20, description="Photos of one report.")
    photo_mb: Int = Field(default=15, ge=1, le=50, description="Largest photo, in megabytes.")
    photo_megapixels: Int = Field(
        default=64, ge=1, le=120, description="Largest photo when unpacked."
    )
    after_photo: Flag = Field(
        default=False,
        description="Done needs a photo wherever the category's evidence is `photo`.",
    )

    dispute_days: Int = Field(
        default=5,
        ge=1,
        le=60,
        description="Working days in which the reporter can object before a report done is closed.",
    )
    reopen_days: Int = Field(
        default=30, ge=0, le=365, description="Days after closing in which a reporter may reopen."
    )
    reopen_times: Int = Field(
        default=2, ge=0, le=10, description="How often a reporter may object or reopen."
    )
    appeal_days: Int = Field(
        default=14, ge=0, le=365, description="Days in which a reporter may appeal a rejection."
    )

    slow_above: Int = Field(
        default=30, ge=1, description="Reports an hour from one address above which we slow down."
    )
    refuse_above: Int = Field(
        default=600,
        ge=1,
        description="Reports an hour from one address above which we say how long to wait. "
        "Thousands of people share one address of a mobile network: keep it high.",
    )

    email_channel: Text | None = Field(
        default="email", description="Channel of notices to an e-mail address; empty: none."
    )
    phone_channel: Text | None = Field(
        default=None, description="Channel of notices to a telephone; empty: none, and we say so."
    )
    phone_country: Text | None = Field(
        default=None, description="Country calling code, as 62; empty: only numbers with + count."
    )
    phone_trunk: Text | None = Field(
        default=None, description="What replaces the country code in national numbers, as 0."
    )

    sensitive_level: Text | None = Field(
        default=None,
        description="Finest level of areas at which the place of a sensitive report may be told.",
    )
    id_digits: Int | None = Field(
        default=None, ge=6, le=24, description="Digits of a person's number, masked when published."
    )
    plate_pattern: Text | None = Field(
        default=None, description="Regular expression of number plates, masked when published."
    )
