"""A role that one AWS service takes on, on behalf of this account only."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

# These two do not say on whose behalf they take a role on, so the condition would lock them out.
_SAYS_NO_ACCOUNT = {"ec2.amazonaws.com", "lambda.amazonaws.com"}
# And Redshift says it in its own way: as the ARN of the database user who runs COPY or UNLOAD.
_SAYS_USER = {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}


class ServiceRole(iam.Role):
    """A role without any permission yet: every grant is a visible line where it is needed.

    Parameters
    ----------
    scope, id
        As of every construct.
    services : str
        Principals such as ``"glue.amazonaws.com"``; each must act for this account.
    description : str
        What the role is for.
    """

    def __init__(self, scope: Construct, id: str, *services: str, description: str) -> None:
        principals = [_principal(service, cdk.Stack.of(scope)) for service in services]
        super().__init__(
            scope,
            id,
            assumed_by=iam.CompositePrincipal(*principals) if principals[1:] else principals[0],
            description=description,
        )


def _principal(service: str, stack: cdk.Stack) -> iam.ServicePrincipal:
    if service in _SAYS_NO_ACCOUNT:
        return iam.ServicePrincipal(service)
    if service in _SAYS_USER:
        users = stack.format_arn(
            service="redshift",
            resource="dbuser",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.ServicePrincipal(service, conditions={"StringLike": {"sts:ExternalId": users}})
    return iam.ServicePrincipal(
        service, conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
    )
