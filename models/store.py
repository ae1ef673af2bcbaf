"""A model on disk: `model.json` and `arrays.npz`, no pickle, so that opening a model runs no code of its maker.

Beside them lies `CARD.md`, for people.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import ModelDamagedError, ModelMissingError
from nlp.classifier import LinearTask, Scope, TextFeatures, new_vectorizers
from nlp.space import Encode, Lexicon, Space
from nlp.triage import Examples, TriageModel

FORMAT = 1


def save_model(model: TriageModel, folder: Path, *, encoder_name: str, card: str) -> None:
    """Write a model; a folder that holds one is replaced file by file, the description last."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "word_idf": model.features.word.idf_,
        "character_idf": model.features.character.idf_,
        "scope_quantiles": model.scope.quantiles,
        "example_vectors": model.examples.vectors,
    }
    for lang, mean in model.space.means.items():
        arrays[f"mean_{lang}"] = mean
    for name, task in model.tasks.items():
        arrays[f"{name}_weights"], arrays[f"{name}_bias"] = task.weights, task.bias
    np.savez(folder / "arrays.npz", **arrays)
    description = {
        "format": FORMAT,
        "name": model.name,
        "encoder": encoder_name,
        "tasks": {
            name: {"classes": task.classes, "temperature": task.temperature} for name, task in model.tasks.items()
        },
        "thresholds": dict(model.thresholds),
        "mean_langs": sorted(model.space.means),
        "word_vocabulary": list(model.features.word.get_feature_names_out()),
        "character_vocabulary": list(model.features.character.get_feature_names_out()),
        "examples": {"texts": model.examples.texts, "categories": model.examples.categories},
    }
    (folder / "model.json").write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
    (folder / "CARD.md").write_text(card, encoding="utf-8")


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
    description = _description(folder)
    try:
        with (folder / "arrays.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            word, character = new_vectorizers()
            for vectorizer, name in ((word, "word"), (character, "character")):
                vectorizer.vocabulary_ = {term: i for i, term in enumerate(description[f"{name}_vocabulary"])}
                vectorizer.idf_ = arrays[f"{name}_idf"]
            tasks = {
                name: LinearTask(
                    tuple(task["classes"]),
                    arrays[f"{name}_weights"],
                    arrays[f"{name}_bias"],
                    float(task["temperature"]),
                )
                for name, task in description["tasks"].items()
            }
            return TriageModel(
                name=description["name"],
                space=Space(encode, lexicons, {lang: arrays[f"mean_{lang}"] for lang in description["mean_langs"]}),
                features=TextFeatures(word, character),
                tasks=tasks,
                scope=Scope(arrays["scope_quantiles"]),
                thresholds=description["thresholds"],
                examples=Examples(
                    tuple(description["examples"]["texts"]),
                    tuple(description["examples"]["categories"]),
                    arrays["example_vectors"],
                ),
            )
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
