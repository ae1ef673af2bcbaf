"""What an answer must not be: a text that only sends the citizen elsewhere."""

import re
import unicodedata

FEWEST_WORDS = 8  # beside the referral, for an answer to say something itself
_SENTENCE = re.compile(r"[^.!?\n]+")
_REFERRAL = re.compile(
    r"\b(?:"
    r"(?:please |kindly )?(?:contact|call|phone|e-?mail|write to|visit|refer to|go to|come to|approach|see)\b.*"
    r"|(?:is|are|it'?s) not (?:our|within our|under our|the) (?:responsibility|mandate|remit|jurisdiction)\b.*"
    r"|(?:vous adresser|contactez|contacter|appelez|appeler|ecrivez|rendez-vous|veuillez (?:voir|consulter))\b.*"
    r"|(?:ne releve pas de|n'est pas de notre (?:ressort|competence))\b.*"
    r"|(?:kontakte|telefonn|apel|ekrir|vizit|al kot|al vwar|vin kot|rod)\b.*"
    r"|pa nou (?:responsabilite|travay)\b.*"
    r")"
)
_COURTESY = re.compile(
    r"\b(?:dear|thank you|thanks|regards|sincerely|good (?:morning|afternoon|day)|hello|sir|madam|"
    r"for your (?:message|post)|bonjour|merci|cordialement|madame|monsieur|bonzour|mersi|msye|madanm)\b"
)


def sends_elsewhere(text: str) -> bool:
    """Whether nothing is left of a reply once its referrals and courtesies are taken away: not an answer.

    A rule over words in English, French and Creole, so it can be wrong either way: it marks, and never forbids.
    """
    said = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    plain = "".join(ch for ch in said if not unicodedata.combining(ch))
    sentences = _SENTENCE.findall(plain)
    kept = [_COURTESY.sub(" ", _REFERRAL.sub(" ", sentence)) for sentence in sentences]
    has_referral = any(_REFERRAL.search(sentence) for sentence in sentences)
    return has_referral and sum(len(re.findall(r"[a-z]+", sentence)) for sentence in kept) < FEWEST_WORDS
