"""Vectors of how texts are spelt, to stand beside vectors of meaning: names and rare words tell matters apart."""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.random_projection import SparseRandomProjection

from nlp.space import Vectors
from nlp.words import canonical, words

SEED = 20260803
LETTERS_IN_A_ROW = (3, 5)


def word_vectors(texts: Sequence[str], dimensions: int) -> Vectors:
    """Texts by their words, as `_projected` has it; positions of words do not count."""
    return _projected(texts, dimensions, words)


def letter_vectors(texts: Sequence[str], dimensions: int) -> Vectors:
    """Texts by the three to five letters in a row within their words, so that other forms of a word are near."""
    slices = HashingVectorizer(analyzer="char_wb", ngram_range=LETTERS_IN_A_ROW).build_analyzer()
    return _projected(texts, dimensions, lambda text: slices(canonical(text)))


def _projected(texts: Sequence[str], dimensions: int, analyzer: Callable[[str], list[str]]) -> Vectors:
    """TF-IDF rows, float32, shape (texts, at most dimensions); of length 1, less for what no other text has.

    What only one text has counts for its length and is left out; the rest is brought to few dimensions by a sparse
    random projection, which keeps cosines up to about 1/√dimensions (Li, Hastie & Church, 2006). Equal texts get equal
    rows.
    """
    counting = HashingVectorizer(analyzer=analyzer, alternate_sign=False, norm=None, n_features=2**18)
    counts = sp.csr_matrix(counting.transform(texts), dtype=np.float32)
    shared = np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) > 1)
    if not len(shared):
        return np.zeros((len(texts), 1), np.float32)
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts)[:, shared]
    if len(shared) <= dimensions:
        return np.asarray(weighted.toarray(), np.float32)
    project = SparseRandomProjection(dimensions, density=1 / 8, dense_output=True, random_state=SEED)
    return np.asarray(project.fit_transform(weighted), np.float32)
