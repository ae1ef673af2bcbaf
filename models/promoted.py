"""The models promoted in a home, for one deployment: a folder each, and a file that says which is in use.

    LAVWA_HOME/models/DEPLOYMENT/
        in-use.json         the models known, and the stack of those in use: the last holds, below it those before
        0123456789abcdef/   a model, named after the digest of its files; never written again

`in-use.json` is replaced as a whole, so a reader sees one state or the other. It quotes no post. The folders are closed
to others: what a model shows beside a suggestion are texts.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from models.deployment import Deployment
from models.errors import (
    ModelChangedError,
    ModelMissingError,
    NoModelBeforeError,
    PromotedModelError,
    RegistryChangedError,
    RegistryDamagedError,
)  # fmt: skip
from models.folders import replaced_folder
from models.store import MODEL_FILES

POINTER = "in-use.json"
FORMAT = 1
DIGITS = 16


@dataclass(frozen=True, slots=True)
class PromotedModel:
    """`name` as posts bear it, `promoted_at` in ISO 8601, `figures` of the comparison that it was promoted by."""

    digest: str
    name: str
    promoted_at: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InUse:
    """`stack` holds digests, the one in use last; where it is empty the deployment's own model is in use."""

    models: Mapping[str, PromotedModel] = field(default_factory=dict)
    stack: tuple[str, ...] = ()

    @property
    def top(self) -> PromotedModel | None:
        return self.models[self.stack[-1]] if self.stack else None

    def with_promoted(self, model: PromotedModel) -> "InUse":
        return InUse({**self.models, model.digest: model}, (*self.stack, model.digest))

    def rolled_back(self) -> "InUse":
        """Raises `NoModelBeforeError` where the deployment's own model is in use."""
        if not self.stack:
            raise NoModelBeforeError
        return InUse(self.models, self.stack[:-1])


@dataclass(frozen=True)
class Shelf:
    """The promoted models in `folder`; see the head of this file."""

    folder: Path

    @property
    def pointer(self) -> Path:
        return self.folder / POINTER

    def read(self) -> InUse:
        """Raises `RegistryDamagedError`."""
        try:
            said = json.loads(self.pointer.read_text(encoding="utf-8"))
            if said["format"] != FORMAT:
                raise RegistryDamagedError(str(self.pointer), "it was written by another version of Lavwa")
            models = {digest: PromotedModel(**{**row, "digest": digest}) for digest, row in said["models"].items()}
            stack = tuple(said["stack"])
            if not set(stack) <= set(models) or not all(_is_digest(digest) for digest in models):
                raise RegistryDamagedError(str(self.pointer), "it names a model that it does not know")
        except (FileNotFoundError, NotADirectoryError):
            return InUse()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RegistryDamagedError(str(self.pointer), type(error).__name__) from error
        return InUse(models, stack)

    def path_in_use(self) -> Path | None:
        """The folder of the promoted model in use, None where the deployment's own is.

        Raises `RegistryDamagedError`, and `PromotedModelError` where the model is not as it was promoted.
        """
        top = self.read().top
        if top is None:
            return None
        if not self.is_whole(top.digest):
            raise PromotedModelError(
                top.name, str(self.place(top.digest)), "its files are not those that were promoted"
            )
        return self.place(top.digest)

    def place(self, digest: str) -> Path:
        return self.folder / digest

    def is_whole(self, digest: str) -> bool:
        try:
            return digest_of(self.place(digest)) == digest
        except ModelMissingError:
            return False

    def take_in(self, model: Path, digest: str) -> Path:
        """Copy a model that has this digest; returns its folder here. Raises `ModelChangedError` when it has not."""
        place = self.place(digest)
        if self.is_whole(digest):
            return place
        self._prepare()
        with replaced_folder(place) as unfinished:
            unfinished.chmod(0o700)
            for name in MODEL_FILES:
                shutil.copyfile(model / name, unfinished / name)
                _settle(unfinished / name)
            if digest_of(unfinished) != digest:
                raise ModelChangedError(str(model))
        return place

    @contextmanager
    def moving(self, before: InUse, after: InUse) -> Iterator[Callable[[], None]]:
        """Yield what puts `after` in the place of `before`; where the block raises later on, `before` is put back.

        It raises `RegistryChangedError` when `before` does not hold any more: call it where nobody else can.
        """
        is_moved = False

        def move() -> None:
            nonlocal is_moved
            if self.read() != before:
                raise RegistryChangedError
            self._write(after)
            is_moved = True

        try:
            yield move
        except BaseException:
            if is_moved:
                self._write(before)
            raise

    def _prepare(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.mkdir(exist_ok=True, mode=0o700)

    def _write(self, state: InUse) -> None:
        models = {digest: asdict(model) for digest, model in state.models.items()}
        said = {"format": FORMAT, "stack": state.stack, "models": models}
        self._prepare()
        unfinished = self.pointer.with_suffix(".partial")
        unfinished.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
        _settle(unfinished)
        os.replace(unfinished, self.pointer)
        _settle(self.folder)


def shelf_of(deployment: Deployment, folder: Path) -> Shelf:
    """The models promoted for a deployment; `folder` holds those of all deployments."""
    return Shelf(folder / deployment.folder.resolve().name)


def digest_of(folder: Path) -> str:
    """A digest of the model in a folder. Raises `ModelMissingError` where a file of it is missing."""
    digest = hashlib.sha256()
    for name in MODEL_FILES:
        try:
            with (folder / name).open("rb") as stream:
                digest.update(f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
        except (FileNotFoundError, NotADirectoryError):
            raise ModelMissingError(str(folder)) from None
    return digest.hexdigest()[:DIGITS]


def _is_digest(said: str) -> bool:
    return len(said) == DIGITS and set(said) <= set("0123456789abcdef")


def _settle(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
