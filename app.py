"""One Stage per environment: what the CDK command line and `make synth` run."""

import sys

from aws_cdk import App

from ml.contract.errors import LeadwiseError


def build(app: App) -> App:
    """Add every environment to the app, or the one that `-c only=dev` names."""
    # Settings that contradict each other are refused as soon as these are imported.
    from infra import environments, policy, stage

    for environment in environments.select(app.node.try_get_context("only")):
        stage.LeadwiseStage(app, environment=environment)
    return policy.guard(app)


if __name__ == "__main__":
    try:
        build(App()).synth()
    except LeadwiseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
