"""Where people land who come back from the OpenID provider, which Streamlit sends to the first page, come what may.

Also: over https, cookies that no request without it carries. Streamlit leaves that open, since it cannot know.
"""

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DESK = "/desk"
FAILED = "sign-in-failed"
SIGN_IN, CALLBACK, SIGN_OUT = "/auth/login", "/oauth2callback", "/auth/logout"  # of Streamlit
IDENTITY_COOKIE = "_streamlit_user="
REMOVED = "Max-Age=0"


class ComingBack:
    """To the desk; with the query parameter `FAILED` where nobody was vouched for, so that the page can say so."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self.app, self.is_https = app, is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                if self.is_https:
                    message["headers"] = [(name, _secure(name, value)) for name, value in message["headers"]]
                if target := _target(scope, message["status"], Headers(raw=message["headers"])):
                    message["status"] = 302
                    MutableHeaders(raw=message["headers"])["location"] = target
            await send(message)

        await self.app(scope, receive, send_changed if scope["type"] == "http" else send)


def _secure(name: bytes, value: bytes) -> bytes:
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return value + b"; Secure" if is_open else value


def _target(scope: Scope, status: int, headers: Headers) -> str | None:
    """Where this answer should lead; None where it may stay as it is."""
    is_home = headers.get("location") == "/"
    if scope["path"] == SIGN_IN and (status != 302 or is_home):  # the provider cannot be reached
        return f"{DESK}?{FAILED}="
    if scope["path"] == SIGN_OUT and is_home:
        return DESK
    if scope["path"] == CALLBACK and is_home:
        cookies = headers.getlist("set-cookie")
        is_vouched = any(cookie.startswith(IDENTITY_COOKIE) and REMOVED not in cookie for cookie in cookies)
        was_asked = {"code", "error"} & parse_qs(scope["query_string"].decode("latin-1")).keys()  # else: signed out
        return DESK if is_vouched or not was_asked else f"{DESK}?{FAILED}="
    return None
