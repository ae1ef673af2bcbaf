"""Model cards: what a model is, what it learned from, how good it is, and what it cannot do."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.training import LabelledPost, TrainingReport


def model_card(name: str, encoder: str, posts: Sequence["LabelledPost"], report: "TrainingReport") -> str:
    """The card in Markdown."""
    n_frozen = sum(post.is_frozen for post in posts)
    posts = [post for post in posts if not post.is_frozen]
    by_lang = Counter(post.lang for post in posts)
    n_decided = sum(not post.is_quotable for post in posts)
    decided = f"; {n_decided:,} of them are what officers decided, redacted" if n_decided else ""
    lines = [
        f"# {name}",
        "",
        "Kernel ridge regression over words, characters and sentence vectors: it suggests what a public post is about "
        "and who must answer it. A person decides wherever the evidence is thin.",
        "",
        f"- **Learned from** {report.n:,} labelled posts in {report.categories} categories "
        f"({', '.join(f'{lang} {n:,}' for lang, n in sorted(by_lang.items()))}){decided}; encoder {encoder}.",
        "- **Meant for** triage of submissions and public posts to the agencies of its deployment; not for decisions "
        "about persons, and not for languages it has not seen.",
        *(
            [
                f"- **Not learned from**: {n_frozen:,} posts that are kept back to compare models with; they do count "
                "among the posts of the next two lines."
            ]
            if n_frozen
            else []
        ),
        f"- **Category right on {report.n_held_out:,} posts that it had not seen**: {report.accuracy:.3f} over all; "
        + ", ".join(f"{lang} {share:.3f}" for lang, share in report.accuracy_by_lang.items())
        + ". Other people's posts may be harder: measure with `lavwa evaluate`.",
        "- **Routed without a person** from this probability of the agency on: "
        + ", ".join(
            f"{lang} {'never' if threshold is None else f'{threshold:.2f}'}"
            for lang, threshold in report.thresholds.items()
        )
        + ": from there on those posts support a precision of 0.95 for the agency (each language at level 0.9). "
        "Confidential posts and posts that accuse an agency always go to a person.",
        "",
        "| category | posts |",
        "|---|---|",
        *(f"| {c} | {n} |" for c, n in sorted(Counter(p.labels["category"] for p in posts).items())),
        "",
    ]
    return "\n".join(lines)
