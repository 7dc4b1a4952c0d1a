"""Leadwise's runtime code: the contract, the pure core, the steps and their two homes."""
