"""civicapp: bring a public-service app to any region.

What a plugin author imports stands here; each name is loaded when it is first used, so that
importing the package costs nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicapp.cli.opening import CommandContext as CommandContext
    from civicapp.cli.opening import DatabaseOption as DatabaseOption
    from civicapp.cli.opening import DataOption as DataOption
    from civicapp.cli.opening import ReadContext as ReadContext
    from civicapp.cli.opening import RegionArgument as RegionArgument
    from civicapp.cli.opening import examples as examples
    from civicapp.cli.opening import open_context as open_context
    from civicapp.cli.opening import read_context as read_context
    from civicapp.config import AgencyCode as AgencyCode
    from civicapp.config import AreaCode as AreaCode
    from civicapp.config import Date as Date
    from civicapp.config import Flag as Flag
    from civicapp.config import Int as Int
    from civicapp.config import Localized as Localized
    from civicapp.config import Number as Number
    from civicapp.config import Row as Row
    from civicapp.config import SecretRef as SecretRef
    from civicapp.config import ServiceConfig as ServiceConfig
    from civicapp.config import Table as Table
    from civicapp.config import Text as Text
    from civicapp.context import Context as Context
    from civicapp.context import Hooks as Hooks
    from civicapp.context import MissingSecret as MissingSecret
    from civicapp.event import Event as Event
    from civicapp.expected import Expected as Expected
    from civicapp.expected import Stale as Stale
    from civicapp.feeds import Feed as Feed
    from civicapp.feeds import FeedItem as FeedItem
    from civicapp.feeds import Link as Link
    from civicapp.hookspecs import hookimpl as hookimpl
    from civicapp.identity.audit import Act as Act
    from civicapp.identity.audit import audit as audit
    from civicapp.identity.crypto import Cipher as Cipher
    from civicapp.identity.crypto import Sealed as Sealed
    from civicapp.identity.person import Person as Person
    from civicapp.identity.rows import Rows as Rows
    from civicapp.identity.staff import officer_names as officer_names
    from civicapp.identity.staff import staffed_rows as staffed_rows
    from civicapp.jobs.context import JobContext as JobContext
    from civicapp.jobs.outbox import ChannelOff as ChannelOff
    from civicapp.jobs.outbox import Outbox as Outbox
    from civicapp.jobs.queue import JobQueue as JobQueue
    from civicapp.notify.channel import BadTarget as BadTarget
    from civicapp.notify.channel import Channel as Channel
    from civicapp.notify.channel import Message as Message
    from civicapp.notify.channel import Outgoing as Outgoing
    from civicapp.notify.channel import Undeliverable as Undeliverable
    from civicapp.notify.ledger import Delivery as Delivery
    from civicapp.notify.ledger import deliveries_about as deliveries_about
    from civicapp.notify.ledger import failed_deliveries as failed_deliveries
    from civicapp.plugins import PluginError as PluginError
    from civicapp.problems import Problem as Problem
    from civicapp.problems import Severity as Severity
    from civicapp.region import Agency as Agency
    from civicapp.region import Area as Area
    from civicapp.region import Place as Place
    from civicapp.region import Region as Region
    from civicapp.region.areas import fold as fold
    from civicapp.resource import EnvVar as EnvVar
    from civicapp.resource import Process as Process
    from civicapp.resource import Resource as Resource
    from civicapp.resource import Route as Route
    from civicapp.resource import Secret as Secret
    from civicapp.resource import Volume as Volume
    from civicapp.seeding import SeedContext as SeedContext
    from civicapp.service import N_ as N_
    from civicapp.service import Block as Block
    from civicapp.service import DeskItem as DeskItem
    from civicapp.service import Job as Job
    from civicapp.service import MenuItem as MenuItem
    from civicapp.service import Permission as Permission
    from civicapp.service import Service as Service
    from civicapp.storage.changes import touch as touch
    from civicapp.storage.database import Database as Database
    from civicapp.storage.files import FileExists as FileExists
    from civicapp.storage.files import FileMissing as FileMissing
    from civicapp.storage.files import FileStore as FileStore
    from civicapp.storage.files import FilesUnavailable as FilesUnavailable
    from civicapp.storage.guard import APPEND_ONLY as APPEND_ONLY
    from civicapp.storage.guard import append_only as append_only
    from civicapp.storage.metadata import Instant as Instant
    from civicapp.storage.metadata import Json as Json
    from civicapp.storage.metadata import service_metadata as service_metadata
    from civicapp.version import VERSION

    __version__ = VERSION

_WHERE = {
    "CommandContext": "cli.opening",
    "DataOption": "cli.opening",
    "DatabaseOption": "cli.opening",
    "ReadContext": "cli.opening",
    "RegionArgument": "cli.opening",
    "examples": "cli.opening",
    "open_context": "cli.opening",
    "read_context": "cli.opening",
    "AgencyCode": "config",
    "AreaCode": "config",
    "Date": "config",
    "Flag": "config",
    "Int": "config",
    "Localized": "config",
    "Number": "config",
    "Row": "config",
    "SecretRef": "config",
    "ServiceConfig": "config",
    "Table": "config",
    "Text": "config",
    "Context": "context",
    "Hooks": "context",
    "MissingSecret": "context",
    "Event": "event",
    "Expected": "expected",
    "Stale": "expected",
    "Feed": "feeds",
    "FeedItem": "feeds",
    "Link": "feeds",
    "hookimpl": "hookspecs",
    "Act": "identity.audit",
    "audit": "identity.audit",
    "Cipher": "identity.crypto",
    "Sealed": "identity.crypto",
    "Person": "identity.person",
    "Rows": "identity.rows",
    "officer_names": "identity.staff",
    "staffed_rows": "identity.staff",
    "JobContext": "jobs.context",
    "ChannelOff": "jobs.outbox",
    "Outbox": "jobs.outbox",
    "JobQueue": "jobs.queue",
    "BadTarget": "notify.channel",
    "Channel": "notify.channel",
    "Message": "notify.channel",
    "Outgoing": "notify.channel",
    "Undeliverable": "notify.channel",
    "Delivery": "notify.ledger",
    "deliveries_about": "notify.ledger",
    "failed_deliveries": "notify.ledger",
    "PluginError": "plugins",
    "Problem": "problems",
    "Severity": "problems",
    "Agency": "region",
    "Area": "region",
    "Place": "region",
    "Region": "region",
    "fold": "region.areas",
    "EnvVar": "resource",
    "Process": "resource",
    "Resource": "resource",
    "Route": "resource",
    "Secret": "resource",
    "Volume": "resource",
    "SeedContext": "seeding",
    "Block": "service",
    "DeskItem": "service",
    "Job": "service",
    "MenuItem": "service",
    "N_": "service",
    "Permission": "service",
    "Service": "service",
    "touch": "storage.changes",
    "Database": "storage.database",
    "FileExists": "storage.files",
    "FileMissing": "storage.files",
    "FilesUnavailable": "storage.files",
    "FileStore": "storage.files",
    "APPEND_ONLY": "storage.guard",
    "append_only": "storage.guard",
    "Instant": "storage.metadata",
    "Json": "storage.metadata",
    "service_metadata": "storage.metadata",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from civicapp.version import VERSION

        return VERSION
    if name not in _WHERE:
        raise AttributeError(f"module 'civicapp' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"civicapp.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(["__version__", *_WHERE])
