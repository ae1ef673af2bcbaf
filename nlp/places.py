"""Which of the 27 districts a post is about: said, not guessed."""

from collections.abc import Iterable
from dataclasses import dataclass

from nlp.words import canonical


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A spelling of a district, a locality or a landmark, and the ISO 3166-2:SC code of the district it lies in."""

    name: str
    district: str


class Gazetteer:
    """Names are compared without case, accents, signs or spacing; a longer name wins over one inside it."""

    def __init__(self, places: Iterable[PlaceName]) -> None:
        named = [(canonical(place.name), place.district) for place in places]
        self._district_of = {tuple(_parts(name)): district for name, district in named}
        self._words = frozenset(word for name, _ in named for word in name.split())
        self._longest = max(map(len, self._district_of), default=0)

    def districts_named(self, text: str) -> list[str]:
        """The codes of all districts named in `text`, in the order of their first mention."""
        parts = _parts(canonical(text))
        named: dict[str, None] = {}
        i = 0
        while i < len(parts):
            for length in range(min(self._longest, len(parts) - i), 0, -1):
                district = self._district_of.get(tuple(parts[i : i + length]))
                if district is not None:
                    named[district] = None
                    i += length
                    break
            else:
                i += 1
        return list(named)

    def district(self, text: str) -> str | None:
        """The one district that `text` names; None when it names none, or several."""
        named = self.districts_named(text)
        return named[0] if len(named) == 1 else None

    def words(self) -> frozenset[str]:
        """Every word of every name, for whoever must not take a place for a person."""
        return self._words


def _parts(canonical_text: str) -> list[str]:
    """Words, parted at apostrophes as well: a name is one in "d'Anse Royale", too."""
    return canonical_text.replace("'", " ").split()
