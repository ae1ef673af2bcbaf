"""Which model is in use: the one `make setup` builds from the deployment's examples, or a folder that is named."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from models.cards import model_card
from models.deployment import Deployment
from models.encoder import PACKAGED, load_encoder
from models.folders import replaced_folder
from models.store import encoder_of, load_model, save_model
from models.training import LabelledPost, TrainingReport, labelled_post, train
from nlp.errors import TooFewExamplesError
from nlp.space import Space
from nlp.triage import Triage

BUILT = Path(__file__).parent / "built"
STAMP = "built-from.txt"


def load_triage(deployment: Deployment, folder: Path | None = None) -> Triage:
    """The triage of a deployment: its built model, made first where it is missing or stale, or the one in `folder`."""
    if folder is None:
        folder = ensure_built(deployment)
    model = load_model(folder, load_encoder(encoder_of(folder)), dict(deployment.lexicons))
    return Triage(model, deployment.knowledge)


def train_into(
    folder: Path, posts: list[LabelledPost], deployment: Deployment, encoder_name: str = PACKAGED
) -> TrainingReport:
    """Train on labelled posts and write the model with its card. Raises `TooFewExamplesError`."""
    space = Space(load_encoder(encoder_name), deployment.lexicons)
    model, report = train(posts, space, deployment.taxonomy, name=folder.name)
    save_model(model, folder, encoder_name=encoder_name, card=model_card(model.name, encoder_name, posts, report))
    return report


def ensure_built(deployment: Deployment, tell: Callable[[str], None] = lambda _: None) -> Path:
    """The deployment's own model, trained again only when what it learns from, or how, has changed."""
    folder = BUILT / f"triage-{deployment.folder.name}"
    stamp = _fingerprint(deployment)
    stamp_file = folder / STAMP
    if stamp_file.exists() and stamp_file.read_text(encoding="utf-8") == stamp:
        return folder
    posts = [post for record in deployment.examples() if (post := labelled_post(record))]
    if not posts:
        raise TooFewExamplesError(f"{deployment.folder / 'examples'} holds no labelled posts to train on")
    tell(f"training the triage model on {len(posts):,} labelled posts")
    with replaced_folder(folder) as unfinished:
        train_into(unfinished, posts, deployment)
        (unfinished / STAMP).write_text(stamp, encoding="utf-8")
    return folder


def _fingerprint(deployment: Deployment) -> str:
    """A digest of everything that the built model depends on: data of the deployment and the code that learns."""
    code = Path(__file__).parent
    learned_from = [
        *deployment.folder.glob("*.csv"),
        *deployment.folder.glob("lexicon/*"),
        *deployment.folder.glob("examples/*"),
    ]
    learned_by = [
        *(code / name for name in ("training.py", "store.py", "encoder.py")),
        *(code.parent / "nlp" / name for name in ("classifier.py", "space.py", "words.py")),
    ]
    digest = hashlib.sha256()
    for path in sorted(learned_from) + sorted(learned_by):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
