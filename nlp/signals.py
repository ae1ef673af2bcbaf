"""What the words of a post say outright, whatever a model thinks: danger now, and whose conduct is accused."""

import re
from collections.abc import Mapping, Sequence

from nlp.words import canonical


class PhraseList:
    """Folded phrases, matched as whole words."""

    def __init__(self, phrases: Sequence[str]) -> None:
        longest_first = sorted({canonical(phrase) for phrase in phrases if canonical(phrase)}, key=len, reverse=True)
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if longest_first else None
        )

    def found(self, text: str) -> list[str]:
        """The phrases that stand in `text`, in order, each once."""
        return list(dict.fromkeys(self._pattern.findall(canonical(text)))) if self._pattern else []


def accused_agencies(text: str, names: Mapping[str, PhraseList], accusations: PhraseList) -> list[str]:
    """The agencies named in a text that speaks of wrongdoing; empty where it accuses nobody."""
    if not accusations.found(text):
        return []
    return [mda for mda, phrases in names.items() if phrases.found(text)]
