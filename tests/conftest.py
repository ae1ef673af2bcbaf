"""What all tests share: a home of their own, the real data beside the project, the sample run once."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
os.environ["HF_HUB_OFFLINE"] = "1"
for name in [name for name in os.environ if name.startswith("LAVWA_")]:
    del os.environ[name]  # nobody's settings reach a test


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The folder `../shared/data/NAME`; without it the test is skipped, under CI it fails."""

    def folder(name: str) -> Path:
        path = ROOT.parent / "shared" / "data" / name
        if not path.is_dir():
            reason = f"the real data set {path} is not on this machine"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return folder


@pytest.fixture(autouse=True)
def _settings_of_this_test() -> None:
    """Settings are read once a process; here each test is a process of its own."""
    from flows.settings import load_settings

    load_settings.cache_clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh LAVWA_HOME, named in the environment."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LAVWA_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home where the bundled sample and a few planted posts have gone all the way."""
    from command import lavwa
    from test_end_to_end import PLANTED

    folder = tmp_path_factory.mktemp("sample") / "home"
    for arguments, stdin in (
        (("sample",), ""),
        (("ingest", "-", "--source", "planted"), "\n".join(json.dumps(post) for post in PLANTED)),
        (("run",), ""),
    ):
        done = lavwa(folder, *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
    return folder
