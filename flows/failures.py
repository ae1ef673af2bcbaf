"""What a person is told of a failure: one sentence; details that may quote a post stay where raw text may lie."""

import os
import shutil
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flows.errors import FlowError, StepFailedError
from flows.settings_names import home_folder
from ingest.errors import IngestError
from models.errors import ModelError
from nlp.errors import NlpError
from portal.errors import PortalError
from warehouse.errors import WarehouseError

FULL_BELOW_BYTES = 1_000_000
KNOWN_FAILURES = (FlowError, IngestError, ModelError, NlpError, PortalError, WarehouseError)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def explain(error: Exception) -> str:
    """One sentence for a person, without anything that the error quotes; an unexpected one keeps its details aside."""
    home = home_folder()
    if isinstance(error, KNOWN_FAILURES):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}{f' ({error.filename})' if error.filename else ''}"
    if _is_full(home):  # whatever failed, in whichever library, this is what a person must act on
        return f"no room left in {home}: free some space and run the same command again"
    return f"something unexpected went wrong ({type(error).__name__}); {_keep_details(error, home)}"


def guarded(step: str) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let failures leave a function as `StepFailedError` only, without their cause: whoever records them, Prefect for
    one, records no words of a citizen."""

    def guard(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(function)
        def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            try:
                return function(*args, **kwargs)
            except StepFailedError:
                raise
            except Exception as error:
                said = f"{explain(error)} (step {step})"
            raise StepFailedError(said)  # here, not above, where it would carry the error as its context

        return run

    return guard


def _is_full(home: Path) -> bool:
    try:
        return shutil.disk_usage(home).free < FULL_BELOW_BYTES
    except OSError:
        return False


def _keep_details(error: Exception, home: Path) -> str:
    """A traceback may quote a post, so it is kept with the records set aside, for their owner only."""
    path = home / "set-aside" / f"failure-{os.getpid()}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        said = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(said)
    except OSError:
        return "and the details could not be written"
    return f"please report it with the details in {path}"
