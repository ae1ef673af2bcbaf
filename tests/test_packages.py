"""What an installation holds."""

import tomllib
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).parent.parent
NO_PART_OF_IT = {"tests", "bench", "build", "shared", "var"}


def test_every_folder_of_modules_is_installed() -> None:
    on_disk = {
        ".".join(module.parent.relative_to(ROOT).parts)
        for module in ROOT.glob("[!.]*/**/*.py")
        if module.relative_to(ROOT).parts[0] not in NO_PART_OF_IT
    }
    with (ROOT / "pyproject.toml").open("rb") as stream:
        find = tomllib.load(stream)["tool"]["setuptools"]["packages"]["find"]
    assert set(find_packages(str(ROOT), include=find["include"])) == on_disk
    assert {"flows.stages", "portal.migrations.versions", "dashboards.views"} <= on_disk
