"""What a deployment teaches: agencies, taxonomy, places, names, phrases, lexicons, examples. All of it is data.

agencies.csv      mda, name, portfolio, aliases (separated by |)
taxonomy.csv      category, mda, title, description
places.csv        name, district: every spelling of a district, locality or landmark
districts.csv     district, name
names.csv         name, kind (given | surname)
accusations.txt   phrases that speak of wrongdoing, one a line
stop_words.txt    words that never describe a topic, one a line
lexicon/*.tsv     phrase, english (`-` drops the phrase); named LANGUAGE_DOMAIN.tsv
examples/HAND/    labelled posts that teach, a folder a hand that wrote them
evidence/HAND/    labelled posts that tell how sure a model may be
personal_data.jsonl  posts labelled for personal data only
languages.tsv     sentences in the deployment's languages and in those beside them
entities/         the trained recogniser of personal data
sample/*.jsonl    invented posts that show newcomers a living picture
shown/            what pages show and nothing learns from:
  districts.csv   district, short (name), column, row (of its tile), population, year, source; may be missing
  names.csv       kind (agency, category, district), code, lang, name: names in other languages; may be missing
"""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from models.entities import load_recogniser
from models.errors import DeploymentError
from nlp.personal_data import PersonalDataFinder
from nlp.places import Gazetteer, PlaceName
from nlp.signals import PhraseList
from nlp.triage import Knowledge
from nlp.word_lists import WordLists
from nlp.words import canonical, fold

BUNDLED = Path(__file__).parent
COLUMNS = {
    "agencies.csv": ("mda", "name", "aliases"),
    "taxonomy.csv": ("category", "mda", "title"),
    "districts.csv": ("district", "name"),
    "shown/districts.csv": ("district", "short", "column", "row", "population", "year", "source"),
    "places.csv": ("name", "district"),
    "names.csv": ("name", "kind"),
    "shown/names.csv": ("kind", "code", "lang", "name"),
    "languages.tsv": ("language", "sentence"),
}


@dataclass(frozen=True)
class Deployment:
    """A deployment's folder, read piece by piece when first asked for. Raises `DeploymentError`."""

    folder: Path

    @cached_property
    def version(self) -> str:
        """A digest of everything that the deployment teaches; the sample and what is only shown are left out."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            name = path.relative_to(self.folder).as_posix()
            if not name.startswith(("sample/", "shown/")):
                digest.update(name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()

    @cached_property
    def taxonomy(self) -> Mapping[str, str]:
        """Category to agency; categories without an agency are left out."""
        rows = self._csv("taxonomy.csv")
        unknown = {row["mda"] for row in rows if row["mda"]} - set(self.agencies)
        if unknown:
            raise DeploymentError(f"{self.folder}/taxonomy.csv names agencies not in agencies.csv: {sorted(unknown)}")
        return {row["category"]: row["mda"] for row in rows if row["mda"]}

    @cached_property
    def categories(self) -> Mapping[str, str]:
        """Category to its title, all of them."""
        return {row["category"]: row["title"] for row in self._csv("taxonomy.csv")}

    @cached_property
    def agencies(self) -> Mapping[str, Mapping[str, str]]:
        return {row["mda"]: row for row in self._csv("agencies.csv")}

    @cached_property
    def districts(self) -> Mapping[str, str]:
        return {row["district"]: row["name"] for row in self._csv("districts.csv")}

    @cached_property
    def shown_districts(self) -> list[dict[str, Any]]:
        """How districts are laid out as tiles, and their people; no population where no source tells one, no rows where
        the deployment lays nothing out. Raises `DeploymentError`."""
        if not (self.folder / "shown" / "districts.csv").exists():
            return []
        rows = self._csv("shown/districts.csv")
        if unknown := {row["district"] for row in rows} - set(self.districts):
            raise DeploymentError(
                f"{self.folder}/shown/districts.csv names districts not in districts.csv: {sorted(unknown)}"
            )
        try:
            return [
                {**row, "source": row["source"] or None}
                | {name: int(row[name]) for name in ("column", "row")}
                | {name: int(row[name]) if row[name] else None for name in ("population", "year")}
                for row in rows
            ]
        except ValueError as error:
            raise DeploymentError(
                f"{self.folder}/shown/districts.csv holds what is no whole number: {error}"
            ) from error

    @cached_property
    def names(self) -> Mapping[str, Mapping[str, str]]:
        """Kind (`agency`, `category`, `district`) to code to name, in English."""
        return {
            "agency": {mda: row["name"] for mda, row in self.agencies.items()},
            "category": self.categories,
            "district": self.districts,
        }

    @cached_property
    def names_in(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """Language to kind to code to name, English left out; a code may have no name in a language.

        Raises `DeploymentError` for a code that there is not."""
        said: dict[str, dict[str, dict[str, str]]] = {}
        if not (self.folder / "shown" / "names.csv").exists():
            return said
        for row in self._csv("shown/names.csv"):
            if row["code"] not in self.names.get(row["kind"], ()):
                raise DeploymentError(
                    f"{self.folder}/shown/names.csv names the {row['kind']} '{row['code']}', which there is not"
                )
            said.setdefault(row["lang"], {}).setdefault(row["kind"], {})[row["code"]] = row["name"]
        return said

    @cached_property
    def lexicons(self) -> Mapping[str, Mapping[str, str]]:
        """Language to folded phrase to English; where two files know a phrase, the general one gives way."""
        lexicons: dict[str, dict[str, str]] = {}
        for path in sorted((self.folder / "lexicon").glob("*.tsv"), key=lambda p: ("general" in p.stem, p.name)):
            lexicon = lexicons.setdefault(path.stem.split("_")[0], {})
            columns, rows = self._table(f"lexicon/{path.name}")
            phrase, english = columns.index("phrase"), columns.index("english")
            for row in rows:
                lexicon.setdefault(canonical(row[phrase]), "" if row[english] == "-" else row[english])
        return lexicons

    @cached_property
    def stop_words(self) -> frozenset[str]:
        dropped = {phrase for lexicon in self.lexicons.values() for phrase, english in lexicon.items() if not english}
        return frozenset(fold(word) for word in self._lines("stop_words.txt")) | dropped

    @cached_property
    def gazetteer(self) -> Gazetteer:
        return Gazetteer(PlaceName(row["name"], row["district"]) for row in self._csv("places.csv"))

    @cached_property
    def word_lists(self) -> WordLists:
        names = self._csv("names.csv")
        return WordLists(
            given=frozenset(fold(row["name"]) for row in names if row["kind"] == "given"),
            surnames=frozenset(fold(row["name"]) for row in names if row["kind"] == "surname"),
            places=self.gazetteer.words(),
            bodies=self._agency_words(),
            common=self.stop_words,
        )

    @cached_property
    def knowledge(self) -> Knowledge:
        return Knowledge(
            mda_of=self.taxonomy,
            mda_names={mda: row["name"] for mda, row in self.agencies.items()},
            category_titles=self.categories,
            district_names=self.districts,
            gazetteer=self.gazetteer,
            finder=PersonalDataFinder(self.word_lists, load_recogniser(self.folder / "entities", self.word_lists)),
            agency_phrases={mda: PhraseList(self._agency_names(mda)) for mda in self.agencies},
            accusations=PhraseList(self._lines("accusations.txt")),
        )

    def known_district(self, said: str | None) -> str | None:
        """The code of the district that a source named, by code or by name; None for one that does not exist."""
        if not said:
            return None
        return said if said in self.districts else self.knowledge.gazetteer.district(said)

    def examples(self) -> list[dict[str, Any]]:
        """The labelled posts that only teach: written to cover every register and the borders between categories."""
        folders = sorted(path for path in (self.folder / "examples").glob("*") if path.is_dir())
        return [post for hand in folders for post in self._posts(f"examples/{hand.name}")]

    def evidence(self) -> dict[str, list[dict[str, Any]]]:
        """Labelled posts as an ordinary month brings them, by hand: they tell how sure a model may be."""
        folders = sorted(path for path in (self.folder / "evidence").glob("*") if path.is_dir())
        return {hand.name: self._posts(f"evidence/{hand.name}") for hand in folders}

    def languages(self) -> list[tuple[str, str]]:
        """Language and sentence: what a detector learns from, beside the labelled posts."""
        rows = self._csv("languages.tsv")
        if not all(row["language"] and row["sentence"] for row in rows):
            raise DeploymentError(f"{self.folder}/languages.tsv has a line without a language or without a sentence")
        return [(row["language"], row["sentence"]) for row in rows]

    def personal_data(self) -> list[dict[str, Any]]:
        """Posts labelled for personal data only; a deployment may have none."""
        path = self.folder / "personal_data.jsonl"
        return list(_json_lines(path)) if path.exists() else []

    def sample(self, name: str) -> list[dict[str, Any]]:
        """The invented posts of `sample/NAME.jsonl`."""
        return list(_json_lines(self.folder / "sample" / f"{name}.jsonl"))

    def _posts(self, name: str) -> list[dict[str, Any]]:
        return [post for path in sorted((self.folder / name).glob("*.jsonl")) for post in _json_lines(path)]

    def _agency_names(self, mda: str) -> list[str]:
        row = self.agencies[mda]
        return [mda, row["name"], *(alias for alias in row["aliases"].split("|") if alias)]

    def _agency_words(self) -> frozenset[str]:
        return frozenset(
            word for mda in self.agencies for name in self._agency_names(mda) for word in canonical(name).split()
        )

    def _csv(self, name: str) -> list[dict[str, str]]:
        columns, rows = self._table(name)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _table(self, name: str) -> tuple[list[str], list[list[str]]]:
        """Columns and rows of a `.csv` file, or of a `.tsv` one, in which quotation marks are signs like others."""
        path = self.folder / name
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                is_plain = name.endswith(".tsv")
                lines = (line.rstrip("\r\n").split("\t") for line in stream) if is_plain else csv.reader(stream)
                columns, *rows = [line for line in lines if line and line != [""]] or [[]]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DeploymentError(f"{path} cannot be read: {_why(error)}") from error
        missing = set(COLUMNS.get(name, ("phrase", "english"))) - set(columns)
        if missing:
            raise DeploymentError(f"{path} lacks the columns {', '.join(sorted(missing))}")
        uneven = next((row for row in rows if len(row) != len(columns)), None)
        if uneven:
            raise DeploymentError(f"{path} has {len(columns)} columns, but a row of {len(uneven)}: {uneven[0]!r}, …")
        return columns, rows

    def _lines(self, name: str) -> list[str]:
        try:
            lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DeploymentError(f"{self.folder / name} cannot be read: {_why(error)}") from error
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def load_deployment(name_or_folder: str) -> Deployment:
    """A bundled deployment by its name, or any folder. Raises `DeploymentError` when there is none."""
    for folder in (BUNDLED / name_or_folder, Path(name_or_folder)):
        if (folder / "taxonomy.csv").is_file():
            return Deployment(folder)
    raise DeploymentError(f"there is no deployment '{name_or_folder}': no folder of that name holds a taxonomy.csv")


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise DeploymentError(f"{path} line {number} is not JSON: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(f"{path} cannot be read: {_why(error)}") from error


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
