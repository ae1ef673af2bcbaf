"""What a deployment knows of single words: who is called so, what is a place, a public body, an office."""

from collections.abc import Set
from dataclasses import dataclass

# fmt: off
HONORIFICS = frozenset({
    "mr", "mrs", "ms", "miss", "dr", "mister", "msye", "misye", "madanm", "mademwazel", "mme", "mlle", "monsieur",
    "madame", "mademoiselle", "sir",
})
OFFICES = frozenset({
    "minister", "president", "speaker", "judge", "justice", "commissioner", "chairman", "chairperson", "director",
    "ceo", "principal", "secretary", "ministre", "presidente", "juge", "directeur", "directrice", "minis", "prezidan",
    "ziz", "direkter", "komiser",
})
# fmt: on


@dataclass(frozen=True)
class WordLists:
    """Folded words. `common` are those of everyday language that carry no matter."""

    given: Set[str] = frozenset()
    surnames: Set[str] = frozenset()
    places: Set[str] = frozenset()
    bodies: Set[str] = frozenset()
    common: Set[str] = frozenset()

    def is_name(self, word: str) -> bool:
        return word in self.given or word in self.surnames

    def is_other(self, word: str) -> bool:
        """True for a word of places, bodies or everyday language; it may be a name as well."""
        return word in self.places or word in self.bodies or word in self.common

    def tag(self, word: str, *, is_unlisted: bool = False) -> str:
        """What is known of a word, as letters; with `is_unlisted` as if no list of names held it."""
        if word in HONORIFICS:
            return "honorific"
        if word in OFFICES:
            return "office"
        known = (
            ("g", not is_unlisted and word in self.given),
            ("s", not is_unlisted and word in self.surnames),
            ("p", word in self.places),
            ("b", word in self.bodies),
            ("c", word in self.common),
        )
        return "".join(letter for letter, holds in known if holds) or "-"
