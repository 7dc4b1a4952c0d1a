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
        id="LW.COGNITO.1",
        says="a second factor is required",
        types=_POOL,
        holds=lambda r: r.get("MfaConfiguration") == "ON",
    ),
    Control(
        id="LW.COGNITO.2", says="passwords are strong", types=_POOL, holds=_has_strong_passwords
    ),
    Control(
        id="LW.COGNITO.3",
        says="nobody signs up by himself",
        types=_POOL,
        holds=lambda r: r.get("AdminCreateUserConfig.AllowAdminCreateUserOnly") is True,
    ),
)
