"""Target: the Python on Linux that a bundle is for, as markers of requirements see it."""

import sys
from collections.abc import Mapping

from packaging.markers import Marker

# Which patch release and which of these machines a host has is not known when the bundle is built:
# what one of them needs all of them get.
MACHINES = ("x86_64", "aarch64")
PATCHES = ("0", "99")


def python_version() -> str:
    """Return the version of Python that a bundle is for, that of this process: `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def applies(marker: Marker | None, python: str, extras: frozenset[str] = frozenset()) -> bool:
    """Tell whether a marker holds on the target. extras: those of the distribution that has it."""
    if marker is None:
        return True
    return any(
        marker.evaluate({**environment, "extra": extra})
        for environment in _environments(python)
        for extra in sorted(extras) or [""]
    )


def _environments(python: str) -> list[Mapping[str, str]]:
    fixed = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_version": python,
        "sys_platform": "linux",
    }
    varying = ((machine, f"{python}.{patch}") for machine in MACHINES for patch in PATCHES)
    return [
        {
            **fixed,
            "implementation_version": full,
            "platform_machine": machine,
            "python_full_version": full,
        }
        for machine, full in varying
    ]
