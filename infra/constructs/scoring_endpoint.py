"""A SageMaker endpoint that exists once there is a champion, and never trusts a new one at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.hosted_model import HostedModel
from infra.shapes import InstanceEndpoint, ServerlessEndpoint
from ml.contract.names import Alias

#: SageMaker compares old and new by it, alarms and scaling name it: it never changes.
VARIANT = Alias.CHAMPION.value

_CONFIG = sagemaker.CfnEndpointConfig
_ENDPOINT = sagemaker.CfnEndpoint


@dataclass(frozen=True, kw_only=True)
class Capture:
    """Where an endpoint keeps what it was asked and what it answered.

    Parameters
    ----------
    uri : str
        S3 folder.
    key : IKey
        Encrypts the files.
    """

    uri: str
    key: kms.IKey


class ScoringEndpoint(Construct):
    """The endpoint; a new champion replaces its configuration, never the endpoint.

    On instances a new model is on trial while the old one stands by: it answers a small share of
    the requests first, or all of them where there is but one instance, and an alarm brings the
    old model back. Serverless endpoints know no such trial.

    Parameters
    ----------
    scope, id
        As of every construct.
    endpoint_name : str
        Stays the same through all models.
    shape : ServerlessEndpoint or InstanceEndpoint
        Size, and lengths of the trial.
    champion : HostedModel
        Answers; without it there is no endpoint.
    challenger : HostedModel or None
        Gets a copy of every request while it exists; nobody sees its answers.
    key : IKey
        Encrypts the disks; of a serverless endpoint, its copy of the image.
    capture : Capture
        Used by instances.
    alarms : sequence of Alarm
        End a trial.

    Attributes
    ----------
    resource : CfnEndpoint
        The endpoint; what needs it to be there depends on this.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        endpoint_name: str,
        shape: ServerlessEndpoint | InstanceEndpoint,
        champion: HostedModel,
        challenger: HostedModel | None,
        key: kms.IKey,
        capture: Capture,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, id)
        config = _CONFIG(
            self,
            "Config",
            production_variants=[_variant(VARIANT, champion, shape)],
            kms_key_id=key.key_arn,
        )
        endpoint = _ENDPOINT(
            self,
            "Endpoint",
            endpoint_name=endpoint_name,
            endpoint_config_name=config.attr_endpoint_config_name,
        )
        if isinstance(shape, InstanceEndpoint):
            config.data_capture_config = _capture(capture, shape)
            _shadow(config, challenger, shape)
            _guard(endpoint, shape, alarms)
        for resource in (config, endpoint):
            resource.cfn_options.condition = champion.when
        self.resource = endpoint


def _shadow(
    config: sagemaker.CfnEndpointConfig, challenger: HostedModel | None, shape: InstanceEndpoint
) -> None:
    if challenger:
        # Inside a condition the CDK translates no names, so these are CloudFormation's own.
        variant = {
            "VariantName": Alias.CHALLENGER.value,
            "ModelName": challenger.name,
            "InitialVariantWeight": 1,
            "InitialInstanceCount": 1,
            "InstanceType": shape.instance_type,
        }
        config.shadow_production_variants = cdk.Fn.condition_if(
            challenger.when.logical_id, [variant], cdk.Aws.NO_VALUE
        )


def _guard(
    endpoint: sagemaker.CfnEndpoint, shape: InstanceEndpoint, alarms: Sequence[cloudwatch.IAlarm]
) -> None:
    endpoint.deployment_config = _trial(shape, alarms)
    # What autoscaling has decided outlives a change of model; the rest is as the template says.
    endpoint.retain_all_variant_properties = True
    endpoint.exclude_retained_variant_properties = [
        _ENDPOINT.VariantPropertyProperty(variant_property_type=kind)
        for kind in ("DataCaptureConfig", "DesiredWeight")
    ]


def _variant(
    name: str, model: HostedModel, shape: ServerlessEndpoint | InstanceEndpoint
) -> sagemaker.CfnEndpointConfig.ProductionVariantProperty:
    if isinstance(shape, ServerlessEndpoint):
        return _CONFIG.ProductionVariantProperty(
            variant_name=name,
            model_name=model.name,
            initial_variant_weight=1,
            serverless_config=_CONFIG.ServerlessConfigProperty(
                memory_size_in_mb=shape.memory_mb, max_concurrency=shape.max_concurrency
            ),
        )
    return _CONFIG.ProductionVariantProperty(
        variant_name=name,
        model_name=model.name,
        initial_variant_weight=1,
        initial_instance_count=shape.min_instances,
        instance_type=shape.instance_type,
    )


def _capture(
    capture: Capture, shape: InstanceEndpoint
) -> sagemaker.CfnEndpointConfig.DataCaptureConfigProperty:
    both = [_CONFIG.CaptureOptionProperty(capture_mode=mode) for mode in ("Input", "Output")]
    return _CONFIG.DataCaptureConfigProperty(
        enable_capture=shape.capture_percent > 0,
        initial_sampling_percentage=shape.capture_percent,
        destination_s3_uri=capture.uri,
        kms_key_id=capture.key.key_arn,
        capture_options=both,
        # What is named here is kept as text; anything else becomes base64.
        capture_content_type_header=_CONFIG.CaptureContentTypeHeaderProperty(
            csv_content_types=["text/csv"],
            json_content_types=["application/json", "application/jsonlines"],
        ),
    )


def _trial(
    shape: InstanceEndpoint, alarms: Sequence[cloudwatch.IAlarm]
) -> sagemaker.CfnEndpoint.DeploymentConfigProperty:
    return _ENDPOINT.DeploymentConfigProperty(
        blue_green_update_policy=_ENDPOINT.BlueGreenUpdatePolicyProperty(
            traffic_routing_configuration=_routing(shape),
            # The old machines wait: bringing the old model back is then a matter of seconds.
            termination_wait_in_seconds=shape.bake_minutes * 60,
        ),
        auto_rollback_configuration=_ENDPOINT.AutoRollbackConfigProperty(
            alarms=[_ENDPOINT.AlarmProperty(alarm_name=each.alarm_name) for each in alarms]
        ),
    )


def _routing(shape: InstanceEndpoint) -> sagemaker.CfnEndpoint.TrafficRoutingConfigProperty:
    # A canary is at most half of the instances, so one instance can't be divided.
    if shape.min_instances == 1:
        return _ENDPOINT.TrafficRoutingConfigProperty(
            type="ALL_AT_ONCE", wait_interval_in_seconds=0
        )
    return _ENDPOINT.TrafficRoutingConfigProperty(
        type="CANARY",
        canary_size=_ENDPOINT.CapacitySizeProperty(
            type="CAPACITY_PERCENT", value=shape.canary_percent
        ),
        wait_interval_in_seconds=shape.bake_minutes * 60,
    )
