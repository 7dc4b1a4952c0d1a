"""The HTTP API."""

from __future__ import annotations

from typing import ClassVar

from rehearsal.cloud.model import Model, Properties


class HttpApi(Model):
    """An API."""

    type = "AWS::ApiGatewayV2::Api"
    unproven = "that requests are let in, limited and logged; the Lambda behind its route is called"

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
