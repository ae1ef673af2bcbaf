"""A model on disk: `model.json` and `arrays.npz`, no pickle, so that opening a model runs no code of its maker.

Beside them lies `CARD.md`, for people.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import ModelDamagedError, ModelMissingError
from nlp.classifier import Scope, Task, TextFeatures, Typical
from nlp.language import LanguageDetector
from nlp.space import Encode, Lexicon, Space
from nlp.terms import TfIdf
from nlp.triage import Examples, TriageModel

FORMAT = 3
MODEL_FILES = ("CARD.md", "model.json", "arrays.npz")


def save_model(model: TriageModel, folder: Path, *, encoder_name: str, card: str) -> None:
    """Write a model into a folder, file by file, the description last; other files in it stay."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "example_views": model.examples.views,
    }
    if model.scope.typical is not None:
        arrays["scope_whitener"], arrays["scope_means"] = model.scope.typical.whitener, model.scope.typical.means
    for name, task in model.tasks.items():
        arrays[f"{name}_term_weights"], arrays[f"{name}_example_weights"] = task.term_weights, task.example_weights
        arrays[f"{name}_bias"] = task.bias
    arrays.update({f"mean_{lang}": mean for lang, mean in model.space.means.items()})
    features = model.features
    vocabularies = {"word": features.word, "character": features.character}
    if features.gloss is not None:
        vocabularies["gloss"] = features.gloss
    description = {
        "name": model.name,
        "encoder": encoder_name,
        "tasks": {
            name: {"classes": task.classes, "temperatures": dict(task.temperatures)}
            for name, task in model.tasks.items()
        },
        "scope": {
            "slope": model.scope.slope,
            "shift": model.scope.shift,
            "is_whitened": model.scope.typical is not None,
        },
        "vocabularies": {name: _describe_vocabulary(name, v, arrays) for name, v in vocabularies.items()},
        "thresholds": dict(model.thresholds),
        "mean_langs": sorted(model.space.means),
        "examples": {"texts": model.examples.texts, "categories": model.examples.categories},
    }
    (folder / "CARD.md").write_text(card, encoding="utf-8")
    _write(folder, description, arrays)


def save_detector(detector: LanguageDetector, folder: Path) -> None:
    """Write a language detector into an empty folder."""
    arrays: dict[str, Any] = {"weights": detector.weights, "bias": detector.bias}
    vocabularies = {"word": detector.word, "character": detector.character}
    description = {
        "languages": detector.languages,
        "vocabularies": {name: _describe_vocabulary(name, v, arrays) for name, v in vocabularies.items()},
    }
    _write(folder, description, arrays)


def encoder_of(folder: Path) -> str:
    """The name of the encoder that the model in `folder` was trained with."""
    encoder = _description(folder).get("encoder")
    if not isinstance(encoder, str):
        raise ModelDamagedError(str(folder), "model.json names no encoder")
    return encoder


def load_model(folder: Path, encode: Encode, lexicons: dict[str, Lexicon]) -> TriageModel:
    """Read a model. `encode` and `lexicons` must be those it was trained with.

    Raises `ModelMissingError` or `ModelDamagedError`.
    """
    with _opened(folder) as (description, arrays):
        terms = _vocabularies(description, arrays)
        return TriageModel(
            name=description["name"],
            space=Space(encode, lexicons, {lang: arrays[f"mean_{lang}"] for lang in description["mean_langs"]}),
            features=TextFeatures(terms["word"], terms["character"], terms.get("gloss")),
            tasks={
                name: Task(
                    tuple(task["classes"]),
                    arrays[f"{name}_term_weights"],
                    arrays[f"{name}_example_weights"],
                    arrays[f"{name}_bias"],
                    {lang: float(t) for lang, t in task["temperatures"].items()},
                )
                for name, task in description["tasks"].items()
            },
            scope=Scope(
                Typical(arrays["scope_whitener"], arrays["scope_means"])
                if description["scope"]["is_whitened"]
                else None,
                float(description["scope"]["slope"]),
                float(description["scope"]["shift"]),
            ),
            thresholds=description["thresholds"],
            examples=Examples(
                tuple(description["examples"]["texts"]),
                tuple(description["examples"]["categories"]),
                arrays["example_views"],
            ),
        )


def load_detector(folder: Path) -> LanguageDetector:
    """Read a language detector. Raises `ModelMissingError` or `ModelDamagedError`."""
    with _opened(folder) as (description, arrays):
        terms = _vocabularies(description, arrays)
        languages = tuple(description["languages"])
        return LanguageDetector(terms["word"], terms["character"], languages, arrays["weights"], arrays["bias"])


def _describe_vocabulary(name: str, vocabulary: TfIdf, arrays: dict[str, Any]) -> dict[str, Any]:
    arrays[f"{name}_idf"] = vocabulary.idf
    return {"analyzer": vocabulary.analyzer, "longest": vocabulary.longest, "terms": vocabulary.terms}


def _vocabularies(description: dict[str, Any], arrays: Mapping[str, Any]) -> dict[str, TfIdf]:
    return {
        name: TfIdf(known["analyzer"], known["longest"], known["terms"], arrays[f"{name}_idf"])
        for name, known in description["vocabularies"].items()
    }


def _write(folder: Path, description: dict[str, Any], arrays: dict[str, Any]) -> None:
    np.savez(folder / "arrays.npz", **arrays)
    text = json.dumps({"format": FORMAT, **description}, ensure_ascii=False)
    (folder / "model.json").write_text(text, encoding="utf-8")


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """The description and the arrays of a folder; what is wrong with them becomes a `ModelDamagedError`."""
    description = _description(folder)
    try:
        with (folder / "arrays.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            yield description, arrays
    except (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise ModelDamagedError(str(folder), f"{type(error).__name__} in arrays.npz or model.json") from error


def _description(folder: Path) -> dict[str, Any]:
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ModelMissingError(str(folder)) from None
    except (OSError, ValueError) as error:
        raise ModelDamagedError(str(folder), "model.json is not readable") from error
    if not isinstance(description, dict) or description.get("format") != FORMAT:
        raise ModelDamagedError(str(folder), "it was made by another version of Lavwa")
    return description
