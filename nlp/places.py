"""Which of the 27 districts a post is about: said, not guessed."""

import re
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
        self._district_of = {canonical(place.name): place.district for place in places}
        longest_first = sorted(self._district_of, key=len, reverse=True)
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if longest_first else None
        )

    def districts_named(self, text: str) -> list[str]:
        """The codes of all districts named in `text`, in the order of their first mention."""
        if self._pattern is None:
            return []
        return list(dict.fromkeys(self._district_of[name] for name in self._pattern.findall(canonical(text))))

    def district(self, text: str) -> str | None:
        """The one district that `text` names; None when it names none, or several."""
        named = self.districts_named(text)
        return named[0] if len(named) == 1 else None

    def words(self) -> frozenset[str]:
        """Every word of every name, for whoever must not take a place for a person."""
        return frozenset(word for name in self._district_of for word in name.split())
