"""Which models are in use: the one promoted in a home, the deployment's own, which `make setup` builds, or a folder
that is named."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.cards import model_card
from models.deployment import Deployment
from models.encoder import PACKAGED, load_encoder
from models.errors import ModelDamagedError, PromotedModelError
from models.folders import replaced_folder
from models.frozen import decided_to_learn, decided_to_test, is_frozen
from models.promoted import shelf_of
from models.store import encoder_of, load_detector, load_model, save_detector, save_model
from nlp.errors import TooFewExamplesError
from nlp.language import LANGUAGES
from nlp.space import Space
from nlp.triage import PostText, Triage

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


def load_in_use(deployment: Deployment, promoted: Path, encoder_name: str | None = None) -> Triage:
    """The triage that a home works with: the model promoted there (`promoted` holds those), else the deployment's own.

    Raises `PromotedModelError` or `RegistryDamagedError`: there is no way round a promoted model that cannot be used.
    """
    shelf = shelf_of(deployment, promoted)
    folder = shelf.path_in_use()
    try:
        return load_triage(deployment, folder, encoder_name)
    except ModelDamagedError as error:
        top = shelf.read().top
        if top is None or folder is None:
            raise
        raise PromotedModelError(top.name, str(folder), error.why) from error


def train_into(
    folder: Path, records: list[dict[str, Any]], deployment: Deployment, encoder_name: str | None = None
) -> "TrainingReport":
    """Train on labelled records of the contract and write the model with its card. Raises `TooFewExamplesError`."""
    from models.training import labelled_posts

    detector = load_detector(ensure_detector(deployment))
    finder = deployment.knowledge.finder
    posts = labelled_posts(records, finder, detector)
    return _train(folder, posts, deployment, encoder_name)


@dataclass(frozen=True, slots=True)
class Candidate:
    """`n_decided` posts that officers decided are among those learned from; of the others `n_frozen` are kept back to
    compare models with, `n_unknown` are of categories that the deployment does not have, and the rest was left out
    because it reads like one kept back or is one too many."""

    report: "TrainingReport"
    n_decided: int
    n_frozen: int
    n_unknown: int


def train_candidate(
    folder: Path,
    decided: Sequence[Mapping[str, Any]],
    deployment: Deployment,
    in_use: Triage,
    encoder_name: str | None = None,
) -> Candidate:
    """Train a model of the deployment that learned from decided posts as well, and write it with its card.

    `decided` are records of `lavwa corrections export`. What nobody said of them (their kind) the model in use says.
    They teach and are no evidence: an officer who accepts a suggestion has seen it, so their labels would make the
    machine surer than it may be. Their texts are not kept as examples. Raises `TooFewExamplesError`.
    """
    from models.training import MOST_POSTS, labelled_posts, thinned

    categories = taught_categories(deployment)
    known = [record for record in decided if record["category"] in categories]
    kept_back = {_words(post["text"]) for post in [*_frozen_evidence(deployment), *decided_to_test(known)]}
    to_learn = decided_to_learn(known)
    usable = [record for record in to_learn if _words(str(record["text"])) not in kept_back]
    if not usable:
        raise TooFewExamplesError(
            f"of these {len(decided):,} decided posts none is left to learn from: one case in five is kept back to "
            "compare models with, and the category must be one of the deployment's"
        )
    detector, finder = load_detector(ensure_detector(deployment)), deployment.knowledge.finder
    own = _own_posts(deployment)
    learned = [
        replace(post, is_quotable=False) for post in labelled_posts(_with_all_labels(usable, in_use), finder, detector)
    ]
    learned = list(thinned(learned, max(0, MOST_POSTS - len(own))))
    report = _train(folder, [*own, *learned], deployment, encoder_name)
    return Candidate(report, len(learned), len(known) - len(to_learn), len(decided) - len(known))


def frozen_posts(deployment: Deployment, decided: Iterable[Mapping[str, Any]]) -> list["LabelledPost"]:
    """The frozen test split: of the deployment's evidence and of what officers have decided by now."""
    from models.training import labelled_posts

    categories = taught_categories(deployment)
    known = [record for record in decided if record["category"] in categories]
    detector, finder = load_detector(ensure_detector(deployment)), deployment.knowledge.finder
    return labelled_posts([*_frozen_evidence(deployment), *decided_to_test(known)], finder, detector)


def taught_categories(deployment: Deployment) -> frozenset[str]:
    """The categories of the deployment's labelled posts: a model of the deployment knows these and no others."""
    posts = [*deployment.examples(), *(post for hand in deployment.evidence().values() for post in hand)]
    return frozenset(post["category"] for post in posts if post.get("category"))


def _frozen_evidence(deployment: Deployment) -> list[dict[str, Any]]:
    return [post for hand in deployment.evidence().values() for post in hand if is_frozen(post["text"])]


def _own_posts(deployment: Deployment) -> list["LabelledPost"]:
    """What the deployment's own model is made of: examples, and by hand the evidence, of which a part is frozen."""
    from models.training import labelled_posts

    detector, finder = load_detector(ensure_detector(deployment)), deployment.knowledge.finder
    posts = labelled_posts(deployment.examples(), finder, detector)
    for hand, written in deployment.evidence().items():
        for frozen in (False, True):
            side = [post for post in written if is_frozen(post["text"]) is frozen]
            posts += [replace(post, is_frozen=frozen) for post in labelled_posts(side, finder, detector, hand)]
    return posts


def _with_all_labels(records: Sequence[Mapping[str, Any]], in_use: Triage) -> list[dict[str, Any]]:
    """The records with an answer for every task of the model in use: the person's where it is one that the model
    knows, else the model's own."""
    tasks = {name: task.classes for name, task in in_use.model.tasks.items() if name != "category"}
    found, _ = in_use.records([PostText(str(i), str(record["text"])) for i, record in enumerate(records)])
    return [
        {
            **record,
            **{
                name: getattr(answer, name)
                for name, classes in tasks.items()
                if str(record.get(name)).lower() not in classes
            },
        }
        for record, answer in zip(records, found, strict=True)
    ]


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def ensure_built(
    deployment: Deployment, encoder_name: str | None = None, tell: Callable[[str], None] = lambda _: None
) -> Path:
    """The deployment's own model, trained again only when what it learns from, or how, has changed."""

    def build(folder: Path) -> None:
        n = sum(len(written) for written in (deployment.examples(), *deployment.evidence().values()))
        if not n:
            raise TooFewExamplesError(f"{deployment.folder / 'examples'} holds no labelled posts to train on")
        tell(f"training the triage model on {n:,} labelled posts (once, about a minute)")
        _train(folder, _own_posts(deployment), deployment, encoder_name)

    return _ensure(f"triage-{deployment.folder.name}", f"{_version(deployment)} {encoder_name or PACKAGED}", build)


def is_built(deployment: Deployment, encoder_name: str | None = None) -> bool:
    """Whether the next use of the deployment's own model finds it as it is, and trains nothing."""
    version = _version(deployment)
    wanted = {
        f"triage-{deployment.folder.name}": f"{version} {encoder_name or PACKAGED}",
        f"languages-{deployment.folder.name}": version,
    }
    return all(_stamp(BUILT / name) == of for name, of in wanted.items())


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
    if _stamp(folder) != version:
        with replaced_folder(folder) as unfinished:
            build(unfinished)
            (unfinished / STAMP).write_text(version, encoding="utf-8")
    return folder


def _stamp(folder: Path) -> str | None:
    """What the built folder was made from, None where there is none."""
    stamp = folder / STAMP
    return stamp.read_text(encoding="utf-8") if stamp.exists() else None


def _version(deployment: Deployment) -> str:
    """A digest of the deployment's data and of the code that learns from it and applies it."""
    digest = hashlib.sha256(deployment.version.encode())
    for path in sorted(path for folder in CODE for path in folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
