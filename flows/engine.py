"""Prefect as this project uses it: at home in LAVWA_HOME, calling nobody, saying only what a person must act on."""

import logging
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flows.errors import EngineFailedError, FlowError
from flows.home import Home

if TYPE_CHECKING:
    from flows.pipeline import RunSummary

LOGGING_LEVEL = "PREFECT_LOGGING_LEVEL"
START_TIMEOUT = "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"
READY_WITHIN_SECONDS = 120


def prefect_environment(home: Home) -> dict[str, str]:
    """Environment variables for Prefect; what the operator has set of them wins."""
    ours = {
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        LOGGING_LEVEL: "CRITICAL",
        "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
        "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        START_TIMEOUT: str(READY_WITHIN_SECONDS),
    }
    return {name: os.environ.get(name, value) for name, value in ours.items()}


def run_pipeline(home: Home, only: Sequence[str] | None) -> "RunSummary":
    """Run the pipeline once, with a Prefect server of its own. Raises a `FlowError`."""
    if LOGGING_LEVEL not in os.environ:
        logging.disable(logging.WARNING)  # what a person must know, the summary says
    environment: Mapping[str, str] = prefect_environment(home)
    os.environ.update(environment)
    from flows.pipeline import pipeline

    try:
        return pipeline(list(only) if only else None)
    except FlowError:
        raise
    except Exception as error:  # no step of ours raises anything else: Prefect itself has failed
        raise EngineFailedError(
            f"the flow engine (Prefect) did not start within {environment[START_TIMEOUT]} s, or stopped "
            f"({type(error).__name__}): run the same command again when this machine is less busy, or give it more "
            f"time with {START_TIMEOUT}"
        ) from error
