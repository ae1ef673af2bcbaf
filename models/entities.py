"""A trained recogniser of personal data on disk: spaCy's own files of one component, no pickle."""

from pathlib import Path

from models.errors import ModelDamagedError
from nlp.entities import EntityRecogniser, new_pipeline
from nlp.word_lists import WordLists


def load_recogniser(folder: Path, lists: WordLists) -> EntityRecogniser | None:
    """The recogniser in `folder`, None where a deployment has none. Raises `ModelDamagedError`."""
    if not folder.exists():
        return None
    recogniser = EntityRecogniser(new_pipeline(), lists)
    try:
        recogniser.network.from_disk(folder)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise ModelDamagedError(str(folder), type(error).__name__) from error
    return recogniser


def save_recogniser(recogniser: EntityRecogniser, folder: Path) -> None:
    recogniser.network.to_disk(folder)
