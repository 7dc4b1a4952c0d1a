"""The same environment with one setting changed: what the rehearsal's update deploys."""

from dataclasses import replace

from aws_cdk import App

from infra.environments import DEV
from infra.stage import LeadwiseStage

COOLDOWN_MINUTES = DEV.retrain.cooldown_minutes + 60
CHANGED = replace(DEV, retrain=replace(DEV.retrain, cooldown_minutes=COOLDOWN_MINUTES))

if __name__ == "__main__":
    app = App()
    LeadwiseStage(app, environment=CHANGED)
    app.synth()
