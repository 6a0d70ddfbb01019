"""`civicapp account`: make the first administrator, and help when nobody can sign in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from civicapp.cli.words import (
    DatabaseOption,
    DataOption,
    FormatOption,
    RegionArgument,
    examples,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from civicapp.backing import Backing
    from civicapp.identity.audit import Act
    from civicapp.storage.people import Account

T = TypeVar("T")

HERE = "http://127.0.0.1:8000"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Accounts of officers. What is done here is on record as done by a command.",
    epilog=examples(
        ("civicapp account create REGION --email … --name … --role admin", "the first one"),
        ("civicapp account reset REGION name@example.org", "a link for a new password"),
        ("civicapp account token REGION name@example.org --name export", "for a program"),
    ),
)
EmailArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="EMAIL", help="E-mail address of the account.")
]


@app.command()
def create(  # noqa: PLR0913, PLR0917 - each is an option of the command
    region: RegionArgument,
    email: Annotated[str, typer.Option(help="E-mail address, by which the officer signs in.")],
    name: Annotated[str, typer.Option(help="Name, as colleagues read it.")],
    role: Annotated[str, typer.Option(help="A role of organisation/roles.yaml, such as admin.")],
    agency: Annotated[str | None, typer.Option(help="Code of the office it works for.")] = None,
    area: Annotated[str | None, typer.Option(help="Code of the area it works in.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read a password; else print a link.")
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Make an account with a role, and print a link that works once to set its password."""
    with _opened(region, data, database) as backing:
        kept = _read_password(backing, email, name) if password_stdin else None
        secret = _write(backing, _creating(backing, (email, name), (role, agency, area), kept))
        typer.echo(f"made: {email}, {role}")
        if secret:
            _print_link(backing, "invitation", secret)


def _creating(
    backing: "Backing",
    who: tuple[str, str],
    what: tuple[str, str | None, str | None],
    password_hash: str | None,
) -> "Callable[[Session, Act], str]":
    from civicapp.identity import accounts, tickets

    def run(session: "Session", act: "Act") -> str:
        account = accounts.create(session, *who, act)
        accounts.grant(session, account, accounts.Wish(*what), backing.kernel.region, act)
        if password_hash is None:
            return tickets.issue(session, account, "invitation", act)
        account.password_hash = password_hash
        return ""

    return run


def _read_password(backing: "Backing", *about: str) -> str:
    import sys

    from civicapp.identity.passwords import Hasher, check_password, common_words

    password = sys.stdin.readline().rstrip("\r\n")
    kernel = backing.kernel
    common = common_words(kernel.catalogs, kernel.region.languages)
    check_password(password, *about, common=common)
    return Hasher().hash_now(password)


@app.command("list")
def show(
    region: RegionArgument,
    format: FormatOption = "text",
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """List all accounts with their roles and their state."""
    import json

    from civicapp.cli.tree import aligned
    from civicapp.identity.accounts import command_person, officers
    from civicapp.problems import visible

    with _opened(region, data, database) as backing:
        person = command_person(backing.kernel.region)
        found = backing.database.read_now(officers, person, "", "", 100_000)
    rows = [
        {
            "email": o.email,
            "name": o.name,
            "roles": [" ".join(filter(None, (h.role, h.agency, h.area))) for h in o.held],
            "state": _state(o.disabled_at is not None, o.has_password),
            "second_factor": o.has_second_factor,
        }
        for o in found
    ]
    if format == "json":
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    lines = [
        [str(r["email"]), str(r["name"]), ", ".join(r["roles"]) or "-", str(r["state"])]  # type: ignore[arg-type]
        for r in rows
    ]
    for line in aligned([["email", "name", "roles", "state"], *lines]) if lines else ():
        typer.echo(visible(line))
    if not lines:
        typer.echo("there is no account yet")


def _state(disabled: bool, password: bool) -> str:
    if disabled:
        return "disabled"
    return "active" if password else "invited"


@app.command()
def disable(
    region: RegionArgument,
    email: EmailArgument,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Close an account: its sessions, links and tokens end at once."""
    from civicapp.identity import accounts

    with _opened(region, data, database) as backing:
        _write(
            backing,
            lambda session, act: accounts.disable(
                session, _need(session, email), backing.kernel.region, act, reason
            ),
        )
    typer.echo(f"disabled: {email}")


@app.command()
def enable(
    region: RegionArgument,
    email: EmailArgument,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Open a closed account again."""
    from civicapp.identity import accounts

    with _opened(region, data, database) as backing:
        _write(backing, lambda session, act: accounts.enable(session, _need(session, email), act))
    typer.echo(f"enabled: {email}")


@app.command()
def reset(
    region: RegionArgument,
    email: EmailArgument,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also remove a second factor that was lost.")
    ] = False,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print a link that works once to set a new password; the old one stays good until then."""
    from civicapp.identity import factor, tickets

    def run(session: "Session", act: "Act") -> str:
        account = _need(session, email)
        if second_factor:
            factor.remove_factor(session, account, act)
        return tickets.issue(session, account, "reset", act)

    with _opened(region, data, database) as backing:
        _print_link(backing, "reset", _write(backing, run))


@app.command()
def token(
    region: RegionArgument,
    email: EmailArgument,
    name: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(help="How many days it is good.")] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
) -> None:
    """Print a bearer token, once: with it a program may do what the account may."""
    from civicapp.identity.tokens import create_token

    with _opened(region, data, database) as backing:
        made = _write(
            backing,
            lambda session, act: create_token(session, _need(session, email).id, name, days, act),
        )
    typer.echo(made)


@contextmanager
def _opened(region: str, data: DataOption, database: DatabaseOption) -> "Iterator[Backing]":
    """Open the database of a region, or say why not; end with exit code 2 when refused."""
    from civicapp.cli.loading import ready, usable
    from civicapp.identity.refusal import Refusal

    backing = ready(usable(region), data, database)
    try:
        yield backing
    except Refusal as refusal:
        typer.echo(_explained(refusal, backing), err=True)
        raise typer.Exit(2) from refusal
    finally:
        backing.database.close_now()


def _explained(refusal: Exception, backing: "Backing") -> str:
    field = getattr(refusal, "field", "")
    choices = {"role": backing.kernel.region.roles}.get(field)
    named = f"--{field}: " if field in ("email", "name", "role", "agency", "area", "days") else ""
    return f"{named}{refusal}" + (f" There are {', '.join(choices)}." if choices else "")


def _write(backing: "Backing", change: "Callable[[Session, Act], T]") -> "T":
    from civicapp.identity.audit import Act

    return backing.database.write_now(change, Act(request="command"))


def _need(session: "Session", email: str) -> "Account":
    from civicapp.identity.accounts import by_email
    from civicapp.identity.refusal import Refusal

    account = by_email(session, email)
    if account is None:
        raise Refusal("There is no account with this address.", "email")
    return account


def _print_link(backing: "Backing", kind: str, secret: str) -> None:
    base = backing.kernel.settings.base_url
    typer.echo(f"{base or HERE}/account/{kind}/{secret}")
    typer.echo("It works once; hand it over to the officer alone.", err=True)
    if base is None:
        typer.echo(f"If the portal is not at {HERE}, set CIVICAPP_BASE_URL.", err=True)
