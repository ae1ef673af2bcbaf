"""FAQs: groups of questions of COVID-Q beside BERTopic."""

import csv

from grouping import agreement
from reading import engine, read
from reference_data import data
from reference_tools import bertopic

from nlp.faqs import find_faqs


def section() -> list[str]:
    """The lines of this part of the results."""
    with (data("covid-q") / "final_master_dataset.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    texts, gold = [row["Question"] for row in rows], [row["Question ID"] for row in rows]
    reading = read(texts)
    found = [-1] * len(texts)
    for faq in find_faqs(reading.redacted, reading.vectors):
        for i in faq.members:
            found[i] = faq.faq
    theirs, _ = bertopic(texts, engine().model.space.embed(texts)[:, 0])
    return [
        "## FAQs",
        "",
        f"COVID-Q, {len(texts):,} questions on {len(set(gold))} things: ARI ours **{agreement(gold, found)[1]:.3f}** "
        f"(wanted 0.40), BERTopic {agreement(gold, theirs)[1]:.3f}.",
        "",
    ]
