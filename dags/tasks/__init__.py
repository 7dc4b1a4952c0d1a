"""What the tasks of DAGs do, free of Airflow: each asks AWS, and repeats nothing."""
