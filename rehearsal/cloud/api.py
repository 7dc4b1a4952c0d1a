"""The HTTP API and its sign-in."""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloud.model import Model, Properties


class HttpApi(Model):
    """An API."""

    type = "AWS::ApiGatewayV2::Api"

    def create(self) -> None:
        made = self.client("apigatewayv2").create_api(**self._asked(), Tags=self.tag_map())
        self.ref = made["ApiId"]
        host = f"{self.ref}.execute-api.{self.region}.amazonaws.com"
        self.attributes = {"ApiId": self.ref, "ApiEndpoint": f"https://{host}"}

    def update(self, before: Properties) -> None:
        given = {k: v for k, v in self._asked().items() if k != "ProtocolType"}
        self.client("apigatewayv2").update_api(ApiId=self.ref, **given)

    def delete(self) -> None:
        self.client("apigatewayv2").delete_api(ApiId=self.ref)

    def _asked(self) -> Properties:
        return self.without("Tags", "FailOnWarnings")


class _Part(Model):
    """A part of an API: made, changed and dropped in calls of one pattern."""

    noun: ClassVar[str] = ""
    replaced_by: ClassVar[tuple[str, ...]] = ("ApiId",)

    def create(self) -> None:
        made = self._call("create", **self._asked())
        self.ref = made[f"{self.noun.title()}Id"]
        self.attributes = {f"{self.noun.title()}Id": self.ref}

    def update(self, before: Properties) -> None:
        self._call("update", **self._asked(), **self._id())

    def delete(self) -> None:
        self._call("delete", ApiId=self.properties["ApiId"], **self._id())

    def _call(self, verb: str, **asked: object) -> Properties:
        made: Properties = getattr(self.client("apigatewayv2"), f"{verb}_{self.noun}")(**asked)
        return made

    def _id(self) -> Properties:
        return {f"{self.noun.title()}Id": self.ref}

    def _asked(self) -> Properties:
        return self.without("Tags")


class Integration(_Part):
    """What answers."""

    type = "AWS::ApiGatewayV2::Integration"
    noun = "integration"


class Route(_Part):
    """Which path goes where."""

    type = "AWS::ApiGatewayV2::Route"
    noun = "route"


class Authorizer(_Part):
    """Who is let in."""

    type = "AWS::ApiGatewayV2::Authorizer"
    noun = "authorizer"


class Stage(_Part):
    """The API as it is called."""

    type = "AWS::ApiGatewayV2::Stage"
    noun = "stage"
    replaced_by = ("ApiId", "StageName")

    def create(self) -> None:
        self._call("create", **self._asked(), Tags=self.tag_map())
        self.ref = self.properties["StageName"]

    def _id(self) -> Properties:
        return {}

    def delete(self) -> None:
        self._call("delete", **self.pick("ApiId", "StageName"))


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
