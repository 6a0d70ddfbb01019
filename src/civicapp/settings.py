"""Settings: what belongs to a host and not to a region pack, read from CIVICAPP_* variables."""

import re
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from civicapp.problems import Problem


def _base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or value.count("/") < 2:
        raise ValueError("wants an address such as https://layanan.example.go.id")
    return value.rstrip("/")


def _networks(value: str) -> str:
    for part in filter(None, map(str.strip, value.split(","))):
        ip_network(part, strict=False)
    return value


def _sender(value: str) -> str:
    _, address = parseaddr(value)
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise ValueError("wants `Name <name@example.go.id>`")
    return value


def _keys(value: SecretStr) -> SecretStr:
    for part in value.get_secret_value().split(","):
        if not re.fullmatch(r"[0-9a-fA-F]{64}", part.strip()):
            raise ValueError("wants 64 hex digits, as `openssl rand -hex 32` prints them")
    return value


def _database(value: SecretStr) -> SecretStr:
    # The whole check is storage's: settings are read where no database is needed.
    if not re.match(r"(postgres|postgresql|sqlite)(\+\w+)?://", value.get_secret_value()):
        raise ValueError("wants an address such as postgresql://user@host/database")
    return value


def _files(value: str) -> str:
    if "://" in value and not re.fullmatch(r"s3://[^/]+(/.*)?", value):
        raise ValueError("wants a folder, or s3://bucket/prefix")
    return value


class Settings(BaseSettings):
    """Deployment settings.

    env: `development` or `production`. base_url: the public address, without a path; taken from
    the request when empty. trusted_proxies: addresses or networks, divided by commas, whose
    forwarded headers are believed. maintenance: answer every page with a notice. log_format:
    `text` or `json`. demo: sample data and a notice on every page; set by `serve --demo`.
    secret_key: encrypts what is personal and signs forms; the newest key first, older ones after a
    comma while they are needed. data: the folder of this host's own data, `.civicapp/<region>` when
    empty. database: address of a PostgreSQL database; a SQLite file in the data folder when empty.
    files: a folder or s3://bucket/prefix for what people upload; in the data folder when empty.
    cache_size: MiB of answers to public reads that each process keeps; 0 keeps none. smtp_host and
    what follows: the server for e-mail; TLS from the start on port 465, else by STARTTLS.
    smtp_from: `Layanan <layanan@example.go.id>`. smtp_password_file: a file with the password.
    """

    model_config = SettingsConfigDict(env_prefix="CIVICAPP_", frozen=True)

    env: Literal["development", "production"] = "development"
    base_url: Annotated[str, AfterValidator(_base_url)] | None = None
    trusted_proxies: Annotated[str, NoDecode, AfterValidator(_networks)] = ""
    maintenance: bool = False
    log_format: Literal["text", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    demo: bool = False
    data: Path | None = None
    database: Annotated[SecretStr, AfterValidator(_database)] | None = None
    files: Annotated[str, AfterValidator(_files)] | None = None
    secret_key: Annotated[SecretStr, AfterValidator(_keys)] | None = None
    body_limit: Annotated[int, Field(ge=1024)] = 1024 * 1024
    cache_size: Annotated[int, Field(ge=0, le=65536)] = 64
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_starttls: bool = True
    smtp_user: str | None = None
    smtp_password_file: Path | None = None
    smtp_from: Annotated[str, AfterValidator(_sender)] | None = None

    @property
    def https(self) -> bool:
        """Tell whether residents reach this host by https."""
        return bool(self.base_url and self.base_url.startswith("https://"))


def read_settings(**given: object) -> Settings | list[Problem]:
    """Read the environment; return what is wrong with it instead of raising."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as e:
        return [
            Problem(
                "wrong-setting",
                f"CIVICAPP_{'_'.join(str(p) for p in error['loc']).upper()}: {error['msg']}",
                "docs/deploy.md lists the settings",
            )
            for error in e.errors(include_url=False, include_input=False)
        ]
