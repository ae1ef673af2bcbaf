"""An invented country whose deployment knows the toy posts of tests/nlp, written into a folder."""

import json
from pathlib import Path
from typing import Any

from toy import MDA_OF, TOY_POSTS
from toy_sentences import TOY_SENTENCES

EXAMPLES: list[dict[str, Any]] = [
    {"text": text, "lang": lang, "category": c, "kind": kind} for text, lang, c, kind in TOY_POSTS
]


def write_toyland(place: Path) -> Path:
    """The deployment in `place`, without evidence."""
    categories = sorted({post["category"] for post in EXAMPLES})
    taxonomy = [f"{category},{MDA_OF.get(category, '')},{category.title()}" for category in categories]
    sentences = [f"{lang}\t{sentence}" for lang, said in TOY_SENTENCES.items() for sentence in said]
    contents = {
        "taxonomy.csv": ["category,mda,title", *taxonomy],
        "agencies.csv": ["mda,name,aliases", "PUC,Public Utilities,", "SLTA,Land Transport,"],
        "districts.csv": ["district,name", "SC-09,Bel Air"],
        "places.csv": ["name,district", "Bel Air,SC-09"],
        "names.csv": ["name,kind", "Ansly,given", "Pool,surname"],
        "accusations.txt": ["bribe"],
        "stop_words.txt": ["the"],
        "languages.tsv": ["language\tsentence", *sentences],
        "lexicon/crs_civic.tsv": ["phrase\tenglish", "delo\twater", "kouran\tpower", "larout\troad"],
        "examples/toy/posts.jsonl": [json.dumps(post) for post in EXAMPLES],
    }
    for name, lines in contents.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return place
