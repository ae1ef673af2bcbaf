"""A foreign task with many fine classes: BANKING77 as it stands, with ten examples a class, and out of scope."""

import csv
import time

import numpy as np
from reference_data import data
from sklearn.metrics import roc_auc_score

from models.encoder import load_encoder
from models.training import LabelledPost, train
from nlp.classifier import Features, nearness
from nlp.space import Space
from nlp.triage import TriageModel

SHOTS = 10
SEEDS = 5
LEFT_OUT = 0.25


def section() -> list[str]:
    """The lines of this part of the results."""
    folder = data("banking77")
    known, unknown = _read(folder / "train.csv"), _read(folder / "test.csv")
    space = Space(load_encoder())
    started = time.perf_counter()
    full = _accuracy(_fit(known, space), unknown)
    seconds = time.perf_counter() - started
    few = [_accuracy(_fit(_few(known, seed), space), unknown) for seed in range(SEEDS)]
    covid = [row[0] for row in csv.reader((data("covid-q") / "classes_testA.csv").open(encoding="utf-8"))][1:]
    inside, foreign = [], []
    for seed in range(SEEDS):
        labels = sorted({label for _, label in known})
        left_out = set(np.random.default_rng(seed).permutation(labels)[: int(LEFT_OUT * len(labels))])
        model = _fit([row for row in known if row[1] not in left_out], space)
        scores = _scope(model, [text for text, _ in unknown])
        is_known = np.array([label not in left_out for _, label in unknown])
        inside.append(roc_auc_score(is_known, scores))
        others = _scope(model, covid)
        foreign.append(
            roc_auc_score([1] * int(is_known.sum()) + [0] * len(others), np.concatenate([scores[is_known], others]))
        )
    return [
        "## A foreign task: BANKING77",
        "",
        f"77 intents, {len(known):,} texts to learn from, {len(unknown):,} to answer; the first fit and its answers "
        f"took {seconds:.0f} s. Out of scope: a quarter of the intents left out of training, {SEEDS} seeds.",
        "",
        "| figure | ours | wanted |",
        "|---|---|---|",
        f"| accuracy, all examples | {full:.4f} | 0.945 |",
        f"| accuracy, {SHOTS} examples a class, mean of {SEEDS} draws | {np.mean(few):.4f} | 0.86 |",
        f"| AUROC, intents left out | {np.mean(inside):.4f} | 0.97 |",
        f"| AUROC, COVID-Q as foreign text | {np.mean(foreign):.4f} | 0.97 |",
        "",
    ]


def _read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["category"]) for row in csv.DictReader(stream)]


def _few(rows, seed):
    rng = np.random.default_rng(seed)
    chosen = []
    for label in sorted({label for _, label in rows}):
        of_label = [row for row in rows if row[1] == label]
        chosen += [of_label[i] for i in rng.choice(len(of_label), SHOTS, replace=False)]
    return chosen


def _fit(rows, space) -> TriageModel:
    return train([LabelledPost(text, "en", {"category": label}) for text, label in rows], space, {}, "bench")[0]


def _accuracy(model: TriageModel, rows) -> float:
    task = model.tasks["category"]
    _, _, margins = _answers(model, [text for text, _ in rows])
    return float(
        np.mean([task.classes[i] == label for i, (_, label) in zip(margins.argmax(axis=1), rows, strict=True)])
    )


def _scope(model: TriageModel, texts) -> np.ndarray:
    features, near, margins = _answers(model, texts)
    return model.scope.score(margins, near, features.sentences)


def _answers(model: TriageModel, texts) -> tuple[Features, np.ndarray, np.ndarray]:
    views = model.space.centre(model.space.embed(texts), ["en"] * len(texts))
    features = model.features.of(texts, texts, views)
    near = nearness(features.views, model.examples.views)
    return features, near, model.tasks["category"].margins(features.terms, near)
