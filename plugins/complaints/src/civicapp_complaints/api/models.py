"""What the API takes and gives."""

import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

WHEN = "an instant with the offset of the place"


class AreaOut(BaseModel):
    """An area, in short."""

    code: str = Field(description="official code")
    name: str = Field(description="name with its kind, in the caller's language")


class OfficeOut(BaseModel):
    """An office, in short."""

    code: str = Field(description="code of the agency or role")
    name: str = Field(description="name as people say it")


class ContactIn(BaseModel):
    """How to reach the reporter; all may be missing."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, description="name in one field")
    email: str | None = Field(default=None, description="e-mail address")
    phone: str | None = Field(default=None, description="phone number, as it is written here")


class ReportIn(BaseModel):
    """A new report."""

    model_config = ConfigDict(extra="forbid")

    category: str = Field(description="code of a category")
    description: str = Field(description="what is wrong, at most 4,000 characters; no markup")
    lat: float | None = Field(default=None, description="latitude, WGS 84 degrees")
    lon: float | None = Field(default=None, description="longitude, WGS 84 degrees")
    accuracy_m: float | None = Field(default=None, description="accuracy of the point, metres")
    area_code: str | None = Field(default=None, description="code of an area, in place of a point")
    landmark: str | None = Field(default=None, description="what is near, in a few words")
    answer: str | None = Field(default=None, description="answer to the category's question")
    contact: ContactIn | None = Field(default=None, description="how to reach the reporter")
    visibility: str = Field(
        default="private", description="`private`, or `public` once a reviewer has approved it"
    )
    share_contact: bool = Field(
        default=False, description="whether other bodies may be told the contact too"
    )


class ReceiptOut(BaseModel):
    """A report that was received."""

    id: str = Field(description="tracking number")
    secret: str = Field(description="opens the report for its reporter; shown only here")
    state: str = Field(description="`routed` with exactly one rule, else `received`")
    visibility: str = Field(description="`private` or `public`")
    area: AreaOut | None = Field(description="where it is")
    agency: OfficeOut | None = Field(description="who is responsible, null while that is open")
    at_desk: bool = Field(description="whether it waits at the desk")
    assumed: bool = Field(description="whether an officer has to check who is responsible")
    created_at: datetime.datetime = Field(description=WHEN)
    due_at: datetime.datetime | None = Field(description=f"by when it is due, {WHEN}")
    estimated: bool = Field(description="not all free days until then are known yet")
    reachable: bool = Field(description="whether messages can reach the reporter")


class ResolvedOut(BaseModel):
    """Who would be responsible."""

    area: AreaOut | None = Field(description="null for a point in the sea or outside")
    agency: OfficeOut | None = Field(description="null while the desk has to find it")
    level: str | None = Field(description="level of government")
    at_desk: bool = Field(description="whether the report would wait at the desk")
    desk: OfficeOut | None = Field(description="the desk")
    assumed: bool = Field(description="whether an officer has to check who is responsible")
    due_at: datetime.datetime | None = Field(description=f"by when it is due, {WHEN}")
    estimated: bool = Field(description="not all free days until then are known yet")


class AnswerOut(BaseModel):
    """An answer to a category's question."""

    code: str = Field(description="code to send")
    name: str = Field(description="the answer")
    hint: str | None = Field(description="how to recognise it")


class QuestionOut(BaseModel):
    """A question whose answer decides who is responsible."""

    text: str = Field(description="the question")
    hint: str | None = Field(description="what to look at")
    answers: list[AnswerOut] = Field(description="the answers")


class CategoryOut(BaseModel):
    """What a report can be about."""

    code: str = Field(description="code, also that of Open311")
    name: str = Field(description="name in the caller's language")
    group: str = Field(description="code of its group")
    group_name: str = Field(description="name of its group")
    kind: str = Field(description="`report`, `information` or `aspiration`")
    location: str = Field(description="`required`, `optional` or `none`")
    sensitive: bool = Field(description="its reports are never public")
    emergency: bool = Field(description="call first; no deadline is promised")
    call: str | None = Field(description="telephone number for those in danger")
    sla: str | None = Field(description="class of its deadline")
    words: list[str] = Field(description="what people type to find it")
    question: QuestionOut | None = Field(description="what to ask for")


class CategoryList(BaseModel):
    """All categories."""

    items: list[CategoryOut] = Field(description="the categories in their order")


class PhotoOut(BaseModel):
    """A photo."""

    id: str = Field(description="id of the photo")
    kind: str = Field(description="`before` of the reporter, `after` of an officer")
    ready: bool = Field(description="whether it can be shown yet")
    review: str = Field(description="`pending`, `approved` or `refused`")
    url: str = Field(description="path of the picture; `?size=small` is smaller")


class EntryOut(BaseModel):
    """Something that happened."""

    at: datetime.datetime = Field(description=WHEN)
    action: str = Field(description="what was done")
    label: str = Field(description="the same in words")
    who: str = Field(description="`reporter`, `office`, `desk` or `system`")
    agency: str | None = Field(description="name of the office that did it")
    officer: str | None = Field(default=None, description="name of the officer, at the desk only")
    state: str | None = Field(description="where the report stood then")
    text: str = Field(description="what was written")
    internal: bool = Field(default=False, description="whether only officers read it")
    data: dict[str, Any] = Field(description="codes that belong to it")


class ChoiceOut(BaseModel):
    """Something that may be done now."""

    action: str = Field(description="name in the path")
    label: str = Field(description="what a button says")
    needs: list[str] = Field(description="fields that must come with it; of `a/b` one")


class ReportOut(BaseModel):
    """A report, as the caller may see it."""

    id: str = Field(description="tracking number")
    category: str = Field(description="code of its category")
    category_name: str = Field(description="name of its category")
    state: str = Field(description="where it stands")
    state_name: str = Field(description="the same in words")
    outcome: str | None = Field(description="how it ended")
    text: str = Field(description="the reviewed text, or what was written for who may read that")
    visibility: str = Field(description="`private` or `public`")
    review: str = Field(description="`pending`, `approved` or `refused`")
    area: AreaOut | None = Field(description="where it is")
    lat: float | None = Field(description="latitude, coarse unless it is public property")
    lon: float | None = Field(description="longitude, coarse unless it is public property")
    landmark: str | None = Field(description="what is near; not for the public")
    agency: OfficeOut | None = Field(description="who is responsible")
    level: str | None = Field(description="level of government")
    at_desk: bool = Field(description="whether it waits at the desk")
    assumed: bool = Field(description="whether an officer has to check who is responsible")
    created_at: datetime.datetime = Field(description=WHEN)
    updated_at: datetime.datetime = Field(description=WHEN)
    closed_at: datetime.datetime | None = Field(description=WHEN)
    due_at: datetime.datetime | None = Field(description=f"by when it is due, {WHEN}")
    promised_on: datetime.date | None = Field(description="the day that the office promised")
    overdue: bool = Field(description="whether it is late")
    photos: list[PhotoOut] = Field(description="photos that the caller may see")
    timeline: list[EntryOut] = Field(description="what happened, the first event first")


class OwnReportOut(ReportOut):
    """A report as its reporter or an officer sees it."""

    version: int = Field(description='send it in If-Match: `"3"`')
    public_text: str | None = Field(description="what a reviewer approved")
    contact: list[str] = Field(description="which ways to reach the reporter are known")
    actions: list[ChoiceOut] = Field(description="what the caller may do now")


class DeskReportOut(OwnReportOut):
    """A report as an officer sees it."""

    language: str = Field(description="the reporter's language")
    channel: str = Field(description="how it came")
    alternative: OfficeOut | None = Field(description="suggested when it is sent on")
    desk: OfficeOut | None = Field(description="the desk")
    officer: str | None = Field(description="who has taken it on")
    proposal: str | None = Field(description="public text with what is personal masked")
    masked: list[str] = Field(description="what was masked")
    duplicate_of: str | None = Field(description="the report that it repeats")
    bounces: int = Field(description="how often it was returned")
    reopened: int = Field(description="how often its reporter did not agree")


class ItemOut(BaseModel):
    """A public report in a list."""

    id: str = Field(description="tracking number")
    category: str = Field(description="code of its category")
    state: str = Field(description="where it stands")
    outcome: str | None = Field(description="how it ended")
    text: str = Field(description="the reviewed text")
    area: AreaOut | None = Field(description="where it is")
    lat: float | None = Field(description="latitude, coarse unless it is public property")
    lon: float | None = Field(description="longitude, coarse unless it is public property")
    agency: OfficeOut | None = Field(description="who is responsible")
    created_at: datetime.datetime = Field(description=WHEN)
    updated_at: datetime.datetime = Field(description=WHEN)
    due_at: datetime.datetime | None = Field(description=f"by when it is due, {WHEN}")
    closed_at: datetime.datetime | None = Field(description=WHEN)
    photo: str | None = Field(description="path of its first photo")


class ReportList(BaseModel):
    """Public reports, the newest first."""

    items: list[ItemOut] = Field(description="the reports")
    next: str | None = Field(description="cursor of the next page")


class WaitingOut(BaseModel):
    """A report in an officer's queue."""

    id: str = Field(description="tracking number")
    version: int = Field(description="send it in If-Match")
    category: str = Field(description="code of its category")
    state: str = Field(description="where it stands")
    outcome: str | None = Field(description="how it ended")
    text: str = Field(description="the beginning of what was written")
    area: AreaOut | None = Field(description="where it is")
    agency: OfficeOut | None = Field(description="who is responsible")
    at_desk: bool = Field(description="whether it waits at the desk")
    assumed: bool = Field(description="whether an officer has to check who is responsible")
    created_at: datetime.datetime = Field(description=WHEN)
    due_at: datetime.datetime | None = Field(description=f"by when it is due, {WHEN}")
    overdue: bool = Field(description="whether it is late")
    photos: int = Field(description="number of its photos")
    officer: str | None = Field(description="who has taken it on")


class QueueList(BaseModel):
    """Reports of an officer's queues, the first due first."""

    items: list[WaitingOut] = Field(description="the reports")
    next: str | None = Field(description="cursor of the next page")


class WishIn(BaseModel):
    """What a reporter says with an action."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", description="the answer, or the reason")


class VisibilityIn(BaseModel):
    """Who may see a report."""

    model_config = ConfigDict(extra="forbid")

    visibility: str = Field(description="`private` or `public`")


class LostIn(BaseModel):
    """A lost link."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="tracking number")
    email: str = Field(description="the address that was given with the report")


class OrderIn(BaseModel):
    """What comes with an officer's action; each action says in `needs` what it wants."""

    model_config = ConfigDict(extra="forbid")

    agency: str | None = Field(default=None, description="code of an agency: route, reassign")
    reason: str | None = Field(default=None, description="why; for `reject` a code")
    note: str | None = Field(default=None, description="what was done; 20 letters and more")
    question: str | None = Field(default=None, description="what to ask the reporter")
    text: str | None = Field(default=None, description="a reply or a note")
    public_text: str | None = Field(default=None, description="what everyone may read: reject")
    promised_on: str | None = Field(default=None, description="a day, as 2026-12-31: schedule")
    body: str | None = Field(default=None, description="code of an agency: hand_over")
    channel: str | None = Field(default=None, description="`email` or `letter`: hand_over")
    email: str | None = Field(default=None, description="address of the office: hand_over")
    contact_shared: bool | None = Field(default=None, description="tell the contact: hand_over")
    duplicate_of: str | None = Field(default=None, description="a tracking number: merge")


class ReviewIn(BaseModel):
    """A reviewer's decision."""

    model_config = ConfigDict(extra="forbid")

    approve: bool = Field(description="whether the report becomes public")
    text: str = Field(default="", description="what everyone may read")
    photos: dict[str, bool] = Field(default_factory=dict, description="by id: may be shown?")
    reason: str = Field(default="", description="why not, for officers")


class ReasonIn(BaseModel):
    """Why something personal is opened."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(description="goes on record")


class ContactOut(BaseModel):
    """How to reach a reporter."""

    name: str | None = Field(description="name")
    email: str | None = Field(description="e-mail address")
    phone: str | None = Field(description="phone number, E.164")


class SecretOut(BaseModel):
    """A new link for a reporter."""

    id: str = Field(description="tracking number")
    secret: str = Field(description="opens the report; earlier ones do not any more")


class LetterOut(BaseModel):
    """A letter to another body."""

    subject: str = Field(description="subject")
    body: str = Field(description="text")
