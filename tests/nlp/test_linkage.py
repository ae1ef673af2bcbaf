import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from nlp.linkage import Groups, cohesion, members
from nlp.space import Vectors, unit_rows


class Watched(Groups):
    """Groups that join down to `least` and note which pairs joined, as sets of positions."""

    def __init__(
        self, points: Vectors, graph: sp.csr_matrix, least: float, labels: NDArray[np.int64] | None = None
    ) -> None:
        super().__init__(points, graph, labels)
        self.least = least
        self.joined: list[tuple[int, int]] = []
        self.alikes: list[float] = []

    def is_enough(self, alike: float) -> bool:
        return alike >= self.least

    def join(self, i: int, j: int) -> int:
        self.joined.append((i, j))
        self.alikes.append(self.alike(i, j))
        return super().join(i, j)


def random_points(n: int, seed: int, dimensions: int = 6) -> Vectors:
    return unit_rows(np.random.default_rng(seed).normal(size=(n, dimensions)).astype(np.float32))


def on_a_circle(*degrees: float) -> Vectors:
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def tied(n: int, *pairs: tuple[int, int], weight: float = 1.0) -> sp.csr_matrix:
    graph = np.zeros((n, n), np.float32)
    for i, j in pairs:
        graph[i, j] = graph[j, i] = weight
    return sp.csr_matrix(graph)


def all_tied(n: int) -> sp.csr_matrix:
    return sp.csr_matrix(np.ones((n, n), np.float32) - np.eye(n, dtype=np.float32))


def partition(labels: list[int]) -> set[frozenset[int]]:
    return {frozenset(rows) for rows in members(labels)}


def test_the_most_alike_join_first() -> None:
    groups = Watched(on_a_circle(0, 30, 40, 100), all_tied(4), least=0.0)
    groups.join_most_alike()
    assert groups.joined[0] == (1, 2)
    assert groups.joined[1] == (0, 4)
    assert groups.alikes == sorted(groups.alikes, reverse=True)


def test_only_along_ties_do_groups_join() -> None:
    same = np.tile(np.array([[1, 0]], np.float32), (4, 1))
    groups = Watched(same, tied(4, (0, 1), (2, 3)), least=0.5)
    groups.join_most_alike()
    assert partition(groups.labels()) == {frozenset({0, 1}), frozenset({2, 3})}


def test_a_joined_group_has_the_ties_of_both() -> None:
    groups = Watched(on_a_circle(0, 10, 20, 30), tied(4, (0, 1), (1, 2), (2, 3)), least=0.9)
    new = groups.join(0, 1)
    assert groups.ties == {2: {3: 1.0, new: 1.0}, 3: {2: 1.0}, new: {2: 1.0}}
    last = groups.join(new, 2)
    assert groups.ties == {3: {last: 1.0}, last: {3: 1.0}}


def test_ties_to_both_parts_add_up() -> None:
    groups = Watched(on_a_circle(0, 10, 20), tied(3, (0, 1), (0, 2), (1, 2), weight=0.5), least=0.9)
    new = groups.join(0, 1)
    assert groups.ties == {2: {new: 1.0}, new: {2: 1.0}}


def test_joining_stops_where_the_best_pair_is_not_enough() -> None:
    points = on_a_circle(0, 10, 90, 95)
    groups = Watched(points, all_tied(4), least=0.9)
    groups.join_most_alike()
    assert partition(groups.labels()) == {frozenset({0, 1}), frozenset({2, 3})}
    assert groups.alike(4, 5) < 0.9
    nothing = Watched(points, all_tied(4), least=1.1)
    nothing.join_most_alike()
    assert nothing.labels() == [0, 1, 2, 3]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 24), st.floats(-0.5, 0.95))
def test_groups_are_those_of_average_linkage_by_brute_force(seed: int, n: int, least: float) -> None:
    points = random_points(n, seed)
    tree = linkage(points.astype(np.float64), "average", metric="cosine")
    if np.abs(tree[:, 2] - (1 - least)).min() < 1e-5:
        return  # a pair lies on the edge, where rounding decides
    groups = Watched(points, all_tied(n), least)
    groups.join_most_alike()
    assert partition(groups.labels()) == partition(fcluster(tree, 1 - least, "distance").tolist())
    assert groups.alikes == pytest.approx((1 - tree[: len(groups.alikes), 2]).tolist(), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 20))
def test_how_alike_two_groups_are_is_the_mean_over_their_pairs(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    points, labels = random_points(n, seed), np.unique(rng.integers(0, 4, n), return_inverse=True)[1]
    groups = Watched(points, all_tied(n), -2, labels)
    if len(groups.ties) > 2:
        groups.join(0, 1)
    now = groups.labels()
    cosines = points.astype(np.float64) @ points.T
    for i in groups.ties:
        mine = [row for row, label in enumerate(now) if label == i]
        inner = [cosines[a, b] for a in mine for b in mine if a != b]
        assert groups.cohesion(i) == pytest.approx(np.mean(inner) if inner else 1.0, abs=1e-5)
        for j in groups.ties[i]:
            others = [row for row, label in enumerate(now) if label == j]
            assert groups.alike(i, j) == pytest.approx(cosines[np.ix_(mine, others)].mean(), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 20), st.floats(-1, 1))
def test_inside_is_the_weight_of_the_ties_within_groups(seed: int, n: int, least: float) -> None:
    rng = np.random.default_rng(seed)
    weights = np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.4), 1)
    graph = weights + weights.T
    labels = np.unique(rng.integers(0, n, n), return_inverse=True)[1]
    groups = Watched(random_points(n, seed), sp.csr_matrix(graph), least, labels)
    for _ in range(2):
        now = np.array(groups.labels())
        assert groups.inside == pytest.approx(graph[now[:, None] == now[None]].sum(), abs=1e-4)
        groups.join_most_alike()


def test_groups_start_from_the_given_labels() -> None:
    points = on_a_circle(0, 90, 10, 100)
    groups = Watched(points, all_tied(4), 0.0, np.array([0, 1, 0, 1]))
    assert groups.labels() == [0, 1, 0, 1]
    assert groups.alike(0, 1) == pytest.approx(float(np.mean([np.cos(np.radians(d)) for d in (90, 100, 80, 90)])))


def test_the_given_ties_are_left_as_they_were() -> None:
    graph = all_tied(6)
    before = graph.toarray()
    Watched(random_points(6, 1), graph, -2).join_most_alike()
    assert np.array_equal(graph.toarray(), before)


def test_a_single_point_holds_together_and_two_by_their_cosine() -> None:
    points = on_a_circle(0, 60).astype(np.float64)
    assert cohesion(points[0], 1) == 1.0
    assert cohesion(points.sum(axis=0), 2) == pytest.approx(0.5)


def test_members_come_by_size_and_then_in_order() -> None:
    assert members([7, 3, 3, 9, 7, 5, 3]) == [[1, 2, 6], [0, 4], [3], [5]]
    assert members([]) == []
