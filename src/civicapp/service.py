"""Service: the frozen descriptor by which a plugin says what it brings.

References are text, `module:name`, so that reading a descriptor imports nothing. What each must
point to is a type of this module; `boot` resolves and checks them all.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeAlias

    from fastapi import APIRouter
    from sqlalchemy.orm import Session

    from civicapp.config import ServiceConfig
    from civicapp.context import Context
    from civicapp.identity.person import Person
    from civicapp.jobs.context import JobContext
    from civicapp.seeding import SeedContext
    from civicapp.web.context import WebContext

    Router: TypeAlias = APIRouter
    HomeBlock: TypeAlias = Callable[[WebContext], "Block | Awaitable[Block | None] | None"]
    FooterBlock: TypeAlias = Callable[[Context], "Block | None"]
    AreaBlock: TypeAlias = Callable[[WebContext], "Block | Awaitable[Block | None] | None"]
    Fact: TypeAlias = Callable[[WebContext], "str | Awaitable[str | None] | None"]
    Seed: TypeAlias = Callable[[SeedContext], None]
    JobHandler: TypeAlias = Callable[[JobContext, Mapping[str, str | int]], None]
    DeskCount: TypeAlias = Callable[[Session, Person], int]
    FileNames: TypeAlias = Callable[[Session], Iterable[str]]

ID = re.compile(r"[a-z][a-z0-9]{1,20}")
RESERVED = frozenset(
    "about account admin alembic api area core desk docs healthz img language menu offices openapi"
    " open311 pages procrastinate readyz search sqlite static v".split()
)
ICONS = frozenset(
    "alert bank building calendar chart chat document dot drop flag heart home info lamp leaf map"
    " news people phone pin price receipt road school search shield tools tree truck waste".split()
)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a text for translation where it is declared; it is translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class MenuItem:
    """Put a page of the service on the home page and in the menu.

    `label` and `summary` are messages in the plugin's gettext domain (mark them with `N_`), `path`
    is below the service's own pages, `icon` is a name of the portal kit, `fact` refers to a `Fact`
    that replaces the summary by something live. Items are ordered by `weight`, then key.
    """

    key: str
    label: str
    summary: str = ""
    path: str = ""
    icon: str = "dot"
    weight: int = 50
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Name something that an officer may be allowed to do.

    id: `<service>.<thing>.<verb>`, such as `complaints.report.route`. label: a message in the
    plugin's gettext domain, written as a task: "Route reports". identity: it shows who a resident
    is; a role grants it only with `sees_identity: true`, hence with a second factor at sign-in.
    """

    id: str
    label: str
    identity: bool = False


@dataclass(frozen=True, slots=True)
class DeskItem:
    """Put a page of the service's desk on the officers' start page, for those who may open it.

    permission: whose holders see the entry. path: below the service's desk. count: reference to a
    `DeskCount`, the number of things that wait there for this person. Otherwise as `MenuItem`.
    """

    key: str
    label: str
    permission: str
    summary: str = ""
    path: str = ""
    icon: str = "dot"
    weight: int = 50
    count: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Do work in the background: after a commit that enqueued it, or by the clock.

    name: `<service>.<job>`, at most 40 characters. handler: reference to a `JobHandler`; it may run
    twice for one key, so that it must not matter. cron: `0 3 * * *` in the region's time zone.
    retries: how often it is tried again after a failure. wait: seconds before the first of these;
    each further wait is twice as long, an hour at most.
    """

    name: str
    handler: str
    cron: str | None = None
    retries: int = 8
    wait: float = 10.0


@dataclass(frozen=True, slots=True)
class Block:
    """Show a part of a page: a template of the plugin and its data. Lighter blocks come first."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    weight: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Describe what a plugin brings. Every field but `id` is optional.

    id: the plugin's id, which names its paths, templates, tables and messages.
    config: model of `services/<id>/config.yaml` and its CSV tables.
    needs: ids of plugins that must be enabled too; they come first wherever order matters.
    api: reference to a `Router`, served under `/api/v1/<id>`.
    pages: reference to a `Router`, served under `/<id>`.
    desk: reference to a `Router` for officers, served under `/desk/<id>`; each route names what it
        asks for by `Depends(require("<permission>"))`.
    desk_menu: entries of the officers' start page.
    permissions: what officers may be allowed to do; roles of the pack grant them.
    menu: entries of the home page and the menu.
    home: reference to a `HomeBlock`, a part of the home page.
    area: reference to an `AreaBlock`, a part of the page of one area. It, `home` and facts may be
        `async` and read: `await ctx.db.read(…)`.
    footer: reference to a `FooterBlock`, a line at the foot of every page; it comes from the pack.
    metadata: reference to the `MetaData` of its tables, made by `service_metadata("<id>")`.
    migrations: reference to the folder of its version files, `civicapp_prices:migrations`.
    files: reference to `FileNames`: the files that its rows name, so that a backup can tell which
        are missing.
    jobs: its background work.
    events: names of what it tells other plugins, such as `prices.quote.published`.
    part_tags: cache tags on which its parts of other pages depend: home, area, footer, facts; `()`
        when these come from the pack alone. What a write changes it touches. Left out, pages that
        show them are not cached.
    seed: reference to a `Seed`, which makes sample data for `serve --demo`, once.
    starter: reference to a folder with the files of `services/<id>/` that a region without a parent
        begins with: neutral, in English, no fact of any place. The one agency that they may name is
        OPERATOR, the office that runs the service; roles and areas they name none.
    hookspecs: module with the hooks that this service opens to other plugins.
    commands: reference to a `typer.Typer`; also an entry point in group `civicapp.commands`.
    """

    id: str
    config: "type[ServiceConfig] | None" = None
    needs: tuple[str, ...] = ()
    api: str | None = None
    pages: str | None = None
    desk: str | None = None
    desk_menu: tuple[DeskItem, ...] = ()
    permissions: tuple[Permission, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    home: str | None = None
    area: str | None = None
    footer: str | None = None
    metadata: str | None = None
    migrations: str | None = None
    files: str | None = None
    jobs: tuple[Job, ...] = ()
    events: tuple[str, ...] = ()
    part_tags: tuple[str, ...] | None = None
    seed: str | None = None
    starter: str | None = None
    hookspecs: str | None = None
    commands: str | None = None
