"""Personal data that has a shape: numbers, addresses on the net, addresses of houses.

Each finding says which pattern found it: where two overlap, the one that comes first in `find_shapes` names the whole.
"""

import re
from collections.abc import Iterator

import phonenumbers

REGION = "SC"

_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]+\s?@\s?[\w\-]+(?:\.[\w\-]+)+")
# No official format is published; written like 987-1234-5-1-23.
_NIN = re.compile(r"(?<!\d)\d{3}[-\s.]\d{4}[-\s.]\d[-\s.]\d[-\s.]\d{2}(?!\d)")
_NIN_BY_WORD = re.compile(
    r"\b(?:nin|n\.i\.n\.?|national\s+id\w*|id(?:entity)?\s*(?:card|no|number|nr)?|num[eé]ro\s+d['’]identit[eé]|"
    r"carte\s+d['’]identit[eé]|kart\s+idantite|nimero\s+idantite|idantite)\b\W{0,12}(?:\w+\W{1,3}){0,3}?"
    r"(\d(?:[-\s.]?\d){8,11})(?!\d)",
    re.IGNORECASE,
)
_ACCOUNT_BY_WORD = re.compile(
    r"\b(?:account|acct|a/c|acc|compte|kont|meter|compteur|konter|passport|passeport|paspor|iban|policy|contract|"
    r"contrat|kontra|customer|client|kliyan)\b\W{0,6}(?:(?:no|number|num|nr|nim[eé]ro|num[eé]ro|n°|num[eé]ro\s+de|is|"
    r"i|est|:|#)\W{0,4}){0,3}((?=[\w\-/]*\d{2})[A-Z]{0,3}[\-/]?\d[\d\-/ ]{2,18}\d)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\bSC\d{2}\s?[A-Z]{4}(?:\s?\d{4}){5}\s?[A-Z]{3}\b")
_PASSPORT = re.compile(r"\b[NDS]\s?\d{6,7}\b")
_PLATE = re.compile(r"\bS\s?\d{3,5}\b")
_LONG_NUMBER = re.compile(r"(?<![\d.,])\d(?:[-\s]?\d){8,17}(?![\d.,])")
_LOCAL_PHONE = re.compile(
    r"(?<![\d\-/.,])(?:(?:\+|00)?248[\s.\-]?)?(?:2[\s.\-]?[125-8](?:[\s.\-]?\d){5}|4[\s.\-]?[2-46](?:[\s.\-]?\d){5}|"
    r"971[\s.\-]?\d(?:[\s.\-]?\d){3}|64(?:[\s.\-]?\d){5}|95(?:[\s.\-]?\d){5}|800[\s.\-]?[08](?:[\s.\-]?\d){3})(?!\d)"
)
_CURRENCY_BEFORE = re.compile(r"(?:\b(?:SR|SCR|RS|R|USD|EUR|GBP)|[$€£])\.?\s?$", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(r"^\s?(?:rupees?|roupies?|roupi|rs|sr|scr|euros?|dollars?|dolar)\b", re.IGNORECASE)
_NAME_OF_PLACE = r"[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+){0,3}"
_HOUSE = re.compile(
    r"\b(?i:house|flat|apartment|apt|unit|block|lot|plot|parcel|kaz|lakaz|apartman|blok|maison|appartement|appt|bloc|"
    r"num[eé]ro|nim[eé]ro)\s*(?i:no\.?|number|n°|nr\.?|num[eé]ro|nim[eé]ro|#)?\s*[A-Z]{0,2}-?\d{1,4}[A-Za-z]?\b"
    rf"(?![\s.\-]?\d)(?:\s*,?\s*(?i:block|blok|bloc|lo|dan|at|on|in|à|au|rue|sou|of)?\s*{_NAME_OF_PLACE}"
    r"\s*(?i:estate|road|street|lane|flats|avenue|rd|st\b)?)?"
)
_STREET_NUMBER = re.compile(
    r"\b(?i:no\.?\s*)?\d{1,4}[A-Za-z]?\s*,?\s+(?:rue\s+)?[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+){0,2}\s+"
    r"(?i:road|street|lane|avenue|estate|rd)\b|"
    r"\b\d{1,4}[A-Za-z]?\s*,?\s+(?i:rue|semen|lari)\s+[A-Z][\w'’\-]+(?:\s+[A-Z][\w'’\-]+){0,2}"
)


def find_shapes(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of everything that has the shape of personal data, the surest patterns first."""
    if "@" in text:
        yield from (("email", *m.span()) for m in _EMAIL.finditer(text))
    if any(ch.isdigit() for ch in text):
        yield from (("nin", *m.span()) for m in _NIN.finditer(text))
        yield from (("nin", *m.span(1)) for m in _NIN_BY_WORD.finditer(text))
        yield from (("account", *m.span(1)) for m in _ACCOUNT_BY_WORD.finditer(text))
        for pattern in (_IBAN, _PASSPORT, _PLATE):
            yield from (("account", *m.span()) for m in pattern.finditer(text))
        phones = [m.span() for m in _LOCAL_PHONE.finditer(text)]
        phones += [(match.start, match.end) for match in phonenumbers.PhoneNumberMatcher(text, REGION)]
        yield from (("phone", start, end) for start, end in phones if not _is_sum(text, start, end))
        for pattern in (_HOUSE, _STREET_NUMBER):
            yield from (("address", *m.span()) for m in pattern.finditer(text))
        yield from (("account", *m.span()) for m in _LONG_NUMBER.finditer(text) if not _is_sum(text, *m.span()))


def _is_sum(text: str, start: int, end: int) -> bool:
    return bool(_CURRENCY_BEFORE.search(text[max(0, start - 6) : start]) or _CURRENCY_AFTER.match(text[end : end + 10]))
