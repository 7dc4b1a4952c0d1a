"""EC2 where moto's own models stop short."""

from __future__ import annotations

from typing import Any

from rehearsal.cloud.model import Model, Properties


class _GroupRule(Model):
    """One line of a security group."""

    replaced_by = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp")
    other_group = ""

    def _permission(self) -> dict[str, Any]:
        given = self.properties
        permission: dict[str, Any] = {"IpProtocol": str(given["IpProtocol"])}
        permission |= {name: int(given[name]) for name in ("FromPort", "ToPort") if name in given}
        about = {"Description": given["Description"]} if "Description" in given else {}
        if self.other_group in given:
            permission["UserIdGroupPairs"] = [{"GroupId": given[self.other_group], **about}]
        if "CidrIp" in given:
            permission["IpRanges"] = [{"CidrIp": given["CidrIp"], **about}]
        prefix_list = self.other_group.replace("SecurityGroupId", "PrefixListId")
        if prefix_list in given:
            permission["PrefixListIds"] = [{"PrefixListId": given[prefix_list], **about}]
        return permission

    def update(self, before: Properties) -> None:
        """Its description alone can change; moto has no call for it."""


class Egress(_GroupRule):
    """What a group may reach."""

    type = "AWS::EC2::SecurityGroupEgress"
    other_group = "DestinationSecurityGroupId"

    def create(self) -> None:
        made = self.client("ec2").authorize_security_group_egress(
            GroupId=self.properties["GroupId"], IpPermissions=[self._permission()]
        )
        self.ref = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        self.attributes = {"Id": self.ref}

    def delete(self) -> None:
        self.client("ec2").revoke_security_group_egress(
            GroupId=self.properties["GroupId"], SecurityGroupRuleIds=[self.ref]
        )


class Ingress(_GroupRule):
    """Who may reach a group."""

    type = "AWS::EC2::SecurityGroupIngress"
    unproven = "that packets pass, or do not"
    other_group = "SourceSecurityGroupId"

    def create(self) -> None:
        made = self.client("ec2").authorize_security_group_ingress(
            GroupId=self.properties["GroupId"], IpPermissions=[self._permission()]
        )
        self.ref = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        self.attributes = {"Id": self.ref}

    def delete(self) -> None:
        self.client("ec2").revoke_security_group_ingress(
            GroupId=self.properties["GroupId"], SecurityGroupRuleIds=[self.ref]
        )
