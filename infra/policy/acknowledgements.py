"""What cdk-nag asks for and we do differently, each with its reason."""

from dataclasses import dataclass

_LAMBDAS = (
    "*/ingestion/Intake/*",
    "*/network/DefaultGroup/Function/*",
    "*/orchestration/*",
    "*/serving/ScoreLead/*",
    "*/warehouse/Setup/Function/*",
    "*/monitoring/*",
)


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """A reason for not following a rule, where it applies.

    Parameters
    ----------
    rules : tuple of str
        Rules of cdk-nag; ``*`` stands for any text: ``"AwsSolutions-IAM5[Action::s3:*]"``.
    paths : tuple of str
        Paths of constructs, with ``*``: ``"*/ingestion/*"``.
    reason : str
        Why this is right here.
    """

    rules: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str


ACKNOWLEDGEMENTS: tuple[Acknowledgement, ...] = (
    Acknowledgement(
        rules=("AwsSolutions-IAM5[Resource::*]",),
        paths=("*/DefaultPolicy/Resource",),
        reason="AWS knows no resource for these actions; our control LW.IAM.1 lists each of them.",
    ),
    Acknowledgement(
        rules=(
            "AwsSolutions-IAM5[Resource::leadwise-*-lake:*/*]",
            "AwsSolutions-IAM5[Resource::<*.Arn>/*]",
        ),
        paths=("*/DefaultPolicy/Resource",),
        reason="All objects of one of our buckets, or of one folder in it.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-IAM5[Resource::*:log-group:*]",),
        paths=("*/DefaultPolicy/Resource",),
        reason="Streams of one log group, which the service names when a run begins.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-IAM5[Resource::*:network-interface/*]",),
        paths=("*/ingestion/*", "*/serving/*", "*/training/*"),
        reason="The service makes its network interfaces before they have names.",
    ),
    Acknowledgement(
        rules=(
            "AwsSolutions-IAM5[Resource::*:instance/*]",
            "AwsSolutions-IAM5[Resource::*:autoScalingGroup:*]",
        ),
        paths=("*/tracking/Role/*",),
        reason="The machine reports on itself and its group, whose ids AWS gives out at launch.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-IAM5[Resource::*:table/<Database>/*]",),
        paths=("*/ingestion/*",),
        reason="The crawler makes tables in one database; their names come from the files.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-IAM5[Resource::*:airflow-celery-*]",),
        paths=("*/orchestration/Airflow/Role/*",),
        reason="MWAA's own task queue lies in an account of AWS, as its documentation says.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-L1", "Serverless-LambdaLatestVersion"),
        paths=_LAMBDAS,
        reason="Python 3.13, which AWS supports to 2029; the packages are built and tested for it.",
    ),
    Acknowledgement(
        rules=("Serverless-LambdaDLQ",),
        paths=_LAMBDAS,
        reason="Called directly, by a queue with dead letters, or with a failure destination.",
    ),
    Acknowledgement(
        rules=("Serverless-LambdaEventSourceMappingDestination",),
        paths=("*/ingestion/Intake/*",),
        reason="The queue that it reads has a dead-letter queue for what fails three times.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"),
        paths=("*DeadLetters/Resource",),
        reason="It is a dead-letter queue: an alarm watches it, and people empty it.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-RDS3",),
        paths=("dev/tracking/Database/*", "staging/tracking/Database/*"),
        reason="A standby doubles the price; outside production a restored backup will do.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-RDS11",),
        paths=("*/tracking/Database/*",),
        reason="Another port hides nothing in an isolated subnet that one group may reach.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-SMG4",),
        paths=("*/tracking/Admin/*", "*/monitoring/*"),
        reason="Renewed by people: nothing but its owner's system can make a new one.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-EC28", "AwsSolutions-EC29"),
        paths=("*/network/Vpc/*/NatInstance/*",),
        reason="Holds no state and is replaced freely; metrics by the minute would cost its price.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-ECS2",),
        paths=("*/console/Task/*",),
        reason="Names of buckets and of a use case; our control ECS.8 refuses secrets there.",
    ),
    Acknowledgement(
        rules=("AwsSolutions-ECS4",),
        paths=("*/console/*",),
        reason="One service of one or two tasks: its own metrics show what insights would sell.",
    ),
)
