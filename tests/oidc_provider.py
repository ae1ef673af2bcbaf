"""An OpenID provider for tests: authorization code with PKCE, on this machine, which lets the named person in unasked.

It is strict where a real one is (registered client and addresses, codes used once, PKCE required) and lies where a test
asks it to: `changes` are made to the claims of the next ID tokens, `signing_key` signs them.
"""

import hashlib
import secrets
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from flows.ports import free_port

CLIENT_ID = "lavwa-of-the-tests"
LIFETIME_SECONDS = 300


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "of-the-tests", "use": "sig", "alg": "RS256"}, auto_kid=False)


@dataclass
class OidcProvider:
    """`handed_out` is every code and token so far; `signed_out` counts those who left by the provider's own page."""

    url: str
    registered: str
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: RSAKey = field(default_factory=new_key)
    signing_key: RSAKey | None = None
    person: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    is_down: bool = False
    is_refusing: bool = False
    handed_out: list[str] = field(default_factory=list)
    signed_out: int = 0
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)
    _said: dict[str, dict[str, Any]] = field(default_factory=dict)

    def be_honest(self, email: str, **claims: Any) -> None:
        """Let this person in from now on, who has a verified address, and tell no lies."""
        self.person = {"sub": f"number of {email}", "email": email, "email_verified": True, **claims}
        self.changes, self.signing_key, self.is_down, self.is_refusing = {}, None, False, False

    @property
    def settings(self) -> dict[str, str]:
        """Of a dashboard at the registered address, as environment variables."""
        return {
            "LAVWA_SIGN_IN__METADATA_URL": f"{self.url}/.well-known/openid-configuration",
            "LAVWA_SIGN_IN__CLIENT_ID": CLIENT_ID,
            "LAVWA_SIGN_IN__CLIENT_SECRET": self.client_secret,
            "LAVWA_SIGN_IN__PUBLIC_URL": self.registered.removesuffix("/oauth2callback"),
        }

    def metadata(self) -> dict[str, Any]:
        if self.is_down:
            raise HTTPException(503)
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def jwks(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))

    def authorize(
        self,
        response_type: str,
        client_id: str,
        redirect_uri: str,
        scope: str,
        state: str,
        nonce: str,
        code_challenge: str,
        code_challenge_method: str,
    ) -> RedirectResponse:
        known = (response_type, client_id, redirect_uri, code_challenge_method)
        if known != ("code", CLIENT_ID, self.registered, "S256") or "openid" not in scope.split():
            raise HTTPException(400, "not as registered")
        if self.is_refusing:
            return _to(redirect_uri, error="access_denied", state=state)
        code = self._new()
        self._asked[code] = {"nonce": nonce, "challenge": code_challenge}
        return _to(redirect_uri, code=code, state=state)

    def token(
        self,
        grant_type: Annotated[str, Form()],
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        authorization: Annotated[str, Header()],
    ) -> dict[str, Any]:
        asked = self._asked.pop(code, None)
        known = (grant_type, redirect_uri, b64decode(authorization.removeprefix("Basic ")).decode())
        if known != ("authorization_code", self.registered, f"{CLIENT_ID}:{self.client_secret}"):
            raise HTTPException(401, "not as registered")
        if asked is None or _half(hashlib.sha256(code_verifier.encode()).digest(), whole=True) != asked["challenge"]:
            raise HTTPException(400, "no such code, or not yours")
        access_token = self._new()
        self._said[access_token] = self.person
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + LIFETIME_SECONDS, "nonce": asked["nonce"],
            "at_hash": _half(hashlib.sha256(access_token.encode()).digest()), **self.person, **self.changes,
        }  # fmt: skip
        id_token = jwt.encode({"alg": "RS256", "kid": "of-the-tests"}, claims, self.signing_key or self.key)
        self.handed_out.append(id_token)
        return {
            "access_token": access_token, "id_token": id_token, "token_type": "Bearer", "expires_in": LIFETIME_SECONDS,
        }  # fmt: skip

    def userinfo(self, authorization: Annotated[str, Header()]) -> dict[str, Any]:
        person = self._said.get(authorization.removeprefix("Bearer "))
        if person is None:
            raise HTTPException(401)
        return person

    def logout(self, client_id: str, post_logout_redirect_uri: str, id_token_hint: str) -> RedirectResponse:
        if (client_id, post_logout_redirect_uri) != (CLIENT_ID, self.registered):
            raise HTTPException(400, "not as registered")
        if id_token_hint not in self.handed_out:
            raise HTTPException(400, "nobody whom I know")
        self.signed_out += 1
        return _to(post_logout_redirect_uri)

    def app(self) -> FastAPI:
        app = FastAPI()
        app.get("/.well-known/openid-configuration")(self.metadata)
        for path in ("jwks", "authorize", "userinfo", "logout"):
            app.get(f"/{path}", response_model=None)(getattr(self, path))
        app.post("/token")(self.token)
        return app

    def _new(self) -> str:
        self.handed_out.append(secrets.token_urlsafe(32))
        return self.handed_out[-1]


def _to(address: str, **said: str) -> RedirectResponse:
    return RedirectResponse(f"{address}?{urlencode(said)}" if said else address, status_code=302)


def _half(digest: bytes, *, whole: bool = False) -> str:
    """Base64url of the left half of a digest (`at_hash`), or of the whole (PKCE's S256)."""
    return urlsafe_b64encode(digest if whole else digest[: len(digest) // 2]).rstrip(b"=").decode()


@contextmanager
def running_provider(registered: str) -> Iterator[OidcProvider]:
    """A provider that knows one client, which people come back to at this address."""
    port = free_port()
    provider = OidcProvider(f"http://127.0.0.1:{port}", registered)
    server = uvicorn.Server(uvicorn.Config(provider.app(), host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(timeout=10)
