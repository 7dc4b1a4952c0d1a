"""Cognito: who signs in to the API."""

from __future__ import annotations

from rehearsal.cloud.model import Model, Properties


class UserPool(Model):
    """People and programs that may sign in."""

    type = "AWS::Cognito::UserPool"
    name_property = "UserPoolName"
    _OWN = ("EnabledMfas", "UserPoolName", "UserPoolTags", "EmailAuthenticationMessage",
            "EmailAuthenticationSubject", "WebAuthnRelyingPartyID", "WebAuthnUserVerification",
            "WebAuthnFactorConfiguration")  # fmt: skip

    def create(self) -> None:
        made = self.client("cognito-idp").create_user_pool(
            PoolName=self.name,
            UserPoolTags=self.properties.get("UserPoolTags", {}),
            **self.without(*self._OWN),
        )["UserPool"]
        self.ref = made["Id"]
        provider = f"cognito-idp.{self.region}.amazonaws.com/{self.ref}"
        self.attributes = {
            "Arn": made["Arn"],
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
            "UserPoolId": self.ref,
        }

    def update(self, before: Properties) -> None:
        fixed = ("Schema", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
        self.client("cognito-idp").update_user_pool(
            UserPoolId=self.ref, **self.without(*self._OWN, *fixed)
        )

    def delete(self) -> None:
        self.client("cognito-idp").delete_user_pool(UserPoolId=self.ref)


class UserPoolClient(Model):
    """A program that signs people in."""

    type = "AWS::Cognito::UserPoolClient"
    name_property = "ClientName"
    replaced_by = ("UserPoolId", "GenerateSecret")

    def create(self) -> None:
        made = self.client("cognito-idp").create_user_pool_client(
            ClientName=self.name, **self.without(self.name_property)
        )["UserPoolClient"]
        self.ref = made["ClientId"]
        self.attributes = {
            "ClientId": self.ref,
            "ClientSecret": made.get("ClientSecret", ""),
            "Name": self.name,
        }

    def update(self, before: Properties) -> None:
        self.client("cognito-idp").update_user_pool_client(
            ClientId=self.ref, **self.without(self.name_property, "GenerateSecret")
        )

    def delete(self) -> None:
        self.client("cognito-idp").delete_user_pool_client(
            ClientId=self.ref, **self.pick("UserPoolId")
        )


class UserPoolDomain(Model):
    """Where the sign-in page is."""

    type = "AWS::Cognito::UserPoolDomain"
    replaced_by = ("Domain", "UserPoolId")

    def create(self) -> None:
        self.ref = self.properties["Domain"]
        self.client("cognito-idp").create_user_pool_domain(
            **self.pick("CustomDomainConfig", "Domain", "UserPoolId")
        )
        self.attributes = {"CloudFrontDistribution": ""}

    def update(self, before: Properties) -> None:
        """Nothing to do: moto knows its name only."""

    def delete(self) -> None:
        self.client("cognito-idp").delete_user_pool_domain(**self.pick("Domain", "UserPoolId"))


class ResourceServer(Model):
    """What a token may be good for."""

    type = "AWS::Cognito::UserPoolResourceServer"
    replaced_by = ("Identifier", "UserPoolId")

    def create(self) -> None:
        self.ref = self.properties["Identifier"]
        self.client("cognito-idp").create_resource_server(**self.properties)

    def update(self, before: Properties) -> None:
        raise NotImplementedError("moto cannot change a resource server")

    def delete(self) -> None:
        """It goes with its pool."""
