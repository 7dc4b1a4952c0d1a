"""One Stage per environment: what the CDK command line and `make synth` run."""

from aws_cdk import App

from infra.environments import select
from infra.stage import LeadwiseStage


def build(app: App) -> App:
    """Add every environment to the app, or the one that `-c only=dev` names."""
    for environment in select(app.node.try_get_context("only")):
        LeadwiseStage(app, environment=environment)
    return app


if __name__ == "__main__":
    build(App()).synth()
