"""Names and places that must be known before the settings are read, kept apart so that reading them costs nothing."""

import os
from pathlib import Path

DEFAULT_HOME = "var"
SETTINGS_FILE = "lavwa.toml"
ENVIRONMENT_PREFIX = "LAVWA_"
SETTINGS_VARIABLE = "LAVWA_SETTINGS"
HOME_VARIABLE = "LAVWA_HOME"
SAMPLE_SOURCE = "sample-social"


def home_folder() -> Path:
    """The folder that holds all a run writes, absolute: LAVWA_HOME, else `var` in the working folder."""
    return Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME).absolute()


def settings_path() -> Path:
    """The file that settings are read from, absolute, whether or not it exists."""
    return Path(os.environ.get(SETTINGS_VARIABLE) or home_folder() / SETTINGS_FILE).absolute()


def hold_places() -> None:
    """Make the home and the settings file absolute for this process and all it starts, wherever those work."""
    os.environ[HOME_VARIABLE] = str(home_folder())
    if os.environ.get(SETTINGS_VARIABLE):
        os.environ[SETTINGS_VARIABLE] = str(settings_path())
