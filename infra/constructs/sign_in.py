"""Who may open the console: accounts that an administrator makes, each with a second factor."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_elasticloadbalancingv2 as balancing
from aws_cdk import aws_elasticloadbalancingv2_actions as actions
from constructs import Construct

from infra.environments import Environment
from infra.retention import removal_of_data
from ml.contract.access import AccessMode, Role
from ml.contract.access_settings import USUAL_RATE, AccessSettings
from ml.contract.names import PRODUCT

_WORKDAY = cdk.Duration.hours(10)
_PASSWORDS = cognito.PasswordPolicy(
    min_length=12,
    require_lowercase=True,
    require_uppercase=True,
    require_digits=True,
    require_symbols=True,
    temp_password_validity=cdk.Duration.days(3),
)


class SignIn(Construct):
    """A Cognito user pool with pages of its own, which a load balancer sends people to.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its console's domain; whether accounts outlive the stack.
    domain : str
        Where people come back to.

    Attributes
    ----------
    pool : UserPool
        The accounts; a group for each role, in which an administrator puts people.
    """

    def __init__(self, scope: Construct, id: str, *, environment: Environment, domain: str) -> None:
        super().__init__(scope, id)
        removal = removal_of_data(self, environment)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=f"{PRODUCT}-{environment.name}-console",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            password_policy=_PASSWORDS,
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            # Priced per person who signs in: cents for a sales team, nothing idle.
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            deletion_protection=environment.keep_data,
            removal_policy=removal,
        )
        self._pages = self.pool.add_domain(
            "Pages",
            # Unique in the region over all accounts.
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"{PRODUCT}-{environment.name}-{cdk.Aws.ACCOUNT_ID}"
            ),
        )
        self._client = self._balancer_client(domain)
        self._add_groups()

    def doors(self, balancer: balancing.IApplicationLoadBalancer, domain: str) -> AccessSettings:
        """How the pages behind a load balancer learn whom it has signed in, and what they may."""
        return AccessSettings(
            mode=AccessMode.OIDC,
            names=domain,
            issuer=self.pool.user_pool_provider_url,
            audience=self._client.user_pool_client_id,
            groups_claim="cognito:groups",
            balancer=balancer.load_balancer_arn,
            requests_per_second=USUAL_RATE,
        )

    def before(self, then: balancing.ListenerAction) -> balancing.ListenerAction:
        """A listener's action that signs people in for a working day, and then goes on."""
        return actions.AuthenticateCognitoAction(
            next=then,
            user_pool=self.pool,
            user_pool_client=self._client,
            user_pool_domain=self._pages,
            session_timeout=_WORKDAY,
            # The balancer's tier already may.
            allow_https_outbound=False,
        )

    def _add_groups(self) -> None:
        prefix = AccessSettings().group_prefix
        for role in Role:
            self.pool.add_group(
                role.word.capitalize(),
                group_name=f"{prefix}{role.word}",
                # Tokens name the most powerful group first.
                precedence=len(Role) - role,
            )

    def _balancer_client(self, domain: str) -> cognito.UserPoolClient:
        return self.pool.add_client(
            "Balancer",
            # The load balancer keeps it; no person and no template ever sees it.
            generate_secret=True,
            prevent_user_existence_errors=True,
            auth_flows=cognito.AuthFlow(),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
                callback_urls=[f"https://{domain}/oauth2/idpresponse"],
            ),
        )
