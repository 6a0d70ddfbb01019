"""The kernel's hooks, version 1: everything a plugin may implement, on one page.

Arguments are few and are context objects, so that they can grow without breaking a plugin. Hooks
are called in the order of the plugins: what a service `needs` first, then by id.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from civicapp.problems import Problem
    from civicapp.region import Region
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
