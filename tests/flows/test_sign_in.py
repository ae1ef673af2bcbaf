"""What Streamlit is told of the OpenID provider: the settings, the file of secrets, the cookies' key."""

import stat
import tomllib
from pathlib import Path

import pytest
from command import lavwa

from flows.errors import SettingsError
from flows.home import KEY_BYTES
from flows.serve import dashboard_service
from flows.settings import Settings, SignInSettings, load_settings
from flows.sign_in import write_sign_in_secrets

SECRET = "planted-secret-of-the-tests"
SECTION = {
    "metadata_url": "https://id.example/.well-known/openid-configuration", "client_id": "lavwa",
    "public_url": "https://lavwa.example", "client_secret": SECRET,
}  # fmt: skip
IN_ENVIRONMENT = {f"LAVWA_SIGN_IN__{name.upper()}": value for name, value in SECTION.items()}


def held(home: Path, **changed: object) -> Settings:
    """Settings of this home with a provider; None leaves one out."""
    values = {name: value for name, value in {**SECTION, **changed}.items() if value is not None}
    settings = Settings(sign_in=SignInSettings(**values))  # type: ignore[arg-type]  # what pydantic checks here
    settings.place.prepare()
    return settings


def written(settings: Settings) -> dict[str, str]:
    file = write_sign_in_secrets(settings)
    assert file is not None
    return dict(tomllib.loads(file.read_text())["auth"])


def test_the_file_is_for_its_owner_and_says_what_streamlit_asks(home: Path) -> None:
    file = write_sign_in_secrets(held(home))
    assert file == home / "secrets" / "sign-in.toml"
    assert {path.name for path in file.parent.iterdir()} == {"cookie.key", "sign-in.toml"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    said = tomllib.loads(file.read_text())["auth"]
    assert len(bytes.fromhex(said.pop("cookie_secret"))) == KEY_BYTES
    assert said == {
        "redirect_uri": "https://lavwa.example/oauth2callback", "client_id": "lavwa", "client_secret": SECRET,
        "server_metadata_url": SECTION["metadata_url"],
    }  # fmt: skip


def test_the_file_goes_when_the_provider_does(home: Path) -> None:
    file = write_sign_in_secrets(held(home))
    assert file is not None
    assert write_sign_in_secrets(Settings()) is None
    assert not file.exists()
    assert write_sign_in_secrets(Settings()) is None


def test_cookies_hold_from_start_to_start_until_the_key_or_the_provider_is_another(home: Path) -> None:
    first = written(held(home))["cookie_secret"]
    assert written(held(home, label="Enter", client_secret="another", hours=1))["cookie_secret"] == first
    others = {
        written(held(home, **{name: SECTION[name].replace("lavwa", "other").replace("id.", "eid.")}))["cookie_secret"]
        for name in ("metadata_url", "client_id", "public_url")
    }
    (home / "secrets" / "cookie.key").unlink()
    assert len({first, *others, written(held(home))["cookie_secret"]}) == 5


def test_two_dashboards_that_start_at_once_have_one_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, made = held(home), []

    def slow_key(n: int) -> bytes:
        if not made:  # while the first makes its key, a second one starts
            made.append(n)
            made.append(written(settings)["cookie_secret"])
        return bytes(n)

    monkeypatch.setattr("flows.sign_in.secrets.token_bytes", slow_key)
    monkeypatch.setattr("flows.sign_in.os.getpid", lambda: len(made))
    assert written(settings)["cookie_secret"] == made[1]


def test_a_key_that_is_not_whole_is_refused(home: Path) -> None:
    settings = held(home)
    (home / "secrets" / "cookie.key").write_bytes(b"half")
    with pytest.raises(SettingsError, match=r"cookie\.key holds 4 bytes, not 32: remove it"):
        write_sign_in_secrets(settings)


@pytest.mark.parametrize("secret", ['quo"ted \\ # = [x]', "~!@$%^&*()_+{}|:<>?'"])
def test_a_secret_of_any_signs_arrives_whole(home: Path, secret: str) -> None:
    assert written(held(home, client_secret=secret))["client_secret"] == secret


@pytest.mark.parametrize("secret", ["", "two\nlines", "\u00e9t\u00e9", "bell\x07", "del\x7f"])
def test_a_secret_that_no_provider_gives_is_refused_and_not_quoted(home: Path, secret: str) -> None:
    with pytest.raises(SettingsError, match="one line of plain ASCII") as refused:
        write_sign_in_secrets(held(home, client_secret=secret))
    assert not secret or secret not in str(refused.value)


def test_the_secret_may_come_by_a_file_that_is_read_when_a_dashboard_starts(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    settings = held(home, client_secret=None, client_secret_file=file)
    with pytest.raises(SettingsError, match=rf"client_secret_file {file} cannot be read"):
        write_sign_in_secrets(settings)
    file.write_text(f"{SECRET}\n")
    assert written(settings)["client_secret"] == SECRET


@pytest.mark.parametrize("given", ["https://LAVWA.example/", "https://lavwa.example:443", "https://lavwa.example"])
def test_the_public_address_is_written_as_browsers_say_it(home: Path, given: str) -> None:
    assert written(held(home, public_url=given))["redirect_uri"] == "https://lavwa.example/oauth2callback"


@pytest.mark.parametrize("given", ["http://localhost:8501", "http://127.0.0.1:8501", "http://[::1]:8501"])
def test_this_machine_alone_may_do_without_https(home: Path, given: str) -> None:
    assert written(held(home, public_url=given))["redirect_uri"] == f"{given}/oauth2callback"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"PUBLIC_URL": "http://lavwa.example"}, "must begin with https://", id="public without https"),
        pytest.param({"METADATA_URL": "http://id.example/x"}, "must begin with https://", id="provider without https"),
        pytest.param({"PUBLIC_URL": "http://localhost.evil.example"}, "must begin with https://", id="looks local"),
        pytest.param({"PUBLIC_URL": "https://lavwa.example/app"}, "scheme and host alone", id="a path"),
        pytest.param({"PUBLIC_URL": "https://a@lavwa.example"}, "scheme and host alone", id="a user"),
        pytest.param({"PUBLIC_URL": "https://lavwa.example:x"}, "Port could not be cast", id="a port that is none"),
        pytest.param({"PUBLIC_URL": "lavwa.example"}, "an address such as", id="no scheme"),
        pytest.param({"CLIENT_ID": "two words"}, "client_id: String should match pattern", id="client"),
        pytest.param({"HOURS": "0"}, "hours: Input should be greater than 0", id="no time"),
        pytest.param({"SCOPE": "all"}, "scope: Extra inputs are not permitted", id="unknown"),
        pytest.param({"CLIENT_SECRET_FILE": "/nowhere"}, "one of the two", id="two secrets"),
        pytest.param({"METADATA_URL": None}, "metadata_url: Field required", id="not whole"),
    ],
)
def test_a_section_that_cannot_be_is_one_sentence_without_the_secret(
    home: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, str | None], said: str
) -> None:
    named = {f"LAVWA_SIGN_IN__{name}": value for name, value in changed.items()}
    for name, value in {**IN_ENVIRONMENT, **named}.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert said in str(refused.value)
    assert SECRET not in str(refused.value)


def test_settings_are_printed_with_the_secret_masked(home: Path) -> None:
    done = lavwa(home, "settings", **IN_ENVIRONMENT)
    assert "sign_in.client_secret = ********  (environment)\n" in done.stdout
    assert "sign_in.client_id = lavwa  (environment)\n" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_a_dashboard_without_a_provider_starts_as_ever(home: Path) -> None:
    command = dashboard_service(Settings(), 8501, write_sign_in_secrets(Settings())).command
    assert [word for word in command if "secrets" in word] == []
    assert any(word.endswith("app.py") for word in command)


def test_a_dashboard_with_one_names_the_file_and_no_secret(home: Path) -> None:
    settings = held(home)
    file = write_sign_in_secrets(settings)
    service = dashboard_service(settings, 8501, file)
    assert str(file) in service.command
    assert SECRET not in " ".join([*service.command, *service.environment.values()])
