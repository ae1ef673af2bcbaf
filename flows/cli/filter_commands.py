"""The library as a filter: posts in, records out. No database, no settings file."""

import json
import os
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import JsonOption, MapOption, PostsArgument, parse_mapping, plural, write_record
from flows.progress import counted, say
from flows.settings_names import home_folder

if TYPE_CHECKING:
    from ingest.records import RawPost
    from models.deployment import Deployment
    from nlp.triage import PostText, Reading, Triage

CHUNK = 1000
ModelOption = Annotated[
    str | None, typer.Option("--model", metavar="DIR", help="A trained model instead of the one in use.")
]


def register(app: typer.Typer) -> None:
    panel = "Filters (posts in, records out)"
    app.command(rich_help_panel=panel)(triage)
    app.command(rich_help_panel=panel)(dedupe)
    app.command(rich_help_panel=panel)(topics)
    app.command(rich_help_panel=panel)(faqs)
    panel = "Models"
    app.command(rich_help_panel=panel)(train)
    app.command(rich_help_panel=panel)(evaluate)


def triage(file: PostsArgument = "-", model: ModelOption = None, mapping: MapOption = None) -> None:
    """Say for each post: language, category, agency, urgency, place, personal data, and why."""
    posts = Posts(file, mapping)
    for chunk in posts.chunks(CHUNK):
        deployment, engine = _engine(model)
        records, _ = engine.records(_texts(chunk, deployment))
        for record in records:
            write_record(record.as_json())
    posts.finish()


def dedupe(file: PostsArgument = "-", mapping: MapOption = None) -> None:
    """Group posts that say the same again: exact, near or in other words."""
    posts, reading, texts = _read_all(file, mapping)
    from nlp.duplicates import Statement, find_duplicates

    statements = [
        Statement(post.source_id, text, post.created_at, district, gloss, post.spot)
        for post, text, gloss, district in zip(posts, reading.redacted, reading.english, reading.districts, strict=True)
    ]
    for finding in find_duplicates(statements, reading.vectors):
        write_record(
            {
                "id": finding.post_id,
                "group": finding.group,
                "match": finding.match,
                "of": finding.of,
                "score": finding.score,
            }
        )
    texts.finish()


def topics(
    file: PostsArgument = "-",
    describe: Annotated[
        str | None, typer.Option("--describe", metavar="OUT", help="Write a line a topic to this file.")
    ] = None,
    mapping: MapOption = None,
) -> None:
    """Sort posts into topics; posts in none have a null topic."""
    posts, reading, texts = _read_all(file, mapping)
    from models.deployment import load_deployment
    from nlp.topics import TopicPost, find_topics

    told = [TopicPost(*row) for row in zip(reading.bare, reading.english, reading.langs, strict=True)]
    found = find_topics(told, reading.vectors, load_deployment(_deployment_name()).stop_words)
    topic_of = {i: topic.topic for topic in found for i in topic.members}
    for i, post in enumerate(posts):
        write_record({"id": post.source_id, "topic": topic_of.get(i)})
    if describe is not None:
        with Path(describe).open("w", encoding="utf-8") as out:
            for topic in found:
                line = {
                    "topic": topic.topic, "label": topic.label, "terms": topic.terms, "size": len(topic.members),
                    "representative": posts[topic.representative].source_id,
                }  # fmt: skip
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
    texts.finish()


def faqs(file: PostsArgument = "-", mapping: MapOption = None) -> None:
    """Collect questions that ask the same thing, most asked first; posts that ask nothing are left out."""
    texts = Posts(file, mapping)
    posts = [post for chunk in texts.chunks(CHUNK) for post in chunk]
    import numpy as np

    from nlp.faqs import asked_in, asks, find_faqs

    deployment, engine = _engine(None)
    records, vectors = engine.records(_texts(posts, deployment))
    asked = np.array([i for i, r in enumerate(records) if r.kind == "question" or asks(r.text)], dtype=int)
    for faq in find_faqs([records[i].text for i in asked], vectors[asked]):
        write_record(
            {
                "faq": faq.faq,
                "question": asked_in(records[asked[faq.question]].text),
                "size": len(faq.members),
                "members": [posts[asked[i]].source_id for i in faq.members],
            }
        )
    texts.finish()


def train(
    labelled: Annotated[
        str, typer.Argument(metavar="LABELLED.jsonl", help="Posts with a category, and lang where known.")
    ],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Folder of the new model.")],
    is_json: JsonOption = False,
) -> None:
    """Train a model on labelled posts and write it with its card."""
    from dataclasses import asdict

    from models.deployment import load_deployment
    from models.registry import train_into
    from nlp.errors import TooFewExamplesError

    texts = Posts(labelled, None)
    posts = [labelled_record(post) for chunk in texts.chunks(CHUNK) for post in chunk if post.source_category]
    if not posts:
        raise TooFewExamplesError(f"{labelled} holds no post with a category")
    folder = Path(out).resolve()  # the model takes the folder's name, also where OUT is `.`
    report = train_into(folder, posts, load_deployment(_deployment_name()), os.environ.get("LAVWA_ENCODER"))
    if is_json:
        write_record(asdict(report))
    say(
        f"trained on {plural(report.n, 'post')} in {plural(report.categories, 'category', 'categories')}; "
        f"{report.accuracy:.1%} right on held-out posts of the same set; the card is {folder / 'CARD.md'}"
    )
    texts.finish()


def evaluate(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a model.")],
    test: Annotated[str, typer.Argument(metavar="TEST.jsonl", help="Labelled posts that the model has not seen.")],
    is_json: JsonOption = False,
) -> None:
    """Measure a model on labelled posts that it has not seen."""
    from models.training import evaluate as measure
    from nlp.errors import TooFewExamplesError

    texts = Posts(test, None)
    labelled = [
        {"text": post.text, "category": post.source_category, "lang": post.source_lang}
        for chunk in texts.chunks(CHUNK)
        for post in chunk
        if post.source_category
    ]
    if not labelled:
        raise TooFewExamplesError(f"{test} holds no post with a category")
    _, engine = _engine(folder)
    figures = measure(engine, labelled)
    if is_json:
        write_record(figures)
    else:
        names = ("n", "accuracy", "macro_f1", "ece", "coverage_at_precision_95")
        typer.echo(f"{'':6}" + "".join(f"{name:>26}" for name in names))
        for lang, row in {"all": figures, **figures["by_lang"]}.items():
            typer.echo(f"{lang:6}" + "".join(f"{row[name]:>26}" for name in names))
    texts.finish()


class Posts:
    """Posts of a file as they come, with what could not be used set aside."""

    def __init__(self, file: str, mapping: list[str] | None) -> None:
        from flows.stages.set_aside import SetAsideFile

        self._file, self._mapping = file, parse_mapping(mapping)
        self._set_aside = SetAsideFile(home_folder() / "set-aside", Path(file).stem if file != "-" else "stdin")
        self._n = 0

    def chunks(self, size: int) -> Iterator[list["RawPost"]]:
        posts = self._usable()
        while chunk := list(islice(posts, size)):
            yield chunk

    def _usable(self) -> Iterator["RawPost"]:
        from ingest.files import read_file
        from ingest.records import SetAside

        for record in counted(read_file(self._file, self._mapping), "posts"):
            self._n += 1
            if isinstance(record, SetAside):
                self._set_aside.add(record)
            else:
                yield record

    def finish(self) -> None:
        """Tell what was set aside; ends the command with status 1 where nothing could be used."""
        path = self._set_aside.close()
        if path:
            say(f"{self._set_aside.n:,} of {plural(self._n, 'record')} set aside: see {path}")
            if self._set_aside.n == self._n:
                raise typer.Exit(1)
        elif not self._n:
            say("no posts in the input")


def _deployment_name() -> str:
    return os.environ.get("LAVWA_DEPLOYMENT", "seychelles")


@cache
def _engine(model: str | None) -> tuple["Deployment", "Triage"]:
    """Loaded once, and only when the first posts have been read: a file that cannot be read is told at once."""
    from flows.home import Home
    from models.deployment import load_deployment
    from models.registry import load_in_use, load_triage

    deployment, encoder = load_deployment(_deployment_name()), os.environ.get("LAVWA_ENCODER")
    if model:
        return deployment, load_triage(deployment, Path(model), encoder)
    return deployment, load_in_use(deployment, Home(home_folder()).models, encoder)


def _read_all(file: str, mapping: list[str] | None) -> tuple[list["RawPost"], "Reading", Posts]:
    texts = Posts(file, mapping)
    posts = [post for chunk in texts.chunks(CHUNK) for post in chunk]
    deployment, engine = _engine(None)
    return posts, engine.read(_texts(posts, deployment)), texts


def _texts(posts: list["RawPost"], deployment: "Deployment") -> list["PostText"]:
    from nlp.triage import PostText

    return [
        PostText(post.source_id, post.text, post.author, deployment.known_district(post.district)) for post in posts
    ]


def labelled_record(post: "RawPost") -> dict[str, Any]:
    return {**post.raw, "text": post.text, "category": post.source_category, "lang": post.source_lang}
