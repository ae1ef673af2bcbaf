"""Other people's tools to compare with, in an environment of their own beside the project's."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "references"
ENVIRONMENT = Path(__file__).parent.parent / ".venv" / "references"


def bertopic(texts: Sequence[str], vectors: np.ndarray) -> tuple[list[int], float]:
    """A topic a text (-1 for none) and the seconds that BERTopic took for it."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "texts.json").write_text(json.dumps(list(texts)), encoding="utf-8")
        np.save(folder / "vectors.npy", vectors)
        arguments: list[Any] = [folder / "texts.json", folder / "vectors.npy", folder / "out.json"]
        subprocess.run([_python(), FOLDER / "bertopic_topics.py", *arguments], check=True)
        found = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found["labels"], found["seconds"]


def _python() -> Path:
    """The interpreter of the environment, which is made at the first call."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / ".ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", FOLDER / "requirements.lock"]
        subprocess.run(install, check=True)
        (ENVIRONMENT / ".ready").touch()
    return python
