"""The kernel's hooks, version 1: everything a plugin may implement, on one page.

Arguments are few and are context objects, so that they can grow without breaking a plugin. Hooks
are called in the order of the plugins: what a service `needs` first, then by id.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from civicapp.context import Context
    from civicapp.event import Event
    from civicapp.jobs.context import JobContext
    from civicapp.notify.channel import Channel
    from civicapp.problems import Problem
    from civicapp.region import Region
    from civicapp.resource import Resource
    from civicapp.service import Service

hookspec = pluggy.HookspecMarker("civicapp")
hookimpl = pluggy.HookimplMarker("civicapp")


@hookspec
def service() -> "Service":
    """Contribute a service.

    Called once at boot, before any pack is validated: the answer says which config model reads the
    pack. Import only `civicapp` and the plugin's own config here, so that booting stays cheap.

    Returns: the plugin's `Service`; its `id` must be the plugin's id.
    """
    raise NotImplementedError


@hookspec
def check_region(region: "Region") -> "Iterable[Problem]":
    """Check rules that reach across the files of a pack.

    Called at boot when the plugin's own config is sound. Build findings with
    `region.problem(key, …)`, which places them at the line of the pack that holds `key`. An error
    stops the start, a warning is shown by `civicapp check`.

    region: the loaded pack. `region.config("<id>")` is the plugin's own config.

    Returns: the problems found, none if all is well.
    """
    raise NotImplementedError


@hookspec
def on_event(event: "Event", context: "JobContext") -> None:
    """React to something that happened in another service.

    Called in the background, after the transaction in which it happened was committed, by a job of
    this plugin alone: it may be called again for the same event when it fails, or when its process
    ends midway. What must happen once uses `event.id` as its key. Events arrive in no sure order;
    read the state of things instead of trusting the last event.

    event: its name is one of those that a service declares in `events`; pass over the others.

    context: the plugin's context, with `db`, `files`, `jobs` and `outbox`.

    Returns: nothing. An exception is logged, and the call repeated later, longer each time.
    """
    raise NotImplementedError


@hookspec
def notification_channels() -> "Mapping[str, type[Channel]]":
    """Bring ways to reach people: SMS, WhatsApp, push.

    Called once at boot. `console`, `email` and `webhook` are the kernel's own. A name that two
    plugins bring is a clash.

    Returns: classes made from `civicapp.Channel`, by the name under which notices are sent.
    """
    raise NotImplementedError


@hookspec
def bundle_resources(context: "Context") -> "Iterable[Resource]":
    """Add what the service needs on a host to the bundle of a region.

    Called by `civicapp build` and `civicapp doctor`, never by a running app. The answer depends on
    the pack alone, so that the same pack gives the same bundle.

    context: the plugin's context; `context.region.config("<id>")` is its config.

    Returns: `EnvVar`, `Secret`, `Process`, `Route`, `Volume`. Names are the plugin's own: the id
    of the plugin begins each, in variables after `CIVICAPP_`.
    """
    raise NotImplementedError
