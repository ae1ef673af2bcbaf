"""BERTopic as it comes, over texts and vectors that are given: `bertopic_topics.py TEXTS.json VECTORS.npy OUT.json`.

Runs in the environment of `requirements.lock` beside it. Writes a label a text (-1 for none) and the seconds it took.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from bertopic import BERTopic

texts, vectors = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), np.load(sys.argv[2])
started = time.perf_counter()
labels, _ = BERTopic(calculate_probabilities=False).fit_transform(texts, vectors)
seconds = time.perf_counter() - started
found = {"labels": [int(label) for label in labels], "seconds": seconds}
Path(sys.argv[3]).write_text(json.dumps(found), encoding="utf-8")
