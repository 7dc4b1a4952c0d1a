"""More instances when more leads come in, fewer when it is quiet."""

from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from infra.constructs.scoring_endpoint import VARIANT, ScoringEndpoint
from infra.shapes import InstanceEndpoint

_NAMESPACE, _DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
# 500 a second: below a tenth of what docs/results.md measures on two cores.
_PER_MINUTE = 30_000


class EndpointScaling(Construct):
    """Target tracking on invocations per instance.

    Parameters
    ----------
    scope, id
        As of every construct.
    endpoint : ScoringEndpoint
        What is scaled.
    shape : InstanceEndpoint
        Fewest and most instances.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint: ScoringEndpoint,
        shape: InstanceEndpoint,
    ) -> None:
        super().__init__(scope, id)
        # Application Auto Scaling takes on its own service-linked role.
        target = autoscaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=f"endpoint/{endpoint.resource.attr_endpoint_name}/variant/{VARIANT}",
            min_capacity=shape.min_instances,
            max_capacity=shape.max_instances,
        )
        policy = autoscaling.CfnScalingPolicy(
            self,
            "Policy",
            policy_name="invocations-per-instance",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=_tracking(),
        )
        for resource in (target, policy):
            resource.cfn_options.condition = endpoint.resource.cfn_options.condition


def _tracking() -> autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty:
    policy = autoscaling.CfnScalingPolicy
    return policy.TargetTrackingScalingPolicyConfigurationProperty(
        target_value=_PER_MINUTE,
        predefined_metric_specification=policy.PredefinedMetricSpecificationProperty(
            predefined_metric_type="SageMakerVariantInvocationsPerInstance"
        ),
        scale_out_cooldown=60,
        scale_in_cooldown=300,
    )
