"""Runs inside SageMaker Model Monitor, whose image has a Python of its own; plain code only."""
