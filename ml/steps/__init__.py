"""The pipeline as verbs: each reads through ports and returns its record."""
