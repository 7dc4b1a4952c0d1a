"""Commands around the project: set up, synthesize, lint, audit, look at a deployment."""
