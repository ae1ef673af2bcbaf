"""The one settings object: `lavwa.toml` in LAVWA_HOME, or the file that LAVWA_SETTINGS (--settings) names,
overridden by the environment.

Every value can come by environment: `LAVWA_BATCH_SIZE=200`, `LAVWA_SOURCES__REDDIT__CLIENT_SECRET=…`. Secrets come by
environment or by a file (`client_secret_file`), and are never printed.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)  # fmt: skip

from flows.errors import SettingsError
from flows.home import Home
from flows.settings_names import DEFAULT_HOME, HOME_VARIABLE, SETTINGS_FILE, SETTINGS_VARIABLE


class SourceSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileSourceSettings(SourceSettings):
    kind: Literal["file"]
    path: str
    map: dict[str, str] = {}


class PortalSourceSettings(SourceSettings):
    kind: Literal["portal"] = "portal"


class RedditSourceSettings(SourceSettings):
    kind: Literal["reddit"]
    subreddits: list[str] = Field(min_length=1)
    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    user_agent: str = "linux:lavwa:0.1 (public-concern triage)"
    base_url: str | None = None
    limit: int = Field(1000, ge=1, le=1000)
    overlap_hours: float = Field(24.0, ge=0)

    @model_validator(mode="after")
    def _has_a_secret(self) -> "RedditSourceSettings":
        if (self.client_secret is None) == (self.client_secret_file is None):
            raise ValueError("needs client_secret (by environment) or client_secret_file, one of the two")
        return self

    def secret(self) -> str:
        """Raises `SettingsError` when the file cannot be read."""
        if self.client_secret_file is None:
            return self.client_secret.get_secret_value() if self.client_secret else ""
        try:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(
                f"client_secret_file {self.client_secret_file} cannot be read: {error.strerror}"
            ) from error


AnySource = Annotated[FileSourceSettings | PortalSourceSettings | RedditSourceSettings, Field(discriminator="kind")]


class Settings(BaseSettings):
    """Everything that can be set, with what holds when nothing is."""

    model_config = SettingsConfigDict(env_prefix="LAVWA_", env_nested_delimiter="__", extra="forbid", frozen=True)

    home: Path = Path(DEFAULT_HOME)
    deployment: str = "seychelles"
    portal_url: SecretStr | None = None
    pseudonym_key: SecretStr | None = None
    batch_size: int = Field(500, ge=1, le=10_000)
    keep_snapshots: int = Field(3, ge=1)
    memory_limit: str = "2GB"
    schedule_minutes: int = Field(15, ge=1)
    address: str = "127.0.0.1"
    dashboard_port: int = Field(8501, ge=0, le=65_535)
    prefect_port: int = Field(4200, ge=0, le=65_535)
    retry_attempts: int = Field(4, ge=1)
    retry_first_wait_seconds: float = Field(1.0, ge=0)
    retry_longest_wait_seconds: float = Field(60.0, ge=0)
    sources: dict[str, AnySource] = {}

    @model_validator(mode="before")
    @classmethod
    def _with_portal(cls, values: Any) -> Any:
        """The portal's own store is always a source, whatever else is configured."""
        if isinstance(values, dict):
            sources = values.get("sources") or {}
            if isinstance(sources, dict) and "portal" not in sources:
                return {**values, "sources": {"portal": {"kind": "portal"}, **sources}}
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic-settings' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings  # what is passed in comes from the file; the environment wins

    @property
    def place(self) -> Home:
        return Home(self.home)

    @property
    def portal_store_url(self) -> str:
        return self.portal_url.get_secret_value() if self.portal_url else self.place.portal_url

    def pseudonym_key_bytes(self) -> bytes:
        return self.pseudonym_key.get_secret_value().encode() if self.pseudonym_key else self.place.pseudonym_key()


def settings_path() -> Path:
    """The file that settings are read from, whether or not it exists."""
    return Path(os.environ.get(SETTINGS_VARIABLE) or Path(os.environ.get(HOME_VARIABLE, DEFAULT_HOME)) / SETTINGS_FILE)


def load_settings() -> Settings:
    """Read the settings. Raises `SettingsError` that names the file and the value."""
    try:
        return Settings(**_file_values())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"settings ({settings_path()} and environment): {where}: {first['msg']}") from error


def origins() -> Mapping[str, tuple[Any, str]]:
    """Each value that holds and where it came from: `environment`, the file's name, or `default`."""
    in_file, in_environment = _flat(_file_values()), _flat(EnvSettingsSource(Settings)())
    shown = {}
    for name, value in _flat(load_settings().model_dump()).items():
        origin = "environment" if name in in_environment else str(settings_path()) if name in in_file else "default"
        shown[name] = ("********" if isinstance(value, SecretStr) else value, origin)
    return shown


def _file_values() -> dict[str, Any]:
    path = settings_path()
    try:
        with path.open("rb") as stream:
            return InitSettingsSource(Settings, tomllib.load(stream))()
    except (FileNotFoundError, NotADirectoryError):
        if SETTINGS_VARIABLE in os.environ:
            raise SettingsError(f"there is no settings file {path}") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat
