"""Training and evaluating a triage model from labelled posts."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from nlp.classifier import (
    NEIGHBOUR_WEIGHT,
    OutOfFold,
    Scope,
    TextFeatures,
    fit_calibrated,
    fit_task,
    nearest_cosine,
    softmax,
    thresholds_by_language,
)  # fmt: skip
from nlp.errors import TooFewExamplesError
from nlp.language import detect_language
from nlp.space import Space, language_means
from nlp.triage import PLACEHOLDER, Examples, PostText, Triage, TriageModel, agency_probability

SEED = 20260803
CATEGORY_TASK = "category"
OTHER_TASKS = ("kind", "urgency", "confidential")


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post whose answers are known; `text` is redacted. `labels` holds `category` and maybe the other tasks."""

    text: str
    lang: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """Out-of-fold quality: what held-out posts of the training set say of the model."""

    n: int
    categories: int
    accuracy: float
    accuracy_by_lang: Mapping[str, float]
    thresholds: Mapping[str, float | None]


def labelled_post(record: Mapping[str, Any]) -> LabelledPost | None:
    """A labelled record of the contract, None when it has no category. Spans under `pii` are redacted."""
    category = record.get("category")
    if not isinstance(category, str) or not category.strip():
        return None
    text = str(record["text"])
    spans = [span for span in record.get("pii") or () if isinstance(span, dict) and span.get("text")]
    for span in sorted(spans, key=lambda s: -len(str(s["text"]))):  # a name before the given name inside it
        text = text.replace(str(span["text"]), f"[{span['kind']}]")
    lang = record.get("lang") or detect_language(text)
    labels = {CATEGORY_TASK: category}
    for task in OTHER_TASKS:
        if record.get(task) is not None:
            labels[task] = str(record[task]).lower()
    return LabelledPost(text, str(lang), labels)


def train(
    posts: Sequence[LabelledPost], space: Space, mda_of: Mapping[str, str], name: str
) -> tuple[TriageModel, TrainingReport]:
    """Fit a model on labelled posts; its version is a digest of the posts and the lexicons.

    Raises `TooFewExamplesError` when the posts do not hold two categories with two posts each.
    """
    counts = Counter(post.labels[CATEGORY_TASK] for post in posts)
    if sum(n >= 2 for n in counts.values()) < 2:
        raise TooFewExamplesError(
            f"training needs two categories with two posts each or more; these {len(posts)} posts have "
            f"{len(counts)} categories, {sum(n >= 2 for n in counts.values())} of them with two posts"
        )
    texts = [PLACEHOLDER.sub(" ", post.text) for post in posts]
    langs = [post.lang for post in posts]
    centred = Space(space.encode, space.lexicons, language_means(space, texts, langs))
    vectors = centred.embed(texts, langs)
    english = [centred.english(text, lang) for text, lang in zip(texts, langs, strict=True)]
    features = TextFeatures.fit(texts, english)
    matrix = features.matrix(texts, english, vectors)
    category, held_out = fit_calibrated(matrix, [post.labels[CATEGORY_TASK] for post in posts], SEED)
    tasks = {CATEGORY_TASK: category}
    for task in OTHER_TASKS:
        known = [i for i, post in enumerate(posts) if task in post.labels]
        labels = [posts[i].labels[task] for i in known]
        if len(known) == len(posts) and len(set(labels)) > 1:
            tasks[task] = fit_task(matrix, labels, SEED, is_balanced=True)
    cosines = nearest_cosine(vectors, vectors, skip_self=True)
    scope = Scope(np.sort(held_out.margins.max(axis=1) + NEIGHBOUR_WEIGHT * cosines))
    confidence, is_right = _agency_evidence(held_out, category.temperature, posts, tasks, mda_of)
    thresholds = thresholds_by_language(confidence, is_right, langs)
    model = TriageModel(
        name=f"{name}@{_version(posts, space)}",
        space=centred,
        features=features,
        tasks=tasks,
        scope=scope,
        thresholds=thresholds,
        examples=Examples(tuple(post.text for post in posts), tuple(p.labels[CATEGORY_TASK] for p in posts), vectors),
    )
    return model, _report(posts, held_out, thresholds)


def _agency_evidence(
    held_out: OutOfFold, temperature: float, posts: Sequence[LabelledPost], tasks: Mapping[str, Any],
    mda_of: Mapping[str, str],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """For each held-out post: the probability of the suggested agency, and whether that agency is right."""
    probabilities = softmax(held_out.margins / temperature)
    best = [held_out.classes[i] for i in probabilities.argmax(axis=1)]
    confidence = np.array(
        [agency_probability(c, tasks[CATEGORY_TASK], row, mda_of) for c, row in zip(best, probabilities, strict=True)]
    )
    truth = [post.labels[CATEGORY_TASK] for post in posts]
    is_right = np.array([mda_of.get(b, b) == mda_of.get(t, t) for b, t in zip(best, truth, strict=True)])
    return confidence, is_right


def _report(
    posts: Sequence[LabelledPost], held_out: OutOfFold, thresholds: Mapping[str, float | None]
) -> TrainingReport:
    best = np.array([held_out.classes[i] for i in held_out.margins.argmax(axis=1)])
    is_right = best == np.array([post.labels[CATEGORY_TASK] for post in posts])
    langs = np.array([post.lang for post in posts])
    return TrainingReport(
        n=len(posts),
        categories=len(held_out.classes),
        accuracy=float(is_right.mean()),
        accuracy_by_lang={lang: float(is_right[langs == lang].mean()) for lang in sorted(set(langs.tolist()))},
        thresholds=thresholds,
    )


def _version(posts: Iterable[LabelledPost], space: Space) -> str:
    digest = hashlib.sha256()
    for lang, lexicon in sorted(space.lexicons.items()):
        digest.update(repr((lang, sorted(lexicon.items()))).encode())
    for post in posts:
        digest.update(repr((post.text, post.lang, sorted(post.labels.items()))).encode())
    return digest.hexdigest()[:10]


def evaluate(triage: Triage, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Measure a model on labelled records it has not seen; the figures of the contract, over all and by language.

    `coverage_at_precision_95` is the largest share of posts that could be taken from the most confident downwards
    with 95 % of them right; it is measured on these very posts and promises nothing for others.

    Raises `TooFewExamplesError` for no records.
    """
    if not records:
        raise TooFewExamplesError("there are no labelled posts to evaluate on")
    posts = [PostText(str(i), str(record["text"])) for i, record in enumerate(records)]
    found, _ = triage.records(posts)
    truth = np.array([str(record["category"]) for record in records])
    guess = np.array([record.category for record in found])
    confidence = np.array([record.confidence for record in found])
    langs = np.array([str(given.get("lang") or record.lang) for given, record in zip(records, found, strict=True)])
    whole = _figures(truth, guess, confidence)
    whole["by_lang"] = {
        lang: _figures(truth[langs == lang], guess[langs == lang], confidence[langs == lang])
        for lang in sorted(set(langs.tolist()))
    }
    return whole


def _figures(truth: np.ndarray, guess: np.ndarray, confidence: np.ndarray) -> dict[str, Any]:
    is_right = truth == guess
    return {
        "n": len(truth),
        "accuracy": round(float(is_right.mean()), 4),
        "macro_f1": round(
            float(f1_score(truth, guess, average="macro", labels=sorted(set(truth)), zero_division=0)), 4
        ),
        "ece": round(expected_calibration_error(confidence, is_right), 4),
        "coverage_at_precision_95": round(coverage_at_precision(confidence, is_right, 0.95), 4),
    }


def expected_calibration_error(confidence: np.ndarray, is_right: np.ndarray, bins: int = 10) -> float:
    """Mean gap between confidence and share right over equal-width bins, by their size (Naeini et al., 2015)."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(is_right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean()
        for b in range(bins)
        if (which == b).any()
    ]
    return float(sum(gaps))


def coverage_at_precision(confidence: np.ndarray, is_right: np.ndarray, precision: float) -> float:
    """The largest share of posts, most confident first, of which at least `precision` are right."""
    order = np.argsort(-confidence, kind="stable")
    shares = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero(shares >= precision)
    return float((reached[-1] + 1) / len(order)) if len(reached) else 0.0
