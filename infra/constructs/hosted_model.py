"""A package and the image that answers with it, as SageMaker knows them."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.hosting_role import HostingRole
from infra.constructs.network_interfaces import subnet_ids
from infra.constructs.package_parameter import PackageParameter
from ml.contract.settings import Settings


class HostedModel(Construct):
    """A SageMaker model that CloudFormation names, so that a new package makes a new one.

    Parameters
    ----------
    scope, id
        As of every construct.
    image : str
        Address of the image.
    package : PackageParameter
        What it is made of, once it is given.
    settings : Settings
        Become the container's environment variables.
    role : HostingRole
        What the container is.
    isolated_in : VpcConfigProperty or None
        Subnets and groups; the container then reaches nothing at all, not even through them. None
        for serverless endpoints, to which SageMaker offers neither.

    Attributes
    ----------
    name : str
        Of the model.
    when : CfnCondition
        Holds while it exists.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: str,
        package: PackageParameter,
        settings: Settings,
        role: HostingRole,
        isolated_in: sagemaker.CfnModel.VpcConfigProperty | None,
    ) -> None:
        super().__init__(scope, id)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=image, model_data_url=package.uri, environment=settings.to_env()
            ),
            enable_network_isolation=isolated_in is not None,
            vpc_config=isolated_in,
        )
        # Not before the role's policy: SageMaker looks for image and package at once.
        model.node.add_dependency(role)
        model.cfn_options.condition = self.when = package.given
        self.name = model.attr_model_name


def private_place(
    vpc: ec2.IVpc, *, subnets: ec2.SubnetSelection, group: ec2.ISecurityGroup
) -> sagemaker.CfnModel.VpcConfigProperty:
    """Where isolated containers stand.

    Parameters
    ----------
    vpc : IVpc
    subnets : SubnetSelection
        Of the VPC.
    group : ISecurityGroup
        Of the machines.
    """
    return sagemaker.CfnModel.VpcConfigProperty(
        subnets=subnet_ids(vpc, subnets), security_group_ids=[group.security_group_id]
    )
