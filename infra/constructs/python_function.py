"""A Lambda in Python with a role, a log group and traces of its own."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.role import ServiceRole
from infra.environments import Environment
from infra.source_assets import lambda_code
from ml.contract.alerts import NAMESPACE, part_name
from ml.contract.settings import Settings


class PythonFunction(lambda_.Function):
    """`lambdas/<module>.py`, run by its `handler` function.

    Parameters
    ----------
    scope, id
        As of every construct.
    module : str
        File in lambdas/, such as ``"intake"``; also the end of its log group's name.
    purpose : str
        What it does, in a few words.
    settings : Settings
        Becomes its environment variables.
    environment : Environment
        Says how long its log is kept.
    key : IKey
        Encrypts log and environment variables.
    timeout : Duration, default=30 s
        Longest run.
    memory_mb : int, default=256
        Processor time grows with it.
    concurrency : int or None
        Most runs at once; None shares the account's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        module: str,
        purpose: str,
        settings: Settings,
        environment: Environment,
        key: kms.IKey,
        timeout: Duration | None = None,
        memory_mb: int = 256,
        concurrency: int | None = None,
    ) -> None:
        role = ServiceRole(scope, f"{id}Role", "lambda.amazonaws.com", description=purpose)
        log = log_group(
            scope, f"{id}Log", name=f"lambda/{module}", environment=environment, key=key
        )
        super().__init__(
            scope,
            id,
            description=purpose,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.{module}.handler",
            code=lambda_code(scope),
            role=role,
            log_group=log,
            environment=settings.to_env() | _powertools(part_name(environment.name, module)),
            environment_encryption=key,
            timeout=timeout or Duration.seconds(30),
            memory_size=memory_mb,
            reserved_concurrent_executions=concurrency,
            tracing=lambda_.Tracing.ACTIVE,
        )
        log.grant_write(role)
        key.grant_decrypt(role)
        self._let_trace(role)

    def _let_trace(self, role: iam.Role) -> None:
        # X-Ray has no resources to name for these two.
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
            )
        )


def _powertools(service: str) -> dict[str, str]:
    return {"POWERTOOLS_SERVICE_NAME": service, "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE}
