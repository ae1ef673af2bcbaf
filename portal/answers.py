"""What an answer must not be: a text that only sends the citizen elsewhere."""

import re
import unicodedata

FEWEST_WORDS = 8  # beside the referral, for an answer to say something itself
_SENTENCE = re.compile(r"[^.!?\n]+")
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+")
_VERB = re.compile(
    r"\b(?:contact|call|phone|e-?mail|write to|visit|refer to|go to|come to|approach|see|"
    r"vous adresser|contactez|contacter|appelez|appeler|ecrivez|rendez-vous|consultez|"
    r"kontakte|telefonn|apel|ekrir|vizit|al kot|al vwar|vin kot)\b"
)
_OURSELVES = re.compile(  # what the agency does itself, or what the citizen will find, is no referral
    r"\b(?:(?:we|they|i|you|it|technicians?|team|crew|officers?|staff) (?:will|shall|can now)|going to|have|has|"
    r"nous (?:allons|avons)|notre equipe|vous (?:verrez|trouverez)|nou (?:pou|ava|pe|in)|(?:lekip|teknisyen) pou)\b"
)
_GOES_ON = re.compile(  # where a sentence that sends somebody elsewhere says something itself
    r"[,;:]? (?:and|so|then|et|puis|ek|e|apre) (?:we|it|you|they|nous|vous|il|elle|on|nou|ou|i|zot)\b"
)
_NOT_OURS = re.compile(
    r"\b(?:is|are|it'?s) not (?:our|within our|under our|the) (?:responsibility|mandate|remit|jurisdiction)\b"
    r"|\b(?:ne releve pas de|n'est pas de notre (?:ressort|competence))\b|\bpa nou (?:responsabilite|travay)\b"
)
_COURTESY = re.compile(
    r"\b(?:dear|thank you|thanks|regards|sincerely|good (?:morning|afternoon|day)|hello|sir|madam|"
    r"for your (?:message|post)|bonjour|merci|cordialement|madame|monsieur|bonzour|mersi|msye|madanm)\b"
)


def sends_elsewhere(text: str) -> bool:
    """Whether nothing is left of a reply once its referrals and courtesies are taken away: not an answer.

    A rule over words in English, French and Creole, so it can be wrong either way: it marks, and never forbids.
    """
    said = unicodedata.normalize("NFKD", _ADDRESS.sub(" ", text)).casefold().replace("’", "'")
    plain = "".join(ch for ch in said if not unicodedata.combining(ch))
    sentences = _SENTENCE.findall(plain)
    kept = [_COURTESY.sub(" ", _without_referral(sentence)) for sentence in sentences]
    has_referral = any(_without_referral(sentence) != sentence for sentence in sentences)
    return has_referral and sum(len(re.findall(r"[a-z]+", sentence)) for sentence in kept) < FEWEST_WORDS


def _without_referral(sentence: str) -> str:
    """What stands around the words that send somebody elsewhere; the whole sentence where there are none."""
    found = _NOT_OURS.search(sentence) or _VERB.search(sentence)
    if not found or _OURSELVES.search(sentence[: found.start()]):
        return sentence
    goes_on = _GOES_ON.search(sentence, found.end())
    return sentence[: found.start()] + (sentence[goes_on.start() :] if goes_on else "")
