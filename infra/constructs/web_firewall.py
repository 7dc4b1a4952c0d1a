"""A web application firewall: AWS's own rules against common attacks, and a limit per address."""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from ml.contract.names import PRODUCT

# Requests within five minutes.
_RATE = 2_000
# These look into bodies, where people send whole lead files. The pages limit the size themselves,
# and show markup in a lead as text.
_COUNTED_ONLY = ("SizeRestrictions_BODY", "CrossSiteScripting_BODY")


class WebFirewall(Construct):
    """Rules before a load balancer.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment_name : str
        Part of its name.
    guarded_arn : str
        The load balancer.
    """

    def __init__(
        self, scope: Construct, id: str, *, environment_name: str, guarded_arn: str
    ) -> None:
        super().__init__(scope, id)
        name = f"{PRODUCT}-{environment_name}-console"
        rules = waf.CfnWebACL(
            self,
            "Rules",
            name=name,
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_counted(name),
            rules=[_limit(), _common_attacks()],
        )
        waf.CfnWebACLAssociation(
            self, "Guard", resource_arn=guarded_arn, web_acl_arn=rules.attr_arn
        )


def _limit() -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="limit-per-address",
        priority=0,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=_RATE
            )
        ),
        visibility_config=_counted("limit-per-address"),
    )


def _common_attacks() -> waf.CfnWebACL.RuleProperty:
    counted = [
        waf.CfnWebACL.RuleActionOverrideProperty(
            name=name, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
        )
        for name in _COUNTED_ONLY
    ]
    return waf.CfnWebACL.RuleProperty(
        name="common-attacks",
        priority=1,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name="AWSManagedRulesCommonRuleSet",
                rule_action_overrides=counted,
            )
        ),
        visibility_config=_counted("common-attacks"),
    )


def _counted(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        metric_name=name, cloud_watch_metrics_enabled=True, sampled_requests_enabled=True
    )
