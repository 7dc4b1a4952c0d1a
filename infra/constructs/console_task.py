"""The container of the web pages: it reads of models, and keeps receipts of its scores."""

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.logs import log_group
from infra.constructs.object_access import let_read
from infra.constructs.receipts_table import ReceiptsTable
from infra.constructs.role import ServiceRole
from infra.environments import Environment
from ml.contract.access_settings import AccessSettings
from ml.contract.cloud_settings import ConsoleSettings
from ml.contract.names import PRODUCT
from ml.contract.places import card_prefix, monitor_prefixes, serving_prefix

_TASKS = "ecs-tasks.amazonaws.com"
# As the Dockerfile names the user.
_USER = "10001"


class ConsoleTask(ecs.FargateTaskDefinition):
    """A quarter of a processor and a gibibyte, no root, no capabilities, and a disk for /tmp only.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its use case, and how long the log is kept.
    settings : ConsoleSettings
        Become the container's environment variables.
    doors : AccessSettings
        Whom the pages let in.
    image : DockerImageAsset
        The one image; its word ``console`` starts the pages.
    home : IBucket
        Holds what serves, model cards, and what was watched, decided and found.
    receipts : ReceiptsTable
        Keeps what is remembered of scores.
    ledger_arn : str
        Table that tells of the versions.
    data_key, operations_key : IKey
        Encrypt what serves, and the log.

    Attributes
    ----------
    port : int
        Where the pages are.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        settings: ConsoleSettings,
        doors: AccessSettings,
        image: ecr_assets.DockerImageAsset,
        home: s3.IBucket,
        receipts: ReceiptsTable,
        ledger_arn: str,
        data_key: kms.IKey,
        operations_key: kms.IKey,
    ) -> None:
        role = ServiceRole(scope, f"{id}Role", _TASKS, description="What the console's pages may")
        case = environment.use_case
        for prefix in (serving_prefix(case), card_prefix(case), *monitor_prefixes(case)):
            let_read(role, home, prefix)
        receipts.let_keep(role)
        # To read alone: what people open in a browser changes no model.
        role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:Query"], resources=[ledger_arn]))
        data_key.grant_decrypt(role)
        super().__init__(
            scope,
            id,
            family=f"{PRODUCT}-{environment.name}-console",
            cpu=256,
            memory_limit_mib=1024,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.X86_64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            task_role=role,
            execution_role=ServiceRole(
                scope, f"{id}StartRole", _TASKS, description="Fetches the console's image"
            ),
            volumes=[ecs.Volume(name="tmp")],
        )
        self.port = settings.port
        log = log_group(
            scope, f"{id}Log", name="console", environment=environment, key=operations_key
        )
        self._add_pages(
            settings.to_env() | doors.to_env() | {"AWS_DEFAULT_REGION": cdk.Stack.of(self).region},
            image,
            ecs.LogDrivers.aws_logs(log_group=log, stream_prefix="web"),
        )

    def _add_pages(
        self,
        variables: dict[str, str],
        image: ecr_assets.DockerImageAsset,
        logging: ecs.LogDriver,
    ) -> None:
        limits = ecs.LinuxParameters(self, "Limits", init_process_enabled=True)
        limits.drop_capabilities(ecs.Capability.ALL)
        container = self.add_container(
            "Pages",
            image=ecs.ContainerImage.from_docker_image_asset(image),
            command=["console"],
            environment=variables,
            user=_USER,
            readonly_root_filesystem=True,
            linux_parameters=limits,
            logging=logging,
            port_mappings=[ecs.PortMapping(container_port=self.port)],
        )
        container.add_mount_points(
            ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False)
        )
