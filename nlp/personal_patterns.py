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
    r"\b(?i:account|acct|a/c|acc|compte|kont|meter|compteur|konter|passport|passeport|paspor|policy|polis|police|contract|"
    r"contrat|kontra|customer|consumer|client|kliyan|abonn[eé]|licen[cs]e|lisans|permi[st]?|member|membre|manm|card|carte|"
    r"kart|tin|boat|bateau|bato|plate|plaque|plak|reg\w*|immatricul\w*|receipt|re[cç]u|resi|reference|r[eé]f[eé]rence|ref)"
    r"\b\W{0,6}(?:(?i:no|number|num|nr|nim[eé]ro|limero|num[eé]ro|n°|de|is|i|est|se|:|#)\W{0,4}){0,3}"
    r"((?:[A-Z]{1,6}[\s\-/]{0,3}){0,2}\d[\dA-Z]{0,12}(?:[\s\-/]{1,3}[\dA-Z]{1,12}){0,6})\b"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,8}(?:\s?[A-Z0-9]{1,4})?\b")
# A plate, a boat, a passport, a licence, a file: capitals and four digits or more; or both mixed in one word.
_CODE_NUMBER = re.compile(r"\b[A-Z]{1,6}[\s\-/]?\d{4,9}[A-Z]{0,2}\b|\bS\s?-?\s?\d{3,5}\b")
_MIXED_CODE = re.compile(r"\b(?=(?:[A-Z]*\d){5})(?=\d*[A-Z])[A-Z0-9]{7,34}\b")
_LONG_NUMBER = re.compile(r"(?<![\d.,/\-])\d(?:[\s\-/]?\d){6,19}(?:-[A-Z0-9])?(?![\d.,]\d|\w)")
_A_YEAR = r"(?:19[5-9]|20[0-4])\d"
_DATE = re.compile(
    rf"\d{{1,2}}[\s\-/.]\d{{1,2}}[\s\-/.]{_A_YEAR}|{_A_YEAR}[\s\-/.]\d{{1,2}}[\s\-/.]\d{{1,2}}|(?:{_A_YEAR}[\s\-/]?){{1,3}}"
)
_YEAR = re.compile(rf"[A-Z]+[\s\-/]?{_A_YEAR}")
_LOCAL_PHONE = re.compile(
    r"(?<![\d\-/.,])(?:(?:\+|00)?248[\s.\-]?)?(?:2[\s.\-]?[1-9](?:[\s.\-]?\d){5}|4[\s.\-]?[2-46](?:[\s.\-]?\d){5}|"
    r"971[\s.\-]?\d(?:[\s.\-]?\d){3}|64(?:[\s.\-]?\d){5}|95(?:[\s.\-]?\d){5}|800[\s.\-]?[08](?:[\s.\-]?\d){3})(?!\d)"
)
_CURRENCY_BEFORE = re.compile(r"(?:\b(?:SR|SCR|RS|USD|EUR|GBP)\.?|\bR|[$€£])\s?$", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(r"^\s?(?:rupees?|roupies?|roupi|rs|sr|scr|euros?|dollars?|dolar)\b", re.IGNORECASE)
_CURRENCY_INSIDE = re.compile(r"(?:SR|SCR|RS|R|USD|EUR|GBP)\b|R\d", re.IGNORECASE)
# An address: a house, flat or plot by its number, with the block, estate, road and places that stand beside it.
# White space is bounded everywhere, so that no text, whatever it holds, is read more than a few times.
_GAP = r"\s{1,3}"
_WORD = r"[A-ZÀ-Þ][\w'’\-]{1,20}"
_PLACE = (
    rf"(?:(?i:rue|semen|lari|chemin|avenue){_GAP}(?:(?:des?|du){_GAP})?)?"
    rf"{_WORD}(?:{_GAP}(?:(?:aux|de|d[oeu]|la|o){_GAP})?{_WORD}){{0,3}}(?:{_GAP}\d\b(?![\s.\-]?\d))?"
)
_ROAD = rf"(?:{_GAP}(?i:estate|road|street|lane|flats|avenue|village|rd|st)\b)?"
_CODE = r"(?:[A-Z]{0,2}-?\d{1,4}(?:-\d{1,3})?[A-Za-z]?\b(?![\s.\-]?\d))"
_NUMBER = r"(?i:no\.?|number|n°|nr\.?|num[eé]ro|nim[eé]ro|limero|#)"
_BLOCK = r"\b(?i:block|blok|bloc|blk)"
_UNIT = (
    rf"(?:{_BLOCK}|\b(?i:house|flat|apartment|apt|unit|lot|plot|kaz|lakaz|apartman|maison|villa|appartement|appt|logement))"
    rf"\s{{0,3}}{_NUMBER}?\s{{0,3}}{_CODE}"
)
_LETTERED_BLOCK = rf"{_BLOCK}{_GAP}[A-Z]\b"  # many homes: an address only beside a flat's number
_BESIDE = (
    rf"(?:\s{{0,3}},?\s{{0,3}}(?:(?i:lo|dan|at|on|in|à|au|of|l['’]|de l['’]|de)\s{{0,3}}){{0,2}}"
    rf"(?:{_UNIT}|{_LETTERED_BLOCK}|{_PLACE}{_ROAD}))"
)
_HOUSE = re.compile(
    rf"(?:{_PLACE}{_ROAD}\s{{0,3}},?\s{{0,3}}(?:(?i:devan|dan){_GAP})?)?(?:{_LETTERED_BLOCK}\s{{0,3}},?\s{{0,3}})?"
    rf"{_UNIT}{_BESIDE}{{0,3}}"
)
_STREET_NUMBER = re.compile(
    rf"\b(?i:no\.?{_GAP})?\d{{1,4}}[A-Za-z]?\s{{0,3}},?{_GAP}(?:{_PLACE}{_GAP}(?i:road|street|lane|avenue|estate|rd)\b|"
    rf"(?i:rue|semen|lari|chemin|avenue){_GAP}(?:(?:(?:des?|du|la){_GAP}){{1,2}}|(?:de{_GAP})?l['’])?{_PLACE})"
)


def find_shapes(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of everything that has the shape of personal data, the surest patterns first."""
    if "@" in text:
        yield from (("email", *m.span()) for m in _EMAIL.finditer(text))
    if any(ch.isdigit() for ch in text):
        yield from (("nin", *m.span()) for m in _NIN.finditer(text))
        yield from (("nin", *m.span(1)) for m in _NIN_BY_WORD.finditer(text))
        accounts = (m for m in _ACCOUNT_BY_WORD.finditer(text) if _is_code(m[1], digits=4))
        yield from (("account", *m.span(1)) for m in accounts if not _is_sum(text, *m.span(1)))
        for pattern in (_IBAN, _MIXED_CODE, _CODE_NUMBER):
            yield from (("account", *m.span()) for m in pattern.finditer(text) if _is_code(m[0], digits=3))
        phones = [m.span() for m in _LOCAL_PHONE.finditer(text)]
        phones += [(match.start, match.end) for match in phonenumbers.PhoneNumberMatcher(text, REGION)]
        yield from (("phone", start, end) for start, end in phones if not _is_sum(text, start, end))
        for pattern in (_HOUSE, _STREET_NUMBER):
            yield from (("address", *m.span()) for m in pattern.finditer(text))
        numbers = (m for m in _LONG_NUMBER.finditer(text) if _is_code(m[0], digits=7))
        yield from (("account", *m.span()) for m in numbers if not _is_sum(text, *m.span()))


def _is_code(said: str, digits: int) -> bool:
    """True for a number that stands for a person or a thing, not for a date, a year or a sum of money."""
    if sum(ch.isdigit() for ch in said) < digits or _DATE.fullmatch(said) or _YEAR.fullmatch(said):
        return False
    return not _CURRENCY_INSIDE.match(said)


def _is_sum(text: str, start: int, end: int) -> bool:
    return bool(_CURRENCY_BEFORE.search(text[max(0, start - 6) : start]) or _CURRENCY_AFTER.match(text[end : end + 10]))
