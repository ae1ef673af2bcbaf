"""Triage of a post: language, redaction, category and agency, urgency, place, and why.

The order matters: personal data is found first, and everything after it sees redacted text only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.classifier import Scope, Task, TextFeatures, nearness
from nlp.language import OTHER as OTHER_LANGUAGE
from nlp.language import LanguageDetector
from nlp.personal_data import PersonalDataFinder, PersonalSpan, redact
from nlp.places import Gazetteer
from nlp.signals import PhraseList, accused_agencies
from nlp.space import Space, Vectors, Views

PLACEHOLDER = re.compile(r"\[(?:phone|email|nin|person|address|account)\]")
OTHER_CATEGORY = "other"
CANDIDATES = 3
TELLING_WORDS = 3


@dataclass(frozen=True, slots=True)
class PostText:
    """What triage may look at; `district` is what the source says, if it does."""

    post_id: str
    text: str
    author: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    category: str
    mda: str | None
    probability: float


@dataclass(frozen=True, slots=True)
class TriageRecord:
    """What the machine suggests for one post; the fields of the contract, in its order."""

    id: str
    lang: str
    text: str
    pii: tuple[PersonalSpan, ...]
    category: str
    mda: str | None
    confidence: float
    in_scope: float
    candidates: tuple[Candidate, ...]
    route: str
    kind: str
    urgency: str
    confidential: bool
    accused: tuple[str, ...]
    district: str | None
    reasons: tuple[str, ...]
    model: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Knowledge:
    """What a deployment knows besides its model: whose each category is, places, names, telling phrases."""

    mda_of: Mapping[str, str] = field(default_factory=dict)
    mda_names: Mapping[str, str] = field(default_factory=dict)
    category_titles: Mapping[str, str] = field(default_factory=dict)
    district_names: Mapping[str, str] = field(default_factory=dict)
    gazetteer: Gazetteer = field(default_factory=lambda: Gazetteer(()))
    finder: PersonalDataFinder = field(default_factory=PersonalDataFinder)
    agency_phrases: Mapping[str, PhraseList] = field(default_factory=dict)
    accusations: PhraseList = field(default_factory=lambda: PhraseList(()))


@dataclass(frozen=True)
class Examples:
    """The labelled posts a model learned from, redacted, with their joined views: evidence to show beside a
    suggestion."""

    texts: tuple[str, ...]
    categories: tuple[str, ...]
    views: Vectors


@dataclass(frozen=True)
class TriageModel:
    """`tasks` holds `category` and, where the examples had them, `kind`, `urgency`, `confidential`.

    `thresholds` says for each language from which probability of the agency on a post may be routed without a person;
    None where no held-out evidence supports any.
    """

    name: str
    space: Space
    features: TextFeatures
    tasks: Mapping[str, Task]
    scope: Scope
    thresholds: Mapping[str, float | None]
    examples: Examples


@dataclass(frozen=True)
class Reading:
    """Posts made safe to work on: spans found, text redacted, the same without placeholders (`bare`), language,
    glossed text, its views in the space (posts × views × dimensions), district; all in the order of the posts."""

    spans: list[list[PersonalSpan]]
    redacted: list[str]
    bare: list[str]
    langs: list[str]
    english: list[str]
    views: Views
    districts: list[str | None]

    @property
    def vectors(self) -> Vectors:
        """The sentence vectors, shape (posts, dimensions)."""
        return self.views[:, 0]


@dataclass(frozen=True)
class Triage:
    model: TriageModel
    knowledge: Knowledge
    detector: LanguageDetector

    def read(self, posts: Sequence[PostText]) -> Reading:
        """Redact the posts and place them in the space of meaning; nothing after this sees raw text."""
        authors = [[post.author] if post.author else [] for post in posts]
        spans = self.knowledge.finder.find_all([post.text for post in posts], authors)
        redacted = [redact(post.text, found) for post, found in zip(posts, spans, strict=True)]
        bare = [PLACEHOLDER.sub(" ", text) for text in redacted]
        langs = self.detector.detect(bare)
        space = self.model.space
        english = [space.english(text, lang) for text, lang in zip(bare, langs, strict=True)]
        views = space.centre(space.embed(english), langs)
        districts = [p.district or self.knowledge.gazetteer.district(t) for p, t in zip(posts, bare, strict=True)]
        return Reading(spans, redacted, bare, langs, english, views, districts)

    def records(self, posts: Sequence[PostText]) -> tuple[list[TriageRecord], Vectors]:
        """A record a post, in their order, and the vectors of the redacted texts, shape (posts, dimensions)."""
        if not posts:
            return [], np.zeros((0, 0), np.float32)
        reading = self.read(posts)
        features = self.model.features.of(reading.bare, reading.english, reading.views)
        near = nearness(features.views, self.model.examples.views)
        margins = {name: task.margins(features.terms, near) for name, task in self.model.tasks.items()}
        answers = {name: task.probabilities(margins[name], reading.langs) for name, task in self.model.tasks.items()}
        scope = self.model.scope.score(margins["category"], near, features.sentences)
        best = answers["category"].argmax(axis=1)
        nearest = self._nearest_examples(near, best)
        telling = self._telling_words(features.terms, best)
        records = [
            self._record(
                post, reading, i, {name: probabilities[i] for name, probabilities in answers.items()},
                float(scope[i]), telling[i], int(nearest[i]),
            )
            for i, post in enumerate(posts)
        ]  # fmt: skip
        return records, reading.vectors

    def gloss(self, record: TriageRecord) -> str:
        """The redacted text of a record in English words."""
        return self.model.space.english(PLACEHOLDER.sub(" ", record.text), record.lang)

    def _record(
        self, post: PostText, reading: Reading, i: int, answers: Mapping[str, Any],
        in_scope: float, telling: Sequence[str], nearest: int,
    ) -> TriageRecord:  # fmt: skip
        text, lang = reading.redacted[i], reading.langs[i]
        knowledge, task = self.knowledge, self.model.tasks["category"]
        order = np.argsort(-answers["category"], kind="stable")[:CANDIDATES]
        candidates = tuple(
            Candidate(task.classes[c], knowledge.mda_of.get(task.classes[c]), round(float(answers["category"][c]), 4))
            for c in order
        )
        best = candidates[0]
        accused = tuple(accused_agencies(text, knowledge.agency_phrases, knowledge.accusations))
        confidential = self._answer("confidential", answers) == "true"
        return TriageRecord(
            id=post.post_id,
            lang=lang,
            text=text,
            pii=tuple(reading.spans[i]),
            category=best.category,
            mda=best.mda,
            confidence=best.probability,
            in_scope=round(in_scope, 4),
            candidates=candidates,
            route="auto" if self._may_auto_route(best, answers, lang, confidential, accused) else "review",
            kind=self._answer("kind", answers) or ("question" if "?" in text else OTHER_CATEGORY),
            urgency=self._answer("urgency", answers) or "normal",
            confidential=confidential,
            accused=accused,
            district=reading.districts[i],
            reasons=self._reasons(best, telling, nearest, None if post.district else reading.districts[i], accused),
            model=self.model.name,
        )

    def _answer(self, task: str, answers: Mapping[str, Any]) -> str | None:
        return self.model.tasks[task].classes[int(answers[task].argmax())] if task in answers else None

    def _may_auto_route(
        self, best: Candidate, answers: Mapping[str, Any], lang: str, confidential: bool, accused: Sequence[str]
    ) -> bool:
        threshold = self.model.thresholds.get(lang)
        if threshold is None or lang == OTHER_LANGUAGE or best.mda is None or confidential or accused:
            return False
        return (
            agency_probability(best.category, self.model.tasks["category"], answers["category"], self.knowledge.mda_of)
            >= threshold
        )

    def _reasons(
        self, best: Candidate, telling: Sequence[str], nearest: int, named: str | None, accused: Sequence[str]
    ) -> tuple[str, ...]:
        knowledge, examples = self.knowledge, self.model.examples

        def title(category: str) -> str:
            return knowledge.category_titles.get(category, category)

        reasons = []
        if telling:
            reasons.append(f"words that speak for {title(best.category)}: {', '.join(telling)}")
        example = examples.texts[nearest]
        short = example if len(example) <= 120 else f"{example[:117]}…"
        reasons.append(f"most like this labelled post ({title(examples.categories[nearest])}): {short}")
        if named:
            reasons.append(f"names {knowledge.district_names.get(named, named)} ({named})")
        reasons.extend(
            f"accuses {knowledge.mda_names.get(mda, mda)} of wrongdoing: a person decides" for mda in accused
        )
        return tuple(reasons)

    def _telling_words(self, terms_of_posts: Any, best: Any) -> list[list[str]]:
        """For each post the three of its words that weigh most for its best category, those that say nothing and
        places left out."""
        task, terms = self.model.tasks["category"], self.model.features.word.terms
        lists = self.knowledge.finder.lists
        words_only = terms_of_posts[:, : len(terms)]
        found = []
        for i, category in enumerate(best):
            row = words_only[i]
            weight = row.data * task.term_weights[row.indices, category]
            weighty = (terms[row.indices[j]] for j in np.argsort(-weight) if weight[j] > 0)
            telling = (
                said for said in weighty if any(w not in lists.common and w not in lists.places for w in said.split())
            )
            found.append(list(islice(telling, TELLING_WORDS)))
        return found

    def _nearest_examples(self, near: Vectors, best: NDArray[np.int_]) -> NDArray[np.int_]:
        """For each post the index of the most similar labelled post of its best category."""
        examples, classes = self.model.examples, self.model.tasks["category"].classes
        is_other = np.array(examples.categories)[None, :] != np.array(classes)[best][:, None]
        return np.asarray(np.argmax(np.where(is_other, -1.0, near), axis=1))


def agency_probability(category: str, task: Task, probabilities: Any, mda_of: Mapping[str, str]) -> float:
    """The probability that the agency of `category` is right: the sum over all categories of that agency."""
    mda = mda_of.get(category)
    same = [i for i, other in enumerate(task.classes) if other == category or (mda and mda_of.get(other) == mda)]
    return float(sum(probabilities[i] for i in same))
