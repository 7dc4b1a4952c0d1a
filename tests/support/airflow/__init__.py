"""Airflow itself in an environment of its own, and what its tasks ask of AWS."""
