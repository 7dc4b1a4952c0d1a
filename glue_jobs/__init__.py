"""Glue jobs: thin mains; the work is the SQL of ml.contract and ml.core."""
