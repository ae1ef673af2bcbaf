"""Texts as the deployment reads them, kept on disk so that the parts of a bench need not read them twice."""

import hashlib
import pickle
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from models.deployment import load_deployment
from models.registry import load_triage
from nlp.triage import PostText, Reading, Triage

CACHE = Path(__file__).parent.parent / "models" / "built" / "bench"


@cache
def engine() -> Triage:
    return load_triage(load_deployment("seychelles"))


def read(texts: Sequence[str]) -> Reading:
    """What triage makes of the texts before it judges them."""
    digest = hashlib.sha256(repr((engine().model.name, list(texts))).encode()).hexdigest()[:20]
    kept = CACHE / f"{digest}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    reading = engine().read([PostText(str(i), text) for i, text in enumerate(texts)])
    CACHE.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(reading))
    return reading
