"""Append-only tables: the database itself refuses to change or remove a row."""

from typing import Protocol

from sqlalchemy import Connection, MetaData, inspect, text

APPEND_ONLY = {"append_only": True}
"""`info` of a Table that a migration guarded; `civicapp db check` then looks for the triggers."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$
"""


class Operations(Protocol):
    """What of Alembic's `op` is used here."""

    def get_bind(self) -> Connection:
        """Return the connection of the migration."""
        ...


def append_only(op: Operations, table: str) -> None:
    """Refuse UPDATE, DELETE, TRUNCATE and INSERT OR REPLACE on a table from now on; for migrations.

    A batch rebuild on SQLite makes a new table: call this again after it. Give the model
    `__table_args__ = {"info": APPEND_ONLY}`.
    """
    connection = op.get_bind()
    for statement in _statements(connection, table):
        connection.execute(text(statement.replace(":", r"\:")))


def unguarded(connection: Connection, metadata: MetaData) -> list[str]:
    """Name the append-only tables whose triggers are missing."""
    if connection.dialect.name == "postgresql":
        query = "SELECT 1 FROM pg_trigger WHERE tgname = :n AND tgrelid = to_regclass(:t)"
    else:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = :n AND tbl_name = :t"
    found = []
    for table in metadata.sorted_tables:
        if table.info.get("append_only"):
            names = {_trigger(table.name, what) for what in _WHAT[connection.dialect.name]}
            asked = ({"n": name, "t": table.name} for name in names)
            if not all(connection.execute(text(query), a).first() for a in asked):
                found.append(table.name)
    return found


_WHAT = {"postgresql": ("change", "truncate"), "sqlite": ("update", "delete", "replace")}


def _trigger(table: str, what: str) -> str:
    return f"{table}_no_{what}"


def _statements(connection: Connection, table: str) -> list[str]:
    if connection.dialect.name == "postgresql":
        change, truncate = _trigger(table, "change"), _trigger(table, "truncate")
        body = "EXECUTE FUNCTION core_refuse_change()"
        return [
            _FUNCTION,
            f"CREATE TRIGGER {change} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {body}",
            f"CREATE TRIGGER {truncate} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {body}",
            # Also while a dump is loaded by a superuser who switched ordinary triggers off.
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {change}",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {truncate}",
        ]
    raises = f"BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
    before = {
        "update": f"UPDATE ON {table}",
        "delete": f"DELETE ON {table}",
        "replace": f"INSERT ON {table} WHEN {_taken(connection, table)}",
    }
    return [
        f"CREATE TRIGGER {_trigger(table, what)} BEFORE {when} {raises}"
        for what, when in before.items()
    ]


def _taken(connection: Connection, table: str) -> str:
    """Write the condition that a new row would take the place of one that is there.

    INSERT OR REPLACE removes that row without firing a delete trigger, unless the connection has
    set recursive_triggers, which a stranger's has not.
    """
    there = inspect(connection)
    keys: list[list[str | None]] = [[*there.get_pk_constraint(table)["constrained_columns"]]]
    keys += [[*unique["column_names"]] for unique in there.get_unique_constraints(table)]
    keys += [i["column_names"] for i in there.get_indexes(table) if i["unique"]]
    same = {" AND ".join(f"{column} = NEW.{column}" for column in key) for key in keys if key}
    taken = (f"EXISTS (SELECT 1 FROM {table} WHERE {s})" for s in sorted(same))  # noqa: S608
    return " OR ".join(taken) or "0"
