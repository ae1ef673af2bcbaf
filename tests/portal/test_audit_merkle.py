import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_log import naive_root

from portal.audit.merkle import consistency_proof, inclusion_proof
from portal.audit.verify import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    edge_root,
    extended,
    leaf_hash,
    node_hash,
    root_of,
)  # fmt: skip

# The eight leaves, and the root after each, that Certificate Transparency's own implementations are tested with.
KNOWN = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
]
SIZES = range(41)


def entries(n: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(n)]


def leaves(n: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries(n)]


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


def test_the_roots_of_the_known_trees_are_the_known_ones() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for size, (_, root) in enumerate(KNOWN, 1):
        hashes = [leaf_hash(bytes.fromhex(entry)) for entry, _ in KNOWN[:size]]
        assert root_of(hashes).hex() == root


def test_known_proofs_of_the_tree_of_eight_are_the_known_ones() -> None:
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry, _ in KNOWN]
    assert [one.hex()[:8] for one in inclusion_proof(hashes, 5)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [one.hex()[:8] for one in consistency_proof(hashes, 6)] == ["0ebc5d34", "ca854ea1", "d37ee418"]


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_the_root_from_the_edge_is_the_root_by_the_definition(some: list[bytes]) -> None:
    edge: list[bytes] = []
    for size, entry in enumerate(some):
        assert len(edge) == size.bit_count()
        edge = extended(edge, size, leaf_hash(entry))
    assert edge_root(edge) == root_of(map(leaf_hash, some)) == naive_root(some)


def test_appending_leaves_the_edge_it_began_from_as_it_was() -> None:
    edge = extended(extended([], 0, leaf_hash(b"a")), 1, leaf_hash(b"b"))
    before = list(edge)
    extended(edge, 2, leaf_hash(b"c"))
    assert edge == before


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_small_tree_is_shown_to_be_in_it_and_nowhere_else(size: int) -> None:
    hashes, root = leaves(size), naive_root(entries(size))
    for index in range(size):
        proof = inclusion_proof(hashes, index)
        assert len(proof) <= (size - 1).bit_length()
        held = [at for at in range(-1, size + 1) if check_inclusion(hashes[index], at, size, proof, root)]
        assert held == [index]
        assert not check_inclusion(flipped(hashes[index]), index, size, proof, root)
        assert not check_inclusion(hashes[index], index, size, proof, flipped(root))
        assert not check_inclusion(hashes[index], index, size, [*proof, root], root)
        for place, one in enumerate(proof):
            assert not check_inclusion(hashes[index], index, size, [*proof[:place], *proof[place + 1 :]], root)
            changed = [*proof[:place], flipped(one), *proof[place + 1 :]]
            assert not check_inclusion(hashes[index], index, size, changed, root)


@pytest.mark.parametrize("size", SIZES)
def test_every_beginning_of_every_small_tree_is_shown_to_be_its_beginning_and_no_other(size: int) -> None:
    hashes, root = leaves(size), naive_root(entries(size))
    for old_size in range(size + 1):
        old_root = naive_root(entries(old_size))
        proof = consistency_proof(hashes, old_size)
        assert check_consistency(old_size, old_root, size, root, proof)
        assert not check_consistency(old_size, flipped(old_root), size, root, proof)
        assert not check_consistency(old_size, old_root, size, root, [*proof, root])
        if old_size > 0:
            assert not check_consistency(old_size, old_root, size, flipped(root), proof)
        for place, one in enumerate(proof):
            assert not check_consistency(old_size, old_root, size, root, [*proof[:place], *proof[place + 1 :]])
            changed = [*proof[:place], flipped(one), *proof[place + 1 :]]
            assert not check_consistency(old_size, old_root, size, root, changed)


@given(st.data())
def test_a_beginning_that_was_changed_is_never_shown_to_be_one(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    old_size = data.draw(st.integers(1, size - 1))
    place = data.draw(st.integers(0, old_size - 1))
    old = entries(old_size)
    old[place] += b"!"
    proof = consistency_proof(leaves(size), old_size)
    assert not check_consistency(old_size, naive_root(old), size, naive_root(entries(size)), proof)


def test_a_larger_tree_is_no_beginning_of_a_smaller_one() -> None:
    assert not check_consistency(3, naive_root(entries(3)), 2, naive_root(entries(2)), [])


def test_no_proof_shows_a_leaf_in_the_empty_tree_or_takes_a_hash_of_another_length() -> None:
    assert not check_inclusion(leaf_hash(b""), 0, 0, [], EMPTY_ROOT)
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    root = node_hash(left, right)
    assert check_inclusion(left, 0, 2, [right], root)
    assert not check_inclusion(left + right[:1], 0, 2, [right[1:]], root)


def test_no_proof_that_is_too_short_or_too_long_is_taken_for_roots_made_to_fit_it() -> None:
    one, two = leaf_hash(b"a"), leaf_hash(b"b")
    assert not check_inclusion(one, 0, 1, [two], node_hash(two, one))
    assert not check_inclusion(one, 0, 4, [two], node_hash(one, two))
    assert not check_consistency(3, one, 5, two, [])
    assert not check_consistency(3, one, 5, one, [one])
    assert not check_consistency(1, one + two[:1], 2, node_hash(one, two), [two[1:]])


def test_a_proof_beyond_the_tree_is_refused() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            inclusion_proof(leaves(3), index)
    for old_size in (-1, 4):
        with pytest.raises(IndexError):
            consistency_proof(leaves(3), old_size)
