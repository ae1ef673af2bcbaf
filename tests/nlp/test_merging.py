from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from toy import toy_encode

from nlp.merging import GroupMember, PostFaq, TriagedPost, find_post_faqs, find_post_topics, group_posts

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)


def post(number: int, text: str, **fields: Any) -> TriagedPost:
    values = {
        "gloss": text, "lang": "en", "created_at": NOON, "district": None, "lat": None, "lon": None,
        "submitter_id": None, "kind": "complaint", "category": "water_supply", "is_confidential": False,
    }  # fmt: skip
    return TriagedPost(f"p{number}", text, **{**values, **fields})


def vectors_of(posts: list[TriagedPost]) -> Any:
    return toy_encode([p.text for p in posts])


WATER = [
    post(1, "no water in tap"),
    post(2, "water cut again"),
    post(3, "tap dry water gone"),
    post(4, "dirty water in tap"),
    post(5, "water low pressure tap"),
]


def topics(posts: list[TriagedPost]) -> list[tuple[str, ...]]:
    found = find_post_topics(posts, vectors_of(posts), group_posts(posts, vectors_of(posts)))
    return [tuple(sorted(topic.post_ids)) for topic in found]


def test_a_group_is_named_after_its_earliest_post() -> None:
    posts = [
        post(1, "no water at the school since monday"),
        post(2, "dogs bark"),
        post(3, "No water at the school since Monday!", created_at=NOON - timedelta(days=1)),
    ]
    assert group_posts(posts, vectors_of(posts)) == [
        GroupMember("p1", "p3", "exact", "p3", 1.0),
        GroupMember("p2", "p2", "none", None, 1.0),
        GroupMember("p3", "p3", "none", None, 1.0),
    ]


def test_a_campaign_makes_no_topic_by_its_copies_but_all_of_it_joins_one() -> None:
    campaign = [post(n, "stop the hotel at the beach") for n in range(10, 20)]
    assert topics(campaign) == []
    copies = [post(n, "no water in tap") for n in (6, 7)]
    assert topics([*WATER, *copies]) == [("p1", "p2", "p3", "p4", "p5", "p6", "p7")]


def test_confidential_posts_and_what_is_no_matter_for_government_are_in_no_topic() -> None:
    shut = [post(6, "water gone again tap", is_confidential=True), post(7, "water tap for sale", category="other")]
    assert topics([*WATER, *shut]) == [("p1", "p2", "p3", "p4", "p5")]
    assert topics([post(n, p.text, is_confidential=True) for n, p in enumerate(WATER)]) == []


def test_placeholders_of_personal_data_become_no_terms() -> None:
    posts = [post(n, f"{p.text} [person] [phone]") for n, p in enumerate(WATER)]
    (topic,) = find_post_topics(posts, vectors_of(posts), group_posts(posts, vectors_of(posts)))
    assert {"person", "phone"} & set(topic.terms) == set()
    assert topic.representative_post_id in topic.post_ids


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
