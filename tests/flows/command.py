"""Running the `lavwa` command as a person does: another process, its own environment, text in and out."""

import os
import subprocess
import sys
from pathlib import Path

LAVWA = str(Path(sys.executable).parent / "lavwa")


def lavwa(home: Path, *arguments: str, stdin: str | bytes = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `home`; never raises, decodes its output as UTF-8."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [LAVWA, *arguments],
        input=given,
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, "LAVWA_HOME": str(home), "HF_HUB_OFFLINE": "1", "COLUMNS": "200", **environment},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
