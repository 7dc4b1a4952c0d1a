"""The same environment with one setting changed: what the rehearsal's update deploys."""

from dataclasses import replace

from infra.environments import DEV

COOLDOWN_MINUTES = DEV.retrain.cooldown_minutes + 60
CHANGED = replace(DEV, retrain=replace(DEV.retrain, cooldown_minutes=COOLDOWN_MINUTES))


def main() -> None:
    """Synthesize it."""
    # The rehearsal itself reads the values above, and has no use for jsii.
    from aws_cdk import App

    from infra.stage import LeadwiseStage

    app = App()
    LeadwiseStage(app, environment=CHANGED)
    app.synth()


if __name__ == "__main__":
    main()
