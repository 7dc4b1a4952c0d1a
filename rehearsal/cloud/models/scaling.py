"""Application Auto Scaling."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties


class ScalableTarget(Model):
    """What Application Auto Scaling moves, between which bounds."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    replaced_by = ("ResourceId", "ScalableDimension", "ServiceNamespace")

    def create(self) -> None:
        self.update({})
        # CloudFormation's own way to name one.
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        self.ref = "|".join(str(self.properties[name]) for name in names)
        self.attributes = {"Id": self.ref}

    def update(self, before: Properties) -> None:
        self.client("application-autoscaling").register_scalable_target(
            **self.without("ScheduledActions")
        )

    def delete(self) -> None:
        self.client("application-autoscaling").deregister_scalable_target(
            **self.pick("ResourceId", "ScalableDimension", "ServiceNamespace")
        )


class ScalingPolicy(Model):
    """When Application Auto Scaling moves something."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    replaced_by = ("PolicyName", "ScalingTargetId")

    def create(self) -> None:
        self.ref = self.client("application-autoscaling").put_scaling_policy(**self._asked())[
            "PolicyARN"
        ]
        self.attributes = {"Arn": self.ref}

    def update(self, before: Properties) -> None:
        self.client("application-autoscaling").put_scaling_policy(**self._asked())

    def delete(self) -> None:
        names = ("PolicyName", "ResourceId", "ScalableDimension", "ServiceNamespace")
        asked: dict[str, Any] = {name: self._asked()[name] for name in names}
        self.client("application-autoscaling").delete_scaling_policy(**asked)

    def _asked(self) -> Properties:
        given = self.without("ScalingTargetId")
        if "ScalingTargetId" in self.properties:
            names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
            given |= dict(zip(names, self.properties["ScalingTargetId"].split("|"), strict=True))
        return given
