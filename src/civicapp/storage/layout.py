"""Layout: which tables and columns a database has, and what of it is whose.

Found in the database itself and in the models of the enabled services. A table that no service
knows is refused by name: a copy that leaves something out without a word is the worst of copies.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Inspector, Table, inspect

from civicapp.problems import Problem
from civicapp.storage.canonical import Column, kind_of
from civicapp.storage.lineage import CORE, TABLE, Lineage

# Where the two databases keep what is theirs; the queue only carries what core_job holds.
FOREIGN = ("procrastinate_", "sqlite_")


class Refused(Exception):
    """Rows cannot be copied; nothing was changed. problems: why, and what to do."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(p.message for p in problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class TableLayout:
    """A table of a service, its columns, and the key in whose order its rows are read."""

    service: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a database holds of ours. heads: the revision of each service that has tables."""

    tables: tuple[TableLayout, ...]
    heads: Mapping[str, str]


def lay_out(
    connection: Connection,
    services: Sequence[Lineage],
    without: Collection[str] = (),
    *,
    whole: bool = True,
) -> Layout:
    """Find the tables of a database; raise Refused with everything that cannot be copied.

    without: ids of services that are not enabled, and names of tables of nobody, to leave out.
    whole: False: whatever else there is does not matter. A database that older versions have
    migrated is laid out as it is.
    """
    there = inspect(connection)
    finder = _Finder(there, set(there.get_table_names()), without)
    heads: dict[str, str] = {}
    tables: list[TableLayout] = []
    for lineage in (CORE, *services):
        head = lineage.current(connection)
        if head is not None:
            heads[lineage.id] = head
        if not lineage.leads(head, "head"):
            what = f"a newer version of the program has migrated {lineage.id}"
            raise Refused(Problem("database-newer", what, "use that version"))
        behind = bool(lineage.pending(head))
        tables += finder.of(lineage, behind=behind)
    if whole:
        finder.check_rest({lineage.id for lineage in (CORE, *services)})
    if finder.problems:
        raise Refused(*finder.problems)
    return Layout(tuple(tables), heads)


class _Finder:
    """Match what is there with the models; collect what does not match."""

    def __init__(self, there: Inspector, names: set[str], without: Collection[str]) -> None:
        self._there, self._left, self._without = there, names, without
        self.problems: list[Problem] = []

    def of(self, lineage: Lineage, *, behind: bool) -> Iterator[TableLayout]:
        """Yield the tables of a service. behind: some may be missing, as migrations are to come."""
        for table in lineage.metadata.sorted_tables:
            if table.name in self._left:
                self._left.remove(table.name)
                yield self._table(lineage.id, table, behind=behind)
            elif not behind:
                self._refuse(f"table {table.name} is missing", "civicapp db check tells more")

    def _table(self, service: str, table: Table, *, behind: bool) -> TableLayout:
        names = [str(c["name"]) for c in self._there.get_columns(table.name)]
        key = self._there.get_pk_constraint(table.name)["constrained_columns"]
        if not key:
            hint = "give it one: rows are copied in its order"
            self._refuse(f"table {table.name} has no primary key", hint)
        for name in names:
            if name not in table.columns:
                hint = "run `civicapp db upgrade`, or use the version that made it"
                self._refuse(f"column {table.name}.{name} is in no model", hint)
        columns = []
        for column in table.columns:
            if column.name in names:
                kind = kind_of(column.type)
                columns.append(Column(column.name, kind or ""))
                if kind is None:
                    hint = "SQLite and PostgreSQL do not keep it alike; choose another type"
                    what = f"column {table.name}.{column.name} is of type {column.type!r}"
                    self._refuse(what, hint, code="column-not-portable")
            elif not behind:
                what = f"column {table.name}.{column.name} is missing"
                self._refuse(what, "civicapp db check tells more")
        return TableLayout(service, table.name, tuple(columns), tuple(key))

    def check_rest(self, enabled: Collection[str]) -> None:
        """Refuse what is left over, but what was named to be left out."""
        orphans = {name.removeprefix(TABLE) for name in self._left if name.startswith(TABLE)}
        orphans -= set(enabled)
        known = {*orphans, *self._left}
        for name in self._without:
            if name not in known:
                self._refuse(f"--without {name}: there is nothing of this name to leave out", "")
        for id in sorted(orphans - set(self._without)):
            if any(name.startswith(f"{id}_") for name in self._left):
                hint = f"enable it in `plugins`, or leave its data out: --without {id}"
                self._refuse(f"the database holds tables of {id}, which is not enabled", hint)
        for name in sorted(self._left - set(self._without)):
            owned = any(name.startswith(f"{id}_") for id in orphans)
            if not (owned or name.startswith((TABLE, *FOREIGN))):
                hint = f"remove it, or leave it out: --without {name}"
                self._refuse(f"no service knows the table {name}", hint)

    def _refuse(self, message: str, hint: str, code: str = "unknown-table") -> None:
        self.problems.append(Problem(code, message, hint))
