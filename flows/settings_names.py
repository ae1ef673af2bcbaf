"""Names that must be known before the settings are read, kept apart so that reading them costs nothing."""

DEFAULT_HOME = "var"
SETTINGS_FILE = "lavwa.toml"
SETTINGS_VARIABLE = "LAVWA_SETTINGS"
HOME_VARIABLE = "LAVWA_HOME"
SAMPLE_SOURCE = "sample-social"
