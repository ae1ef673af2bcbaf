"""spaCy imported without PyTorch; whoever needs spaCy takes it from here.

Thinc, below spaCy, imports PyTorch wherever it is installed, for layers that nothing here uses: two of the three
seconds that a one-post triage may take. Hidden while spaCy is imported, it stays free for whoever imports it later.
"""

import sys
from typing import Any, cast

_modules = cast("dict[str, Any]", sys.modules)
_is_hidden = "torch" not in _modules
if _is_hidden:
    _modules["torch"] = None  # importing it now raises ImportError
try:
    import spacy
    from spacy.language import Language
    from spacy.matcher import Matcher
    from spacy.pipeline import EntityRecognizer
    from spacy.tokens import Doc
    from spacy.training import Example
    from spacy.util import filter_spans, minibatch
    from spacy.vocab import Vocab
    from thinc.api import fix_random_seed
finally:
    if _is_hidden:
        del _modules["torch"]

__all__ = [
    "Doc",
    "EntityRecognizer",
    "Example",
    "Language",
    "Matcher",
    "Vocab",
    "filter_spans",
    "fix_random_seed",
    "minibatch",
    "spacy",
]
