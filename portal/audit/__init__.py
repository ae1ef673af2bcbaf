"""The audit log: who did what to which case, in a Merkle tree (RFC 6962) under signed checkpoints (C2SP).

Owns events, their tree, checkpoints and the export that a third party verifies with `verify.py` alone.
Must not know what an event means: callers say what happened, in the transaction in which it happened.
"""
