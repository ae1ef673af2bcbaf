"""Proofs of the log's tree, for whoever holds all leaf hashes (RFC 6962, 2.1); `verify.py` checks them."""

from collections.abc import Sequence

from portal.audit.verify import root_of


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at `index`, from 0, to the root (2.1.1). Raises IndexError beyond the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves has no leaf {index}")
    if len(leaves) == 1:
        return []
    left, right = _halves(leaves)
    if index < len(left):
        return [*inclusion_proof(left, index), root_of(right)]
    return [*inclusion_proof(right, index - len(left)), root_of(left)]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """The hashes that show that the first `old_size` leaves are the beginning of the tree (2.1.2); none of no leaves.

    Raises IndexError where the tree has fewer.
    """
    if not 0 <= old_size <= len(leaves):
        raise IndexError(f"a tree of {len(leaves)} leaves has no beginning of {old_size}")
    return _consistency(leaves, old_size, is_old_root_known=True) if old_size else []


def _consistency(leaves: Sequence[bytes], old_size: int, *, is_old_root_known: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if is_old_root_known else [root_of(leaves)]
    left, right = _halves(leaves)
    if old_size <= len(left):
        return [*_consistency(left, old_size, is_old_root_known=is_old_root_known), root_of(right)]
    return [*_consistency(right, old_size - len(left), is_old_root_known=False), root_of(left)]


def _halves(leaves: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The left one is the largest full tree that is smaller than the whole."""
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return leaves[:split], leaves[split:]
