"""A small spaCy `ner` for what patterns and lists cannot tell: names of private persons, houses described in words.

Every token carries as its tag what the deployment's lists know of the word, and the model learns how far to believe
them where the word stands: it finds names that are on no list, and leaves "Baie Ste Anne" and "Minister Rose" alone.
"""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import cast

from nlp.light_spacy import Doc, EntityRecognizer, Language, minibatch_by_words
from nlp.tokens import blank_pipeline
from nlp.word_lists import WordLists

KINDS = ("person", "address")
PIPE = "ner"
BATCH_WORDS = 2000  # small enough that a few posts of a hundred pages do not fill the memory
_NETWORK = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE", "TAG"],
            "rows": [4000, 1000, 2000, 500, 100],
            "include_static_vectors": False,
        },
        "encode": {
            "@architectures": "spacy.MaxoutWindowEncoder.v2",
            "width": 96,
            "depth": 4,
            "window_size": 1,
            "maxout_pieces": 3,
        },
    },
}


@dataclass(frozen=True)
class EntityRecogniser:
    """`nlp` is a pipeline of `new_pipeline`, trained; `lists` are those it was trained with."""

    nlp: Language
    lists: WordLists

    def read(self, text: str, unlisted: Set[int] = frozenset()) -> Doc:
        """The text in tagged tokens; words that start at a position in `unlisted` count as on no list of names."""
        doc = self.nlp.make_doc(text)
        for token in doc:
            token.tag_ = self.lists.tag(token.norm_, is_unlisted=token.idx in unlisted)
        return doc

    @property
    def network(self) -> EntityRecognizer:
        return cast("EntityRecognizer", self.nlp.get_pipe(PIPE))

    def read_all(self, texts: Iterable[str]) -> list[Doc]:
        """Each text in tagged tokens, with what the model finds: entities whose labels are `KINDS`."""
        docs = [self.read(text) for text in texts]
        for batch in minibatch_by_words(docs, BATCH_WORDS):
            self.network.set_annotations(batch, self.network.predict(batch))
        return docs

    def spans(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield kind (one of `KINDS`), start and end of what the model finds, in code points of `text`."""
        (doc,) = self.read_all([text])
        yield from entity_spans(doc)


def entity_spans(doc: Doc) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of the entities of a text, in its code points."""
    yield from ((entity.label_, entity.start_char, entity.end_char) for entity in doc.ents)


def new_pipeline() -> Language:
    """A pipeline with the untrained network."""
    nlp = blank_pipeline()
    nlp.add_pipe(PIPE, config={"model": _NETWORK})
    return nlp
