"""Where people land who come back from the OpenID provider, and which cookies they carry."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboards.coming_back import ComingBack


def client(*, is_https: bool = False) -> TestClient:
    """Before something that answers as Streamlit does; `answer` in the query says how."""

    def answer(request: Request) -> Response:
        kind = request.query_params.get("answer")
        response: Response = RedirectResponse("/" if kind != "provider" else "https://id.example/", status_code=302)
        if kind == "broken":
            response = PlainTextResponse("Authentication error", status_code=400)
        if kind == "vouched":
            response.set_cookie("_streamlit_user", "signed", httponly=True, max_age=2592000)
        if kind == "refused":
            response.delete_cookie("_streamlit_user")
        response.set_cookie("_streamlit_session", "state", httponly=True)
        return response

    paths = ("/auth/login", "/auth/logout", "/oauth2callback", "/desk")
    within = Starlette(routes=[Route(path, answer) for path in paths])
    return TestClient(ComingBack(within, is_https=is_https), follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "lands"),
    [
        pytest.param("/oauth2callback?code=1&state=2&answer=vouched", "/desk", id="signed in"),
        pytest.param("/oauth2callback?code=1&state=2&answer=refused", "/desk?sign-in-failed=", id="not believed"),
        pytest.param("/oauth2callback?code=1&state=2", "/desk?sign-in-failed=", id="asked long ago"),
        pytest.param("/oauth2callback?error=access_denied&state=2", "/desk?sign-in-failed=", id="not consented"),
        pytest.param("/oauth2callback", "/desk", id="signed out at the provider"),
        pytest.param("/auth/logout", "/desk", id="signed out where the provider has no page for it"),
        pytest.param("/auth/logout?answer=provider", "https://id.example/", id="on the way out"),
        pytest.param("/auth/login?answer=provider", "https://id.example/", id="on the way in"),
        pytest.param("/auth/login?answer=broken", "/desk?sign-in-failed=", id="no provider"),
        pytest.param("/auth/login", "/desk?sign-in-failed=", id="a button of long ago"),
        pytest.param("/desk", "/", id="any other page"),
    ],
)
def test_everybody_lands_at_the_desk_which_knows_whether_it_went_wrong(asked: str, lands: str) -> None:
    answer = client().get(asked)
    assert (answer.status_code, answer.headers["location"]) == (302, lands)


@pytest.mark.parametrize("is_https", [True, False])
def test_cookies_need_https_where_the_dashboard_has_it(is_https: bool) -> None:
    answer = client(is_https=is_https).get("/oauth2callback?code=1&state=2&answer=vouched")
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert {"; Secure" in cookie for cookie in cookies} == {is_https}
    assert all("HttpOnly" in cookie for cookie in cookies)
