"""Load balancer, HTTP API, sign-in."""

from infra.policy.control import Control
from infra.policy.template import Resource

_BALANCER = ("AWS::ElasticLoadBalancingV2::LoadBalancer",)
_LISTENER = ("AWS::ElasticLoadBalancingV2::Listener",)
_ROUTE, _STAGE = ("AWS::ApiGatewayV2::Route",), ("AWS::ApiGatewayV2::Stage",)
_POOL = ("AWS::Cognito::UserPool",)


def _attribute(balancer: Resource, key: str) -> str | None:
    for each in balancer.list("LoadBalancerAttributes"):
        if each["Key"] == key:
            return str(each["Value"])
    return None


def _signs_in(listener: Resource) -> bool:
    actions = [action["Type"] for action in listener.list("DefaultActions")]
    return actions[:1] in (["authenticate-cognito"], ["authenticate-oidc"])


def _is_protected(balancer: Resource) -> bool:
    kept = balancer.stack.environment.keep_data
    return _attribute(balancer, "deletion_protection.enabled") == "true" or not kept


def _has_firewall(balancer: Resource) -> bool:
    associations = balancer.stack.naming(balancer, "AWS::WAFv2::WebACLAssociation", "ResourceArn")
    return any(True for _ in associations) or not balancer.stack.environment.is_production


def _refuses_and_counts(firewall: Resource) -> bool:
    return bool(firewall.list("Rules")) and all(
        each["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
        and "Count" not in {**each.get("Action", {}), **each.get("OverrideAction", {})}
        for each in firewall.list("Rules")
    )


def _client_is_narrow(client: Resource) -> bool:
    return (
        client.get("GenerateSecret") is True
        and client.list("AllowedOAuthFlows") == ["code"]
        and client.get("PreventUserExistenceErrors") == "ENABLED"
    )


def _has_strong_passwords(pool: Resource) -> bool:
    policy = pool.get("Policies.PasswordPolicy") or {}
    needs = ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols")
    return policy.get("MinimumLength", 0) >= 12 and all(policy.get(name) for name in needs)


CONTROLS = (
    Control(
        id="ELB.4",
        says="broken headers are dropped",
        types=_BALANCER,
        holds=lambda r: _attribute(r, "routing.http.drop_invalid_header_fields.enabled") == "true",
    ),
    Control(
        id="ELB.5",
        says="requests are logged",
        types=_BALANCER,
        holds=lambda r: _attribute(r, "access_logs.s3.enabled") == "true",
    ),
    Control(
        id="ELB.6",
        says="the balancer is protected from deletion where data is kept",
        types=_BALANCER,
        holds=_is_protected,
    ),
    Control(
        id="ELB.12",
        says="requests that two servers could read differently are refused",
        types=_BALANCER,
        holds=lambda r: (
            _attribute(r, "routing.http.desync_mitigation_mode") in {"defensive", "strictest"}
        ),
    ),
    Control(
        id="ELB.13",
        says="the balancer stands in two zones or more",
        types=_BALANCER,
        holds=lambda r: len(r.list("Subnets")) >= 2,
    ),
    Control(
        id="ELB.16",
        says="production's balancer has a firewall for requests",
        types=_BALANCER,
        holds=_has_firewall,
    ),
    Control(
        id="WAF.12",
        says="each rule of the firewall is counted, and refuses rather than counts",
        types=("AWS::WAFv2::WebACL",),
        holds=_refuses_and_counts,
    ),
    Control(
        id="ELB.1",
        says="the listener speaks TLS",
        types=_LISTENER,
        holds=lambda r: r.get("Protocol") == "HTTPS",
    ),
    Control(
        id="ELB.17",
        says="the listener asks for TLS 1.3 or 1.2",
        types=_LISTENER,
        holds=lambda r: "TLS13" in str(r.get("SslPolicy")),
    ),
    Control(id="LW.ELB.1", says="everybody signs in first", types=_LISTENER, holds=_signs_in),
    Control(
        id="APIGateway.8",
        says="the route needs authorization",
        types=_ROUTE,
        holds=lambda r: r.get("AuthorizationType") in {"AWS_IAM", "JWT"},
    ),
    Control(
        id="APIGateway.9",
        says="requests are logged",
        types=_STAGE,
        holds=lambda r: r.get("AccessLogSettings.DestinationArn") is not None,
    ),
    Control(
        id="LW.API.1",
        says="requests are throttled",
        types=_STAGE,
        holds=lambda r: bool(r.get("DefaultRouteSettings.ThrottlingRateLimit")),
    ),
    Control(
        id="APIGateway.10",
        says="the API hands requests to AWS services or over TLS only",
        types=("AWS::ApiGatewayV2::Integration",),
        holds=lambda r: (
            r.get("IntegrationType") == "AWS_PROXY"
            or str(r.get("IntegrationUri")).startswith("https://")
        ),
    ),
    Control(
        id="LW.API.2",
        says="no page of another origin may call the API",
        types=("AWS::ApiGatewayV2::Api",),
        holds=lambda r: r.get("CorsConfiguration") is None,
    ),
    Control(
        id="Cognito.1",
        says="stolen passwords and odd sign-ins are refused",
        types=_POOL,
        holds=lambda r: r.get("UserPoolAddOns.AdvancedSecurityMode") == "ENFORCED",
    ),
    Control(
        id="Cognito.6",
        says="the users are protected from deletion where data is kept",
        types=_POOL,
        holds=lambda r: (
            r.get("DeletionProtection") == "ACTIVE" or not r.stack.environment.keep_data
        ),
    ),
    Control(
        id="LW.COGNITO.2",
        says="the client has a secret, uses codes only, and never tells who has an account",
        types=("AWS::Cognito::UserPoolClient",),
        holds=_client_is_narrow,
    ),
    Control(
        id="Cognito.5",
        says="a second factor is required",
        types=_POOL,
        holds=lambda r: r.get("MfaConfiguration") == "ON",
    ),
    Control(id="Cognito.3", says="passwords are strong", types=_POOL, holds=_has_strong_passwords),
    Control(
        id="LW.COGNITO.1",
        says="nobody signs up by himself",
        types=_POOL,
        holds=lambda r: r.get("AdminCreateUserConfig.AllowAdminCreateUserOnly") is True,
    ),
)
