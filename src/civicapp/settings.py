"""Settings: what belongs to a host and not to a region pack, read from CIVICAPP_* variables."""

import os
import re
from collections.abc import Collection
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from civicapp.problems import Problem, nearest
from civicapp.secretfile import BadSecretFile, SecretFile, read_secret

PREFIX = "CIVICAPP_"
# No settings, yet ours: for child processes, and for whoever works on civicapp itself.
INTERNAL = frozenset({"CIVICAPP_REGION", "CIVICAPP_RUN_JOBS", "CIVICAPP_TRACEBACK"})
INTERNAL_PREFIXES = ("CIVICAPP_TEST_", "CIVICAPP_FUZZ")
LIST = "docs/deploy.md lists the settings"
_KEY = re.compile(r"[0-9a-fA-F]{64}")
_ADDRESS = re.compile(
    r"(?P<scheme>postgres(?:ql)?(?:\+\w+)?://)(?P<user>[^:/@]+)(?P<given>:[^@/]*)?@"
)


def _base_url(value: str) -> str:
    if not value.startswith(("http://", "https://")) or value.count("/") < 2:
        raise ValueError("wants an address such as https://services.example.org")
    return value.rstrip("/")


def _networks(value: str) -> str:
    for part in filter(None, map(str.strip, value.split(","))):
        ip_network(part, strict=False)
    return value


def _sender(value: str) -> str:
    _, address = parseaddr(value)
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise ValueError("wants `Name <name@example.org>`")
    return value


def _keys(value: SecretStr) -> SecretStr:
    for part in value.get_secret_value().split(","):
        if not _KEY.fullmatch(part.strip()):
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


def _held(value: object, info: ValidationInfo) -> object:
    """Read the file that a variable names; production refuses one that others can read."""
    if not isinstance(value, str | Path):
        return value
    try:
        return read_secret(Path(value), strict=info.data.get("env") == "production")
    except BadSecretFile as e:
        raise _unfit(str(e), e.hint) from None


def _held_for_user(value: object, info: ValidationInfo) -> object:
    """Read the file of a password that somebody needs; without a user it may be empty."""
    return _held(value, info) if info.data.get("smtp_user") else None


def _key_file(value: SecretFile) -> SecretFile:
    parts = [part.strip() for part in re.split(r"[,\n]", value.content.get_secret_value())]
    if not all(_KEY.fullmatch(part) for part in parts):
        hint = "`openssl rand -hex 32` makes a key; of several each has a line, the newest first"
        raise _unfit(f"{value} holds something else than keys of 64 hex digits", hint)
    return SecretFile(value.path, SecretStr(",".join(parts)))


def _line_file(value: SecretFile) -> SecretFile:
    if not value.content.get_secret_value().isprintable():
        raise _unfit(f"{value} holds more than one line of text", "write the password alone")
    return value


def _unfit(said: str, hint: str) -> PydanticCustomError:
    # The hint first: pydantic fills in one word after the other.
    return PydanticCustomError("secret-file", "{said}", {"hint": hint, "said": said})


OneSecret = Annotated[SecretFile, BeforeValidator(_held)]
KeyFile = Annotated[OneSecret, AfterValidator(_key_file)]
LineFile = Annotated[OneSecret, AfterValidator(_line_file)]


class Settings(BaseSettings):
    """Deployment settings. An empty variable counts as one that is not there.

    env: `development` or `production`. base_url: the public address, without a path; taken from
    the request when empty. trusted_proxies: addresses or networks, divided by commas, whose
    forwarded headers are believed. maintenance: answer every page with a notice. log_format:
    `text` or `json`. demo: sample data and a notice on every page; set by `serve --demo`.
    secret_key: encrypts what is personal and signs forms; the newest key first, older ones after a
    comma while they are needed. data: the folder of this host's own data, `.civicapp/<region>` when
    empty. database: address of a PostgreSQL database; a SQLite file in the data folder when empty.
    files: a folder or s3://bucket/prefix for what people upload; in the data folder when empty.
    trace_hooks: log each call of a plugin's hook with its answer; `--trace-hooks` sets it.
    cache_size: MiB of answers to public reads that each process keeps; 0 keeps none. smtp_host and
    what follows: the server for e-mail; TLS from the start on port 465, else by STARTTLS.
    smtp_from: `Services <services@example.org>`. secret_key_file, database_password_file,
    smtp_password_file: files that hold a secret alone, read once; `secret_key` and `database` have
    it then. The last is read when there is a smtp_user.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
    )
    _others: tuple[str, ...] = PrivateAttr(())

    env: Literal["development", "production"] = "development"
    base_url: Annotated[str, AfterValidator(_base_url)] | None = None
    trusted_proxies: Annotated[str, NoDecode, AfterValidator(_networks)] = ""
    maintenance: bool = False
    log_format: Literal["text", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    trace_hooks: bool = False
    demo: bool = False
    data: Path | None = None
    database_password_file: LineFile | None = None
    database: Annotated[SecretStr, AfterValidator(_database)] | None = None
    files: Annotated[str, AfterValidator(_files)] | None = None
    secret_key_file: KeyFile | None = None
    secret_key: Annotated[
        Annotated[SecretStr, AfterValidator(_keys)] | None, Field(validate_default=True)
    ] = None
    body_limit: Annotated[int, Field(ge=1024)] = 1024 * 1024
    cache_size: Annotated[int, Field(ge=0, le=65536)] = 64
    smtp_host: str | None = None
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_starttls: bool = True
    smtp_user: str | None = None
    smtp_password_file: Annotated[LineFile | None, BeforeValidator(_held_for_user)] = None
    smtp_from: Annotated[str, AfterValidator(_sender)] | None = None

    @field_validator("secret_key")
    @classmethod
    def _one_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        file: SecretFile | None = info.data.get("secret_key_file")
        if file is not None and value is not None:
            both = f"is given beside CIVICAPP_SECRET_KEY_FILE ({file})"
            raise _unfit(both, "unset one of the two")
        return value if file is None else file.content

    @field_validator("database")
    @classmethod
    def _one_password(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        file: SecretFile | None = info.data.get("database_password_file")
        if value is None or file is None:
            return value
        address = value.get_secret_value()
        if not takes_password(address):
            found = _ADDRESS.match(address)
            lacks = "holds a password" if found else "names no user of a PostgreSQL database"
            said = f"{lacks}, beside CIVICAPP_DATABASE_PASSWORD_FILE ({file})"
            raise _unfit(said, "write postgresql://user@host/database, or unset the file")
        return SecretStr(_with_password(address, file))

    @property
    def https(self) -> bool:
        """Tell whether residents reach this host by https."""
        return bool(self.base_url and self.base_url.startswith("https://"))

    @property
    def others(self) -> tuple[str, ...]:
        """Return the names of variables with our prefix that are no settings."""
        return self._others

    def without_others(self) -> "Settings":
        """Return the same settings, for a start that no other name stops."""
        copy = self.model_copy()
        copy._others = ()
        return copy

    def address(self, given: str | None = None) -> str | None:
        """Return the database's address: as given, else as set; with the password of the file.

        One that is given with a password of its own is left as it is.
        """
        if given is None:
            return self.database.get_secret_value() if self.database else None
        file = self.database_password_file
        return _with_password(given, file) if file and takes_password(given) else given


def takes_password(address: str) -> bool:
    """Tell whether a database's address names a user and no password."""
    found = _ADDRESS.match(address)
    return found is not None and found["given"] is None


def _with_password(address: str, file: SecretFile) -> str:
    secret = quote(file.content.get_secret_value(), safe="")
    return _ADDRESS.sub(
        lambda found: f"{found['scheme']}{found['user']}:{secret}@", address, count=1
    )


def read_settings(**given: object) -> Settings | list[Problem]:
    """Read the environment; return what is wrong with it instead of raising."""
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as e:
        return [_problem(error) for error in e.errors(include_url=False, include_input=False)]
    settings._others = _others()
    return settings


def _problem(error: Any) -> Problem:
    name = PREFIX + "_".join(str(part) for part in error["loc"]).upper()
    hint = error.get("ctx", {}).get("hint", LIST)
    code = "secret-file" if error["type"] == "secret-file" else "wrong-setting"
    return Problem(code, f"{name}: {error['msg']}", hint)


def _others() -> tuple[str, ...]:
    known = variables()
    names = (name for name in os.environ if name.upper().startswith(PREFIX))
    return tuple(
        sorted(
            name
            for name in names
            if name.upper() not in known and not name.startswith(INTERNAL_PREFIXES)
        )
    )


def variables() -> frozenset[str]:
    """Return the names of all variables that we know."""
    return INTERNAL | {PREFIX + name.upper() for name in Settings.model_fields}


def unknown_variables(
    settings: Settings, plugins: Collection[str], referred: Collection[str]
) -> list[Problem]:
    """Find variables with our prefix that nothing reads: most likely a slip of the finger.

    plugins: ids of those that are installed; what begins with one of them is the plugin's own.
    referred: names that the pack refers to by `${env:…}`.
    """
    own = tuple(f"{PREFIX}{id.upper()}_" for id in plugins)
    found = []
    for name in settings.others:
        if name in referred or name.startswith(own):
            continue
        match = nearest(name.removeprefix(PREFIX), map(str.upper, Settings.model_fields))
        hint = f"did you mean `{PREFIX}{match}`?" if match else f"unset it; {LIST}"
        found.append(Problem("unknown-setting", f"{name}: there is no such setting", hint))
    return found
