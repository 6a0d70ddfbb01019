"""What is in a database and not in the models is named; nothing is left out without a word."""

import datetime

import pytest

from civicapp.backup.scope import LEFT_OUT
from civicapp.storage.layout import Refused

ORPHAN = (
    "CREATE TABLE alembic_version_parks (version_num VARCHAR(32) PRIMARY KEY)",
    "CREATE TABLE parks_tree (id INTEGER PRIMARY KEY)",
)


def why_not(host, path, **options) -> str:
    with pytest.raises(Refused) as refused:
        host.back_up(path, **options)
    assert not path.exists()
    return "\n".join(f"{p.code}: {p.message} ({p.hint})" for p in refused.value.problems)


def test_a_table_that_nobody_knows_is_refused_by_name(make_host, kind, tmp_path):
    host = make_host(kind)
    host.execute("CREATE TABLE shelf_spare (id INTEGER PRIMARY KEY)", "CREATE TABLE notes (x TEXT)")
    said = why_not(host, tmp_path / "one")
    assert "unknown-table: no service knows the table notes" in said
    assert "no service knows the table shelf_spare (remove it, or leave it out: --without" in said


def test_tables_of_a_plugin_that_is_not_enabled_are_refused(make_host, kind, tmp_path):
    host = make_host(kind)
    host.execute(*ORPHAN)
    said = why_not(host, tmp_path / "one")
    hint = "(enable it in `plugins`, or leave its data out: --without parks)"
    assert said == f"unknown-table: the database holds tables of parks, which is not enabled {hint}"


def test_what_is_left_out_by_name_is_noted(make_host, kind, tmp_path):
    host = make_host(kind)
    host.execute(*ORPHAN, "CREATE TABLE notes (x TEXT)")
    manifest = host.back_up(tmp_path / "one", without=["parks", "notes"]).manifest
    assert manifest.left_out == {
        **LEFT_OUT,
        "parks": "left out by --without",
        "notes": "left out by --without",
    }
    assert not [name for name in manifest.tables if name.startswith(("parks", "notes"))]


@pytest.mark.parametrize("name", ["parks", "shelf", "core_job", "shelf_log"])
def test_only_what_is_there_and_of_nobody_can_be_left_out(make_host, tmp_path, name):
    said = why_not(make_host(), tmp_path / "one", without=[name])
    assert said.startswith(f"unknown-table: --without {name}: there is nothing of this name")


def test_all_that_is_missing_is_said_at_once(make_host, tmp_path):
    host = make_host()
    host.execute(
        "DROP TABLE shelf_extra",
        "ALTER TABLE shelf_photo DROP COLUMN note",
        "ALTER TABLE shelf_box ADD COLUMN more TEXT",
    )
    said = why_not(host, tmp_path / "one")
    assert "table shelf_extra is missing (civicapp db check tells more)" in said
    assert "column shelf_photo.note is missing" in said
    assert "column shelf_box.more is in no model" in said


def test_a_column_of_a_type_that_is_kept_differently_is_named(make_host, parts, tmp_path):
    import sqlalchemy as sa

    host = make_host()
    host.execute("ALTER TABLE shelf_extra ADD COLUMN span VARCHAR")
    span: sa.Column[datetime.timedelta] = sa.Column("span", sa.Interval())
    table = parts.new.tables["shelf_extra"]
    table.append_column(span)
    try:
        said = why_not(host, tmp_path / "one")
    finally:
        table._columns.remove(span)
    assert said.startswith("column-not-portable: column shelf_extra.span is of type Interval()")


def test_a_table_without_a_key_is_named(make_host, tmp_path):
    host = make_host()
    host.execute("DROP TABLE shelf_extra", "CREATE TABLE shelf_extra (id INTEGER)")
    assert "table shelf_extra has no primary key" in why_not(host, tmp_path / "one")


def test_a_database_of_a_newer_version_is_refused(make_host, kind, tmp_path):
    host = make_host(kind, new=True)
    host.kernel = make_host(kind, new=False, empty=True).kernel
    said = why_not(host, tmp_path / "one")
    assert "database-newer: a newer version of the program has migrated shelf" in said


def test_a_database_without_our_tables_is_refused(make_host, kind, tmp_path):
    host = make_host(kind, empty=True)
    said = why_not(host, tmp_path / "one")
    assert "there is no such file" in said or "has no tables of civicapp" in said


def test_a_backup_makes_and_changes_nothing(make_host, tmp_path):
    host = make_host(empty=True)
    why_not(host, tmp_path / "one")
    assert not host.data.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == []


def test_without_a_key_no_backup_is_taken(make_host, tmp_path):
    """It could not say which key it needs: most likely the variables of the server are missing."""
    host = make_host(keys=())
    said = why_not(host, tmp_path / "one")
    assert "secret-key: this host's secret key is not known here" in said
    assert "start this with the variables that `civicapp serve` has" in said
    assert not host.data.exists()
    host.make_key()
    host.back_up(tmp_path / "one")
