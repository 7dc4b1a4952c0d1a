"""SageMaker and MWAA."""

from infra.policy.control import Control
from infra.policy.template import Resource

_CONFIG = ("AWS::SageMaker::EndpointConfig",)
_AIRFLOW = ("AWS::MWAA::Environment",)
_LOGS = ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs")


def _is_serverless(stack_resource: Resource) -> bool:
    configs = stack_resource.stack.of_type(*_CONFIG)
    return any("ServerlessConfig" in v for c in configs for v in c.list("ProductionVariants"))


def _is_isolated(model: Resource) -> bool:
    """SageMaker offers serverless endpoints neither a VPC nor isolation."""
    inside = model.get("EnableNetworkIsolation") is True and model.get("VpcConfig") is not None
    return inside or _is_serverless(model)


def _captures_safely(config: Resource) -> bool:
    return _is_serverless(config) or (
        config.get("DataCaptureConfig.KmsKeyId") is not None
        and config.get("DataCaptureConfig.EnableCapture") is True
    )


def _rolls_back(endpoint: Resource) -> bool:
    return _is_serverless(endpoint) or bool(
        endpoint.list("DeploymentConfig.AutoRollbackConfiguration.Alarms")
    )


def _monitors_safely(job: Resource) -> bool:
    return (
        job.get("NetworkConfig.VpcConfig") is not None
        and job.get("NetworkConfig.EnableInterContainerTrafficEncryption") is True
        and job.get("JobResources.ClusterConfig.VolumeKmsKeyId") is not None
        and job.get("DataQualityJobOutputConfig.KmsKeyId") is not None
    )


def _store_is_encrypted(group: Resource) -> bool:
    online = group.get("OnlineStoreConfig") is not None
    return group.get("OfflineStoreConfig.S3StorageConfig.KmsKeyId") is not None and online is (
        group.get("OnlineStoreConfig.SecurityConfig.KmsKeyId") is not None
    )


def _logs_everything(environment: Resource) -> bool:
    return all(environment.get(f"LoggingConfiguration.{name}.Enabled") is True for name in _LOGS)


CONTROLS = (
    Control(
        id="SageMaker.5",
        says="the model has no way out of its network",
        types=("AWS::SageMaker::Model",),
        holds=_is_isolated,
    ),
    Control(
        id="LW.SM.1",
        says="the endpoint's disks are encrypted with our key",
        types=_CONFIG,
        holds=lambda r: r.get("KmsKeyId") is not None or _is_serverless(r),
    ),
    Control(
        id="LW.SM.2",
        says="what it captures is encrypted with our key",
        types=_CONFIG,
        holds=_captures_safely,
    ),
    Control(
        id="LW.SM.3",
        says="a bad model is rolled back by alarms",
        types=("AWS::SageMaker::Endpoint",),
        holds=_rolls_back,
    ),
    Control(
        id="LW.SM.4",
        says="the feature store is encrypted with our key",
        types=("AWS::SageMaker::FeatureGroup",),
        holds=_store_is_encrypted,
    ),
    Control(
        id="SageMaker.9",
        says="a monitoring job encrypts its disk, its report and what its machines tell each other",
        types=("AWS::SageMaker::DataQualityJobDefinition",),
        holds=_monitors_safely,
    ),
    Control(
        id="LW.SM.5",
        says="Studio stays in the VPC",
        types=("AWS::SageMaker::Domain",),
        holds=lambda r: (
            r.get("AppNetworkAccessType") == "VpcOnly" and r.get("KmsKeyId") is not None
        ),
    ),
    Control(
        id="LW.MWAA.1",
        says="Airflow's page is private",
        types=_AIRFLOW,
        holds=lambda r: r.get("WebserverAccessMode") == "PRIVATE_ONLY",
    ),
    Control(
        id="LW.MWAA.2",
        says="Airflow is encrypted with our key",
        types=_AIRFLOW,
        holds=lambda r: r.get("KmsKey") is not None,
    ),
    Control(
        id="LW.MWAA.3", says="Airflow logs all it does", types=_AIRFLOW, holds=_logs_everything
    ),
)
