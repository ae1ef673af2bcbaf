"""The one settings object: `lavwa.toml` in LAVWA_HOME, or the file that LAVWA_SETTINGS (--settings) names,
overridden by the environment. LAVWA_HOME itself is no setting: it says where the settings are.

Every value can come by environment: `LAVWA_BATCH_SIZE=200`, `LAVWA_SOURCES__REDDIT__CLIENT_SECRET=…`. Secrets come by
environment or by a file (`client_secret_file`), and are never printed.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from functools import cache
from json import JSONDecodeError
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)  # fmt: skip
from pydantic_settings import (
    SettingsError as EnvironmentUnreadableError,
)

from flows.errors import PseudonymKeyError, SettingsError
from flows.home import KEY_BYTES, Home
from flows.progress import say
from flows.settings_names import (
    ENVIRONMENT_PREFIX,
    HOME_VARIABLE,
    SAMPLE_SOURCE,
    SETTINGS_VARIABLE,
    home_folder,
    settings_path,
)  # fmt: skip
from ingest.records import DEFAULT_TIMEZONE

NESTED = "__"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
DEFAULT_PORTS = {"http": 80, "https": 443}
RUN_WITHIN, RUNS_MISSED = timedelta(days=1), 4


class SourceSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileSourceSettings(SourceSettings):
    kind: Literal["file"]
    path: str
    map: dict[str, str] = {}


class PortalSourceSettings(SourceSettings):
    kind: Literal["portal"] = "portal"


class WithClientSecret(BaseModel):
    """What has a secret of its own with somebody else's service, by environment or in a file."""

    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
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


class RedditSourceSettings(WithClientSecret, SourceSettings):
    kind: Literal["reddit"]
    subreddits: list[str] = Field(min_length=1)
    client_id: str
    user_agent: str = "linux:lavwa:0.1 (public-concern triage)"
    base_url: str | None = None
    limit: int = Field(1000, ge=1, le=1000)
    overlap_hours: float = Field(24.0, ge=0)


class SignInSettings(WithClientSecret):
    """Who vouches for people (OpenID Connect), and what of it is believed.

    `metadata_url` is the provider's discovery document; `public_url` is the dashboard as people's browsers reach it,
    scheme and host alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    metadata_url: str
    client_id: str = Field(pattern=r"^[!-~]+$")
    public_url: str
    label: str = Field("Sign in with your government account", min_length=1, max_length=100)
    trust_unverified_email: bool = False
    hours: float = Field(12.0, gt=0, le=720)

    @field_validator("metadata_url", "public_url")
    @classmethod
    def _cannot_be_overheard(cls, url: str) -> str:
        parts = urlsplit(url)
        if not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("must be an address such as https://name.example")
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in THIS_MACHINE):
            raise ValueError("must begin with https:// (http:// is for this machine alone, as in http://localhost)")
        return url

    @field_validator("public_url")
    @classmethod
    def _as_browsers_say_it(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("must be scheme and host alone, such as https://lavwa.example")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        is_usual = parts.port in {None, DEFAULT_PORTS[parts.scheme]}
        return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{parts.port}"


AnySource = Annotated[FileSourceSettings | PortalSourceSettings | RedditSourceSettings, Field(discriminator="kind")]


def _own_store() -> SecretStr:
    return SecretStr(f"sqlite:///{Home(home_folder()).portal_store}")


class Settings(BaseSettings):
    """Everything that can be set, with what holds when nothing is."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter=NESTED, extra="forbid", frozen=True
    )

    deployment: str = "seychelles"
    encoder: str | None = None
    timezone: ZoneInfo = DEFAULT_TIMEZONE
    portal_url: SecretStr = Field(default_factory=_own_store)
    pseudonym_key: SecretStr | None = None
    audit_origin: str = "lavwa.local/log"
    batch_size: int = Field(500, ge=1, le=10_000)
    keep_snapshots: int = Field(3, ge=1)
    keep_raw_days: int = Field(365, ge=1, le=36_500)
    memory_limit: str = "2GB"
    schedule_minutes: int = Field(15, ge=1)
    address: str = "127.0.0.1"
    dashboard_port: int = Field(8501, ge=0, le=65_535)
    prefect_port: int = Field(4200, ge=0, le=65_535)
    retry_attempts: int = Field(4, ge=1)
    retry_first_wait_seconds: float = Field(1.0, ge=0)
    retry_longest_wait_seconds: float = Field(60.0, ge=0)
    sources: dict[str, AnySource] = {}
    sign_in: SignInSettings | None = None

    @field_validator("sources")
    @classmethod
    def _is_not_called_invented(cls, sources: dict[str, Any]) -> dict[str, Any]:
        """What is called as the bundled sample is taken for invented, and shown to everybody."""
        if SAMPLE_SOURCE in sources:
            raise ValueError(f"'{SAMPLE_SOURCE}' is the bundled sample's name: give the source another one")
        return sources

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
    def overdue_after(self) -> timedelta:
        """How long after a run another one should have ended, even where somebody runs it by hand once a day."""
        return max(RUN_WITHIN, RUNS_MISSED * timedelta(minutes=self.schedule_minutes))

    @property
    def place(self) -> Home:
        return Home(home_folder())

    def pseudonym_key_bytes(self) -> bytes:
        """The key set here, 64 hexadecimal digits, else that of the home. Raises `PseudonymKeyError`."""
        if self.pseudonym_key is None:
            return self.place.pseudonym_key()
        try:
            key = bytes.fromhex(self.pseudonym_key.get_secret_value())
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise PseudonymKeyError(
                f"`pseudonym_key` must be {2 * KEY_BYTES} hexadecimal digits ({KEY_BYTES} bytes), such as "
                f"`openssl rand -hex {KEY_BYTES}` prints"
            )
        return key


@cache
def load_settings() -> Settings:
    """Read the settings, once a process; an environment variable that sets nothing is told on standard error.

    Raises `SettingsError` that names the file or variable and the value.
    """
    try:
        held = Settings(**_file_values())
    except EnvironmentUnreadableError as error:
        raise SettingsError(
            f"environment variable {_variable_holding(error.__cause__)} is not JSON: it takes a list or a table, "
            'such as ["one", "two"] or {"name": "value"}'
        ) from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = [str(part) for part in first["loc"]]
        variable = _variable_of(list(where))
        origin = f"environment variable {variable}" if variable else f"settings ({settings_path()} and environment)"
        raise SettingsError(f"{origin}: {'.'.join(where)}: {first['msg']}") from None
    for said in _strange_variables():
        say(f"lavwa: {said}")
    return held


def origins() -> Mapping[str, tuple[Any, str]]:
    """Each value that holds and where it came from: `environment`, the file's name, or `default`."""
    held = load_settings()
    in_file, in_environment = _flat(_file_values()), _flat(EnvSettingsSource(Settings)())
    shown = {}
    for name, value in _flat(held.model_dump()).items():
        origin = "environment" if name in in_environment else str(settings_path()) if name in in_file else "default"
        shown[name] = ("********" if isinstance(value, SecretStr) else value, origin)
    return shown


def _file_values() -> dict[str, Any]:
    path = settings_path()
    try:
        with path.open("rb") as stream:
            values = tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):
        if SETTINGS_VARIABLE in os.environ:
            raise SettingsError(f"there is no settings file {path}") from None
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    if "home" in values:
        raise SettingsError(f"{path}: `home` cannot be set in the file; name the folder in {HOME_VARIABLE} instead")
    return InitSettingsSource(Settings, values)()


def _variables() -> list[str]:
    return sorted(name for name in os.environ if name.upper().startswith(ENVIRONMENT_PREFIX))


def _variable_of(where: list[str]) -> str | None:
    """The environment variable that sets the value at this place, or the one that sets what it is part of."""
    names = {name.upper(): name for name in _variables()}
    if where[0] == "sources":
        del where[2:3]  # pydantic puts the kind of the source between its name and the value's
    for depth in range(len(where), 0, -1):
        if found := names.get(ENVIRONMENT_PREFIX + NESTED.join(where[:depth]).upper()):
            return found
    return None


def _variable_holding(error: BaseException | None) -> str:
    """The environment variable whose value could not be read as JSON; pydantic-settings names the field only."""
    unread = error.doc if isinstance(error, JSONDecodeError) else None
    return next((name for name in _variables() if os.environ[name] == unread), f"{ENVIRONMENT_PREFIX}…")


def _strange_variables() -> list[str]:
    known = [HOME_VARIABLE, SETTINGS_VARIABLE, *(ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields)]
    said = []
    for name in _variables():
        if name.upper().split(NESTED)[0] not in known:
            meant = get_close_matches(name.upper(), known, 1, cutoff=0.8)
            said.append(f"{name} is no setting and changes nothing" + (f"; is {meant[0]} meant?" if meant else ""))
    return said


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat.update(_flat(value, f"{prefix}{name}."))
        else:
            flat[prefix + name] = value
    return flat
