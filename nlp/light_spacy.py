"""spaCy imported without PyTorch and without its command line; whoever needs spaCy takes it from here.

Thinc, below spaCy, imports PyTorch wherever it is installed, for layers that nothing here uses: two of the three
seconds that a one-post triage may take. spaCy imports its command line for one name, a third of a second more.
"""

from types import SimpleNamespace

from nlp.hidden_modules import hidden

with hidden({"torch": None, "spacy.cli.info": SimpleNamespace(info=None)}):
    import spacy
    from spacy.attrs import NORM  # type: ignore[import-not-found]
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.pipeline import EntityRecognizer
    from spacy.tokens import Doc
    from spacy.training import Example
    from spacy.training.batchers import minibatch_by_words
    from spacy.util import filter_spans, minibatch
    from spacy.vocab import Vocab
    from thinc.api import fix_random_seed

__all__ = [
    "NORM",
    "Doc",
    "EntityRecognizer",
    "Example",
    "Language",
    "Matcher",
    "Vocab",
    "filter_spans",
    "fix_random_seed",
    "minibatch",
    "minibatch_by_words",
    "spacy",
]
