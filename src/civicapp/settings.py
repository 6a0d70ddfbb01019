"""Settings: what belongs to a host and not to a region pack, read from CIVICAPP_* variables."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError
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


class Settings(BaseSettings):
    """Deployment settings.

    env: `development` or `production`. base_url: the public address, without a path; taken from
    the request when empty. trusted_proxies: addresses or networks, divided by commas, whose
    forwarded headers are believed. maintenance: answer every page with a notice. log_format:
    `text` or `json`. demo: sample data and a notice on every page; set by `serve --demo`.
    """

    model_config = SettingsConfigDict(env_prefix="CIVICAPP_", frozen=True)

    env: Literal["development", "production"] = "development"
    base_url: Annotated[str, AfterValidator(_base_url)] | None = None
    trusted_proxies: Annotated[str, NoDecode, AfterValidator(_networks)] = ""
    maintenance: bool = False
    log_format: Literal["text", "json"] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    demo: bool = False
    body_limit: Annotated[int, Field(ge=1024)] = 1024 * 1024

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
