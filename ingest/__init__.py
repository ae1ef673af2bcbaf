"""Connectors: a source and a cursor in, records out.

Owns how each source is read, mapped to the post contract and retried.
Must not know the warehouse or anything about language.
"""
