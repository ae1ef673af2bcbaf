"""What Streamlit is told of the OpenID provider: a file of secrets, made when a dashboard starts."""

import hmac
import json
import os
import secrets
from pathlib import Path

from flows.errors import SettingsError
from flows.home import KEY_BYTES, Home, write_private
from flows.settings import Settings, SignInSettings

CALLBACK = "oauth2callback"


def write_sign_in_secrets(settings: Settings) -> Path | None:
    """The file for Streamlit's option `secrets.files`; None, and no such file any more, where no provider is set.

    Raises `SettingsError` when the client secret cannot be read or used, or the cookies' key is not whole.
    """
    file = settings.place.sign_in_secrets
    if settings.sign_in is None:
        file.unlink(missing_ok=True)
        return None
    secret = settings.sign_in.secret()
    if not secret or not secret.isascii() or not secret.isprintable():  # RFC 6749, A.2
        raise SettingsError("sign_in: the client secret must be one line of plain ASCII, and not empty")
    values = {
        "redirect_uri": f"{settings.sign_in.public_url}/{CALLBACK}",
        "cookie_secret": _cookie_secret(settings.place, settings.sign_in),
        "client_id": settings.sign_in.client_id,
        "client_secret": secret,
        "server_metadata_url": settings.sign_in.metadata_url,
    }
    lines = ["[auth]", *(f"{name} = {json.dumps(value)}" for name, value in values.items())]  # of printable ASCII
    write_private(file, "\n".join([*lines, ""]).encode("ascii"))
    return file


def _cookie_secret(place: Home, provider: SignInSettings) -> str:
    """Of this home and provider: a cookie that another provider gave reason for is worth nothing here."""
    said = "\n".join([provider.metadata_url, provider.client_id, provider.public_url])
    return hmac.digest(_cookie_key(place.cookie_key), said.encode("ascii"), "sha256").hex()


def _cookie_key(file: Path) -> bytes:
    """Made once, also where two dashboards start at the same moment."""
    if not file.exists():
        mine = file.with_suffix(f".{os.getpid()}")
        write_private(mine, secrets.token_bytes(KEY_BYTES))
        try:
            os.link(mine, file)
        except FileExistsError:  # another one was quicker
            pass
        finally:
            mine.unlink()
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise SettingsError(
            f"{file} holds {len(key)} bytes, not {KEY_BYTES}: remove it; then everybody signs in at the provider anew"
        )
    return key
