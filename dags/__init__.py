"""Airflow DAGs: thin; operators name steps."""
