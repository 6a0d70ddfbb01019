"""Build a Region from a pack: read, validate, cross-check; collect every problem on the way."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from civicapp.calendar import WEEK, Calendar, Holiday, Published, Span, read_hours, unpublished
from civicapp.config import Checks, Localized, ServiceConfig, tables_of
from civicapp.problems import Origin, Severity, did_you_mean
from civicapp.region.agencies import Agencies, Agency
from civicapp.region.areas import Area, Areas
from civicapp.region.boundaries import Boundaries
from civicapp.region.content import LINKED, Page, read_pages
from civicapp.region.document import Document, Mounts
from civicapp.region.files import Reader, shown
from civicapp.region.models import (
    AgencyRow,
    AreaRow,
    HolidayRow,
    RegionConfig,
    SourceRow,
)
from civicapp.region.nodes import Branch, Line, Sheet
from civicapp.region.read import (
    Pack,
    read_calendar,
    read_shapes,
    read_sources,
    read_table,
    read_tree,
)
from civicapp.region.region import Named, Region, Source
from civicapp.region.roles import read_roles
from civicapp.region.theme import read_theme
from civicapp.region.validate import Columns, read_model, read_rows, within


@dataclass(slots=True)
class Builder:
    """Build one Region. `skipped` names what could not be checked, and why."""

    pack: Pack
    reader: Reader
    today: datetime.date
    skipped: list[str] = field(default_factory=list)
    checks: Checks = field(init=False)
    _all_codes: set[str] = field(default_factory=set)
    _kept: set[str] = field(default_factory=set)
    mounts: dict[str, "Mounts | Branch | Sheet"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Share one list of problems between readers and field types."""
        self.checks = Checks(languages=self.pack.languages, problems=self.reader.problems)

    def build(
        self,
        models: Mapping[str, type[ServiceConfig] | None],
        installed: Collection[str],
    ) -> Region | None:
        """Return the Region, or None when region.yaml itself is unsound.

        models: the config models of the enabled plugins, by id. installed: ids of all plugins.
        """
        config = read_model(RegionConfig, self.pack.config, self.checks, {})
        levels = list(self._names("levels"))
        areas, root = self._areas(levels)
        self.checks.areas = self._all_codes
        boundaries = self._boundaries(areas)
        agencies = self._agencies(areas, levels)
        roles = read_roles(self.pack, self.reader, self.checks, self.mounts)
        holidays = self._holidays(config)
        theme_tree = read_tree(self.pack, self.reader, "branding", "theme.yaml")
        theme = read_theme(theme_tree, self.pack.branding, self.pack.languages, self.reader)
        pages = self._pages(config)
        sources = self._sources()
        services = self._services(models, installed, areas)
        if theme_tree is not None:
            self.mounts["branding"] = theme_tree
        if config is None:
            self.skipped.append("rules that need a sound region.yaml")
            return None
        return Region(
            id=config.id,
            name=config.name,
            operator=config.operator,
            contacts=config.contacts,
            timezone=config.timezone,
            currency=config.currency,
            languages=config.languages,
            plugins=config.plugins,
            area=root,
            areas=areas,
            levels={k: Named(k, v.name) for k, v in config.levels.items()},
            kinds={k: Named(k, v.name) for k, v in config.kinds.items()},
            boundaries=boundaries,
            agencies=agencies,
            roles=roles,
            calendar=holidays,
            theme=theme,
            pages={(p.slug, p.language): p for p in pages},
            messages=self._messages(),
            sources=sources,
            services=services,
            document=Document(self.pack.config, self.mounts),
        )

    def _names(self, key: str) -> Mapping[str, object]:
        node = self.pack.config.items.get(key)
        return node.items if isinstance(node, Branch) else {}

    # Areas and boundaries

    def _areas(self, levels: list[str]) -> tuple[Areas, Area | None]:
        sheet = read_table(self.pack, self.reader, AreaRow, "areas", "areas.csv")
        self._all_codes = {code for code, _ in sheet}
        parents = {code: line.cells.get("parent") for code, line in sheet}
        root = self._root(parents)
        kept = _subtree(parents, root)
        lines = {code: line for code, line in sheet.lines.items() if code in kept}
        sheet = Sheet(lines, sheet.origin, sheet.files)
        self.mounts["areas"] = sheet
        self._kept = kept
        rows = dict(read_rows(AreaRow, sheet, self.checks, Columns(AreaRow, self.pack.languages)))
        self._check_areas(rows, sheet, levels)
        titles = self._titles()
        paths = {code: tuple(_path(code, parents)) for code in rows}
        areas = Areas((_area(row, paths[c], titles) for c, row in rows.items()), root)
        return areas, areas.root

    def _root(self, parents: Mapping[str, str | None]) -> str | None:
        node = self.pack.config.items.get("area")
        code = getattr(node, "value", None)
        if node is None or not isinstance(code, str):
            return None
        if code not in parents:
            self.reader.report(
                "unknown-area",
                f"no area has the code `{code}`",
                node.origin,
                did_you_mean(code, list(parents)) or "add it to areas/areas.csv",
            )
            return None
        return str(code)

    def _titles(self) -> Mapping[str, Branch]:
        kinds = self._names("kinds")
        return {
            kind: title
            for kind, node in kinds.items()
            if isinstance(node, Branch) and isinstance(title := node.items.get("title"), Branch)
        }

    def _check_areas(self, rows: Mapping[str, AreaRow], sheet: Sheet, levels: list[str]) -> None:
        kinds = list(self._names("kinds"))
        for code, row in rows.items():
            line = sheet.lines[code]
            if row.parent is not None and row.parent not in self._all_codes:
                self._at(
                    line,
                    "parent",
                    "orphan-area",
                    f"area {code}: no area has the code `{row.parent}`",
                    did_you_mean(row.parent, list(self._all_codes)),
                )
            elif row.parent is not None and row.parent not in _above(code, rows):
                self._at(
                    line,
                    "parent",
                    "orphan-area",
                    f"area {code} lies inside itself",
                    "mend `parent`",
                )
            if row.level not in levels:
                self._at(
                    line,
                    "level",
                    "unknown-level",
                    f"`{row.level}` is no level of areas",
                    did_you_mean(row.level, levels, what="levels in region.yaml"),
                )
            elif (parent := rows.get(row.parent or "")) and parent.level in levels:
                if levels.index(parent.level) >= levels.index(row.level):
                    self._at(
                        line,
                        "level",
                        "wrong-value",
                        f"area {code} is a {row.level} inside a {parent.level}",
                        "`levels` in region.yaml go from wide to narrow",
                    )
            if row.kind is not None and row.kind not in kinds:
                self._at(
                    line,
                    "kind",
                    "unknown-kind",
                    f"`{row.kind}` is no kind of areas",
                    did_you_mean(row.kind, kinds, what="kinds in region.yaml"),
                )
            if (row.lat is None) != (row.lon is None):
                self._at(
                    line,
                    "lat",
                    "missing-key",
                    f"area {code} has one of lat and lon",
                    "give both or none",
                )

    def _boundaries(self, areas: Areas) -> Boundaries:
        shapes = read_shapes(self.pack, self.reader)
        for code, shape in shapes.items():
            if code not in self._all_codes:
                self.reader.report(
                    "unknown-area",
                    f"no area has the code `{code}`",
                    shape.origin,
                    did_you_mean(code, list(self._all_codes))
                    or "add the area to areas/areas.csv, or remove the boundary",
                )
        own = {c: s.geometry for c, s in shapes.items() if c in areas and areas.own(c)}
        outside = {
            c: s.geometry for c, s in shapes.items() if c in self._all_codes and c not in self._kept
        }
        return Boundaries(own, outside, areas)

    # Agencies

    def _agencies(self, areas: Areas, levels: list[str]) -> Agencies:
        sheet = read_table(self.pack, self.reader, AgencyRow, "organisation", "agencies.csv")
        self.checks.agencies = {code for code, _ in sheet}
        sheet = within(sheet, AgencyRow, self._kept, self._all_codes)
        self.mounts["agencies"] = sheet
        columns = Columns(AgencyRow, self.pack.languages)
        found = []
        for code, row in read_rows(AgencyRow, sheet, self.checks, columns):
            line = sheet.lines[code]
            if row.scope is not None and row.scope not in levels:
                self._at(
                    line,
                    "scope",
                    "unknown-level",
                    f"`{row.scope}` is no level of areas",
                    did_you_mean(row.scope, levels, what="levels in region.yaml"),
                )
            if row.scope is not None and row.area is not None:
                self._at(
                    line,
                    "area",
                    "wrong-value",
                    f"{code} has a scope and an area",
                    "a role has a scope, a single office has an area",
                )
            if row.level not in (None, "national", *levels):
                self._at(
                    line,
                    "level",
                    "unknown-level",
                    f"`{row.level}` is no level",
                    did_you_mean(str(row.level), ["national", *levels], what="levels"),
                )
            values = row.model_dump()
            values["short_name"] = row.short_name or row.name
            found.append(Agency(**values))
        return Agencies(found, areas, self.pack.languages)

    # Calendar

    def _holidays(self, config: RegionConfig | None) -> Calendar:
        sheet = read_calendar(self.pack, self.reader, HolidayRow)
        self.mounts["calendar"] = sheet
        columns = Columns(HolidayRow, self.pack.languages)
        own = [
            Holiday(r.date, r.kind, r.name)
            for _, r in read_rows(HolidayRow, sheet, self.checks, columns)
        ]
        dropped = set()
        for key, line in sheet.lines.items():
            if not line.alive:
                try:
                    dropped.add(datetime.date.fromisoformat(key))
                except ValueError:
                    self._at(
                        Line(line.records),
                        "date",
                        "wrong-value",
                        f"`{key}` is no date",
                        "write it as 2026-12-24",
                    )
        published = None
        weekend: tuple[str, ...] = ("saturday", "sunday")
        languages = self.pack.languages
        if config is not None:
            weekend, languages = config.weekend, config.languages
        if config is not None and config.holidays is not None:
            published = Published(**config.holidays.model_dump())
            if reason := unpublished(published):
                origin = self.pack.config.keys.get("holidays")
                self.reader.report(
                    "wrong-value",
                    reason,
                    origin or self.pack.config.origin,
                    "mend `holidays`, or leave it out and list the days in calendar/",
                )
                published = None
        hours = self._hours(config, weekend)
        calendar = Calendar(published, own, dropped, weekend, languages, hours)
        for year in (self.today.year, self.today.year + 1):
            if not calendar.covers(year):
                self.reader.report(
                    "calendar-not-covered",
                    f"the collective leave of {year} is not known, so deadlines in it are estimates",
                    Origin(shown(self.pack.folder / "calendar" / f"{year}.csv")),
                    f"add calendar/{year}.csv with rows of kind `leave` when the decree is out",
                    severity=Severity.WARNING,
                )
        return calendar

    def _hours(
        self, config: RegionConfig | None, weekend: Collection[str]
    ) -> dict[str, tuple[Span, ...]]:
        """Read the office hours; once one day has its own, no working day goes without."""
        hours = {str(d): read_hours(text) for d, text in config.hours.items()} if config else {}
        for day in WEEK:
            if hours and day not in hours and day not in weekend:
                self.reader.report(
                    "missing-key",
                    f"`hours` says nothing of {day}, which is a working day",
                    self.pack.config.keys.get("hours", self.pack.config.origin),
                    f"add {day}, or put it into `weekend`",
                )
        return hours

    # Pages, sources, messages

    def _pages(self, config: RegionConfig | None) -> list[Page]:
        paths = [path for layer in self.pack.layers for path in layer.files("content")]
        pages = read_pages(paths, self.pack.languages, self.reader)
        if config is not None:
            have = {p.slug for p in pages if p.language == config.languages[0]}
            for slug in LINKED:
                if slug not in have:
                    name = f"content/{slug}.{config.languages[0]}.md"
                    self.reader.report(
                        "missing-page",
                        f"there is no page `{slug}`",
                        Origin(shown(self.pack.folder / name)),
                        f"write {name}: every page links to it",
                        severity=Severity.WARNING,
                    )
        return pages

    def _sources(self) -> tuple[Source, ...]:
        found = []
        for pack, sheet in read_sources(self.pack, self.reader):
            rows = read_rows(SourceRow, sheet, self.checks, Columns(SourceRow, ()))
            found += [Source(pack, **row.model_dump()) for _, row in rows]
        return tuple(found)

    def _messages(self) -> dict[str, tuple[Path, ...]]:
        found: dict[str, tuple[Path, ...]] = {}
        for layer in self.pack.layers:
            for path in layer.files("locale"):
                found[path.stem] = (*found.get(path.stem, ()), path)
        return found

    # Services

    def _services(
        self,
        models: Mapping[str, type[ServiceConfig] | None],
        installed: Collection[str],
        areas: Areas,
    ) -> dict[str, ServiceConfig]:
        self._unknown_services(models, installed)
        found: dict[str, ServiceConfig] = {}
        mounts: dict[str, Mounts | Branch | Sheet] = {}
        for service, model in models.items():
            if model is None:
                continue
            config, mounts[service] = self._service(service, model)
            if config is not None:
                found[service] = config
        self.mounts["services"] = mounts  # type: ignore[assignment]
        return found

    def _service(
        self, service: str, model: type[ServiceConfig]
    ) -> "tuple[ServiceConfig | None, Mounts]":
        tree = read_tree(self.pack, self.reader, "services", service, "config.yaml")
        nowhere = Origin(shown(self.pack.folder / "services" / service / "config.yaml"))
        tree = tree or Branch({}, {}, nowhere)
        tables, rows = tables_of(model), {}
        mounts: dict[str, object] = dict(tree.items)
        before = len(self.reader.problems)
        for name, row in tables.items():
            sheet = read_table(self.pack, self.reader, row, "services", service, f"{name}.csv")
            sheet = within(sheet, row, self._kept, self._all_codes)
            columns = Columns(row, self.pack.languages)
            rows[name] = tuple(r for _, r in read_rows(row, sheet, self.checks, columns))
            mounts[name] = sheet
        self._unread_tables(service, list(tables))
        config = read_model(model, tree, self.checks, rows)
        if any(p.is_error for p in self.reader.problems[before:]):
            self.skipped.append(f"rules of {service}: its files have errors")
            config = None
        return config, mounts  # type: ignore[return-value]

    def _unread_tables(self, service: str, tables: list[str]) -> None:
        expected = ["config.yaml", *(f"{name}.csv" for name in tables)]
        for layer in self.pack.layers:
            folder = layer.path("services", service)
            for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
                if path.name not in expected and not path.name.startswith((".", "README")):
                    self.reader.report(
                        "unknown-file",
                        f"{service} reads no file `{path.name}`",
                        Origin(shown(path)),
                        did_you_mean(path.name, expected, what="it reads"),
                    )

    def _unknown_services(self, models: Collection[str], installed: Collection[str]) -> None:
        # One that `plugins` names, but that is not installed, is reported there.
        named = {*models, *installed, *(id for id, _ in self.pack.plugins)}
        for layer in self.pack.layers:
            folder = layer.path("services")
            for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
                if path.name.startswith((".", "README")) or path.name in named:
                    continue
                self.reader.report(
                    "unknown-plugin",
                    f"no plugin `{path.name}` is installed",
                    Origin(shown(path)),
                    did_you_mean(path.name, list(installed), what="installed"),
                )

    def _at(self, line: Line, column: str, code: str, message: str, hint: str = "") -> None:
        from civicapp.region.csv import cell_origin

        sources = line.sources(column) or list(line.records)
        self.reader.report(code, message, cell_origin(sources[0], column), hint)


def _subtree(parents: Mapping[str, str | None], root: str | None) -> set[str]:
    """Return the codes in and above the root; all codes when there is no root."""
    if root is None:
        return set(parents)
    return {c for c in parents if root in _path(c, parents)} | set(_path(root, parents))


def _path(code: str, parents: Mapping[str, str | None]) -> list[str]:
    path = [code]
    while (parent := parents.get(path[0])) and parent in parents and parent not in path:
        path.insert(0, parent)
    return path


def _above(code: str, rows: Mapping[str, AreaRow]) -> set[str]:
    """Return the codes above an area; none if the way up leads back to it."""
    seen: set[str] = set()
    here = rows[code].parent
    while here is not None and here not in seen:
        seen.add(here)
        if here == code:
            return set()
        here = rows[here].parent if here in rows else None
    return seen


def _area(row: AreaRow, path: tuple[str, ...], titles: Mapping[str, Branch]) -> Area:
    title = titles.get(row.kind or "")
    texts = {
        language: str(getattr(leaf, "value", "")).replace("{name}", row.name)
        for language, leaf in (title.items.items() if title else ())
    }
    return Area(
        code=row.code,
        name=row.name,
        title=Localized(texts or {"": row.name}),
        level=row.level,
        kind=row.kind,
        parent=row.parent,
        path=path,
        lat=None if row.lat is None else float(row.lat),
        lon=None if row.lon is None else float(row.lon),
        postal_code=row.postal_code,
        area_km2=None if row.area_km2 is None else float(row.area_km2),
        population=None if row.population is None else int(row.population),
        timezone=row.timezone,
        aliases=tuple(a.strip() for a in (row.aliases or "").split(";") if a.strip()),
    )
