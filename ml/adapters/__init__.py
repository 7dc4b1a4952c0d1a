"""Answers to `ml.ports`: each adapter is one technology."""
