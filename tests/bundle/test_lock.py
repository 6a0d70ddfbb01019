"""Locks: what `make lock` writes is read, and what pip reads is written."""

import pytest
from packaging.markers import Marker

from civicapp.bundle.lock import PACKAGED, Pin, read_lock, write_lock
from civicapp.bundle.target import applies

A, B = "a" * 64, "b" * 64
TEXT = f"""\
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{A}
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{B} \\
    --hash=sha256:{A}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:{A}
ruamel.yaml==0.19.1 \\
    --hash=sha256:{A}
"""


def test_lock_tells_digests_of_a_version():
    lock = read_lock(TEXT)
    assert lock.hashes("numpy", "2.4.6") == (A, B)
    assert lock.hashes("ruamel-yaml", "0.19.1") == (A,)
    assert lock.hashes("numpy", "1.0") == ()
    assert lock.hashes("nothing", "1.0") == ()


def test_lock_tells_the_version_for_a_target():
    lock = read_lock(TEXT)
    assert lock.version("numpy", "3.11") == "2.4.6"
    assert lock.version("numpy", "3.13") == "2.5.5"
    assert lock.version("colorama", "3.11") is None  # of another system
    assert lock.version("nothing", "3.11") is None


def test_pins_are_written_sorted_with_digests_and_nothing_else():
    pins = [Pin("numpy", "2.4.6", (A, B)), Pin("alembic", "1.0", (B,))]
    assert write_lock(pins).decode() == (
        f"alembic==1.0 \\\n    --hash=sha256:{B}\n"
        f"numpy==2.4.6 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n"
    )
    assert list(read_lock(write_lock(pins).decode()).pins.values()) == sorted(pins)


def test_our_own_lock_is_read_whole():
    text = PACKAGED.read_text("utf-8")
    lock = read_lock(text)
    assert len(lock.pins) == sum("==" in line.partition(";")[0] for line in text.splitlines())
    assert sum(len(pin.hashes) for pin in lock.pins.values()) == text.count("--hash=sha256:")
    assert all(pin.hashes for pin in lock.pins.values())


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("sys_platform == 'linux' and platform_python_implementation == 'CPython'", True),
        ("sys_platform == 'win32' or os_name == 'nt'", False),
        ("platform_machine == 'aarch64'", True),  # one of the machines that a host may be
        ("python_version < '3.12'", True),
        ("python_version >= '3.12'", False),
        ("python_full_version < '3.11.3'", True),  # of which patch the host is is not known
        ("python_full_version >= '3.11.9'", True),
        ("extra == 'fast'", False),
    ],
)
def test_markers_are_those_of_the_target(marker, holds):
    assert applies(Marker(marker), "3.11") is holds


def test_extras_are_asked_for():
    marker = Marker("extra == 'fast' and sys_platform == 'linux'")
    assert applies(marker, "3.11", frozenset({"fast", "other"}))
    assert not applies(marker, "3.11", frozenset({"other"}))
    assert applies(None, "3.11")
