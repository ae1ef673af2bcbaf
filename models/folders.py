"""Folders that are either whole or not there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to fill; it takes the place of `folder` when the block ends, and vanishes when it raises.

    It has the same name inside a folder of its own, for whoever names things after their folder.
    """
    nest = folder.parent / f".{folder.name}-{os.getpid()}"
    shutil.rmtree(nest, ignore_errors=True)
    unfinished = nest / folder.name
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(nest, ignore_errors=True)
