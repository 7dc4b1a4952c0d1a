"""IAM, and the tags that say whose a resource is."""

from collections.abc import Iterator
from typing import Any

from infra.policy.control import EVERY_TYPE, Control
from infra.policy.every_resource import allows_nothing_narrower
from infra.policy.template import Resource

# These two do not say on whose behalf they take a role on.
_SAYS_NO_ACCOUNT = {"ec2.amazonaws.com", "lambda.amazonaws.com"}
_MANAGED_BY_CDK = "CustomResourceProviderRole"
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role")
_ROLE = ("AWS::IAM::Role",)
_TAGGED = (
    "AWS::S3::Bucket",
    "AWS::RDS::DBInstance",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::DynamoDB::Table",
    "AWS::Lambda::Function",
    "AWS::SageMaker::Endpoint",
    "AWS::EC2::VPC",
    "AWS::KMS::Key",
    "AWS::SQS::Queue",
    "AWS::SNS::Topic",
    "AWS::IAM::Role",
    "AWS::ECS::Service",
    "AWS::SecretsManager::Secret",
    "AWS::Glue::Job",
    "AWS::Glue::Crawler",
    "AWS::Athena::WorkGroup",
    "AWS::SageMaker::Pipeline",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::MWAA::Environment",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ApiGatewayV2::Api",
    "AWS::EC2::SecurityGroup",
    "AWS::Logs::LogGroup",
)
# People sign in through the account's own identity center; callers sign their requests.
_NEVER = (
    "AWS::IAM::User",
    "AWS::IAM::AccessKey",
    "AWS::Lambda::Url",
    "AWS::SageMaker::NotebookInstance",
)


def as_list(value: Any) -> list[Any]:
    """A policy's element, which IAM lets be one value or several, as several."""
    return value if isinstance(value, list) else [value]


def statements(resource: Resource) -> Iterator[dict[str, Any]]:
    """What a policy, or a role's own policies, allow."""
    documents = [resource.get("PolicyDocument")]
    documents += [each["PolicyDocument"] for each in resource.list("Policies")]
    for document in filter(None, documents):
        yield from (s for s in as_list(document["Statement"]) if s["Effect"] == "Allow")


def _actions(resource: Resource) -> list[str]:
    return [action for each in statements(resource) for action in as_list(each.get("Action", []))]


def _names_actions(resource: Resource) -> bool:
    named = all("Action" in each and "Resource" in each for each in statements(resource))
    return named and not any(action in {"*", "*:*"} for action in _actions(resource))


def _names_no_whole_service(resource: Resource) -> bool:
    return not any(action.endswith(":*") for action in _actions(resource))


def _names_whole_actions(resource: Resource) -> bool:
    return not any("*" in action or "?" in action for action in _actions(resource))


def _names_resources(resource: Resource) -> bool:
    return all(
        allows_nothing_narrower(action, each.get("Condition", {}))
        for each in statements(resource)
        if "*" in as_list(each.get("Resource", []))
        for action in as_list(each.get("Action", []))
    )


def _names_keys(resource: Resource) -> bool:
    return not any(
        action.startswith(("kms:Decrypt", "kms:ReEncrypt", "kms:*"))
        for each in statements(resource)
        if any(str(name) == "*" or ":key/*" in str(name) for name in as_list(each["Resource"]))
        for action in as_list(each.get("Action", []))
    )


def _passes_roles_narrowly(resource: Resource) -> bool:
    return all(
        "iam:PassedToService" in str(each.get("Condition"))
        for each in statements(resource)
        if "iam:PassRole" in as_list(each.get("Action", []))
    )


def _has_no_managed_policy(role: Resource) -> bool:
    return not role.list("ManagedPolicyArns") or _MANAGED_BY_CDK in role.id


def _is_taken_on_for_us(role: Resource) -> bool:
    return (
        all(
            _trusts_narrowly(each)
            for each in as_list(role.get("AssumeRolePolicyDocument.Statement"))
        )
        or _MANAGED_BY_CDK in role.id
    )


def _trusts_narrowly(statement: dict[str, Any]) -> bool:
    principal = statement["Principal"]
    if principal == "*" or principal.get("AWS") == "*":
        return False
    services = set(as_list(principal.get("Service", [])))
    if "AWS" in principal and "AWS::AccountId" not in str(principal["AWS"]):
        return False
    # Redshift names the account in the external id, with the database user.
    limits = str(statement.get("Condition"))
    return services <= _SAYS_NO_ACCOUNT or "aws:Source" in limits or "sts:ExternalId" in limits


def _tags(resource: Resource) -> set[str]:
    tags = resource.get("Tags")
    return set(tags) if isinstance(tags, dict) else {each["Key"] for each in tags or []}


CONTROLS = (
    Control(id="IAM.1", says="the policy names its actions", types=_POLICIES, holds=_names_actions),
    Control(
        id="IAM.21",
        says="no action is a whole service",
        types=_POLICIES,
        holds=_names_no_whole_service,
    ),
    Control(
        id="LW.IAM.1",
        says="the policy names its resources wherever AWS can tell them apart",
        types=_POLICIES,
        holds=_names_resources,
    ),
    Control(
        id="LW.IAM.5",
        says="every action has its whole name",
        types=_POLICIES,
        holds=_names_whole_actions,
    ),
    Control(
        id="LW.IAM.2",
        says="a role is passed to a named service only",
        types=_POLICIES,
        holds=_passes_roles_narrowly,
    ),
    Control(
        id="LW.IAM.3",
        says="the role has no policy of AWS's making",
        types=_ROLE,
        holds=_has_no_managed_policy,
    ),
    Control(
        id="LW.IAM.4",
        says="a service takes the role on for this account only",
        types=_ROLE,
        holds=_is_taken_on_for_us,
    ),
    Control(
        id="KMS.1",
        says="nobody may decrypt with every key",
        types=_POLICIES,
        holds=_names_keys,
    ),
    Control(
        id="IAM.2",
        says="there is no IAM user, access key, function URL or notebook machine",
        types=(EVERY_TYPE,),
        holds=lambda r: r.type not in _NEVER,
    ),
    Control(
        id="LW.TAG.1",
        says="tags say product and environment",
        types=_TAGGED,
        holds=lambda r: {"project", "environment"} <= _tags(r) or _MANAGED_BY_CDK in r.id,
    ),
)
