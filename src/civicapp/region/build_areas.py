"""Build the areas of a region: the tree of codes, each row, and the boundaries."""

from collections.abc import Mapping

from civicapp.config import Localized, say
from civicapp.problems import did_you_mean
from civicapp.region.areas import Area, Areas
from civicapp.region.boundaries import Boundaries, Outside
from civicapp.region.draft import AreaCodes, Draft
from civicapp.region.models import AreaRow
from civicapp.region.nodes import Branch, Leaf, Record, Sheet
from civicapp.region.read import read_shapes

Parents = Mapping[str, str | None]


def build_areas(draft: Draft) -> Areas:
    """Read areas/areas.csv; afterwards the draft knows the codes."""
    sheet = draft.codes_of(AreaRow, "areas", "areas.csv")
    parents = _parents(sheet)
    paths = _paths(parents)
    root = _root(draft, parents, sheet.whole)
    kept = set(paths) if root is None else {*paths[root]}
    kept |= {code for code, path in paths.items() if root in path}
    dropped = {code for code, line in sheet.lines.items() if not line.alive} - parents.keys()
    draft.areas = AreaCodes(parents.keys() if sheet.whole else None, kept, dropped)
    draft.checks.areas = draft.areas.known
    _check_tree(draft, sheet, parents, paths, root)
    lines = {code: line for code, line in sheet.lines.items() if code in kept}
    sheet = Sheet(lines, sheet.origin, sheet.files, sheet.broken, sheet.whole)
    draft.mounts["areas"] = sheet
    rows = draft.rows(AreaRow, sheet)
    _check_rows(draft, rows, sheet, parents)
    titles = _titles(draft)
    return Areas((_area(row, paths[code], titles) for code, row in rows.items()), root)


def _parents(sheet: Sheet) -> Parents:
    """Return each code's parent; a row that was left out keeps its place in the tree."""

    def parent(record: Record) -> str | None:
        return record.cells.get("parent")

    found = {code: parent(record) for code, record in sheet.broken.items() if code}
    return found | {code: line.cells.get("parent") for code, line in sheet}


def _paths(parents: Parents) -> dict[str, tuple[str, ...]]:
    """Return the way from the widest area down to each; a circle ends where it began."""
    paths: dict[str, tuple[str, ...]] = {}
    for code in parents:
        way: list[str] = []
        here: str | None = code
        while here is not None and here in parents and not (here in way or here in paths):
            way.append(here)
            here = parents[here]
        path = paths.get(here, ()) if here is not None else ()
        for step in reversed(way):
            paths[step] = path = (*path, step)
    return paths


def _root(draft: Draft, parents: Parents, whole: bool) -> str | None:
    node = draft.pack.config.items.get("area")
    if not isinstance(node, Leaf) or not isinstance(node.value, str):
        return None
    if node.value in parents:
        return str(node.value)
    if whole:
        hint = did_you_mean(node.value, parents.keys()) or "add it to areas/areas.csv"
        what = f"no area has the code {say(node.value)}"
        draft.reader.report("unknown-area", what, node.origin, hint)
    return None


def _check_tree(
    draft: Draft,
    sheet: Sheet,
    parents: Parents,
    paths: Mapping[str, tuple[str, ...]],
    root: str | None,
) -> None:
    """Check where each area lies, also of those that the region then leaves out."""
    circles = _circles(parents)
    wider = list(draft.names("levels"))[1:]
    astray = _astray(draft, sheet, paths, root)
    for code, line in sheet:
        parent = parents[code]
        if code in circles:
            what = f"area {say(code)} lies inside itself: {' → '.join(circles[code])}"
            draft.report(line, "parent", "orphan-area", what, "mend `parent`")
        elif parent is not None and parent not in parents:
            if sheet.whole:
                _report_orphan(draft, sheet, code, parent, parents)
        elif parent is None and code != root and (level := line.cells.get("level")) in wider:
            what = f"area {say(code)} is a {level} that lies in no other area"
            hint = "write the code of the area above into `parent`"
            draft.warn(line, "parent", "orphan-area", what, hint)
        elif code in astray and parent not in astray and parent not in sheet.broken:
            what = f"area {say(code)} does not lie in {say(root)}, this region's area"
            draft.warn(line, "parent", "outside-region", what, "mend `parent`, or remove the row")


def _astray(
    draft: Draft, sheet: Sheet, paths: Mapping[str, tuple[str, ...]], root: str | None
) -> set[str]:
    """List the areas outside the region that the pack itself brings, not a parent for others."""
    if root is None:
        return set()
    own = draft.pack.own("areas", "areas.csv").file
    return {
        code
        for code, line in sheet
        if root not in paths[code] and code not in paths[root] and line.records[-1].file.path == own
    }


def _report_orphan(draft: Draft, sheet: Sheet, code: str, parent: str, parents: Parents) -> None:
    what = f"area {say(code)}: no area has the code {say(parent)}"
    hint = did_you_mean(parent, parents.keys()) or "mend `parent`, or add that area"
    if parent in sheet.lines:
        what = f"area {say(code)} lies in {say(parent)}, which is deleted"
        hint = "give it another `parent`, or delete it too"
    draft.report(sheet.lines[code], "parent", "orphan-area", what, hint)


def _circles(parents: Parents) -> dict[str, list[str]]:
    """Return the areas that lie inside themselves, each with the way that leads back to it."""
    found: dict[str, list[str]] = {}
    known: set[str] = set()
    for code in parents:
        way: list[str] = []
        here: str | None = code
        while here is not None and here in parents and not (here in way or here in known):
            way.append(here)
            here = parents[here]
        if here is not None and here in way:
            circle = way[way.index(here) :]
            for n, step in enumerate(circle):
                found[step] = [*circle[n:], *circle[: n + 1]]
        known.update(way)
    return found


def _check_rows(draft: Draft, rows: Mapping[str, AreaRow], sheet: Sheet, parents: Parents) -> None:
    levels, kinds = list(draft.names("levels")), draft.names("kinds")
    if rows and not levels and "levels" not in draft.pack.config.keys:
        what = "`levels` is missing: areas have levels"
        hint = "write `levels:` and the levels of areas/areas.csv, the widest first"
        draft.reader.report("missing-key", what, draft.pack.config.origin, hint)
    for code, row in rows.items():
        line = sheet.lines[code]
        if levels:
            _check_level(draft, row, sheet, levels, rows.get(parents[code] or ""))
        if row.kind is not None and row.kind not in kinds:
            hint = did_you_mean(row.kind, kinds.keys(), what="kinds in region.yaml")
            what = f"{say(row.kind)} is no kind of areas"
            draft.report(line, "kind", "unknown-kind", what, hint or "add it to `kinds`")
        if (row.lat is None) != (row.lon is None):
            what = f"area {say(code)} has one of lat and lon"
            column = "lat" if row.lat is None else "lon"
            draft.report(line, column, "missing-key", what, "give both or none")


def _check_level(
    draft: Draft, row: AreaRow, sheet: Sheet, levels: list[str], parent: AreaRow | None
) -> None:
    line = sheet.lines[row.code]
    if row.level not in levels:
        hint = did_you_mean(row.level, levels, what="levels in region.yaml")
        what = f"{say(row.level)} is no level of areas"
        draft.report(line, "level", "unknown-level", what, hint or "add it to `levels`")
    elif (
        parent and parent.level in levels and levels.index(parent.level) >= levels.index(row.level)
    ):
        what = f"area {say(row.code)} is a {row.level} inside a {parent.level}"
        hint = "mend `level` or `parent`; `levels` in region.yaml go from wide to narrow"
        draft.report(line, "level", "wrong-value", what, hint)


def _titles(draft: Draft) -> Mapping[str, Branch]:
    titles: dict[str, Branch] = {}
    for kind, node in draft.names("kinds").items():
        title = node.items.get("title") if isinstance(node, Branch) else None
        if not isinstance(title, Branch):
            continue
        titles[kind] = title
        for leaf in title.items.values():
            text = leaf.value if isinstance(leaf, Leaf) else None
            if isinstance(text, str) and "{name}" not in text:
                what = f"`kinds/{kind}/title` does not hold {{name}}"
                hint = 'such as "{name} Province"; leave `title` out if the name says it all'
                draft.reader.report("wrong-value", what, leaf.origin, hint)
    return titles


def _area(row: AreaRow, path: tuple[str, ...], titles: Mapping[str, Branch]) -> Area:
    title = titles.get(row.kind) if row.kind else None
    texts = {"": row.name}
    if title is not None:
        leaves = ((x, leaf) for x, leaf in title.items.items() if isinstance(leaf, Leaf))
        texts = {x: str(leaf.value).replace("{name}", row.name) for x, leaf in leaves} or texts
    return Area(
        code=row.code,
        name=row.name,
        title=Localized(texts),
        level=row.level,
        kind=row.kind,
        parent=row.parent,
        path=path,
        lat=None if row.lat is None else float(row.lat),
        lon=None if row.lon is None else float(row.lon),
        postal_code=row.postal_code,
        area_km2=None if row.area_km2 is None else float(row.area_km2),
        population=row.population,
        timezone=row.timezone,
        aliases=_names(row.aliases) if row.aliases else (),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


def build_boundaries(draft: Draft, areas: Areas) -> Boundaries:
    """Read areas/boundaries*.geojson, and tell own land from what lies outside."""
    shapes, codes = read_shapes(draft.pack, draft.reader), draft.areas
    if codes.known is not None:
        for code, shape in shapes.items():
            if code not in codes.known and code not in codes.dropped:
                hint = did_you_mean(code, codes.known)
                what = f"no area has the code {say(code)}"
                hint = hint or "add the area to areas/areas.csv, or remove the boundary"
                draft.reader.report("unknown-area", what, shape.origin, hint)
    own = {c: s for c, s in shapes.items() if c in areas and areas.own(c)}
    finest = max((s.layer for s in own.values()), default=0)
    outside = [
        Outside(s.geometry, coarse=s.layer < finest)
        for c, s in shapes.items()
        if codes.outside(c) and c not in codes.dropped
    ]
    return Boundaries({c: s.geometry for c, s in own.items()}, outside, areas)
