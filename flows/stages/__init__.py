"""The steps of the pipeline as plain functions; each joins two packages that do not know each other."""
