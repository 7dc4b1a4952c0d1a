"""Lambda functions and what calls them."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties

_CONFIGURATION = (
    "Architectures", "DeadLetterConfig", "Description", "Environment", "EphemeralStorage",
    "FileSystemConfigs", "Handler", "ImageConfig", "KmsKeyArn:KMSKeyArn", "Layers",
    "LoggingConfig", "MemorySize", "PackageType", "Role", "Runtime", "SnapStart", "Timeout",
    "TracingConfig", "VpcConfig",
)  # fmt: skip
_FIXED = {"Architectures", "PackageType"}


class Function(Model):
    """A function with its configuration; its code is run by `rehearsal.cloud.lambda_runtime`."""

    type = "AWS::Lambda::Function"
    name_property = "FunctionName"
    replaced_by = ("PackageType",)

    def create(self) -> None:
        self.name = self.name[:64]
        made = self.client("lambda").create_function(
            FunctionName=self.name, Code=self._code(), Tags=self.tag_map(), **self._configuration()
        )
        self.ref = self.name
        self.attributes = {"Arn": made["FunctionArn"]}
        self._reserve()

    def update(self, before: Properties) -> None:
        functions = self.client("lambda")
        if before["Code"] != self.properties["Code"]:
            functions.update_function_code(FunctionName=self.name, **self._code())
        configuration = {k: v for k, v in self._configuration().items() if k not in _FIXED}
        functions.update_function_configuration(FunctionName=self.name, **configuration)
        self._reserve()

    def delete(self) -> None:
        self.client("lambda").delete_function(FunctionName=self.name)

    def _configuration(self) -> dict[str, Any]:
        known = {(pair := name.split(":"))[0]: pair[-1] for name in _CONFIGURATION}
        other = set(self.properties) - set(known) - {
            "Code", "FunctionName", "ReservedConcurrentExecutions", "Tags",
            "RecursiveLoop", "RuntimeManagementConfig",
        }  # fmt: skip
        if other:
            raise ValueError(f"no rehearsal of {', '.join(sorted(other))}")
        return {known[k]: v for k, v in self.properties.items() if k in known}

    def _code(self) -> dict[str, Any]:
        return dict(self.properties["Code"])

    def _reserve(self) -> None:
        if "ReservedConcurrentExecutions" in self.properties:
            self.client("lambda").put_function_concurrency(
                FunctionName=self.name,
                ReservedConcurrentExecutions=self.properties["ReservedConcurrentExecutions"],
            )


class Permission(Model):
    """Who may call a function."""

    type = "AWS::Lambda::Permission"
    replaced_by = ("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount")

    def create(self) -> None:
        self.ref = self.logical_id
        self.client("lambda").add_permission(StatementId=self.logical_id[:100], **self.properties)

    def update(self, before: Properties) -> None:
        pass

    def delete(self) -> None:
        self.client("lambda").remove_permission(
            FunctionName=self.properties["FunctionName"], StatementId=self.logical_id[:100]
        )


class EventInvokeConfig(Model):
    """How often an asynchronous call is tried, and where failed ones go."""

    type = "AWS::Lambda::EventInvokeConfig"
    replaced_by = ("FunctionName", "Qualifier")

    def create(self) -> None:
        self.ref = self.name
        self.update({})

    def update(self, before: Properties) -> None:
        self.client("lambda").put_function_event_invoke_config(**self.without("Qualifier"))

    def delete(self) -> None:
        self.client("lambda").delete_function_event_invoke_config(**self.pick("FunctionName"))
