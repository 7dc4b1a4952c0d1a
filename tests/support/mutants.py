"""Templates with one security property taken away, to see that somebody notices."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policy.template import Stack

Change = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True)
class Mutant:
    """A change to each resource of a type, in every stack that has one."""

    says: str
    type: str
    change: Change

    def of(self, stack: Stack) -> Iterator[Stack]:
        """One stack per resource that the change alters."""
        for id, body in stack.template.get("Resources", {}).items():
            if body["Type"] != self.type:
                continue
            template = copy.deepcopy(dict(stack.template))
            if self.change(template["Resources"][id]):
                yield Stack(stack.name, stack.environment, template)


def drop(path: str) -> Change:
    """Remove a property."""
    *parents, last = path.split(".")

    def change(body: dict[str, Any]) -> bool:
        target = _walk(body.get("Properties", {}), parents)
        return target is not None and target.pop(last, None) is not None

    return change


def put(path: str, value: object) -> Change:
    """Set a property to something else."""
    *parents, last = path.split(".")

    def change(body: dict[str, Any]) -> bool:
        target = _walk(body.get("Properties", {}), parents)
        if target is None or target.get(last) == value:
            return False
        target[last] = copy.deepcopy(value)
        return True

    return change


def _walk(value: Any, names: list[str]) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, dict) else None


def in_list(path: str, change: Change) -> Change:
    """Change the first element of a list."""

    def first(body: dict[str, Any]) -> bool:
        *parents, last = path.split(".")
        target = _walk(body.get("Properties", {}), parents)
        elements = target.get(last) if target else None
        return bool(elements) and isinstance(elements, list) and change({"Properties": elements[0]})

    return first


def forget(name: str) -> Change:
    """Remove an attribute beside the properties, such as DeletionPolicy."""
    return lambda body: body.pop(name, None) is not None


def without_statement(path: str, word: str) -> Change:
    """Remove the statements of a policy that speak of something."""

    def change(body: dict[str, Any]) -> bool:
        document = _walk(body.get("Properties", {}), path.split("."))
        if document is None:
            return False
        kept = [each for each in document["Statement"] if word not in str(each)]
        found = len(kept) < len(document["Statement"])
        document["Statement"] = kept
        return found

    return change


def with_statement(path: str, statement: dict[str, Any]) -> Change:
    """Add a statement to a policy."""

    def change(body: dict[str, Any]) -> bool:
        document = _walk(body.get("Properties", {}), path.split("."))
        if document is None:
            return False
        document["Statement"] = [*document["Statement"], statement]
        return True

    return change


def attribute(key: str, value: str) -> Change:
    """Set an attribute of a load balancer."""

    def change(body: dict[str, Any]) -> bool:
        for each in body["Properties"].get("LoadBalancerAttributes", []):
            if each["Key"] == key:
                each["Value"] = value
                return True
        return False

    return change


def each_container(name: str, value: object) -> Change:
    """Set a property of every container."""

    def change(body: dict[str, Any]) -> bool:
        for container in body["Properties"]["ContainerDefinitions"]:
            container[name] = value
        return True

    return change


_ALLOW: dict[str, Any] = {"Effect": "Allow"}
_ANYONE = _ALLOW | {"Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}

MUTANTS = (
    Mutant("bucket open to the public", "AWS::S3::Bucket", drop("PublicAccessBlockConfiguration")),
    Mutant(
        "public policies allowed",
        "AWS::S3::Bucket",
        put("PublicAccessBlockConfiguration.BlockPublicPolicy", False),
    ),
    Mutant("bucket not encrypted", "AWS::S3::Bucket", drop("BucketEncryption")),
    Mutant("bucket without versions", "AWS::S3::Bucket", drop("VersioningConfiguration")),
    Mutant(
        "versions suspended", "AWS::S3::Bucket", put("VersioningConfiguration.Status", "Suspended")
    ),
    Mutant("old versions never end", "AWS::S3::Bucket", drop("LifecycleConfiguration")),
    Mutant(
        "plain HTTP to buckets",
        "AWS::S3::BucketPolicy",
        without_statement("PolicyDocument", "SecureTransport"),
    ),
    Mutant(
        "old TLS to buckets",
        "AWS::S3::BucketPolicy",
        without_statement("PolicyDocument", "TlsVersion"),
    ),
    Mutant("key does not rotate", "AWS::KMS::Key", drop("EnableKeyRotation")),
    Mutant("key open to anyone", "AWS::KMS::Key", with_statement("KeyPolicy", _ANYONE)),
    Mutant("key dies with its stack", "AWS::KMS::Key", forget("DeletionPolicy")),
    Mutant("table not encrypted by our key", "AWS::DynamoDB::Table", drop("SSESpecification")),
    Mutant(
        "table can't be wound back",
        "AWS::DynamoDB::Table",
        drop("PointInTimeRecoverySpecification"),
    ),
    Mutant("secret under AWS's key", "AWS::SecretsManager::Secret", drop("KmsKeyId")),
    Mutant("secret in the template", "AWS::SecretsManager::Secret", put("SecretString", "hunter2")),
    Mutant("trail not encrypted", "AWS::CloudTrail::Trail", drop("KMSKeyId")),
    Mutant("trail not signed", "AWS::CloudTrail::Trail", drop("EnableLogFileValidation")),
    Mutant("database public", "AWS::RDS::DBInstance", put("PubliclyAccessible", True)),
    Mutant("database not encrypted", "AWS::RDS::DBInstance", put("StorageEncrypted", False)),
    Mutant("database unprotected", "AWS::RDS::DBInstance", put("DeletionProtection", False)),
    Mutant("no backups", "AWS::RDS::DBInstance", put("BackupRetentionPeriod", 0)),
    Mutant(
        "password in the template", "AWS::RDS::DBInstance", put("MasterUserPassword", "hunter2")
    ),
    Mutant("database log lost", "AWS::RDS::DBInstance", drop("EnableCloudwatchLogsExports")),
    Mutant("no standby", "AWS::RDS::DBInstance", put("MultiAZ", False)),
    Mutant(
        "plain connections to the database",
        "AWS::RDS::DBParameterGroup",
        put("Parameters", {"rds.force_ssl": "0"}),
    ),
    Mutant(
        "warehouse public", "AWS::RedshiftServerless::Workgroup", put("PubliclyAccessible", True)
    ),
    Mutant("COPY leaves the VPC", "AWS::RedshiftServerless::Workgroup", drop("EnhancedVpcRouting")),
    Mutant(
        "plain connections to the warehouse",
        "AWS::RedshiftServerless::Workgroup",
        drop("ConfigParameters"),
    ),
    Mutant("warehouse without ceiling", "AWS::RedshiftServerless::Workgroup", drop("MaxCapacity")),
    Mutant("warehouse under AWS's key", "AWS::RedshiftServerless::Namespace", drop("KmsKeyId")),
    Mutant("warehouse not logged", "AWS::RedshiftServerless::Namespace", drop("LogExports")),
    Mutant(
        "warehouse password by hand",
        "AWS::RedshiftServerless::Namespace",
        drop("ManageAdminPassword"),
    ),
    Mutant("Glue job not encrypted", "AWS::Glue::Job", drop("SecurityConfiguration")),
    Mutant("crawler not encrypted", "AWS::Glue::Crawler", drop("CrawlerSecurityConfiguration")),
    Mutant(
        "Glue logs not encrypted",
        "AWS::Glue::SecurityConfiguration",
        drop("EncryptionConfiguration.CloudWatchEncryption"),
    ),
    Mutant(
        "Athena results in the clear",
        "AWS::Athena::WorkGroup",
        drop("WorkGroupConfiguration.ResultConfiguration.EncryptionConfiguration"),
    ),
    Mutant(
        "Athena clients decide",
        "AWS::Athena::WorkGroup",
        put("WorkGroupConfiguration.EnforceWorkGroupConfiguration", False),
    ),
    Mutant("VPC not logged", "AWS::EC2::FlowLog", put("ResourceId", "vpc-of-somebody-else")),
    Mutant("public addresses given out", "AWS::EC2::Subnet", put("MapPublicIpOnLaunch", True)),
    Mutant(
        "SSH from everywhere",
        "AWS::EC2::SecurityGroup",
        put(
            "SecurityGroupIngress",
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}],
        ),
    ),
    Mutant(
        "everything from the VPC",
        "AWS::EC2::SecurityGroup",
        put("SecurityGroupIngress", [{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}]),
    ),
    Mutant("another port between tiers", "AWS::EC2::SecurityGroupIngress", put("FromPort", 22)),
    Mutant(
        "everything goes out",
        "AWS::EC2::SecurityGroup",
        put("SecurityGroupEgress", [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]),
    ),
    Mutant(
        "metadata without token",
        "AWS::EC2::LaunchTemplate",
        put("LaunchTemplateData.MetadataOptions.HttpTokens", "optional"),
    ),
    Mutant(
        "disk not encrypted",
        "AWS::EC2::LaunchTemplate",
        in_list("LaunchTemplateData.BlockDeviceMappings", put("Ebs.Encrypted", False)),
    ),
    Mutant("key pair", "AWS::EC2::LaunchTemplate", put("LaunchTemplateData.KeyName", "laptop")),
    Mutant("endpoint open to all", "AWS::EC2::VPCEndpoint", drop("PolicyDocument")),
    Mutant("function on an old Python", "AWS::Lambda::Function", put("Runtime", "python3.8")),
    Mutant("function not traced", "AWS::Lambda::Function", drop("TracingConfig")),
    Mutant("function's variables under AWS's key", "AWS::Lambda::Function", drop("KmsKeyArn")),
    Mutant(
        "secret in a variable",
        "AWS::Lambda::Function",
        put("Environment.Variables.SLACK_TOKEN", "xoxb"),
    ),
    Mutant("anyone calls the function", "AWS::Lambda::Permission", put("Principal", "*")),
    Mutant("log kept for ever", "AWS::Logs::LogGroup", drop("RetentionInDays")),
    Mutant("log not encrypted", "AWS::Logs::LogGroup", drop("KmsKeyId")),
    Mutant("alarm tells nobody", "AWS::CloudWatch::Alarm", drop("AlarmActions")),
    Mutant("alarm without runbook", "AWS::CloudWatch::Alarm", drop("AlarmDescription")),
    Mutant("model not isolated", "AWS::SageMaker::Model", put("EnableNetworkIsolation", False)),
    Mutant("model outside the VPC", "AWS::SageMaker::Model", drop("VpcConfig")),
    Mutant("endpoint's disks not encrypted", "AWS::SageMaker::EndpointConfig", drop("KmsKeyId")),
    Mutant(
        "capture in the clear", "AWS::SageMaker::EndpointConfig", drop("DataCaptureConfig.KmsKeyId")
    ),
    Mutant(
        "no rollback",
        "AWS::SageMaker::Endpoint",
        drop("DeploymentConfig.AutoRollbackConfiguration"),
    ),
    Mutant(
        "feature store in the clear",
        "AWS::SageMaker::FeatureGroup",
        drop("OfflineStoreConfig.S3StorageConfig.KmsKeyId"),
    ),
    Mutant("Airflow public", "AWS::MWAA::Environment", put("WebserverAccessMode", "PUBLIC_ONLY")),
    Mutant("Airflow under AWS's key", "AWS::MWAA::Environment", drop("KmsKey")),
    Mutant(
        "Airflow's tasks not logged",
        "AWS::MWAA::Environment",
        put("LoggingConfiguration.TaskLogs.Enabled", False),
    ),
    Mutant(
        "balancer keeps broken headers",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        attribute("routing.http.drop_invalid_header_fields.enabled", "false"),
    ),
    Mutant(
        "balancer not logged",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        attribute("access_logs.s3.enabled", "false"),
    ),
    Mutant(
        "plain HTTP to the console",
        "AWS::ElasticLoadBalancingV2::Listener",
        put("Protocol", "HTTP"),
    ),
    Mutant("old TLS to the console", "AWS::ElasticLoadBalancingV2::Listener", drop("SslPolicy")),
    Mutant(
        "console without sign-in",
        "AWS::ElasticLoadBalancingV2::Listener",
        put("DefaultActions", [{"Type": "forward"}]),
    ),
    Mutant("API without sign-in", "AWS::ApiGatewayV2::Route", put("AuthorizationType", "NONE")),
    Mutant("API not logged", "AWS::ApiGatewayV2::Stage", drop("AccessLogSettings")),
    Mutant("API not throttled", "AWS::ApiGatewayV2::Stage", drop("DefaultRouteSettings")),
    Mutant("no second factor", "AWS::Cognito::UserPool", put("MfaConfiguration", "OFF")),
    Mutant("anyone signs up", "AWS::Cognito::UserPool", drop("AdminCreateUserConfig")),
    Mutant(
        "container writes to its root",
        "AWS::ECS::TaskDefinition",
        each_container("ReadonlyRootFilesystem", False),
    ),
    Mutant("container runs as root", "AWS::ECS::TaskDefinition", each_container("User", "root")),
    Mutant("container privileged", "AWS::ECS::TaskDefinition", each_container("Privileged", True)),
    Mutant(
        "task has a public address",
        "AWS::ECS::Service",
        put("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "ENABLED"),
    ),
    Mutant("topic not encrypted", "AWS::SNS::Topic", drop("KmsMasterKeyId")),
    Mutant(
        "plain HTTP to topics",
        "AWS::SNS::TopicPolicy",
        without_statement("PolicyDocument", "SecureTransport"),
    ),
    Mutant(
        "anyone publishes",
        "AWS::SNS::TopicPolicy",
        with_statement(
            "PolicyDocument", _ALLOW | {"Principal": "*", "Action": "sns:Publish", "Resource": "*"}
        ),
    ),
    Mutant("queue not encrypted", "AWS::SQS::Queue", drop("KmsMasterKeyId")),
    Mutant(
        "plain HTTP to queues",
        "AWS::SQS::QueuePolicy",
        without_statement("PolicyDocument", "SecureTransport"),
    ),
    Mutant(
        "schedule without dead letters", "AWS::Scheduler::Schedule", drop("Target.DeadLetterConfig")
    ),
    Mutant(
        "any action",
        "AWS::IAM::Policy",
        with_statement("PolicyDocument", _ALLOW | {"Action": "*", "Resource": "arn:aws:s3:::x"}),
    ),
    Mutant(
        "a whole service",
        "AWS::IAM::Policy",
        with_statement("PolicyDocument", _ALLOW | {"Action": "s3:*", "Resource": "arn:aws:s3:::x"}),
    ),
    Mutant(
        "any bucket",
        "AWS::IAM::Policy",
        with_statement("PolicyDocument", _ALLOW | {"Action": "s3:GetObject", "Resource": "*"}),
    ),
    Mutant(
        "any role passed",
        "AWS::IAM::Policy",
        with_statement(
            "PolicyDocument",
            _ALLOW | {"Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/x"},
        ),
    ),
    Mutant(
        "AWS's full access",
        "AWS::IAM::Role",
        put("ManagedPolicyArns", ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]),
    ),
    Mutant(
        "role for any account",
        "AWS::IAM::Role",
        put(
            "AssumeRolePolicyDocument",
            {"Statement": [_ALLOW | {"Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]},
        ),
    ),
    Mutant(
        "role without source account",
        "AWS::IAM::Role",
        put(
            "AssumeRolePolicyDocument",
            {
                "Statement": [
                    _ALLOW
                    | {"Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            },
        ),
    ),
    Mutant("tags missing", "AWS::Lambda::Function", drop("Tags")),
)
