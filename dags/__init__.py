"""DAGs: thin; their tasks name jobs, which run elsewhere."""
