"""Importing a package without what it only looks for."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast


@contextmanager
def hidden(stand_ins: Mapping[str, Any]) -> Iterator[None]:
    """While it lasts, importing a module named by `stand_ins` gives that object instead; None raises ImportError.

    Modules that are imported already stay as they are, and afterwards each is free for whoever imports it.
    """
    modules = cast("dict[str, Any]", sys.modules)
    put = {name: stand_in for name, stand_in in stand_ins.items() if name not in modules}
    modules.update(put)
    try:
        yield
    finally:
        for name in put:
            del modules[name]
