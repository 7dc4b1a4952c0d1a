"""Cleaning: typed rows, held rows and warnings, for tables by SQL and for one record in Python."""
