"""Whether a new model is better than the one in use, by the same posts that neither has learned from.

Where two models differ on a post one of them is right and the other wrong; were they equally good, each would be the
right one half of the time. So of the g posts that only the new one gets right ("gained") and the l that only the old
one does ("lost"), McNemar's exact test (McNemar, 1947; for comparing classifiers: Dietterich, 1998) takes

    p_better = P(X >= g),  p_worse = P(X >= l),  X ~ Binomial(g + l, 1/2).

*Better* is p_better <= `BETTER` for the category over all posts. *Worse beyond noise* is p_worse <= `WORSE` for any
part: a language, an agency, a label, the urgent or the confidential posts. The two levels differ because the two
mistakes do: a model refused for nothing can come again with more decisions, one that harms a language is in use by
then. Parts are therefore not corrected for their number. A part in which the two differ on three posts or fewer shows
nothing, as 1/2^3 > `WORSE`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from models.training import CATEGORY_TASK, LabelledPost
from nlp.triage import PostText, Triage, TriageRecord

BETTER = 0.05
WORSE = 0.1
MOST_SAID = 3  # parts in a sentence, the surest first
URGENT = ("urgent", "emergency")
TASK_TITLES = {"kind": "kind", "urgency": "urgency", "confidential": "confidentiality"}

Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Paired:
    """How two models did on the same `n` posts: right answers of the new one and of the one in use, and the posts
    that only the new one (`gained`) or only the old one (`lost`) got right."""

    what: str
    n: int
    right: int
    right_in_use: int
    gained: int
    lost: int

    @property
    def p_better(self) -> float:
        """How likely so many gains, or more, are where both are equally good."""
        return float(binom.sf(self.gained - 1, self.gained + self.lost, 0.5))

    @property
    def p_worse(self) -> float:
        """How likely so many losses, or more, are where both are equally good."""
        return float(binom.sf(self.lost - 1, self.gained + self.lost, 0.5))

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "n": self.n,
            "right": self.right,
            "right_in_use": self.right_in_use,
            "gained": self.gained,
            "lost": self.lost,
            "p_better": round(self.p_better, 4),
            "p_worse": round(self.p_worse, 4),
        }


@dataclass(frozen=True)
class Comparison:
    """`candidate` and `in_use` are names of models; `whole` is the category over all posts."""

    candidate: str
    in_use: str
    whole: Paired
    parts: tuple[Paired, ...]

    @cached_property
    def objections(self) -> tuple[str, ...]:
        """What speaks against the new model, each ready to stand in a sentence; none where it is to be promoted."""
        whole = self.whole
        said = []
        if whole.p_better > BETTER:
            said.append(
                f"it is not better beyond chance: {_said(whole)} ({whole.gained:,} gained, {whole.lost:,} lost, "
                f"p = {whole.p_better:.2f}; {BETTER} or less is wanted)"
            )
        worse = sorted((part for part in self.parts if part.p_worse <= WORSE), key=lambda part: part.p_worse)
        if worse:
            more = f"; and on {len(worse) - MOST_SAID} more (--json has all)" if len(worse) > MOST_SAID else ""
            said.append(
                "it is worse beyond noise on "
                + "; on ".join(
                    f"{part.what}: {_said(part)} ({100 * (part.right_in_use - part.right) / part.n:.1f} points less)"
                    for part in worse[:MOST_SAID]
                )
                + more
            )
        return tuple(said)

    def as_json(self) -> dict[str, Any]:
        return {
            "candidate": self.candidate,
            "in_use": self.in_use,
            "n": self.whole.n,
            "accuracy": round(self.whole.right / self.whole.n, 4),
            "accuracy_in_use": round(self.whole.right_in_use / self.whole.n, 4),
            "gained": self.whole.gained,
            "lost": self.whole.lost,
            "p_better": round(self.whole.p_better, 4),
            "parts": [part.as_json() for part in self.parts],
            "objections": list(self.objections),
        }


def unlearned(posts: Sequence[LabelledPost], *models: Triage) -> list[LabelledPost]:
    """The posts whose text is an example of none of the models, whoever trained them on what."""
    learned = {" ".join(text.split()) for triage in models for text in triage.model.examples.texts}
    return [post for post in posts if " ".join(post.text.split()) not in learned]


def compare(candidate: Triage, in_use: Triage, posts: Sequence[LabelledPost], mda_of: Mapping[str, str]) -> Comparison:
    """Both models on `posts`, one or more that neither has learned from; agencies are those of the right category."""
    asked = [PostText(str(i), post.text) for i, post in enumerate(posts)]
    (new, _), (old, _) = candidate.records(asked), in_use.records(asked)
    answers = {task: _rights(task, new, posts) for task in (CATEGORY_TASK, *TASK_TITLES)}
    answers_in_use = {task: _rights(task, old, posts) for task in answers}

    def paired(what: str, chosen: Truths, task: str = CATEGORY_TASK) -> Paired:
        return _paired(what, answers[task][chosen], answers_in_use[task][chosen])

    langs = np.array([post.lang for post in posts])
    agencies = np.array([mda_of.get(post.labels[CATEGORY_TASK], "") for post in posts])
    parts = [paired(f"posts in {lang}", langs == lang) for lang in sorted(set(langs.tolist()))]
    parts += [
        paired(f"posts of {mda}" if mda else "posts of no agency", agencies == mda)
        for mda in sorted(set(agencies.tolist()))
    ]
    for task, title in TASK_TITLES.items():
        parts.append(paired(title, np.array([task in post.labels for post in posts]), task))
    for what, task, labels in (("urgent posts", "urgency", URGENT), ("confidential posts", "confidential", ("true",))):
        chosen = np.array([post.labels.get(task) in labels for post in posts])
        parts.append(
            _paired(
                what,
                np.array([_answer(task, record) in labels for record in new])[chosen],
                np.array([_answer(task, record) in labels for record in old])[chosen],
            )
        )
    everything = np.ones(len(posts), np.bool_)
    return Comparison(
        candidate.model.name,
        in_use.model.name,
        paired("all posts", everything),
        tuple(part for part in parts if part.n),
    )


def _rights(task: str, records: Sequence[TriageRecord], posts: Sequence[LabelledPost]) -> Truths:
    return np.array(
        [_answer(task, record) == post.labels.get(task) for record, post in zip(records, posts, strict=True)]
    )


def _answer(task: str, record: TriageRecord) -> str:
    return str(getattr(record, task)).lower() if task == "confidential" else str(getattr(record, task))


def _paired(what: str, new: Truths, old: Truths) -> Paired:
    return Paired(
        what, len(new), int(new.sum()), int(old.sum()), gained=int((new & ~old).sum()), lost=int((old & ~new).sum())
    )


def _said(paired: Paired) -> str:
    return f"right on {paired.right:,} of {paired.n:,}, the model in use on {paired.right_in_use:,}"
