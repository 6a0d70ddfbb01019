"""Screen 2: where is it? My location, lists of areas, a landmark, a map that is tapped."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData
from starlette.responses import Response

from civicapp import N_
from civicapp.web import MAP_SIZE, MAP_WAYS, Ctx, View, WebContext, land_of, map_picture, read_view
from civicapp_complaints.pages.door import WRITTEN, go
from civicapp_complaints.pages.form import (
    Draft,
    Opened,
    ask,
    faults_of,
    keep,
    left,
    lost,
    onward,
)
from civicapp_complaints.pages.levels import chosen_area, has_further, levels_of
from civicapp_complaints.pages.router import router
from civicapp_complaints.pages.sent import Sent, text_of
from civicapp_complaints.service.errors import Fault

NEARER = {"nearer": 1, "farther": -1}
NEAREST = 1_200  # metres across: nearer than this a tap moves the map no more
SEA = N_("This point is in the sea. Move it ashore or choose a village.")
OUTSIDE = N_("This point is outside %(region)s. Move it or choose a village.")


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a draft."""

    lat: float
    lon: float


@router.get("/new/s/{secret}/place", response_class=Response)
async def place(ctx: Ctx, draft: Opened) -> Response:
    """Ask where it is."""
    if draft is None or draft.kept.sent or "place" not in draft.steps:
        return lost(ctx, draft)
    return _ask(ctx, draft)


def _ask(ctx: WebContext, draft: Draft, faults: tuple[Fault, ...] = ()) -> Response:
    code, point = draft.fields.get("area", ""), point_of(draft.fields)
    view = view_for(ctx, draft.fields)
    assert draft.category is not None  # noqa: S101 - else there is no such step
    levels = levels_of(ctx, code)
    return ask(
        ctx,
        draft,
        "place",
        faults,
        levels=levels,
        further=has_further(ctx, levels),
        area=ctx.region.areas.get(code) if code else None,
        point=point,
        view=view,
        call=draft.category.call or "",
        emergency=draft.category.emergency,
        optional=draft.category.location == "optional",
        picture=f"{draft.path('map.svg')}?v={_stamp(view, point)}" if view else "",
        size=MAP_SIZE,
    )


def _stamp(view: View | None, point: Point | None) -> str:
    """Return what tells one picture from another; the places themselves stay out of addresses."""
    from hashlib import sha256

    return sha256(f"{view}/{point}".encode()).hexdigest()[:8]


def point_of(fields: Mapping[str, str]) -> Point | None:
    """Return the point that was chosen."""
    try:
        return Point(float(fields["lat"]), float(fields["lon"]))
    except (KeyError, ValueError):
        return None


def view_for(ctx: WebContext, fields: Mapping[str, str]) -> View | None:
    """Return the part of the map to show: as it was left, else of the point, else of the area."""
    land = land_of(ctx)
    if (kept := read_view(fields.get("view", ""))) is not None:
        return kept
    if (point := point_of(fields)) is not None:
        return View(point.lat, point.lon, NEAREST)
    return land.view(ctx.region.areas.get(fields.get("area", "")) or ctx.area)


@router.get("/new/s/{secret}/map.svg", response_class=Response)
async def picture(ctx: Ctx, draft: Opened) -> Response:
    """Draw the map of a draft."""
    view = view_for(ctx, draft.fields) if draft is not None else None
    if draft is None or view is None:
        return lost(ctx, None)
    point = point_of(draft.fields)
    drawn = map_picture(land_of(ctx).draw(view), (point.lat, point.lon) if point else None)
    headers = {"cache-control": "private, max-age=3600"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.post("/new/s/{secret}/place", response_class=Response)
async def answer_place(ctx: Ctx, draft: Opened, form: Sent) -> Response:
    """Take the place, or a press of one of the map's buttons."""
    if draft is None or draft.kept.sent or "place" not in draft.steps:
        return lost(ctx, draft)
    changes = _lists(ctx, draft, form)
    pressed, faults = _map(ctx, {**draft.fields, **changes}, form)
    draft = await keep(ctx, draft, {**changes, **pressed})
    if faults:
        return _ask(ctx, draft, faults)
    if (answer := left(ctx, draft, "place", form)) is not None:
        return answer
    if pressed or form.get("show") or form.get("map") or form.get("here"):
        return go(draft.here("place") + ("#lists" if form.get("show") else "#map"), WRITTEN)
    wrong = tuple(faults_of(ctx, draft, "place"))
    if wrong:
        return _ask(ctx, draft, wrong)
    return onward(ctx, draft, "place")


def _lists(ctx: WebContext, draft: Draft, form: FormData) -> dict[str, str]:
    """Read the lists and the landmark; another area than before takes the point and the view."""
    code = chosen_area(ctx, [str(v) for v in form.getlist("area")])
    changes = {"landmark": text_of(form, "landmark", 2_000)}
    if code != draft.fields.get("area", ""):
        changes |= {"area": code, "lat": "", "lon": "", "accuracy": "", "view": ""}
    return changes


def _map(
    ctx: WebContext, fields: Mapping[str, str], form: FormData
) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Read what was done with the map: a tap, a button, the device's place."""
    if form.get("here"):
        return _device(ctx, form)
    view, button = view_for(ctx, fields), text_of(form, "map")
    if button == "clear":
        return {"lat": "", "lon": "", "accuracy": ""}, ()
    if view is None:
        return {}, ()
    if (moved := _moved(view, button)) is not None:
        return {"view": str(moved)}, ()
    x, y = _pixel(form, "pt.x"), _pixel(form, "pt.y")
    if button == "middle":
        x = y = MAP_SIZE / 2
    if x is None or y is None or (x, y) == (0, 0):  # Enter on the picture: no point was meant
        return {}, ()
    return _put(ctx, *view.place(x, y), view)


def _moved(view: View, button: str) -> View | None:
    """Return the view after a press of a button; None if it is none that moves."""
    if button in MAP_WAYS:
        return view.moved(button)
    return view.zoomed(NEARER[button]) if button in NEARER else None


def _pixel(form: FormData, name: str) -> float | None:
    text = text_of(form, name, 10)
    return min(float(text), MAP_SIZE) if text.isascii() and text.isdigit() else None


def _put(
    ctx: WebContext, lat: float, lon: float, view: View, accuracy: str = ""
) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Take a point; the map moves to it, and nearer, so that the next tap is more exact."""
    found = ctx.region.boundaries.locate(lat, lon)
    if found.area is None:
        region = ctx.text(ctx.region.name)
        message = SEA if found.reason == "nowhere" else OUTSIDE
        return {}, (Fault("map", "place-outside", message, {"region": region}),)
    nearer = view.zoomed(1) if view.span > NEAREST else view
    return {
        "lat": f"{lat:.6f}",
        "lon": f"{lon:.6f}",
        "accuracy": accuracy,
        "area": found.area.code,
        "view": str(nearer.at(lat, lon)),
    }, ()


def _device(ctx: WebContext, form: FormData) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Take the place that the device told."""
    try:
        lat, lon = (round(float(text_of(form, n, 30)), 6) for n in ("lat", "lon"))
        accuracy = min(100_000, round(float(text_of(form, "accuracy", 30) or 0)))
    except (ValueError, OverflowError):
        return {}, ()
    found, faults = _put(ctx, lat, lon, View(lat, lon, NEAREST), str(max(0, accuracy)))
    return found, faults
