"""Build the agencies of a region: single offices, and the roles that many areas have."""

from civicapp.config import say
from civicapp.problems import did_you_mean
from civicapp.region.agencies import Agencies, Agency
from civicapp.region.areas import Areas
from civicapp.region.draft import Draft
from civicapp.region.models import AgencyRow
from civicapp.region.nodes import Line

NATIONAL = "national"  # the level of an office of the whole country


def build_agencies(draft: Draft, areas: Areas) -> Agencies:
    """Read organisation/agencies.csv; afterwards the draft knows the codes."""
    sheet = draft.codes_of(AgencyRow, "organisation", "agencies.csv")
    everywhere = {code for code, _ in sheet} | sheet.broken.keys()
    sheet = draft.within(sheet, AgencyRow)
    known = {code for code, _ in sheet} | sheet.broken.keys()
    draft.checks.agencies = known if sheet.whole else None
    draft.checks.elsewhere = everywhere - known
    draft.mounts["agencies"] = sheet
    found = []
    for code, row in draft.rows(AgencyRow, sheet).items():
        _check(draft, row, sheet.lines[code])
        values = row.model_dump()
        values["short_name"] = row.short_name or row.name
        found.append(Agency(**values))
    return Agencies(found, areas, draft.pack.languages)


def _check(draft: Draft, row: AgencyRow, line: Line) -> None:
    levels = list(draft.names("levels"))
    if not levels:
        return  # that they are missing is reported with the areas
    if row.scope is not None and row.scope not in levels:
        hint = did_you_mean(row.scope, levels, what="levels in region.yaml")
        what = f"{say(row.scope)} is no level of areas"
        draft.report(line, "scope", "unknown-level", what, hint or "add it to `levels`")
    if row.scope is not None and row.area is not None:
        what = f"{row.code} has a scope and an area"
        hint = "empty one of them: a role has a scope, a single office has an area"
        draft.report(line, "area", "wrong-value", what, hint)
    if row.level is not None and row.level not in (NATIONAL, *levels):
        hint = did_you_mean(row.level, [NATIONAL, *levels], what="levels")
        what = f"{say(row.level)} is no level"
        draft.report(
            line, "level", "unknown-level", what, hint or f"{NATIONAL}, or one of `levels`"
        )
