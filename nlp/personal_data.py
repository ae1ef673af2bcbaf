"""Personal data: finding the spans that identify a private person, and replacing them.

Numbers and addresses have shapes, so patterns find them; names are found by what stands before them (an honorific,
"my name is" in three languages, a signature), by a list of given names and surnames, and by the author's own name,
which people write under what they say. When unsure, a span is redacted; titles of office and public bodies are not.
"""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

import phonenumbers
import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc

from nlp.words import fold

REGION = "SC"

_EMAIL = re.compile(r"[\w.+\-]+\s?@\s?[\w\-]+(?:\.[\w\-]+)+")
# No official format is published; written like 987-1234-5-1-23.
_NIN = re.compile(r"(?<!\d)\d{3}[-\s.]\d{4}[-\s.]\d[-\s.]\d[-\s.]\d{2}(?!\d)")
_NIN_WORDS = re.compile(
    r"\b(?:nin|n\.i\.n\.?|national\s+id\w*|id(?:entity)?\s*(?:card|no|number|nr)?|num[eé]ro\s+d['’]identit[eé]|"
    r"carte\s+d['’]identit[eé]|kart\s+idantite|nimero\s+idantite|idantite)\b\W{0,12}(?:\w+\W{1,3}){0,3}?"
    r"(\d(?:[-\s.]?\d){8,11})(?!\d)",
    re.IGNORECASE,
)
_ACCOUNT_WORDS = re.compile(
    r"\b(?:account|acct|a/c|acc|compte|kont|meter|compteur|konter|passport|passeport|paspor|iban|policy|contract|"
    r"contrat|kontra|customer|client|kliyan)\b\W{0,6}(?:(?:no|number|num|nr|nim[eé]ro|num[eé]ro|n°|num[eé]ro\s+de|is|"
    r"i|est|:|#)\W{0,4}){0,3}((?=[\w\-/]*\d{2})[A-Z]{0,3}[\-/]?\d[\d\-/ ]{2,18}\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\bSC\d{2}\s?[A-Z]{4}(?:\s?\d{4}){5}\s?[A-Z]{3}\b")
_PASSPORT = re.compile(r"\b[NDS]\s?\d{6,7}\b")
_PLATE = re.compile(r"\bS\s?\d{3,5}\b")
_LONG_NUMBER = re.compile(r"(?<![\d.,])\d(?:[-\s]?\d){8,17}(?![\d.,])")
_HOUSE = re.compile(
    r"\b(?:house|flat|apartment|apt|unit|block|lot|plot|parcel|kaz|lakaz|apartman|blok|maison|appartement|appt|bloc|"
    r"num[eé]ro|nim[eé]ro)\s*(?:no\.?|number|n°|nr\.?|num[eé]ro|nim[eé]ro|#)?\s*[A-Z]{0,2}-?\d{1,4}[A-Z]?\b(?![\s.\-]?\d)"
    r"(?:\s*,?\s*(?:block|blok|bloc|lo|dan|at|on|in|à|au|rue|sou|of)?\s*[A-Z][\w'’\-]+"
    r"(?:\s+[A-Z][\w'’\-]+){0,3}\s*(?:estate|road|street|lane|flats|avenue|rd|st)?)?",
    re.IGNORECASE,
)
_STREET_NUMBER = re.compile(
    r"\b(?:no\.?\s*)?\d{1,4}[A-Za-z]?\s*,?\s+(?:rue\s+)?[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+){0,2}\s+"
    r"(?:road|street|lane|avenue|estate|rd|st)\b|\b\d{1,4}[A-Za-z]?\s*,?\s+(?:rue|semen|lari)\s+[A-Z][\w'’\-]+"
    r"(?:\s+[A-Z][\w'’\-]+){0,2}"
)
_LOCAL_PHONE = re.compile(
    r"(?<![\d\-/.,])(?:(?:\+|00)?248[\s.\-]?)?(?:2[\s.\-]?[125-8](?:[\s.\-]?\d){5}|4[\s.\-]?[2-46](?:[\s.\-]?\d){5}|"
    r"971[\s.\-]?\d(?:[\s.\-]?\d){3}|64(?:[\s.\-]?\d){5}|95(?:[\s.\-]?\d){5}|800[\s.\-]?[08](?:[\s.\-]?\d){3})(?![\d])"
)

# fmt: off
HONORIFICS = frozenset(
    [
        "mr", "mrs", "ms", "miss", "dr", "mister", "msye", "misye", "madanm", "mademwazel", "mme", "mlle",
        "monsieur", "madame", "mademoiselle", "sir",
    ]
)
_OFFICES = frozenset(
    [
        "minister", "president", "speaker", "judge", "justice", "commissioner", "chairman", "chairperson",
        "director", "ceo", "principal", "secretary", "ministre", "presidente", "juge", "directeur", "directrice",
        "minis", "minister", "prezidan", "ziz", "direkter", "komiser",
    ]
)
_INTRODUCTIONS = (
    ("my", "name", "is"), ("i", "am"), ("i", "'m"), ("im",), ("this", "is"), ("je", "m'", "appelle"),
    ("je", "m'appelle"),
    ("je", "suis"), ("je", "soussigne"), ("je", "soussignee"), ("mon", "nom", "est"), ("mon", "apel"), ("mon", "appel"),
    ("mwan", "apel"), ("mon", "non", "i"), ("mon", "non", "se"), ("mon", "non"), ("mwan", "se"), ("mwan",),
)
_SURE_INTRODUCTION_ENDS = frozenset({"apel", "appel", "appelle", "m'appelle", "soussigne", "soussignee", "est"})
_SIGN_OFFS = frozenset(
    [
        "regards", "sincerely", "faithfully", "thanks", "thank", "cordialement", "salutations", "respectueusement",
        "mersi", "merci", "sinserman", "signed", "signe",
    ]
)
_PARTICLES = frozenset(["de", "du", "la", "le", "van", "von", "st", "ste"])
# fmt: on


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """`kind` is phone, email, nin, person, address or account; code points of the text, `end` exclusive."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class NameLists:
    """Folded given names and surnames; `not_names` are folded words of places and bodies that look like names."""

    given: Set[str] = frozenset()
    surnames: Set[str] = frozenset()
    not_names: Set[str] = frozenset()


@dataclass
class PersonalDataFinder:
    names: NameLists = field(default_factory=NameLists)

    def __post_init__(self) -> None:
        self._nlp = spacy.blank("xx")
        self._matcher = Matcher(self._nlp.vocab)
        self._matcher.add("introduction", [[{"LOWER": word} for word in phrase] for phrase in _INTRODUCTIONS])

    def find(self, text: str, known_names: Iterable[str] = ()) -> list[PersonalSpan]:
        """The spans of personal data, in order and without overlap.

        `known_names` are names that belong to the post's own record (its author): they are found wherever they stand.
        """
        spans = [*_numbers(text), *_addresses(text), *self._persons(text), *self._known(text, known_names)]
        return _merged(text, spans)

    def _known(self, text: str, known_names: Iterable[str]) -> list[PersonalSpan]:
        """The parts of known names wherever they stand; of a handle (one word) only the parts that are listed names."""
        parts = set()
        for name in known_names:
            is_handle = not re.search(r"[\s@.]", name)
            for part in re.findall(r"[^\W\d_]{3,}", name.split("@")[0]):
                folded = fold(part)
                if self._is_listed([folded, folded]) if is_handle else folded not in self.names.not_names:
                    parts.add(part)
        if not parts:
            return []
        longest_first = sorted(map(re.escape, parts), key=len, reverse=True)
        pattern = re.compile(rf"\b(?:{'|'.join(longest_first)})\b", re.IGNORECASE)
        return [PersonalSpan("person", *m.span()) for m in pattern.finditer(text)]

    def _persons(self, text: str) -> list[PersonalSpan]:
        doc = self._nlp.make_doc(text)
        folded = [fold(token.text) for token in doc]
        found = []
        for first, at_most, must_be_listed in self._possible_starts(doc, folded):
            last = self._name_end(doc, folded, first, at_most)
            if last > first and (not must_be_listed or self._is_listed(folded[first:last])):
                found.append(PersonalSpan("person", doc[first].idx, doc[last - 1].idx + len(doc[last - 1])))
        return found

    def _possible_starts(self, doc: Doc, folded: list[str]) -> Iterator[tuple[int, int, bool]]:
        """Where a name may start: token index, most words it may have, whether a listed name must be among them."""
        for i, word in enumerate(folded):
            is_m = doc[i].text == "M" and i + 1 < len(doc) and doc[i + 1].text == "."
            if word.rstrip(".") in HONORIFICS or is_m:
                after = i + 1 + (i + 1 < len(doc) and doc[i + 1].text == ".")
                if after < len(doc) and folded[after] not in _OFFICES:
                    yield after, 4, False
            elif word in self.names.given and doc[i].text[:1].isupper():
                yield i, 4, True
            elif word in self.names.surnames and doc[i].text[:1].isupper():
                yield self._first_of_name(doc, folded, i), 4, True
            elif word in _SIGN_OFFS and i >= len(doc) - 12:
                after = next((j for j in range(i + 1, len(doc)) if not (doc[j].is_punct or doc[j].is_space)), len(doc))
                if after < len(doc) and doc[after].text[:1].isupper() and len(doc) - after <= 8:
                    yield after, 3, False
        for _, _, end in self._matcher(doc):
            yield end, 4, folded[end - 1] not in _SURE_INTRODUCTION_ENDS

    def _first_of_name(self, doc: Doc, folded: list[str], surname: int) -> int:
        """Index of the first capitalised word, at most three back, of a name that ends in a listed surname."""
        first = i = surname
        while i > 0 and surname - first < 3:
            i -= 1
            if doc[i].text == "-" and doc[i].idx + 1 == doc[i + 1].idx:
                continue
            is_name = doc[i].is_alpha and doc[i].text[:1].isupper() and folded[i] not in self.names.not_names
            if not is_name or folded[i] in _OFFICES:
                break
            first = i
        return first

    def _name_end(self, doc: Doc, folded: list[str], first: int, at_most: int) -> int:
        """Index after the last token of a name that starts at `first`; `first` itself when none does."""
        i, names = first, 0
        while i < len(doc) and names < at_most:
            token, word = doc[i], folded[i]
            listed = word in self.names.given or word in self.names.surnames
            if word in self.names.not_names and not listed:
                break
            if (token.text[:1].isupper() and token.is_alpha and (names or len(token) > 1)) or listed:
                names += 1
            elif token.text in {"-", "'", "’"} and names and i + 1 < len(doc) and doc[i + 1].is_alpha:
                pass
            elif not (word in _PARTICLES and names and i + 1 < len(doc) and doc[i + 1].text[:1].isupper()):
                break
            i += 1
        return i

    def _is_listed(self, tokens: list[str]) -> bool:
        return any(word in self.names.surnames for word in tokens) or (
            len(tokens) > 1 and any(word in self.names.given for word in tokens)
        )


def redact(text: str, spans: Iterable[PersonalSpan]) -> str:
    """`text` with each span replaced by its kind in brackets; spans must be in order and without overlap."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*parts, text[at:]])


def _numbers(text: str) -> list[PersonalSpan]:
    found = [PersonalSpan("email", *m.span()) for m in _EMAIL.finditer(text)]
    found += [PersonalSpan("nin", *m.span()) for m in _NIN.finditer(text)]
    found += [PersonalSpan("nin", *m.span(1)) for m in _NIN_WORDS.finditer(text)]
    found += [PersonalSpan("account", *m.span(1)) for m in _ACCOUNT_WORDS.finditer(text)]
    for pattern in (_IBAN, _PASSPORT, _PLATE):
        found += [PersonalSpan("account", *m.span()) for m in pattern.finditer(text)]
    found += [PersonalSpan("phone", *m.span()) for m in _LOCAL_PHONE.finditer(text)]
    if any(ch.isdigit() for ch in text):
        for match in phonenumbers.PhoneNumberMatcher(text, REGION):
            found.append(PersonalSpan("phone", match.start, match.end))
    found += [PersonalSpan("account", *m.span()) for m in _LONG_NUMBER.finditer(text)]
    return found


def _addresses(text: str) -> list[PersonalSpan]:
    return [PersonalSpan("address", *m.span()) for pattern in (_HOUSE, _STREET_NUMBER) for m in pattern.finditer(text)]


# Where two findings overlap the more certain kind names the whole: a number's shape says more than a capital letter.
_CERTAINTY = {"email": 0, "nin": 1, "phone": 2, "account": 3, "address": 4, "person": 5}


def _merged(text: str, spans: list[PersonalSpan]) -> list[PersonalSpan]:
    """Spans in order; overlapping ones become one, and so do neighbouring names with only a space between."""
    merged: list[PersonalSpan] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        last = merged[-1] if merged else None
        if last and (span.start < last.end or _is_one_name(text, last, span)):
            kind = min(last.kind, span.kind, key=_CERTAINTY.__getitem__)
            merged[-1] = PersonalSpan(kind, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def _is_one_name(text: str, left: PersonalSpan, right: PersonalSpan) -> bool:
    return left.kind == right.kind == "person" and text[left.end : right.start].strip(" -'’.") == ""
