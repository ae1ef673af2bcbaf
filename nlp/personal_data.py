"""Personal data: finding the spans that identify a private person, and replacing them.

Numbers and addresses have shapes, so patterns find them (`nlp.personal_patterns`). Names are found by a trained
recogniser (`nlp.entities`), by what stands before them (an honorific, "my name is" in three languages, a sign-off), by
lists of given names and surnames, and by the author's own name, which people write under what they say. When unsure, a
span is redacted; people spoken of in their office, public bodies and places are not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from nlp.entities import EntityRecogniser, entity_spans
from nlp.light_spacy import Doc, Matcher
from nlp.personal_patterns import find_shapes
from nlp.tokens import blank_pipeline
from nlp.word_lists import HONORIFICS, OFFICES, WordLists
from nlp.words import fold

# fmt: off
# After the first kind any capitalised words are a name, after the second only listed ones.
_NAMES_ITSELF = (
    ("my", "name", "is"), ("my", "name's"), ("je", "m'appelle"), ("je", "m", "appelle"), ("je", "soussigne"),
    ("je", "soussignee"), ("mon", "nom", "est"), ("mon", "apel"), ("mon", "appel"), ("mwan", "apel"),
    ("mon", "non", "i"), ("mon", "non", "se"), ("mon", "non", "li"),
)
_MAY_NAME_ITSELF = (
    ("i", "am"), ("i'm",), ("im",), ("this", "is"), ("je", "suis"), ("mon", "non"), ("mwan", "se"), ("mwan",),
)
_SIGN_OFFS = frozenset({
    "regards", "sincerely", "faithfully", "thanks", "thank", "cordialement", "salutations", "respectueusement", "mersi",
    "merci", "sinserman", "signed", "signe",
})
_AFTER_SIGN_OFF = frozenset({"you", "so", "much", "again", "beaucoup", "bokou", "ou", "a", "vous", "very"})
_PARTICLES = frozenset({"de", "du", "la", "le", "van", "von", "st", "ste", "d'", "des"})
_NEVER_A_NAME = OFFICES | HONORIFICS | _SIGN_OFFS | {"i", "my", "je", "mon", "mwan"}
# fmt: on
_HANDLE = re.compile(r"(?<![\w/@.])(?:@|/?u/)([\w.\-]{2,29}\w)")
KINDS = frozenset({"phone", "email", "nin", "person", "address", "account"})
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """`kind` is phone, email, nin, person, address or account; code points of the text, `end` exclusive."""

    kind: str
    start: int
    end: int


@dataclass
class PersonalDataFinder:
    """Patterns, lists and, where a deployment has one, a trained recogniser: what any of them finds is found."""

    lists: WordLists = field(default_factory=WordLists)
    recogniser: EntityRecogniser | None = None

    def __post_init__(self) -> None:
        self._nlp = self.recogniser.nlp if self.recogniser else blank_pipeline()
        self._introductions = Matcher(self._nlp.vocab)
        for key, phrases in (("sure", _NAMES_ITSELF), ("unsure", _MAY_NAME_ITSELF)):
            self._introductions.add(key, [[{"NORM": word} for word in phrase] for phrase in phrases])

    def find(self, text: str, known_names: Sequence[str] = (), also: Iterable[PersonalSpan] = ()) -> list[PersonalSpan]:
        """The spans of personal data, in order and without overlap.

        `known_names` are names that belong to the post's own record (its author): they are found wherever they stand.
        `also` are spans that somebody has found already.
        """
        return self.find_all([text], [known_names], [also])[0]

    def find_all(
        self,
        texts: Sequence[str],
        known_names: Sequence[Sequence[str]],
        also: Sequence[Iterable[PersonalSpan]] | None = None,
    ) -> list[list[PersonalSpan]]:
        """What `find` finds in each text with what is known of it; many texts at once are read faster."""
        read = zip(texts, self._docs(texts), known_names, also or [()] * len(texts), strict=True)
        return [self._find(text, doc, names, found) for text, doc, names, found in read]

    def _docs(self, texts: Iterable[str]) -> Iterable[Doc]:
        return self.recogniser.read_all(texts) if self.recogniser else map(self._nlp.make_doc, texts)

    def _find(
        self, text: str, doc: Doc, known_names: Sequence[str], also: Iterable[PersonalSpan]
    ) -> list[PersonalSpan]:
        reading = _Reading(doc, self.lists)
        found = [*also, *(PersonalSpan(*shape) for shape in find_shapes(text))]
        found += [PersonalSpan(*handle) for handle in self._handles(text, known_names)]
        found += [PersonalSpan(*entity) for entity in entity_spans(doc)]
        found += [reading.span(first, last) for first, last in self._names(reading)]
        found += [reading.span(i, i + 1) for i in self._known(reading, known_names)]
        return _merged(text, _names_apart(text, found))

    def _names(self, reading: "_Reading") -> Iterator[tuple[int, int]]:
        """First and last (exclusive) token of every name."""
        for first, is_sure in self._possible_starts(reading):
            last = reading.end_of_name(first)
            if last > first and (is_sure or reading.is_listed(first, last)) and not reading.is_after_office(first):
                yield first, last

    def _possible_starts(self, reading: "_Reading") -> Iterator[tuple[int, bool]]:
        """Where a name may start, and whether what stands before it makes sure that it is one."""
        doc, folded = reading.doc, reading.folded
        for i, word in enumerate(folded):
            if word in HONORIFICS or (doc[i].text == "M" and reading.is_sign(i + 1, ".")):
                yield reading.skip(i + 1, {"."}), True
            elif doc[i].text[:1].isupper() and word in self.lists.given:
                yield i, False
            elif doc[i].text[:1].isupper() and word in self.lists.surnames:
                yield reading.start_of_name(i), False
            elif word in _SIGN_OFFS and i >= len(doc) - 14:
                after = reading.skip(i + 1, _AFTER_SIGN_OFF | {",", ".", "!", "-", ":"})
                if after < len(doc) and doc[after].text[:1].isupper() and len(doc) - after <= 8:
                    yield after, True
        for key, _, end in self._introductions(doc):
            yield end, self._nlp.vocab.strings[key] == "sure"

    def _known(self, reading: "_Reading", known_names: Iterable[str]) -> Iterator[int]:
        """Tokens that are part of a known name; of a handle (one word) only those parts that are listed names."""
        parts = set()
        for name in known_names:
            is_handle = not re.search(r"[\s@.]", name.strip())
            for part in re.findall(r"[^\W\d_]{2,}", name.split("@")[0]):
                word = fold(part)
                is_other_word = is_handle or self.lists.is_other(word) or word in _PARTICLES
                if self.lists.is_name(word) or not is_other_word:
                    parts.add(word)
        for i, word in enumerate(reading.folded):
            if word in parts and (len(word) > 2 or reading.doc[i].text[:1].isupper()):
                yield i

    def _handles(self, text: str, known_names: Iterable[str]) -> Iterator[tuple[str, int, int]]:
        """Handles as people write them of one another, and the author's own; those of public bodies are left."""
        for match in _HANDLE.finditer(text):
            if fold(match[1]) not in self.lists.bodies:
                yield "person", *match.span()
        for name in known_names:
            if len(name.strip()) > 2:
                own = re.compile(rf"(?<!\w){re.escape(name.strip())}(?!\w)", re.IGNORECASE)
                yield from (("person", *match.span()) for match in own.finditer(text))


class _Reading:
    """A tokenised post and what its tokens are."""

    def __init__(self, doc: Doc, lists: WordLists) -> None:
        self.doc = doc
        self.folded = [token.norm_ for token in doc]
        self._lists = lists

    def span(self, first: int, last: int) -> PersonalSpan:
        end = self.doc[last - 1]
        return PersonalSpan("person", self.doc[first].idx, end.idx + len(end))

    def is_sign(self, i: int, sign: str) -> bool:
        return i < len(self.doc) and self.doc[i].text == sign

    def skip(self, i: int, words: Set[str]) -> int:
        """Index of the first token from `i` on that is neither white space nor one of `words`."""
        while i < len(self.doc) and (self.doc[i].is_space or self.folded[i] in words):
            i += 1
        return i

    def is_listed(self, first: int, last: int) -> bool:
        """True if the words hold a listed surname, or a listed given name and one more word."""
        words = self.folded[first:last]
        return any(word in self._lists.surnames for word in words) or (
            len(words) > 1 and any(word in self._lists.given for word in words)
        )

    def is_after_office(self, first: int) -> bool:
        before = first - 1
        while before >= 0 and self.doc[before].is_space:
            before -= 1
        return self.folded[first] in OFFICES or (before >= 0 and self.folded[before] in OFFICES)

    def start_of_name(self, surname: int) -> int:
        """Index of the first capitalised word or initial, at most three back, of a name that ends in a surname."""
        first = i = surname
        while i > 0 and surname - i < 5:
            i -= 1
            if self.doc[i].text in {"-", "."}:
                continue
            word = self.folded[i]
            if not self._is_capitalised(i) or word in _NEVER_A_NAME or self._lists.is_other(word):
                break
            is_initial = len(self.doc[i].text) == 1
            if self.doc[i + 1].text == "." and not is_initial:  # the end of the sentence before
                break
            first = i
        return first

    def end_of_name(self, first: int, at_most: int = 4) -> int:
        """Index after the last token of a name that starts at `first`; `first` itself when none does."""
        i, last, names = first, first, 0
        while i < len(self.doc) and names < at_most:
            word, text = self.folded[i], self.doc[i].text
            is_listed = self._lists.is_name(word)
            if word in OFFICES or (self._lists.is_other(word) and not is_listed):
                break
            if is_listed or (self._is_capitalised(i) and (names or len(text) > 1 or self.is_sign(i + 1, "."))):
                names += 1
                last = i + 1
            elif not self._joins(i, names):
                break
            i += 1
        return last

    def _is_capitalised(self, i: int) -> bool:
        text = self.doc[i].text
        return text[:1].isupper() and _NAME_WORD.fullmatch(text) is not None

    def _joins(self, i: int, names: int) -> bool:
        """True for what stands inside a name: a hyphen, the dot of an initial, a particle before a capital."""
        if i + 1 >= len(self.doc) or not _NAME_WORD.fullmatch(self.doc[i + 1].text):
            return False
        if self.doc[i].text == "-":
            return names > 0
        if self.doc[i].text == ".":
            return names > 0 and len(self.doc[i - 1].text) == 1
        return self.folded[i] in _PARTICLES and self._is_capitalised(i + 1)


def redact(text: str, spans: Iterable[PersonalSpan]) -> str:
    """`text` with each span replaced by its kind in brackets; spans must be in order and without overlap."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], f"[{span.kind}]"]
        at = span.end
    return "".join([*parts, text[at:]])


def _names_apart(text: str, found: list[PersonalSpan]) -> list[PersonalSpan]:
    """An address that begins with a name, as signatures do, begins after it."""
    names = [span for span in found if span.kind == "person"]
    apart = []
    for span in found:
        if span.kind == "address":
            before = [
                name.end
                for name in names
                if span.start <= name.start
                and name.end < span.end
                and not any(ch.isdigit() for ch in text[span.start : name.start])  # else it names the estate
            ]
            start = max([*before, span.start])
            start += len(text[start : span.end]) - len(text[start : span.end].lstrip(" ,\n"))
            apart.append(PersonalSpan(span.kind, start, span.end))
        else:
            apart.append(span)
    return apart


def _merged(text: str, found: list[PersonalSpan]) -> list[PersonalSpan]:
    """Spans in order; overlapping ones become one under the name of the surest, neighbouring names become one."""
    rank = {span: i for i, span in reversed(list(enumerate(found)))}
    merged: list[tuple[PersonalSpan, int]] = []
    for span in sorted(set(found), key=lambda s: (s.start, -s.end)):
        if merged and (span.start < merged[-1][0].end or _is_one_name(text, merged[-1][0], span)):
            last, last_rank = merged[-1]
            kind = last.kind if last_rank <= rank[span] else span.kind
            merged[-1] = (PersonalSpan(kind, last.start, max(last.end, span.end)), min(last_rank, rank[span]))
        else:
            merged.append((span, rank[span]))
    return [span for span, _ in merged]


def _is_one_name(text: str, left: PersonalSpan, right: PersonalSpan) -> bool:
    return left.kind == right.kind == "person" and text[left.end : right.start].strip(" -'’.") == ""
