import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from toyland import write_toyland

from models.deployment import Deployment, load_deployment
from models.errors import DeploymentError, ModelDamagedError
from nlp.language import LANGUAGES
from nlp.space import LONGEST_PHRASE
from nlp.word_lists import WordLists
from nlp.words import canonical

ALLOWED: dict[str, set[Any]] = {
    "lang": {"en", "fr", "crs"},
    "kind": {"complaint", "question", "suggestion", "praise", "other"},
    "urgency": {"emergency", "urgent", "normal"},
    "confidential": {True, False},
}
PII_KINDS = {"phone", "email", "nin", "person", "address", "account"}
FIRST_DAY, LAST_DAY = datetime(2026, 8, 3, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundled() -> Deployment:
    return load_deployment("seychelles")


@pytest.fixture(scope="module")
def examples(bundled: Deployment) -> list[dict[str, Any]]:
    return bundled.examples()


@pytest.fixture(scope="module")
def evidence(bundled: Deployment) -> list[dict[str, Any]]:
    return [row for hand in bundled.evidence().values() for row in hand]


@pytest.fixture(scope="module")
def labelled(examples: list[dict[str, Any]], evidence: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*examples, *evidence]


@pytest.fixture(scope="module")
def sample(bundled: Deployment) -> list[dict[str, Any]]:
    return bundled.sample("portal") + bundled.sample("social")


def rows(deployment: Deployment, name: str) -> list[dict[str, str]]:
    with (deployment.folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_category_has_an_agency_that_exists_but_the_one_for_the_rest(bundled: Deployment) -> None:
    assert set(bundled.taxonomy.values()) - set(bundled.agencies) == set()
    assert set(bundled.categories) - set(bundled.taxonomy) == {"other"}
    assert [category for category, title in bundled.categories.items() if not title.strip()] == []


def test_the_districts_are_the_27_of_the_standard(bundled: Deployment) -> None:
    assert list(bundled.districts) == [f"SC-{n:02}" for n in range(1, 28)]


def test_every_category_has_a_name_in_every_language_and_every_name_is_of_a_code(bundled: Deployment) -> None:
    assert set(bundled.names_in) == {"fr", "crs"}
    for said in bundled.names_in.values():
        assert set(said["category"]) == set(bundled.categories)
        assert [name for names in said.values() for name in names.values() if not name.strip()] == []


def test_what_is_only_shown_teaches_nothing_and_names_no_code_that_there_is_not(tmp_path: Path) -> None:
    deployment = write_toyland(tmp_path)
    version = Deployment(deployment).version
    assert Deployment(deployment).names_in == {}
    (deployment / "shown").mkdir()
    (deployment / "shown" / "names.csv").write_text("kind,code,lang,name\nagency,PUC,fr,Eaux publiques\n", "utf-8")
    assert Deployment(deployment).names_in == {"fr": {"agency": {"PUC": "Eaux publiques"}}}
    assert Deployment(deployment).version == version
    (deployment / "shown" / "names.csv").write_text("kind,code,lang,name\nagency,GONE,fr,Personne\n", "utf-8")
    with pytest.raises(DeploymentError, match="names the agency 'GONE', which there is not"):
        _ = Deployment(deployment).names_in


def test_every_place_lies_in_one_district_that_exists_and_every_district_is_named(bundled: Deployment) -> None:
    districts_of = defaultdict(set)
    for row in rows(bundled, "places.csv"):
        districts_of[canonical(row["name"])].add(row["district"])
    assert {name: codes for name, codes in districts_of.items() if len(codes) > 1 or not name} == {}
    assert set().union(*districts_of.values()) == set(bundled.districts)
    wrong = {code: name for code, name in bundled.districts.items() if bundled.known_district(name) != code}
    assert wrong == {}


def test_labelled_posts_have_known_categories_and_allowed_labels(
    bundled: Deployment, labelled: list[dict[str, Any]]
) -> None:
    assert {row["category"] for row in labelled} - set(bundled.categories) == set()
    for field, values in ALLOWED.items():
        assert {row[field] for row in labelled} - values == set(), field
    assert {row["district"] for row in labelled} - set(bundled.districts) == {None}


def test_every_personal_span_of_a_labelled_post_stands_in_its_text(
    bundled: Deployment, labelled: list[dict[str, Any]]
) -> None:
    spans = [(row["text"], span) for row in (*labelled, *bundled.personal_data()) for span in row["pii"]]
    assert {span["kind"] for _, span in spans} == PII_KINDS
    assert [(text, span) for text, span in spans if not span["text"] or span["text"] not in text] == []


def test_each_category_has_45_examples_or_more_in_equal_parts_of_three_languages(
    bundled: Deployment, examples: list[dict[str, Any]]
) -> None:
    count = Counter((row["category"], row["lang"]) for row in examples)
    parts = {category: [count[category, lang] for lang in ("en", "fr", "crs")] for category in bundled.categories}
    assert {category: n for category, n in parts.items() if sum(n) < 45 or max(n) - min(n) > 1} == {}


def test_the_evidence_is_by_two_hands_and_each_has_every_category_in_every_language(bundled: Deployment) -> None:
    hands = bundled.evidence()
    assert len(hands) >= 2
    for hand, rows_of_hand in hands.items():
        count = Counter((row["category"], row["lang"]) for row in rows_of_hand)
        assert set(count) == {(category, lang) for category in bundled.categories for lang in LANGUAGES}, hand


def test_no_two_labelled_posts_have_the_same_words(bundled: Deployment, labelled: list[dict[str, Any]]) -> None:
    count = Counter(canonical(row["text"]) for row in (*labelled, *bundled.personal_data()))
    assert [text for text, n in count.items() if n > 1 or not text] == []


def test_the_sentences_of_languages_are_of_the_three_and_of_others_each_once(bundled: Deployment) -> None:
    sentences = bundled.languages()
    languages = {lang for lang, _ in sentences}
    assert set(LANGUAGES) < languages
    assert {"mfe", "hat", "other"} <= languages
    assert [said for (_, said), n in Counter(sentences).items() if n > 1 or not said.strip()] == []


@pytest.mark.parametrize("lang", ["fr", "crs"])
def test_every_phrase_of_a_lexicon_has_words_and_can_be_found(bundled: Deployment, lang: str) -> None:
    phrases = bundled.lexicons[lang]
    assert len(phrases) > 1000
    assert [phrase for phrase in phrases if not 1 <= len(phrase.split()) <= LONGEST_PHRASE] == []
    assert [phrase for phrase, english in phrases.items() if english != english.strip()] == []


def test_every_line_of_a_lexicon_has_a_phrase_and_its_english(bundled: Deployment) -> None:
    files = sorted((bundled.folder / "lexicon").glob("*.tsv"))
    assert {file.stem.split("_")[0] for file in files} == {"fr", "crs"}
    for file in files:
        head, *lines = file.read_text(encoding="utf-8").splitlines()
        assert head == "phrase\tenglish"
        assert [line for line in lines if len(line.split("\t")) != 2 or not all(map(str.strip, line.split("\t")))] == []


def test_names_are_given_names_or_surnames_each_once(bundled: Deployment) -> None:
    names = [(row["name"], row["kind"]) for row in rows(bundled, "names.csv")]
    assert {kind for _, kind in names} == {"given", "surname"}
    assert [entry for entry, n in Counter(names).items() if n > 1 or not entry[0].strip()] == []


def test_stop_words_are_single_words(bundled: Deployment) -> None:
    lines = (bundled.folder / "stop_words.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.strip() and not line.startswith("#") and " " in line.strip()] == []
    assert {"the", "les", "avek"} <= bundled.stop_words


def test_the_sample_is_twelve_weeks_of_600_posts_or_more(bundled: Deployment, sample: list[dict[str, Any]]) -> None:
    times = [datetime.fromisoformat(row["created_at"]) for row in sample]
    assert len(sample) >= 600
    assert min(times) >= FIRST_DAY
    assert max(times) < LAST_DAY
    assert len({time.isocalendar().week for time in times}) == 12
    assert [row_id for row_id, n in Counter(row["id"] for row in sample).items() if n > 1 or not row_id] == []
    assert [row["id"] for row in sample if not row["text"].strip()] == []
    assert {row["district"] for row in sample} - set(bundled.districts) == {None}
    assert {row["is_formal"] for row in bundled.sample("portal")} == {True}
    assert {row["is_formal"] for row in bundled.sample("social")} == {False}


def test_the_labels_of_the_sample_belong_to_its_posts(bundled: Deployment, sample: list[dict[str, Any]]) -> None:
    labels = bundled.sample("labels")
    assert {row["id"] for row in labels} == {row["id"] for row in sample}
    assert {row["category"] for row in labels} - set(bundled.categories) == set()
    assert {row["lang"] for row in labels} == ALLOWED["lang"]


def test_no_post_of_the_sample_teaches(labelled: list[dict[str, Any]], sample: list[dict[str, Any]]) -> None:
    assert {canonical(row["text"]) for row in sample} & {canonical(row["text"]) for row in labelled} == set()


def test_the_bundled_knowledge_knows_agencies_places_and_accusations(bundled: Deployment) -> None:
    knowledge = bundled.knowledge
    assert knowledge.mda_of["water_supply"] == "PUC"
    assert knowledge.mda_names["PUC"] == "Public Utilities Corporation"
    assert knowledge.gazetteer.district("napa delo Ans Rwayal") == "SC-05"
    assert knowledge.accusations.found("he took a bribe") == ["bribe"]
    assert [mda for mda, phrases in knowledge.agency_phrases.items() if phrases.found(f"the {mda} again") == []] == []


def test_the_bundled_knowledge_has_a_recogniser_that_finds_a_name_on_no_list(bundled: Deployment) -> None:
    finder = bundled.knowledge.finder
    assert finder.recogniser is not None
    assert not finder.lists.is_name("zvarikova")
    text = "I spoke to Petra Zvarikova at the counter about the water."
    found = finder.find(text)
    assert [(span.kind, text[span.start : span.end]) for span in found] == [("person", "Petra Zvarikova")]


@pytest.mark.parametrize(
    ("said", "code"),
    [("SC-05", "SC-05"), ("Anse Royale", "SC-05"), ("anse-royale", "SC-05"), ("SC-99", None), ("Paris", None),
     ("", None), (None, None)],
)  # fmt: skip
def test_a_district_is_known_by_code_or_name(bundled: Deployment, said: str | None, code: str | None) -> None:
    assert bundled.known_district(said) == code


SMALL = {
    "taxonomy.csv": "category,mda,title,description\nwater,PUC,Water,taps\nother,,Other,rest\n",
    "agencies.csv": "mda,name,portfolio,aliases\nPUC,Public Utilities,Lands,Utilities|Itilite\n",
    "districts.csv": "district,name\nSC-09,Bel Air\n",
    "places.csv": "name,district\nBel Air,SC-09\n",
    "names.csv": "name,kind\nÉlise,given\nPool,surname\n",
    "accusations.txt": "# comment\nbribe\n\n",
    "stop_words.txt": "# comment\nThé\n",
    "lexicon/crs_general.tsv": 'phrase\tenglish\nnapa\tnone\nlo\t-\n"guyme\tquote\n',
    "lexicon/crs_civic.tsv": "phrase\tenglish\nNapa!\tno\n",
    "languages.tsv": 'language\tsentence\nfr\til dit "non\nmfe\tpena dilo\n',
    "personal_data.jsonl": '{"text": "Volcy", "pii": [{"kind": "person", "text": "Volcy"}]}\n',
    "examples/b/water.jsonl": '{"text": "no water", "category": "water"}\n',
    "examples/a/other.jsonl": '{"text": "hello", "category": "other"}\n',
    "evidence/first/en.jsonl": '{"text": "dry tap", "category": "water"}\n',
    "evidence/second/en.jsonl": '{"text": "no drop", "category": "water"}\n{"text": "hi", "category": "other"}\n',
}


def deployment(folder: Path, **changes: str | bytes | None) -> Deployment:
    """A small sound deployment in `folder`, with files (named with _ for . and /) replaced or, by None, left out."""
    for name, content in SMALL.items():
        change = changes.get(name.replace("/", "_").replace(".", "_"), content)
        if change is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change if isinstance(change, bytes) else change.encode())
    return load_deployment(str(folder))


def test_any_folder_can_be_a_deployment(tmp_path: Path) -> None:
    small = deployment(tmp_path)
    assert small.taxonomy == {"water": "PUC"}
    assert small.categories == {"water": "Water", "other": "Other"}
    assert small.lexicons == {"crs": {"napa": "no", "lo": "", "guyme": "quote"}}  # the general lexicon gives way
    assert small.stop_words == {"the", "lo"}
    assert small.word_lists == WordLists(
        given=frozenset({"elise"}),
        surnames=frozenset({"pool"}),
        places=frozenset({"bel", "air"}),
        bodies=frozenset({"puc", "public", "utilities", "itilite"}),
        common=frozenset({"the", "lo"}),
    )
    assert small.knowledge.finder.lists == small.word_lists
    assert small.knowledge.finder.recogniser is None
    assert small.knowledge.agency_phrases["PUC"].found("ITILITE, puc") == ["itilite", "puc"]
    assert small.languages() == [("fr", 'il dit "non'), ("mfe", "pena dilo")]


def test_labelled_posts_are_read_by_hand_in_the_order_of_names(tmp_path: Path) -> None:
    small = deployment(tmp_path)
    assert [post["text"] for post in small.examples()] == ["hello", "no water"]
    assert {hand: [post["text"] for post in posts] for hand, posts in small.evidence().items()} == {
        "first": ["dry tap"], "second": ["no drop", "hi"]
    }  # fmt: skip
    assert [post["text"] for post in small.personal_data()] == ["Volcy"]


def test_a_deployment_without_examples_or_evidence_has_none(tmp_path: Path) -> None:
    folders = ("examples_a_other", "examples_b_water", "evidence_first_en", "evidence_second_en")
    small = deployment(tmp_path, **{f"{name}_jsonl": None for name in folders})
    assert (small.examples(), small.evidence()) == ([], {})


@pytest.mark.parametrize("name", [*SMALL, "entities/model"])
def test_the_version_changes_with_whatever_a_deployment_teaches(tmp_path: Path, name: str) -> None:
    before = deployment(tmp_path).version
    assert deployment(tmp_path).version == before
    (tmp_path / name).parent.mkdir(exist_ok=True)
    with (tmp_path / name).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert load_deployment(str(tmp_path)).version != before


def test_the_version_does_not_change_with_the_sample_or_the_place_of_the_folder(tmp_path: Path) -> None:
    before = deployment(tmp_path / "here").version
    other = deployment(tmp_path / "there")
    (other.folder / "sample").mkdir()
    (other.folder / "sample" / "portal.jsonl").write_text("{}\n", encoding="utf-8")
    assert other.version == before


def test_a_damaged_recogniser_of_a_deployment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "model").write_bytes(b"hello")
    with pytest.raises(ModelDamagedError, match="entities cannot be used"):
        _ = deployment(tmp_path).knowledge


@pytest.mark.parametrize(
    ("read", "changes", "sentence"),
    [
        pytest.param("taxonomy", {"agencies_csv": None}, r"agencies\.csv cannot be read: .*No such file", id="missing"),
        pytest.param(
            "taxonomy", {"taxonomy_csv": "category,mda,title\nwater,NIX,Water\n"},
            r"taxonomy\.csv names agencies not in agencies\.csv: \['NIX'\]", id="unknown agency",
        ),
        pytest.param("taxonomy", {"taxonomy_csv": b"category,mda\n\xff,PUC\n"}, r"taxonomy\.csv cannot", id="encoding"),
        pytest.param("taxonomy", {"taxonomy_csv": "category,agency\nwater,PUC\n"}, r"taxonomy\.csv.*mda", id="column"),
        pytest.param("knowledge", {"places_csv": "place\nBel Air\n"}, r"places\.csv.*name", id="places without names"),
        pytest.param("knowledge", {"names_csv": None}, r"names\.csv cannot be read", id="no names"),
        pytest.param("knowledge", {"accusations_txt": b"\xff"}, r"accusations\.txt cannot be read", id="phrases"),
        pytest.param("stop_words", {"stop_words_txt": None}, r"stop_words\.txt cannot be read", id="no stop words"),
        pytest.param("lexicons", {"lexicon_crs_general_tsv": "a\tb\nlo\t-\n"}, r"crs_general\.tsv.*phrase", id="words"),
    ],
)  # fmt: skip
def test_a_broken_deployment_says_what_is_wrong(
    tmp_path: Path, read: str, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DeploymentError, match=sentence):
        getattr(deployment(tmp_path, **changes), read)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param('{"text": "a"}\n{"text"\n', r" line 2 is not JSON: ", id="not JSON"),
        pytest.param(b'{"text": "\xff"}\n', r" cannot be read: ", id="not UTF-8"),
    ],
)
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("examples/b/water.jsonl", Deployment.examples),
        ("evidence/first/en.jsonl", Deployment.evidence),
        ("personal_data.jsonl", Deployment.personal_data),
    ],
)
def test_broken_posts_say_where(
    tmp_path: Path, name: str, read: Callable[[Deployment], object], content: str | bytes, sentence: str
) -> None:
    small = deployment(tmp_path, **{name.replace("/", "_").replace(".", "_"): content})
    with pytest.raises(DeploymentError, match=re.escape(name) + sentence):
        read(small)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("lang\ttext\nfr\toui\n", r"languages\.tsv lacks the columns language, sentence", id="columns"),
        pytest.param(None, r"languages\.tsv cannot be read: No such file", id="missing"),
    ],
)
def test_broken_languages_say_where(tmp_path: Path, content: str | None, sentence: str) -> None:
    with pytest.raises(DeploymentError, match=sentence):
        deployment(tmp_path, languages_tsv=content).languages()


def test_a_table_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + SMALL["taxonomy.csv"].encode()
    assert deployment(tmp_path, taxonomy_csv=marked).taxonomy == {"water": "PUC"}


def test_a_deployment_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DeploymentError, match="there is no deployment 'atlantis': no folder of that name holds a taxon"
    ):
        load_deployment("atlantis")
    with pytest.raises(DeploymentError, match=r"nothing\.jsonl cannot be read: No such file"):
        deployment(tmp_path).sample("nothing")


def test_all_districts_have_a_tile_of_their_own_and_a_name_that_fits(bundled: Deployment) -> None:
    shown = bundled.shown_districts
    assert {row["district"] for row in shown} == set(bundled.districts)
    assert len({(row["column"], row["row"]) for row in shown}) == len(shown) == 27
    assert (0, max(row["row"] for row in shown)) not in {(row["column"], row["row"]) for row in shown}  # of no place
    assert max(len(row["short"]) for row in shown) <= 13
    assert all((row["source"] is None) == (row["population"] is None) for row in shown)


def test_what_is_only_shown_teaches_nothing(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.csv").write_text("category,mda,title\n")
    (tmp_path / "districts.csv").write_text("district,name\nSC-05,Anse Royale\n")
    before = Deployment(tmp_path)
    assert before.shown_districts == []
    (tmp_path / "shown").mkdir()
    table = tmp_path / "shown" / "districts.csv"
    table.write_text("district,short,column,row,population,year,source\nSC-05,A. Royale,1,2,,,\n")
    after = Deployment(tmp_path)
    assert after.version == before.version
    unknown = {"population": None, "year": None, "source": None}
    assert after.shown_districts == [{"district": "SC-05", "short": "A. Royale", "column": 1, "row": 2, **unknown}]
    table.write_text("district,short,column,row,population,year,source\nSC-05,A. Royale,one,2,,,\n")
    with pytest.raises(DeploymentError, match="holds what is no whole number"):
        _ = Deployment(tmp_path).shown_districts
    table.write_text("district,short,column,row,population,year,source\nSC-99,A. Royale,1,2,,,\n")
    with pytest.raises(DeploymentError, match="names districts not in districts"):
        _ = Deployment(tmp_path).shown_districts
