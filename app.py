"""One Stage per environment: what the CDK command line and `make synth` run."""

import gc
import sys

from aws_cdk import App

from ml.contract.errors import LeadwiseError


def build(app: App) -> App:
    """Add every environment to the app, or the one that `-c only=dev` names."""
    from infra import policy, stage  # refuses settings that contradict each other

    return policy.guard(stage.add_stages(app, app.node.try_get_context("only")))


if __name__ == "__main__":
    gc.disable()  # it would walk the CDK's many classes again and again
    try:
        build(App()).synth()
    except LeadwiseError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
