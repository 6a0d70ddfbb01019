"""Tests of plugins and region packs: a pytest plugin with fixtures, and suites to subclass.

Use with `-p civicapp.testing`, or `pytest_plugins = ["civicapp.testing"]` in conftest.py. What a
test imports by name stands here too, and is loaded when it is first used. PYTEST_DONT_REWRITE: a
conftest.py may import this before pytest does.
"""

from civicapp.testing.databases import database as database
from civicapp.testing.databases import database_kind as database_kind
from civicapp.testing.databases import database_url as database_url
from civicapp.testing.databases import empty_database_url as empty_database_url
from civicapp.testing.databases import make_database as make_database
from civicapp.testing.databases import postgres as postgres
from civicapp.testing.databases import sqlite_files as sqlite_files
from civicapp.testing.fixtures import backing as backing
from civicapp.testing.fixtures import boot_island as boot_island
from civicapp.testing.fixtures import booted_kernels as booted_kernels
from civicapp.testing.fixtures import client as client
from civicapp.testing.fixtures import clock as clock
from civicapp.testing.fixtures import db as db
from civicapp.testing.fixtures import enabled_plugins as enabled_plugins
from civicapp.testing.fixtures import host_settings as host_settings
from civicapp.testing.fixtures import kernel as kernel
from civicapp.testing.fixtures import outbox as outbox
from civicapp.testing.fixtures import pack_files as pack_files
from civicapp.testing.fixtures import plain_logs as plain_logs
from civicapp.testing.fixtures import postgres_worlds as postgres_worlds
from civicapp.testing.fixtures import region_under_test as region_under_test
from civicapp.testing.fixtures import sqlite_worlds as sqlite_worlds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from civicapp.testing.clients import Client as Client
    from civicapp.testing.clocks import Clock as Clock
    from civicapp.testing.contract.plugin import PluginContract as PluginContract
    from civicapp.testing.contract.region import RegionContract as RegionContract
    from civicapp.testing.databases import MakeDatabase as MakeDatabase
    from civicapp.testing.kernels import BootIsland as BootIsland
    from civicapp.testing.watching import JobsFailed as JobsFailed
    from civicapp.testing.watching import SentMessage as SentMessage
    from civicapp.testing.watching import WaitingJob as WaitingJob
    from civicapp.testing.watching import WatchedOutbox as WatchedOutbox

_WHERE = {
    "BootIsland": "kernels",
    "Client": "clients",
    "Clock": "clocks",
    "MakeDatabase": "databases",
    "JobsFailed": "watching",
    "SentMessage": "watching",
    "WaitingJob": "watching",
    "WatchedOutbox": "watching",
    "PluginContract": "contract.plugin",
    "RegionContract": "contract.region",
}


def __getattr__(name: str) -> object:
    if name not in _WHERE:
        raise AttributeError(f"module 'civicapp.testing' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"civicapp.testing.{_WHERE[name]}"), name)
