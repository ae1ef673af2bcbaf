from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from toy import toy_vectors

from nlp.bursts import Said
from nlp.merging import (
    GroupMember,
    PostFaq,
    PostTopic,
    TriagedPost,
    find_post_faqs,
    find_post_topics,
    group_posts,
    said_in_topics,
)
from nlp.space import unit_rows

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def post(number: int, text: str, **fields: Any) -> TriagedPost:
    values = {
        "gloss": text, "lang": "en", "created_at": NOON, "district": None, "lat": None, "lon": None,
        "submitter_id": None, "kind": "complaint", "category": "water_supply", "is_confidential": False,
    }  # fmt: skip
    return TriagedPost(f"p{number}", text, **{**values, **fields})


def vectors_of(posts: list[TriagedPost]) -> Any:
    return toy_vectors([p.text for p in posts])


WATER = [
    post(1, "no water in tap"),
    post(2, "water cut again"),
    post(3, "tap dry water gone"),
    post(4, "dirty water in tap"),
    post(5, "water low pressure tap"),
]


OTHERS = {
    "dogs": ["stray dogs bark", "dogs bite children", "stray dogs near school", "dogs bark all night", "stray dogs"],
    "road": ["pothole road bridge", "road pothole deep", "pothole near road", "road full pothole", "pothole road car"],
    "lamp": ["street lamp dark", "lamp broken street", "dark street lamp", "lamp out street", "street lamp broken"],
    "bin": ["rubbish bin overflow", "bin not emptied", "rubbish smell bin", "rubbish bin full", "bin rubbish flies"],
    "passport": ["passport renewal slow", "renew passport", "passport queue long", "passport fee", "passport lost"],
    "noise": ["loud music bar", "bar music loud", "music bar noise", "loud bar night", "noise loud music"],
    "pension": ["pension late", "pension not paid", "old age pension", "pension form", "pension paid late"],
}  # fmt: skip


def others(*names: str) -> list[TriagedPost]:
    """Five posts each on these things, or on all of them; they are p100 and on."""
    return [
        post(100 + 10 * list(OTHERS).index(name) + i, text)
        for name in names or OTHERS
        for i, text in enumerate(OTHERS[name])
    ]


def all_topics(posts: list[TriagedPost]) -> list[PostTopic]:
    return find_post_topics(posts, vectors_of(posts), group_posts(posts, vectors_of(posts)))


def topics(posts: list[TriagedPost]) -> list[tuple[str, ...]]:
    """The topics that hold one of the posts under p100."""
    found = [tuple(sorted(topic.post_ids)) for topic in all_topics(posts)]
    return [post_ids for post_ids in found if any(len(post_id) < 4 for post_id in post_ids)]


def test_a_group_is_named_after_its_earliest_post() -> None:
    posts = [
        post(1, "no water at the school since monday"),
        post(2, "dogs bark"),
        post(3, "No water at the school since Monday!", created_at=NOON - timedelta(days=1)),
    ]
    assert group_posts(posts, vectors_of(posts)) == [
        GroupMember("p1", "p3", "exact", "p3", 1.0, "p3"),
        GroupMember("p2", "p2", "none", None, 1.0),
        GroupMember("p3", "p3", "none", None, 1.0),
    ]


def test_a_campaign_makes_no_topic_by_its_copies_but_all_of_it_joins_one() -> None:
    campaign = [post(n, "stop the hotel at the beach") for n in range(10, 20)]
    assert [ids for ids in topics([*campaign, *others()]) if all(len(post_id) < 4 for post_id in ids)] == []
    copies = [post(n, "no water in tap") for n in (6, 7)]
    assert topics([*WATER, *copies, *others()]) == [("p1", "p2", "p3", "p4", "p5", "p6", "p7")]


def test_confidential_posts_and_what_is_no_matter_for_government_are_in_no_topic() -> None:
    shut = [post(6, "water gone again tap", is_confidential=True), post(7, "water tap for sale", category="other")]
    assert topics([*WATER, *shut, *others()]) == [("p1", "p2", "p3", "p4", "p5")]
    assert topics([*(post(n, p.text, is_confidential=True) for n, p in enumerate(WATER)), *others()]) == []


def test_placeholders_of_personal_data_become_no_terms() -> None:
    posts = [*(post(n, f"{p.text} [person] [phone]", gloss=p.text) for n, p in enumerate(WATER)), *others()]
    [topic] = [topic for topic in all_topics(posts) if "p1" in topic.post_ids]
    assert {"person", "phone"} & {word for term in topic.terms for word in term.split()} == set()
    assert topic.representative_post_id in topic.post_ids


def in_groups(posts: list[TriagedPost], **group_of: str) -> list[GroupMember]:
    return [
        GroupMember(p.post_id, group_of.get(p.post_id, p.post_id), "none", None, 1.0, group_of.get(p.post_id))
        for p in posts
    ]


def topics_of_sizes(*sizes: int) -> list[int]:
    """How many posts each topic has where so many posts lie closely round each of as many different things."""
    rng = np.random.default_rng(11)
    things = [k for k, size in enumerate(sizes) for _ in range(size)]
    rows = [np.eye(40)[k] + rng.normal(0, 0.05, 40) for k in things]
    names = ["".join(chr(ord("a") + int(digit)) for digit in f"{k:04}") for k in things]
    posts = [post(n, f"about {name}") for n, name in enumerate(names)]
    vectors = unit_rows(np.array(rows, np.float32))
    return [len(topic.post_ids) for topic in find_post_topics(posts, vectors, in_groups(posts))]


def test_a_loose_heap_is_no_topic() -> None:
    found = topics_of_sizes(*[6] * 8, *[1] * 5)
    assert len(found) == 8
    assert sum(found) <= 50  # a loner or two may be drawn into a topic


@pytest.mark.parametrize(
    "sizes", [(20, 10, 10), (6, 6), (60, *[5] * 7), (500, *[50] * 10)], ids=["three", "two", "a large one", "hundreds"]
)
def test_clear_topics_are_topics_however_few_and_however_large_one_is(sizes: tuple[int, ...]) -> None:
    assert topics_of_sizes(*sizes) == list(sizes)


def test_a_question_is_one_when_two_people_ask_it_openly() -> None:
    question = {"kind": "question"}
    posts = [
        post(1, "when is the water back", **question),
        post(2, "when is the water back", **question),
        post(3, "where do i renew my passport", **question),
        post(4, "when is the water back", is_confidential=True, **question),
        post(5, "when is the water back", category="other", **question),
        post(6, "when is the water back"),
    ]
    assert find_post_faqs(posts, vectors_of(posts)) == [PostFaq("p1", "when is the water back", ("p1", "p2"))]


def test_of_no_posts_nothing_is_said() -> None:
    nothing = np.zeros((0, 0), np.float32)
    assert (group_posts([], nothing), find_post_topics([], nothing, []), find_post_faqs([], nothing)) == ([], [], [])


def test_a_faq_is_told_by_the_sentence_that_asks() -> None:
    story = "We are five at home, my mother is old and it has been like this for more than a week now, day and night"
    asked = [
        post(1, f"{story}. When is the water back? {story}.", kind="question"),
        post(2, f"{story}. {story}. And when will the water be back??", kind="question"),
    ]
    vectors = np.tile(np.eye(4, dtype=np.float32)[:1], (2, 1))
    assert [(faq.faq_id, faq.question) for faq in find_post_faqs(asked, vectors)] == [("p1", "When is the water back?")]


def test_posts_on_one_spot_are_one_matter_and_on_another_not() -> None:
    posts = [
        post(1, "a pothole", lat=-4.62, lon=55.45),
        post(2, "a pothole", lat=-4.6201, lon=55.4501, created_at=NOON + timedelta(days=50)),
        post(3, "a pothole", lat=-4.63, lon=55.45),
        post(4, "a pothole", lat=-4.63, lon=None, created_at=NOON + timedelta(days=200)),
    ]
    assert [member.group_id for member in group_posts(posts, vectors_of(posts))] == ["p1", "p1", "p3", "p4"]
    assert [p.spot for p in posts[2:]] == [(-4.63, 55.45), None]


def test_posts_of_different_categories_are_different_groups() -> None:
    posts = [post(1, "a pothole"), post(2, "a pothole", category="roads"), post(3, "a pothole")]
    assert [member.group_id for member in group_posts(posts, vectors_of(posts))] == ["p1", "p2", "p1"]


def topic_of(*post_ids: str) -> PostTopic:
    return PostTopic("water", ("water",), post_ids[0], frozenset(post_ids))


def test_what_is_said_in_topics_comes_with_its_time_voice_and_what_it_copies() -> None:
    posts = [
        post(1, "a", submitter_id="who"),
        post(2, "b", created_at=NOON - timedelta(hours=3, minutes=20)),
        post(3, "c", created_at=None, submitter_id="who"),
        post(4, "d", submitter_id="someone"),
    ]
    topics = [topic_of("p4"), topic_of("p1", "p2", "p3")]
    said, until = said_in_topics(posts, in_groups(posts, p2="p1"), topics, NOON + timedelta(days=4))
    assert said == [
        Said(1, NOON, "who", "p1"),
        Said(1, NOON - timedelta(hours=3, minutes=20), "p2", "p1"),
        Said(0, NOON, "someone", "p4"),
    ]
    assert until == NOON + timedelta(hours=1)


def test_bursts_are_looked_for_up_to_the_hour_of_the_newest_post_in_a_topic_or_not() -> None:
    posts = [post(1, "a"), post(2, "b", created_at=NOON + timedelta(minutes=100))]
    _, until = said_in_topics(posts, in_groups(posts), [topic_of("p1")], NOON + timedelta(days=4))
    assert until == NOON + timedelta(hours=2)
    said, until = said_in_topics([], [], [], NOON + timedelta(minutes=5))
    assert (said, until) == ([], NOON + timedelta(hours=1))


def test_a_post_from_the_future_moves_no_clock() -> None:
    posts = [
        post(1, "a"),
        post(2, "b", created_at=NOON + timedelta(hours=23)),
        post(3, "c", created_at=NOON + timedelta(days=400)),
    ]
    said, until = said_in_topics(posts, in_groups(posts), [topic_of("p1", "p2", "p3")], NOON)
    assert [one.at for one in said] == [NOON, NOON + timedelta(hours=23)]
    assert until == NOON + timedelta(hours=24)


def test_a_confidential_post_gives_its_hour_away_by_no_burst() -> None:
    posts = [post(1, "a"), post(2, "b", created_at=NOON + timedelta(hours=30), is_confidential=True)]
    _, until = said_in_topics(posts, in_groups(posts), [topic_of("p1")], NOON + timedelta(days=4))
    assert until == NOON + timedelta(hours=1)
