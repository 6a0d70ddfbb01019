"""A bundle's files for the host, rendered and read back: Dockerfile, compose.yaml, units."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from civicapp.bundle.facts import KERNEL_SECRETS, BundleFacts, PluginFacts, SecretFacts
from civicapp.bundle.host import render_host
from civicapp.resource import EnvVar, Process, Route, Secret, Volume

ODD = 'say "it" \\ for $5 & 7%d'
TAX_KEY = Secret("tax_signing_key", "CIVICAPP_TAX_SIGNING_KEY_FILE", "signs receipts", True)
TAX_PARTNER = Secret("tax_partner", "CIVICAPP_TAX_PARTNER_FILE", "of the bank | its key")
RESOURCES = {
    "tax": (
        EnvVar("CIVICAPP_TAX_BANK", "Address of the bank, # and $all", "none, for $now"),
        TAX_KEY,
        TAX_PARTNER,
        Process(
            "tax_sandbox",
            ("tax", "sandbox", "{bundle}", "--host", "{listen}", "--note", ODD),
            "A bank to try: without money",
            9100,
        ),
        Process("tax-poll", ("tax", "poll", "{bundle}"), "Asks the bank"),
        Route("/tax/sandbox", "tax_sandbox"),
        Route("/api/v1/tax/sandbox", "tax_sandbox"),
        Volume("tax_receipts", "CIVICAPP_TAX_RECEIPTS", "Receipts of $ paid"),
    )
}
NAMES = {"en": 'Isle of "$5" 100% `x` | <b>', "id": "Pulau"}


def facts(**given: Any) -> BundleFacts:
    """Make facts of an invented island without resources; `given` ones win."""
    plain: dict[str, Any] = {
        "region": "isle-of-men",
        "names": {"en": "Isle", "id": "Pulau"},
        "languages": ("id", "en"),
        "timezone": "Asia/Jakarta",
        "civicapp": "0.1.0",
        "python": "3.11",
        "plugins": (PluginFacts("tax", "civicapp-tax", "0.1.0"),),
        "resources": {},
        "secrets": KERNEL_SECRETS,
        "wheels": ("civicapp-0.1.0-py3-none-any.whl", "civicapp_tax-0.1.0-py3-none-any.whl"),
    }
    return BundleFacts(**plain | given)


def rich_facts(**given: Any) -> BundleFacts:
    """Make facts with resources of every kind, and texts that could break a file."""
    own = (
        SecretFacts(TAX_KEY.name, TAX_KEY.variable, TAX_KEY.help, "tax", True),
        SecretFacts(TAX_PARTNER.name, TAX_PARTNER.variable, TAX_PARTNER.help, "tax"),
    )
    rich = {"names": NAMES, "resources": RESOURCES, "secrets": (*KERNEL_SECRETS, *own)}
    return facts(**rich | given)


CASES = {
    "plain": facts,
    "offline": lambda: facts(offline=True, architecture="x86_64"),
    "rich": rich_facts,
}


@pytest.fixture
def make_facts() -> Callable[..., BundleFacts]:
    """Return the maker of facts."""
    return facts


@pytest.fixture
def make_rich_facts() -> Callable[..., BundleFacts]:
    """Return the maker of facts with resources."""
    return rich_facts


@dataclass(frozen=True)
class Stage:
    """A stage of a Dockerfile: its instructions in order, as (name, rest of the line)."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Return what stands behind an instruction, each time."""
        return [rest for found, rest in self.instructions if found == name]

    def last(self, name: str) -> str:
        """Return what stands behind the last of an instruction."""
        return self.all(name)[-1]

    def words(self, name: str) -> list[str]:
        """Return the command of ENTRYPOINT, CMD or HEALTHCHECK, which must be in exec form."""
        text = self.last(name)
        found: Any = json.loads(text.partition("CMD")[2] if name == "HEALTHCHECK" else text)
        assert isinstance(found, list)
        assert all(isinstance(word, str) for word in found)
        return found

    @property
    def env(self) -> dict[str, str]:
        """Return what ENV sets."""
        pairs = (word.partition("=") for rest in self.all("ENV") for word in shlex.split(rest))
        return {name: value for name, _, value in pairs}


def read_dockerfile(text: str) -> list[Stage]:
    """Read a Dockerfile."""
    stages: list[Stage] = []
    whole = re.sub(r"\\\n", "", re.sub(r"(?m)^#.*\n", "", text))
    for line in filter(None, map(str.strip, whole.splitlines())):
        name, _, rest = line.partition(" ")
        assert name.isupper(), line
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            stages.append(Stage(base, alias))
        elif stages:
            stages[-1].instructions.append((name, rest.strip()))
    return stages


def read_yaml(text: str) -> Any:
    """Read a compose file; merges are carried out."""
    return YAML(typ="safe", pure=True).load(text)


_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?+])(?P<rest>[^{}]*))?\})")


def interpolate(value: Any, env: Mapping[str, str]) -> Any:
    """Fill in `${…}` as Compose does; KeyError for what must be set."""

    def fill(found: re.Match[str]) -> str:
        name, kind, rest = found["name"], found["kind"], found["rest"] or ""
        if name is None:
            return "$"
        set_to = env.get(name, "")
        if kind == "?" and not set_to:
            raise KeyError(f"{name}: {rest}")
        if kind == "+":
            return rest if set_to else ""
        return set_to or (rest if kind == "-" else "")

    match value:
        case str():
            return _VARIABLE.sub(fill, value)
        case dict():
            return {key: interpolate(each, env) for key, each in value.items()}
        case list():
            return [interpolate(each, env) for each in value]
    return value


Unit = dict[str, dict[str, list[str]]]


def read_unit(text: str) -> Unit:
    """Read a systemd unit: section, key, values in order."""
    found: Unit = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            found.setdefault(section, {}).setdefault(key, []).append(value)
    return found


def read_env(text: str) -> dict[str, str]:
    """Read a file such as `.env`: what Compose and systemd agree about."""
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            found[name] = value.strip('"')
    return found


@dataclass(frozen=True)
class Bundle:
    """The files for the host of a bundle."""

    files: dict[str, bytes]

    def text(self, path: str) -> str:
        """Return a file's text."""
        return self.files[path].decode()

    @property
    def stages(self) -> list[Stage]:
        """Return the stages of the Dockerfile."""
        return read_dockerfile(self.text("Dockerfile"))

    @property
    def compose(self) -> Any:
        """Return compose.yaml, nothing filled in."""
        return read_yaml(self.text("compose.yaml"))

    @property
    def units(self) -> dict[str, Unit]:
        """Return the units by the name of what they run."""
        return {
            re.sub(r"systemd/civicapp-isle-of-men-|\.service", "", path): read_unit(self.text(path))
            for path in self.files
            if path.endswith(".service")
        }

    def write(self, folder: Path) -> Path:
        """Write them into a folder."""
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder


@dataclass(frozen=True)
class Reading:
    """How tests read the files of a bundle."""

    bundle: type[Bundle] = Bundle
    dockerfile: Callable[[str], list[Stage]] = read_dockerfile
    yaml: Callable[[str], Any] = read_yaml
    interpolate: Callable[[Any, Mapping[str, str]], Any] = interpolate
    unit: Callable[[str], Unit] = read_unit
    env: Callable[[str], dict[str, str]] = read_env


@pytest.fixture(scope="session")
def reading() -> Reading:
    """Return how to read the files of a bundle."""
    return Reading()


@pytest.fixture(params=CASES)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    """Return the files of a bundle: a plain one, one with resources, one for an offline host."""
    return Bundle(render_host(CASES[request.param]()))


@pytest.fixture
def rich() -> Bundle:
    """Return the files of a bundle with resources of every kind."""
    return Bundle(render_host(rich_facts()))


@pytest.fixture
def tool() -> Callable[[str], str]:
    """Return the finder of a validator; a test without it is skipped, and says so."""

    def find(name: str) -> str:
        if found := shutil.which(name):
            return found
        pytest.skip(f"{name} is not installed: this file was not validated by it")

    return find
