"""The frozen test split: which side a post lies on, for ever, and that one in five lies there."""

import random

from models.deployment import load_deployment
from models.frozen import ONE_IN, decided_to_learn, decided_to_test, is_frozen


def decided(n: int) -> list[dict[str, str]]:
    """Invented decided posts, three a case."""
    return [{"id": f"p{i}", "case": f"C-{i // 3}", "text": f"post {i}", "category": "roads"} for i in range(n)]


def test_the_side_of_a_text_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert [key for key in map(str, range(20)) if is_frozen(key)] == ["0", "7", "8", "9", "10", "19"]


def test_about_one_in_five_is_frozen() -> None:
    frozen = sum(is_frozen(f"text {i}") for i in range(5_000))
    assert abs(frozen - 5_000 / ONE_IN) < 100


def test_a_decided_post_is_learned_from_or_tested_with_and_a_case_is_never_torn() -> None:
    posts = decided(600)
    learned, tested = decided_to_learn(posts), decided_to_test(posts)
    cases_learned, cases_tested = {r["case"] for r in learned}, {r["case"] for r in tested}
    assert not cases_learned & cases_tested
    assert cases_learned | cases_tested == {r["case"] for r in posts}
    assert 25 <= len(cases_tested) <= 55


def test_a_case_is_one_piece_of_evidence_and_always_the_same_post() -> None:
    posts = decided(600)
    tested = decided_to_test(posts)
    assert len({r["case"] for r in tested}) == len(tested)
    random.Random(1).shuffle(posts)
    assert sorted(r["id"] for r in decided_to_test(posts)) == sorted(r["id"] for r in tested)


def test_new_posts_move_no_old_one() -> None:
    few, many = decided(300), decided(900)
    learned = {r["id"] for r in decided_to_learn(many)}
    assert {r["id"] for r in decided_to_learn(few)} == learned & {r["id"] for r in few}


def test_a_record_that_names_no_case_goes_by_its_id() -> None:
    posts = [{"id": str(i), "text": "the same words", "category": "roads"} for i in range(20)]
    assert [r["id"] for r in decided_to_test(posts)] == ["0", "7", "8", "9", "10", "19"]


def test_the_bundled_evidence_freezes_posts_of_every_language_and_category() -> None:
    deployment = load_deployment("seychelles")
    frozen = [post for hand in deployment.evidence().values() for post in hand if is_frozen(post["text"])]
    assert {post["category"] for post in frozen} == set(deployment.categories)
    assert min(sum(post["lang"] == lang for post in frozen) for lang in ("en", "fr", "crs")) >= 90
