"""The MLflow server's machine: what it installs, how MLflow starts, and who looks after it."""
