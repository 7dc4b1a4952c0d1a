"""Serving: the endpoint that scores, and the API in front of it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.endpoint_alarms import EndpointAlarms
from infra.constructs.endpoint_scaling import EndpointScaling
from infra.constructs.hosted_model import HostedModel, private_place
from infra.constructs.hosting_role import HostingRole
from infra.constructs.logs import log_group
from infra.constructs.network_interfaces import let_join
from infra.constructs.object_access import let_read
from infra.constructs.package_parameter import PackageParameter
from infra.constructs.python_function import PythonFunction
from infra.constructs.scoring_api import ScoringApi
from infra.constructs.scoring_endpoint import VARIANT, Capture, ScoringEndpoint
from infra.constructs.tiers import Tier
from infra.environments import Environment
from infra.shapes import InstanceEndpoint
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.training import TrainingStack
from ml.contract.cloud_settings import EndpointSettings, ScoreLeadSettings
from ml.contract.names import PRODUCT, Zone
from ml.contract.places import captures_prefix, packages_prefix, transforms_prefix
from ml.use_cases import find


class ServingStack(LeadwiseStack):
    """SageMaker endpoint with guardrails, and an HTTP API with sign-in.

    Two parameters say what it serves: ``ChampionPackage`` and, on instances, ``ShadowPackage``.
    While the first is empty there is no endpoint; deploying a champion is changing it.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Buckets.
    training : TrainingStack
        Image and pipeline.

    Attributes
    ----------
    endpoint_name : str
        Exists once a champion has been deployed.
    variant : str
        Under which its metrics are counted.
    score_lead : PythonFunction
        Behind the API.
    api_id : str
        The HTTP API.
    api_url : str
        Where leads are sent.
    captures_uri : str
        S3 folder of what the endpoint was asked and answered; instances only.
    batch_role : HostingRole
        What a batch transform is: reads clean leads, writes scores.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
        training: TrainingStack,
    ) -> None:
        super().__init__(scope, id, environment=environment, purpose="endpoint and scoring API")
        self._environment, self._foundation = environment, foundation
        self._network, self._lake, self._training = network, lake, training
        self._moment = find(environment.use_case).default_moment.name
        self.variant = VARIANT
        self.endpoint_name = (
            f"{PRODUCT}-{environment.name}-{environment.use_case.replace('_', '-')}"
        )
        self._captures = captures_prefix(environment.use_case)
        self.captures_uri = lake.clean.s3_url_for_object(self._captures)
        champion = PackageParameter(self, "ChampionPackage", purpose="the model that answers")
        self._add_endpoint(champion)
        self.batch_role = self._batch_role()
        self._model("BatchModel", champion, self.batch_role, isolated=True)
        self._add_api()

    def _add_endpoint(self, champion: PackageParameter) -> None:
        shape = self._environment.endpoint
        on_instances = isinstance(shape, InstanceEndpoint)
        alarms = EndpointAlarms(
            self,
            "EndpointAlarms",
            endpoint_name=self.endpoint_name,
            variant=self.variant,
            shape=shape,
            topics=self._foundation.topics,
        )
        role = self._endpoint_role(alarms)
        endpoint = ScoringEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.endpoint_name,
            shape=shape,
            champion=self._model("Champion", champion, role, isolated=on_instances),
            challenger=self._challenger(champion, role) if on_instances else None,
            key=self._foundation.operations_key,
            capture=Capture(uri=self.captures_uri, key=self._foundation.data_key),
            alarms=alarms.all,
        )
        if isinstance(shape, InstanceEndpoint) and shape.max_instances > shape.min_instances:
            EndpointScaling(self, "Scaling", endpoint=endpoint, shape=shape)

    def _challenger(self, champion: PackageParameter, role: HostingRole) -> HostedModel:
        package = PackageParameter(
            self,
            "ShadowPackage",
            purpose="the model that is asked as well and whose answers nobody sees",
            beside=champion,
        )
        return self._model("Challenger", package, role, isolated=True)

    def _model(
        self, id: str, package: PackageParameter, role: HostingRole, *, isolated: bool
    ) -> HostedModel:
        return HostedModel(
            self,
            id,
            image=self._training.image.image_uri,
            package=package,
            settings=EndpointSettings(use_case=self._environment.use_case, moment=self._moment),
            role=role,
            isolated_in=self._place() if isolated else None,
        )

    def _place(self) -> sagemaker.CfnModel.VpcConfigProperty:
        return private_place(
            self._network.vpc,
            subnets=self._network.private,
            group=self._network.tiers[Tier.ENDPOINT_HOSTS],
        )

    def _endpoint_role(self, alarms: EndpointAlarms) -> HostingRole:
        role = self._hosting_role("EndpointRole", "What answers leads at the endpoint")
        log = log_group(
            self,
            "EndpointLog",
            name=f"/aws/sagemaker/Endpoints/{self.endpoint_name}",
            environment=self._environment,
            key=self._foundation.operations_key,
        )
        role.let_log(log.log_group_arn)
        if isinstance(self._environment.endpoint, InstanceEndpoint):
            self._let_join(role)
            role.let_write(self._lake.clean, self._captures, key=self._foundation.data_key)
            role.let_see(alarms.all)
        return role

    def _batch_role(self) -> HostingRole:
        role = self._hosting_role("BatchRole", "What scores many leads at once in batch transforms")
        # All transforms of an account share one log group, which the first of them makes.
        group = self.format_arn(
            service="logs",
            resource="log-group",
            resource_name="/aws/sagemaker/TransformJobs:*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        role.let_log(group, "logs:CreateLogGroup")
        let_read(role, self._lake.clean, f"{Zone.CLEAN}/")
        answers = transforms_prefix(self._environment.use_case)
        role.let_write(self._lake.clean, answers, key=self._foundation.data_key)
        self._let_join(role)
        return role

    def _hosting_role(self, id: str, description: str) -> HostingRole:
        role = HostingRole(
            self,
            id,
            description=description,
            images=self._training.image.repository,
            packages=self._lake.artifacts,
            prefix=packages_prefix(self._environment.use_case),
            key=self._foundation.data_key,
        )
        role.let_encrypt_disks(self._foundation.operations_key)
        return role

    def _let_join(self, role: HostingRole) -> None:
        let_join(
            role,
            vpc=self._network.vpc,
            subnets=self._network.private,
            group=self._network.tiers[Tier.ENDPOINT_HOSTS],
        )

    def _add_api(self) -> None:
        self.score_lead = PythonFunction(
            self,
            "ScoreLead",
            module="score_lead",
            purpose="Checks leads that come through the API and has them scored",
            settings=ScoreLeadSettings(
                use_case=self._environment.use_case,
                moment=self._moment,
                endpoint=self.endpoint_name,
            ),
            environment=self._environment,
            key=self._foundation.operations_key,
        )
        self.score_lead.add_to_role_policy(
            iam.PolicyStatement(
                actions=["sagemaker:InvokeEndpoint"],
                resources=[
                    self.format_arn(
                        service="sagemaker",
                        resource="endpoint",
                        resource_name=self.endpoint_name,
                    )
                ],
            )
        )
        api = ScoringApi(
            self,
            "Api",
            environment=self._environment,
            scorer=self.score_lead,
            key=self._foundation.operations_key,
            topics=self._foundation.topics,
        )
        self.api_id, self.api_url = api.api_id, api.url
        cdk.CfnOutput(self, "ScoringUrl", value=f"{api.url}/v1/score")
        cdk.CfnOutput(self, "EndpointName", value=self.endpoint_name)
