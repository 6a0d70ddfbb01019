"""The variables of `.env`: what a deployer sets, for whom, and what holds else.

Names with CIVICAPP_ are settings of the app; the others are read by Compose, systemd or Caddy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from civicapp.bundle.facts import BundleFacts, SecretFacts
from civicapp.resource import EnvVar

Reader: TypeAlias = Literal["app", "compose", "systemd", "both"]
POSTGRES_IMAGE = "postgres:18-bookworm"
CADDY_IMAGE = "caddy:2-alpine"
PROXY_SUBNET = "172.30.203.0/24"
WORKERS = "2"
PORT = "8000"


@dataclass(frozen=True, slots=True)
class Variable:
    """A line of `.env.example`.

    default: what holds when it is not set; for the app's own as text for people. reader: the app,
    or the files for containers, those for systemd, or both.
    """

    name: str
    help: str
    default: str = ""
    required: bool = False
    reader: Reader = "app"


BASE_URL = Variable(
    "CIVICAPP_BASE_URL",
    "The portal's public address, such as https://portal.example.org, without a path and without a"
    " slash at its end. Its name must lead to this host: the web server gets a certificate for it.",
    required=True,
)
SECRETS_DIR = Variable(
    "SECRETS_DIR",
    "Folder of the secrets, as an absolute path. Containers only: systemd reads"
    " /etc/civicapp/<region>/secrets.",
    required=True,
    reader="compose",
)
# Settings that the files fix, and those that have no place on a host in production.
FIXED: Mapping[str, str] = {
    "CIVICAPP_ENV": "a bundle runs in production",
    "CIVICAPP_DATA": "a volume, or the state folder of the units",
    "CIVICAPP_TRUSTED_PROXIES": "the network of the web server",
    "CIVICAPP_SECRET_KEY": "in a file, never in a variable",
    "CIVICAPP_DEMO": "set by `serve --demo`",
    "CIVICAPP_TRACE_HOOKS": "for authors of plugins",
}
SETTINGS = (
    Variable("CIVICAPP_MAINTENANCE", "`true` answers every page with a notice.", "false"),
    Variable(
        "CIVICAPP_DATABASE",
        "Address of the database, without a password: that is the secret database_password.",
        "the database of this host",
    ),
    Variable(
        "CIVICAPP_FILES",
        "Where uploads are kept: a folder, or s3://bucket/prefix with the AWS_* variables below.",
        "the data folder",
    ),
    Variable("CIVICAPP_LOG_FORMAT", "`text` or `json`.", "json"),
    Variable("CIVICAPP_LOG_LEVEL", "`debug`, `info`, `warning` or `error`.", "info"),
    Variable(
        "CIVICAPP_BODY_LIMIT", "Largest request body, in bytes; photos may be more.", "1048576"
    ),
    Variable("CIVICAPP_CACHE_SIZE", "MiB of public answers that each process keeps.", "64"),
    Variable("CIVICAPP_SMTP_HOST", "Mail server. Without one no e-mail is sent.", "none"),
    Variable("CIVICAPP_SMTP_PORT", "TLS from the start on 465, else by STARTTLS.", "587"),
    Variable("CIVICAPP_SMTP_STARTTLS", "`false` sends in clear: only to this host.", "true"),
    Variable("CIVICAPP_SMTP_FROM", "Sender, such as `Portal <portal@example.org>`.", "none"),
    Variable(
        "CIVICAPP_SMTP_USER",
        "Name at the mail server, if it wants one; the secret smtp_password belongs to it.",
        "none",
    ),
)
BUCKET = (
    Variable("AWS_REGION", "Region of the bucket.", "none"),
    Variable("AWS_ENDPOINT", "Address of a store that is not Amazon's.", "none"),
    Variable("AWS_ACCESS_KEY_ID", "Key of the bucket.", "none"),
    Variable(
        "AWS_SECRET_ACCESS_KEY",
        "Secret of that key, the only one that stands here: leave this file to its owner.",
        "none",
    ),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Variables under a title."""

    title: str
    variables: tuple[Variable, ...]


def groups(facts: BundleFacts) -> tuple[Group, ...]:
    """List all variables of a bundle."""
    own = tuple(_plugins(facts))
    return (
        Group("Required", (BASE_URL, SECRETS_DIR)),
        Group("The app", SETTINGS),
        *((Group("Services", own),) if own else ()),
        Group("Uploads in a bucket", BUCKET),
        Group("Processes", _processes()),
        Group("Containers", _containers(facts)),
    )


def passed(facts: BundleFacts) -> list[str]:
    """List the variables that the containers of the app take from `.env` as they are."""
    fixed = {BASE_URL.name, "CIVICAPP_DATABASE"}  # these have a form of their own in compose.yaml
    return [
        variable.name
        for group in groups(facts)
        for variable in group.variables
        if variable.reader == "app" and variable.name not in fixed
    ]


def python_image(facts: BundleFacts) -> str:
    """Return the base image: a tag, since nobody here knows the digest of tomorrow."""
    return f"python:{facts.python}-slim-bookworm"


def _plugins(facts: BundleFacts) -> Iterator[Variable]:
    for _, each in facts.resources_of(EnvVar):
        yield Variable(each.name, each.help, each.default or "none")


def _optional(secret: SecretFacts) -> Variable:
    what = f"File of the secret {secret.name} ({secret.help}), as an absolute path."
    return Variable(f"{secret.name.upper()}_FILE", what, "none", reader="compose")


def _processes() -> tuple[Variable, ...]:
    return (
        Variable("API_WORKERS", "Processes that answer requests.", WORKERS, reader="both"),
        Variable(
            "API_PORT",
            "Port at which they listen, on this host alone. systemd only.",
            PORT,
            reader="systemd",
        ),
    )


def _containers(facts: BundleFacts) -> tuple[Variable, ...]:
    return (
        Variable("PYTHON_IMAGE", "Base image of the app.", python_image(facts), reader="compose"),
        *(_optional(secret) for secret in facts.secrets if secret.optional),
        Variable(
            "POSTGRES_IMAGE",
            "Image of the database. Another major version cannot read the data of this one.",
            POSTGRES_IMAGE,
            reader="compose",
        ),
        Variable("CADDY_IMAGE", "Image of the web server.", CADDY_IMAGE, reader="compose"),
        Variable(
            "PROXY_SUBNET",
            "Network between web server and app, from which forwarded addresses are believed."
            " Choose another one if this host uses it already.",
            PROXY_SUBNET,
            reader="compose",
        ),
    )
