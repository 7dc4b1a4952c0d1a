"""What templates say, as short texts that can be compared across stacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policy.template import Resource, Stack, refers_to

_ARN = re.compile(r"^arn:aws:([\w-]+):([\w-]*|\*):(\{account\}|\d+|\*|):(.*)$")
_HASH = re.compile(r"[0-9A-F]{8}$")
_NAMED = re.compile(r"\$\{([\w:]+)\}")
_SUBNET = re.compile(r"Subnet\d")
_PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "{account}", "AWS::URLSuffix": "{suffix}"}
_VARIABLE = re.compile(r"(?:^LEADWISE_|^leadwise\.|^--)([\w-]+)$")
_CUSTOM = {"AWS::CloudFormation::CustomResource"}
_FILES = {"ScriptLocation", "RecordPreprocessorSourceUri"}
# As user data and a pipeline's JSON spell variables.
_WRITTEN = re.compile(r'LEADWISE_([A-Z_]+)(?:=|":")([^\n"]+)')
_FETCHED = re.compile(r"aws (s3 cp) [^\n]*(s3://\S+)")


@dataclass(frozen=True)
class Places:
    """Texts for values of templates: ``{lake.Raw}/raw/*``, ``glue:job/leadwise-dev-clean-leads``.

    A resource is ``{stack.LogicalId}``, without the hash, whether by name or ARN; ARNs of this
    account lose all but service and name; subnets of one kind are one.

    Parameters
    ----------
    exports : mapping
        By name, what a stack exports and others import: the stack and the value.
    """

    exports: Mapping[str, tuple[Stack, Any]]

    @classmethod
    def of(cls, stacks: Iterable[Stack]) -> Places:
        """Those of some stacks, which may import from each other."""
        return cls(
            {
                output["Export"]["Name"]: (stack, output["Value"])
                for stack in stacks
                for output in stack.template.get("Outputs", {}).values()
                if "Export" in output
            }
        )

    def place(self, value: Any, stack: Stack) -> str:
        """A resource of a policy, or what a setting names."""
        text = self.text(value, stack).removeprefix("s3://")
        found = _ARN.match(text)
        if not found:
            return text
        service, region, account, name = found.groups()
        if region not in {"", stack.environment.region}:
            return text
        if service == "s3":
            return name
        return (
            f"{service}:{name}" if account in {"", "{account}"} else f"{service}:@{account}:{name}"
        )

    def text(self, value: Any, stack: Stack) -> str:
        """A value with its references written out."""
        if not isinstance(value, Mapping) or len(value) != 1:
            return str(value)
        ((kind, inside),) = value.items()
        match kind:
            case "Ref":
                found = _PSEUDO.get(inside) or _name(stack, inside)
            case "Fn::GetAtt":
                id, attribute = inside if isinstance(inside, list) else inside.split(".", 1)
                found = _name(stack, id, "" if attribute == "Arn" else attribute)
            case "Fn::ImportValue":
                there, exported = self.exports[inside]
                found = self.text(exported, there)
            case _:
                found = self._composed(kind, inside, stack)
        return found

    def _composed(self, kind: str, inside: Any, stack: Stack) -> str:
        match kind:
            case "Fn::Join":
                return str(inside[0]).join(self.text(each, stack) for each in inside[1])
            case "Fn::Sub":
                return _NAMED.sub(lambda name: self.text({"Ref": name[1]}, stack), str(inside))
            case "Fn::If":  # as it is once there is a champion
                return self.text(inside[1], stack)
            case "Fn::Base64":
                return self.text(inside, stack)
        return str({kind: inside})

    def told(self, resource: Resource) -> dict[str, str]:
        """Settings and arguments that a resource gives to what runs in it, by name."""
        return dict(self._told(resource.body.get("Properties", {}), resource))

    def _told(self, value: Any, resource: Resource) -> Iterator[tuple[str, str]]:
        if isinstance(value, list):
            for each in value:
                yield from self._told(each, resource)
            return
        text = self.text(value, resource.stack) if _is_text(value) else ""
        for name, said in [*_WRITTEN.findall(text), *_FETCHED.findall(text)]:
            yield name.lower(), self.place(said, resource.stack)
        if isinstance(value, Mapping) and not text:
            yield from self._pairs(value, resource)

    def _pairs(self, value: Mapping[str, Any], resource: Resource) -> Iterator[tuple[str, str]]:
        if value.keys() == {"Name", "Value"}:
            value = {str(value["Name"]): value["Value"]}
        for key, inner in value.items():
            named = _VARIABLE.match(key)
            if named and _is_text(inner):
                yield named[1].lower(), self.place(inner, resource.stack)
            elif key in _FILES or resource.type in _CUSTOM or resource.type.startswith("Custom::"):
                yield key, self.place(inner, resource.stack)
            else:
                yield from self._told(inner, resource)


def short(stack: Stack) -> str:
    """A stack's id: ``"lake"``."""
    return stack.name.rpartition("-")[2]


def base(id: str) -> str:
    """A logical id without the CDK's hash."""
    return _HASH.sub("", id)


def _name(stack: Stack, id: str, attribute: str = "") -> str:
    name = _SUBNET.sub("Subnet", base(id))
    return "{" + ".".join(filter(None, (short(stack), name, attribute))) + "}"


def _is_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
    return isinstance(value, str)


def users_of(role: Resource) -> Iterator[Resource]:
    """Resources that run as a role, or call something that does."""
    waiting, seen = [role], {role.id}
    while waiting:
        one = waiting.pop()
        for other in role.stack.resources:
            if other.type.startswith("AWS::IAM::") and other.type != "AWS::IAM::InstanceProfile":
                continue
            if other.id not in seen and refers_to(other.body.get("Properties", {}), one.id):
                seen.add(other.id)
                yield other
                if other.type in {"AWS::IAM::InstanceProfile", "AWS::Lambda::Function"}:
                    waiting.append(other)
