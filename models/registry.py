"""Which models are in use: those `make setup` builds from the deployment's own data, or a folder that is named."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.cards import model_card
from models.deployment import Deployment
from models.encoder import PACKAGED, load_encoder
from models.folders import replaced_folder
from models.store import encoder_of, load_detector, load_model, save_detector, save_model
from nlp.errors import TooFewExamplesError
from nlp.language import LANGUAGES
from nlp.space import Space
from nlp.triage import Triage

if TYPE_CHECKING:
    from models.training import LabelledPost, TrainingReport

BUILT = Path(__file__).parent / "built"
CODE = (Path(__file__).parent, Path(__file__).parent.parent / "nlp")
STAMP = "built-from.txt"
SEED = 20261127


def load_triage(deployment: Deployment, folder: Path | None = None, encoder_name: str | None = None) -> Triage:
    """The triage of a deployment: its built model, made first where it is missing or stale, or the one in `folder`.

    `encoder_name` is that of a model to be made, the packaged one where it is None; one in `folder` names its own.

    The model's version names the deployment's data and the code as well: where any of them changes, what was triaged
    before is triaged again.
    """
    folder = folder or ensure_built(deployment, encoder_name)
    with ThreadPoolExecutor(max_workers=1) as beside:
        encoder = beside.submit(load_encoder, encoder_of(folder))  # its half second needs no Python
        detector, knowledge = load_detector(ensure_detector(deployment)), deployment.knowledge
        model = load_model(folder, encoder.result(), dict(deployment.lexicons))
    return Triage(replace(model, name=f"{model.name}-{_version(deployment)[:6]}"), knowledge, detector)


def train_into(
    folder: Path, records: list[dict[str, Any]], deployment: Deployment, encoder_name: str | None = None
) -> "TrainingReport":
    """Train on labelled records of the contract and write the model with its card. Raises `TooFewExamplesError`."""
    from models.training import labelled_posts

    detector = load_detector(ensure_detector(deployment))
    finder = deployment.knowledge.finder
    posts = labelled_posts(records, finder, detector)
    return _train(folder, posts, deployment, encoder_name)


def ensure_built(
    deployment: Deployment, encoder_name: str | None = None, tell: Callable[[str], None] = lambda _: None
) -> Path:
    """The deployment's own model, trained again only when what it learns from, or how, has changed."""

    def build(folder: Path) -> None:
        from models.training import labelled_posts

        detector, finder = load_detector(ensure_detector(deployment)), deployment.knowledge.finder
        hands = [(None, deployment.examples()), *deployment.evidence().items()]
        n = sum(len(written) for _, written in hands)
        if not n:
            raise TooFewExamplesError(f"{deployment.folder / 'examples'} holds no labelled posts to train on")
        tell(f"training the triage model on {n:,} labelled posts (once, about a minute)")
        posts = [post for hand, written in hands for post in labelled_posts(written, finder, detector, hand)]
        _train(folder, posts, deployment, encoder_name)

    return _ensure(f"triage-{deployment.folder.name}", f"{_version(deployment)} {encoder_name or PACKAGED}", build)


def ensure_detector(deployment: Deployment) -> Path:
    """The detector of the deployment's languages, built like its model."""

    def build(folder: Path) -> None:
        from nlp.learning import fit_detector

        evidence = [post for hand in deployment.evidence().values() for post in hand]
        posts = [*deployment.examples(), *evidence, *deployment.personal_data()]
        said = [(post["lang"], post["text"]) for post in posts if post.get("lang") in LANGUAGES]
        said += deployment.languages()
        save_detector(fit_detector([text for _, text in said], [lang for lang, _ in said], SEED), folder)

    return _ensure(f"languages-{deployment.folder.name}", _version(deployment), build)


def _train(
    folder: Path, posts: list["LabelledPost"], deployment: Deployment, encoder_name: str | None
) -> "TrainingReport":
    from models.training import train

    encoder_name = encoder_name or PACKAGED
    space = Space(load_encoder(encoder_name), deployment.lexicons)
    model, report = train(posts, space, deployment.taxonomy, name=folder.resolve().name)
    card = model_card(model.name, encoder_name, posts, report)
    save_model(model, folder, encoder_name=encoder_name, card=card)
    return report


def _ensure(name: str, version: str, build: Callable[[Path], None]) -> Path:
    folder = BUILT / name
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != version:
        with replaced_folder(folder) as unfinished:
            build(unfinished)
            (unfinished / STAMP).write_text(version, encoding="utf-8")
    return folder


def _version(deployment: Deployment) -> str:
    """A digest of the deployment's data and of the code that learns from it and applies it."""
    digest = hashlib.sha256(deployment.version.encode())
    for path in sorted(path for folder in CODE for path in folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
