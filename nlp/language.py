"""Which language a post is in: English, French, Seychellois Creole, or honestly another one.

CLD2 (Google's compact language detector) knows Seychellois Creole and tells it from Mauritian and Haitian; with the
hint that Creole is likely here, short posts come out right that would otherwise fall to Mauritian. What is too short
or too mixed for it is decided by words that only one of the three languages uses.
"""

from collections.abc import Set

import pycld2

from nlp.words import words

LANGUAGES = ("en", "fr", "crs")
OTHER = "other"
SHORT = 8  # words

# fmt: off
# Function words of one of the three languages that are no common word of the other two, folded.
MARKERS: dict[str, Set[str]] = {
    "en": frozenset(
        [
            "the", "and", "is", "are", "was", "were", "have", "has", "had", "this", "that", "these", "with",
            "without", "from", "for", "not", "you", "your", "they", "them", "their", "our", "we", "what", "when",
            "where", "why", "how", "who", "which", "there", "here", "been", "will", "would", "can", "could",
            "should", "please", "my", "his", "her", "its", "of", "to", "it", "be", "do", "does", "did", "any",
            "some", "no", "yes", "after", "before", "about", "every",
        ]
    ),
    "fr": frozenset(
        [
            "le", "les", "des", "du", "et", "est", "sont", "nous", "vous", "ils", "elles", "je", "tu", "il", "elle",
            "pas", "ne", "que", "qui", "avec", "sans", "pour", "dans", "sur", "une", "aux", "ce", "cette", "ces",
            "mon", "ma", "mes", "notre", "votre", "leur", "leurs", "depuis", "chez", "merci", "bonjour", "pourquoi",
            "comment", "quand", "cela", "ont", "ete", "etre", "avoir", "faire", "tres", "plus", "aussi", "mais",
            "ou", "donc",
        ]
    ),
    "crs": frozenset(
        [
            "mon'n", "nou'n", "zot'n", "i'n", "nou", "zot", "ou'n", "napa", "annan", "bezwen", "kapab", "kapav",
            "ti", "pou", "ava", "dan", "lo", "avek", "ek", "sa", "bann", "ki", "mannyer", "akoz", "kan", "kot",
            "kote", "depi", "lontan", "touzour", "zanmen", "deswar", "bomaten", "semen", "mwan", "mazi", "delo",
            "lavi", "larout", "lekol", "zanfan", "dimoun", "dimounn", "larzan", "travay", "fer", "met", "vini",
            "ale", "konn", "konnen", "pa'n", "pann", "mersi", "bonzour", "silvouple", "ler", "pti", "tou", "nepli",
            "ankor", "osi", "deza", "zis", "tro", "gouvernman", "laba", "isi", "kisisa", "sanmenm", "menm", "in",
        ]
    ),
}
# fmt: on


def detect_language(text: str) -> str:
    """The language of most words of `text`: `en`, `fr` or `crs`; `other` for any other one or for no words at all."""
    tokens = words(text)
    if not tokens:
        return OTHER
    counts = {lang: sum(token in marks for token in tokens) for lang, marks in MARKERS.items()}
    leader = max(counts, key=lambda lang: counts[lang])
    runner_up = max(n for lang, n in counts.items() if lang != leader)
    if len(tokens) <= SHORT and counts[leader] > 0 and runner_up == 0:
        return leader  # with so few words CLD2 follows its hint
    detected = _cld2(text)
    if detected is not None:
        return detected
    return leader if counts[leader] > runner_up else OTHER


def _cld2(text: str) -> str | None:
    """CLD2's verdict in our four values, None where it has none."""
    printable = "".join(ch if ch.isprintable() else " " for ch in text)
    try:
        is_reliable, _, details = pycld2.detect(printable, hintLanguage="crs", bestEffort=True)
    except (pycld2.error, ValueError):
        return None
    code = details[0][1]
    if code == "un":
        return None
    if code in LANGUAGES:
        return str(code)
    return OTHER if is_reliable else None
