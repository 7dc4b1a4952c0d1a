"""Settings of what runs on AWS: infra writes them with to_env(), the code reads from_env()."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ml.contract.alerts import Channel
from ml.contract.errors import InvalidSettings
from ml.contract.names import PRODUCT, Approval
from ml.contract.settings import Settings

#: Partition key and expiry attribute of every DynamoDB table that a Lambda remembers things in.
TABLE_KEY, TABLE_EXPIRY = "id", "expiration"


@dataclass(frozen=True, kw_only=True)
class IntakeSettings(Settings):
    """Of the Lambda that admits a new file and starts the Glue job.

    Parameters
    ----------
    use_case : str
        Whose header the file must have.
    glue_job : str
        Name of the job that cleans it.
    idempotency_table : str
        DynamoDB table that remembers which events were handled.
    """

    use_case: str
    glue_job: str
    idempotency_table: str


@dataclass(frozen=True, kw_only=True)
class RetrainTriggerSettings(Settings):
    """Of the Lambda that starts at most one retrain.

    Parameters
    ----------
    use_case : str
        Whose model is trained.
    orchestrator : str
        ``"pipeline"`` or ``"mwaa"``.
    target : str
        Name of the SageMaker pipeline, or of the MWAA environment.
    dag : str
        DAG that MWAA runs; empty for a pipeline.
    lease_table : str
        DynamoDB table that holds the lease and the last run.
    cooldown_minutes, lease_minutes : int
        As `Retrain` in the environment says.
    """

    use_case: str
    orchestrator: str
    target: str
    lease_table: str
    cooldown_minutes: int
    lease_minutes: int
    dag: str = ""


@dataclass(frozen=True, kw_only=True)
class RetrainDagSettings(Settings):
    """Of the DAG that runs the retrain pipeline's jobs; MWAA sets them as options of Airflow.

    Parameters
    ----------
    use_case : str
        Whose model is trained; part of the DAG's name.
    pipeline : str
        ARN of the SageMaker pipeline whose jobs it starts.
    raw_bucket : str
        Name of the bucket of files as they came.
    crawler, glue_job : str
        Names of the crawler that lists the lake, and of the job that cleans a file.
    runs_uri : str
        ``s3://`` folder below which each run says what it decided.
    alerts : str
        ARN of the topic that people hear of.
    patience_minutes : int
        How long one step may take before the DAG gives it up.
    poke_seconds : int, default=60
        How often a step that runs is looked at.
    """

    prefix: ClassVar[str] = "AIRFLOW__LEADWISE__"

    use_case: str
    pipeline: str
    raw_bucket: str
    crawler: str
    glue_job: str
    runs_uri: str
    alerts: str
    patience_minutes: int
    poke_seconds: int = 60

    @property
    def dag(self) -> str:
        """Name of the DAG."""
        return f"{PRODUCT}_{self.use_case}"

    @property
    def pipeline_name(self) -> str:
        """Name of the pipeline, with which the names of the DAG's jobs begin."""
        return self.pipeline.rpartition("/")[2]

    def to_options(self) -> dict[str, str]:
        """The same as `to_env`, as MWAA takes options: ``{"leadwise.pipeline": ...}``."""
        section = self.prefix.removeprefix("AIRFLOW__").removesuffix("__").lower()
        start = len(self.prefix)
        return {f"{section}.{name[start:].lower()}": text for name, text in self.to_env().items()}


@dataclass(frozen=True, kw_only=True)
class DagDeliverySettings(Settings):
    """Of the Lambda that CloudFormation calls to bring DAGs to the bucket that Airflow reads.

    Parameters
    ----------
    bucket : str
        Name of that bucket.
    """

    bucket: str


@dataclass(frozen=True, kw_only=True)
class NotifierSettings(Settings):
    """Of the Lambda that tells people.

    Parameters
    ----------
    environment : str
        Named in each message.
    channels_secret : str
        ARN of the secret that holds ``slack_webhook_url`` and ``pagerduty_routing_key``; a
        channel whose value is empty is not used.
    email_topic : str
        ARN of the SNS topic that mails people.
    dedup_table : str
        DynamoDB table that remembers what was said.
    window_minutes : int, default=5
        One message per incident within it.
    """

    environment: str
    channels_secret: str
    email_topic: str
    dedup_table: str
    window_minutes: int = 5


@dataclass(frozen=True, kw_only=True)
class ScoreLeadSettings(Settings):
    """Of the Lambda behind the scoring API.

    Parameters
    ----------
    use_case, moment : str
        Which fields a lead may have.
    endpoint : str
        Name of the SageMaker endpoint; empty until a champion has been deployed.
    """

    use_case: str
    moment: str
    endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class WarehouseSetupSettings(Settings):
    """Of the Lambda that CloudFormation calls to bring the warehouse to its definition.

    Parameters
    ----------
    workgroup, database : str
        Where statements run.
    admin_secret : str
        Name of the secret that statements run with: the administrator's, who then owns the tables.
    use_case : str
        Whose tables are made.
    """

    workgroup: str
    database: str
    admin_secret: str
    use_case: str


@dataclass(frozen=True, kw_only=True)
class WarehouseSettings(Settings):
    """Of whatever loads the warehouse's tables or reads them.

    Parameters
    ----------
    warehouse_workgroup, warehouse_database : str
        Where statements run.
    warehouse_role : str
        ARN of the namespace's role that reads files for COPY and writes them for UNLOAD.
    warehouse_staging : str
        ``s3://`` folder that this role, and whoever loads or reads, may read and write.
    warehouse_secret : str, default=''
        ARN of a secret to sign in with; empty for the caller's own role.
    """

    warehouse_workgroup: str
    warehouse_database: str
    warehouse_role: str
    warehouse_staging: str
    warehouse_secret: str = ""


@dataclass(frozen=True, kw_only=True)
class MlflowServerSettings(Settings):
    """Of the MLflow server's machine.

    Parameters
    ----------
    database_secret : str
        ARN of the secret with the database's ``username`` and ``password``.
    database_host, database_name : str
        Where the backend store is.
    admin_secret : str
        ARN of the secret with ``username`` and ``password`` of MLflow's administrator.
    artifacts : str
        ``s3://`` folder of the artifacts.
    host_name : str
        Name in the VPC under which the server answers, and nothing else but ``localhost``.
    zone_id : str
        Private hosted zone in which the machine gives itself that name.
    group_name : str
        Auto Scaling group that replaces the machine.
    port : int, default=5000
    database_port : int, default=5432
    """

    database_secret: str
    database_host: str
    database_name: str
    admin_secret: str
    artifacts: str
    host_name: str
    zone_id: str
    group_name: str
    port: int = 5000
    database_port: int = 5432

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """Host headers that are answered: the name, and the machine itself or a tunnel to it."""
        return (f"{self.host_name}:{self.port}", f"localhost:{self.port}")


@dataclass(frozen=True, kw_only=True)
class MlflowClientSettings(Settings):
    """Of whatever speaks with the MLflow server.

    Parameters
    ----------
    mlflow_uri : str
        Such as ``http://mlflow.dev.leadwise.internal:5000``.
    mlflow_secret : str
        ARN of the secret with ``username`` and ``password``.
    """

    mlflow_uri: str
    mlflow_secret: str


@dataclass(frozen=True, kw_only=True)
class AlertTopicSettings(Settings):
    """Of whatever in an account has something to tell people.

    Parameters
    ----------
    info_topic, warning_topic, critical_topic : str, default=''
        ARNs of the topics by severity; where one is empty, the log alone hears of its alerts.
    """

    info_topic: str = ""
    warning_topic: str = ""
    critical_topic: str = ""

    @property
    def topics(self) -> dict[Channel, str]:
        """Those that there are."""
        given = {
            Channel.INFO_TOPIC: self.info_topic,
            Channel.WARNING_TOPIC: self.warning_topic,
            Channel.CRITICAL_TOPIC: self.critical_topic,
        }
        return {channel: arn for channel, arn in given.items() if arn}


@dataclass(frozen=True, kw_only=True)
class JobSettings(MlflowClientSettings, WarehouseSettings, AlertTopicSettings):
    """Of a SageMaker job of the retrain pipeline.

    Parameters
    ----------
    use_case : str
        Whose model is made, for its default moment.
    home_uri : str
        ``s3://`` folder that is the home between jobs.
    snapshots_database : str
        Glue database in which training sets are tables; empty for a home without a catalog.
    lake_uri : str
        ``s3://`` bucket of the zones that people query.
    packages_uri : str
        ``s3://`` folder of packaged champions.
    package_group : str
        Model package group in which a champion is registered.
    approval : str, default='manual'
        An `Approval`: who lets it be deployed.
    image_uri : str
        Image that serves it.
    reason : str
        Why the run was asked for: a RetrainReason.
    watched_as : str
        Under which name its metrics are written: a `part_name`.
    ledger_table : str
        DynamoDB table of the ledger.
    who : str
        Who the ledger names.
    feature_group : str, default=''
        Feature group that clean rows are put into; none where empty.
    families : str, default=''
        Families of models to try, with commas between them; all where empty.
    trials : int, default=0
        Configurations to try in all; as the use case says where 0.
    mlflow_uri, mlflow_secret : str
        As of `MlflowClientSettings`.
    warehouse_workgroup, warehouse_database, warehouse_role, warehouse_staging : str
        As of `WarehouseSettings`.
    info_topic, warning_topic, critical_topic : str, default=''
        As of `AlertTopicSettings`.
    """

    use_case: str
    home_uri: str
    snapshots_database: str
    lake_uri: str
    packages_uri: str
    package_group: str
    image_uri: str
    reason: str
    watched_as: str
    ledger_table: str
    who: str
    feature_group: str = ""
    approval: str = Approval.MANUAL.value
    families: str = ""
    trials: int = 0

    def __post_init__(self) -> None:
        if self.approval not in set(Approval):
            raise InvalidSettings(
                f"approval is {self.approval!r}; expected one of {', '.join(Approval)}"
            )


@dataclass(frozen=True, kw_only=True)
class TrainingJobSettings(MlflowClientSettings):
    """Of whoever starts a training job of SageMaker: `leadwise train --where sagemaker`.

    Parameters
    ----------
    training_image : str
        URI of our image.
    training_role : str
        ARN of the role that the job is.
    training_uri : str
        ``s3://`` folder of what jobs read and write.
    training_key : str
        ARN of the key that encrypts it, and the disks.
    training_subnets, training_groups : str
        Subnets and security groups of its machine, with commas between them.
    training_machine : str, default='ml.m5.xlarge'
        One machine; its disk takes our key.
    training_minutes : int, default=240
        How long it may run before SageMaker stops it.
    ledger_table : str
        DynamoDB table of the ledger.
    mlflow_uri, mlflow_secret : str
        As of `MlflowClientSettings`: where the job registers its model.
    """

    training_image: str
    training_role: str
    training_uri: str
    training_key: str
    training_subnets: str
    training_groups: str
    ledger_table: str
    training_machine: str = "ml.m5.xlarge"
    training_minutes: int = 240

    def __post_init__(self) -> None:
        if self.training_minutes < 1:
            raise InvalidSettings(
                f"training_minutes is {self.training_minutes}; expected 1 or more"
            )


#: Athena's own, which every account has.
ATHENA_WORKGROUP = "primary"


@dataclass(frozen=True, kw_only=True)
class FeatureStoreSettings(Settings):
    """Of whoever asks a feature group of SageMaker.

    Parameters
    ----------
    feature_group : str
        Its name.
    workgroup : str, default='primary'
        Athena's workgroup that reads its history.
    """

    feature_group: str
    workgroup: str = ATHENA_WORKGROUP


@dataclass(frozen=True, kw_only=True)
class EndpointSettings(Settings):
    """Of the container behind a SageMaker endpoint.

    Parameters
    ----------
    use_case, moment : str
        Which scorer the package holds.
    model_folder : str, default='/opt/ml/model'
        Where SageMaker unpacks the package.
    port : int, default=8080
        SageMaker's own choice.
    workers : int, default=1
        Processes; each holds its own copy of the model.
    """

    use_case: str
    moment: str
    model_folder: str = "/opt/ml/model"
    port: int = 8080
    workers: int = 1


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings(Settings):
    """Of the container that serves the web pages.

    Parameters
    ----------
    use_case, moment : str
        Which scorer answers.
    home_uri : str
        ``s3://`` folder of the pipeline's home; what serves in it serves here too.
    receipts_table : str
        DynamoDB table of receipts, feedback and kept answers.
    ledger_table : str
        DynamoDB table of the ledger, which tells of the versions.
    environment, pipeline : str
        Names of the environment and of the SageMaker pipeline that retrains, for commands that
        people are told.
    port : int, default=8080
        Where the load balancer asks.
    refresh_seconds : int, default=60
        How often it looks for a new champion.
    """

    use_case: str
    moment: str
    home_uri: str
    receipts_table: str
    ledger_table: str
    environment: str
    pipeline: str
    port: int = 8080
    refresh_seconds: int = 60


@dataclass(frozen=True, kw_only=True)
class MemorySettings(FeatureStoreSettings):
    """Of whoever asks an account why a lead was scored so, or lets it forget one.

    Parameters
    ----------
    home_uri : str
        ``s3://`` folder of the pipeline's home: the packages that scored lie there.
    receipts_table : str
        DynamoDB table of receipts, feedback and kept answers.
    ledger_table : str
        DynamoDB table of the ledger, which tells of what was forgotten.
    feature_group, workgroup : str
        As of `FeatureStoreSettings`.
    """

    home_uri: str
    receipts_table: str
    ledger_table: str
