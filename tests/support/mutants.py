"""Templates with one security property taken away, to see that somebody notices."""

from typing import Any

from tests.support.mutation import (
    Mutant,
    attribute,
    become,
    beside,
    drop,
    each_container,
    forget,
    in_list,
    put,
    where,
    with_statement,
    without_statement,
)

_ALLOW: dict[str, Any] = {"Effect": "Allow"}
_ANYONE = _ALLOW | {"Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}

_STRANGER = _ALLOW | {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Resource": "*"}
_PUBLIC_SUBNETS = [{"Fn::ImportValue": "network:ExportsOutputRefVpcpublicSubnet1Subnet"}]

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
    Mutant(
        "bucket open to another account",
        "AWS::S3::BucketPolicy",
        with_statement("PolicyDocument", _STRANGER | {"Action": "s3:GetObject"}),
    ),
    Mutant(
        "bucket policy for anyone",
        "AWS::S3::BucketPolicy",
        with_statement("PolicyDocument", _ANYONE),
    ),
    Mutant("access not logged", "AWS::S3::Bucket", drop("LoggingConfiguration")),
    Mutant("access control lists", "AWS::S3::Bucket", drop("OwnershipControls")),
    Mutant(
        "lead data from anywhere",
        "AWS::S3::BucketPolicy",
        without_statement("PolicyDocument", "ourceVpce"),
    ),
    Mutant("bucket dies with its stack", "AWS::S3::Bucket", forget("DeletionPolicy")),
    Mutant("key does not rotate", "AWS::KMS::Key", drop("EnableKeyRotation")),
    Mutant("key open to anyone", "AWS::KMS::Key", with_statement("KeyPolicy", _ANYONE)),
    Mutant(
        "key open to another account",
        "AWS::KMS::Key",
        with_statement("KeyPolicy", _STRANGER | {"Action": "kms:Decrypt"}),
    ),
    Mutant("key dies with its stack", "AWS::KMS::Key", forget("DeletionPolicy")),
    Mutant("table not encrypted by our key", "AWS::DynamoDB::Table", drop("SSESpecification")),
    Mutant(
        "table can't be wound back",
        "AWS::DynamoDB::Table",
        drop("PointInTimeRecoverySpecification"),
    ),
    Mutant("table at a fixed size", "AWS::DynamoDB::Table", put("BillingMode", "PROVISIONED")),
    Mutant(
        "table that is kept unprotected",
        "AWS::DynamoDB::Table",
        put("DeletionProtectionEnabled", False),
    ),
    Mutant(
        "ledger or receipts die with their stack",
        "AWS::DynamoDB::Table",
        where("KeySchema", "RANGE", forget("DeletionPolicy")),
    ),
    Mutant(
        "receipts stay for ever",
        "AWS::DynamoDB::Table",
        where("KeySchema", "holder", drop("TimeToLiveSpecification")),
    ),
    Mutant(
        "entries may be changed",
        "AWS::IAM::Policy",
        beside("dynamodb:Query", "dynamodb:UpdateItem"),
    ),
    Mutant("secret never renewed", "AWS::SecretsManager::Secret", forget("Metadata")),
    Mutant("secret under AWS's key", "AWS::SecretsManager::Secret", drop("KmsKeyId")),
    Mutant("secret in the template", "AWS::SecretsManager::Secret", put("SecretString", "hunter2")),
    Mutant("trail not encrypted", "AWS::CloudTrail::Trail", drop("KMSKeyId")),
    Mutant("trail not signed", "AWS::CloudTrail::Trail", drop("EnableLogFileValidation")),
    Mutant("reads not recorded", "AWS::CloudTrail::Trail", put("EventSelectors", [])),
    Mutant(
        "writes only recorded",
        "AWS::CloudTrail::Trail",
        in_list("EventSelectors", put("ReadWriteType", "WriteOnly")),
    ),
    Mutant("database public", "AWS::RDS::DBInstance", put("PubliclyAccessible", True)),
    Mutant("database not encrypted", "AWS::RDS::DBInstance", put("StorageEncrypted", False)),
    Mutant("database unprotected", "AWS::RDS::DBInstance", put("DeletionProtection", False)),
    Mutant("no backups", "AWS::RDS::DBInstance", put("BackupRetentionPeriod", 0)),
    Mutant(
        "password in the template", "AWS::RDS::DBInstance", put("MasterUserPassword", "hunter2")
    ),
    Mutant("database log lost", "AWS::RDS::DBInstance", drop("EnableCloudwatchLogsExports")),
    Mutant("no standby", "AWS::RDS::DBInstance", put("MultiAZ", False)),
    Mutant("database outside the VPC", "AWS::RDS::DBInstance", drop("DBSubnetGroupName")),
    Mutant(
        "database by the internet", "AWS::RDS::DBSubnetGroup", put("SubnetIds", _PUBLIC_SUBNETS)
    ),
    Mutant("database under AWS's key", "AWS::RDS::DBInstance", drop("KmsKeyId")),
    Mutant(
        "passwords for people",
        "AWS::RDS::DBInstance",
        put("EnableIAMDatabaseAuthentication", False),
    ),
    Mutant("database not patched", "AWS::RDS::DBInstance", put("AutoMinorVersionUpgrade", False)),
    Mutant("snapshots without tags", "AWS::RDS::DBInstance", put("CopyTagsToSnapshot", False)),
    Mutant("default administrator", "AWS::RDS::DBInstance", put("MasterUsername", "postgres")),
    Mutant("database dies with its stack", "AWS::RDS::DBInstance", forget("DeletionPolicy")),
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
    Mutant(
        "warehouse by the internet",
        "AWS::RedshiftServerless::Workgroup",
        put("SubnetIds", _PUBLIC_SUBNETS),
    ),
    Mutant(
        "default warehouse administrator",
        "AWS::RedshiftServerless::Namespace",
        put("AdminUsername", "admin"),
    ),
    Mutant(
        "default warehouse database", "AWS::RedshiftServerless::Namespace", put("DbName", "dev")
    ),
    Mutant("warehouse under AWS's key", "AWS::RedshiftServerless::Namespace", drop("KmsKeyId")),
    Mutant("warehouse not logged", "AWS::RedshiftServerless::Namespace", drop("LogExports")),
    Mutant(
        "warehouse password by hand",
        "AWS::RedshiftServerless::Namespace",
        drop("ManageAdminPassword"),
    ),
    Mutant("Glue job not encrypted", "AWS::Glue::Job", drop("SecurityConfiguration")),
    Mutant("crawler not encrypted", "AWS::Glue::Crawler", drop("CrawlerSecurityConfiguration")),
    Mutant("Glue job of an old version", "AWS::Glue::Job", put("GlueVersion", "3.0")),
    Mutant("Glue job never ends", "AWS::Glue::Job", drop("Timeout")),
    Mutant(
        "Glue connection without TLS",
        "AWS::Glue::Connection",
        put("ConnectionInput.ConnectionProperties.JDBC_ENFORCE_SSL", "false"),
    ),
    Mutant(
        "Glue connection with a password",
        "AWS::Glue::Connection",
        put("ConnectionInput.ConnectionProperties.PASSWORD", "hunter2"),
    ),
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
    Mutant(
        "Athena without ceiling",
        "AWS::Athena::WorkGroup",
        drop("WorkGroupConfiguration.BytesScannedCutoffPerQuery"),
    ),
    Mutant(
        "Athena not measured",
        "AWS::Athena::WorkGroup",
        put("WorkGroupConfiguration.PublishCloudWatchMetricsEnabled", False),
    ),
    Mutant("VPC not logged", "AWS::EC2::FlowLog", put("ResourceId", "vpc-of-somebody-else")),
    Mutant(
        "default group open",
        "Custom::ClosedDefaultGroup",
        put("GroupId", "sg-of-somebody-else"),
    ),
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
        "NAT's metadata without token",
        "AWS::EC2::Instance",
        put("MetadataOptions.HttpTokens", "optional"),
    ),
    Mutant("machine with a public address", "AWS::EC2::Instance", drop("SourceDestCheck")),
    Mutant(
        "machines with public addresses",
        "AWS::EC2::LaunchTemplate",
        put("LaunchTemplateData.NetworkInterfaces", [{"AssociatePublicIpAddress": True}]),
    ),
    Mutant(
        "sick machine stays",
        "AWS::AutoScaling::AutoScalingGroup",
        drop("HealthCheckType"),
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
    Mutant("function's log elsewhere", "AWS::Lambda::Function", drop("LoggingConfig")),
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
        "monitoring job talks in the clear",
        "AWS::SageMaker::DataQualityJobDefinition",
        put("NetworkConfig.EnableInterContainerTrafficEncryption", False),
    ),
    Mutant(
        "monitoring job outside the VPC",
        "AWS::SageMaker::DataQualityJobDefinition",
        drop("NetworkConfig.VpcConfig"),
    ),
    Mutant(
        "monitoring report in the clear",
        "AWS::SageMaker::DataQualityJobDefinition",
        drop("DataQualityJobOutputConfig.KmsKeyId"),
    ),
    Mutant("Studio on the internet", "AWS::SageMaker::Domain", drop("AppNetworkAccessType")),
    Mutant("Studio under AWS's key", "AWS::SageMaker::Domain", drop("KmsKeyId")),
    Mutant(
        "feature store in the clear",
        "AWS::SageMaker::FeatureGroup",
        drop("OfflineStoreConfig.S3StorageConfig.KmsKeyId"),
    ),
    Mutant(
        "online features in the clear",
        "AWS::SageMaker::FeatureGroup",
        put("OnlineStoreConfig", {"EnableOnlineStore": True}),
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
        "balancer unprotected",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        attribute("deletion_protection.enabled", "false"),
    ),
    Mutant(
        "balancer lets ambiguous requests through",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        attribute("routing.http.desync_mitigation_mode", "monitor"),
    ),
    Mutant(
        "balancer in one zone",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        put("Subnets", ["subnet-1"]),
    ),
    Mutant("no firewall", "AWS::WAFv2::WebACLAssociation", put("ResourceArn", "arn:aws:x")),
    Mutant(
        "firewall only counts",
        "AWS::WAFv2::WebACL",
        in_list("Rules", put("Action", {"Count": {}})),
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
    Mutant(
        "API for every page",
        "AWS::ApiGatewayV2::Api",
        put("CorsConfiguration", {"AllowOrigins": ["*"]}),
    ),
    Mutant(
        "API to plain HTTP",
        "AWS::ApiGatewayV2::Integration",
        lambda body: all(
            each(body)
            for each in (put("IntegrationType", "HTTP_PROXY"), put("IntegrationUri", "http://x"))
        ),
    ),
    Mutant("odd sign-ins let in", "AWS::Cognito::UserPool", drop("UserPoolAddOns")),
    Mutant("users unprotected", "AWS::Cognito::UserPool", put("DeletionProtection", "INACTIVE")),
    Mutant(
        "weak passwords", "AWS::Cognito::UserPool", put("Policies.PasswordPolicy.MinimumLength", 6)
    ),
    Mutant(
        "tokens in addresses",
        "AWS::Cognito::UserPoolClient",
        put("AllowedOAuthFlows", ["implicit"]),
    ),
    Mutant("client without secret", "AWS::Cognito::UserPoolClient", put("GenerateSecret", False)),
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
        "container not logged", "AWS::ECS::TaskDefinition", each_container("LogConfiguration", None)
    ),
    Mutant(
        "container keeps its powers",
        "AWS::ECS::TaskDefinition",
        each_container("LinuxParameters", {}),
    ),
    Mutant(
        "secret in a container's variables",
        "AWS::ECS::TaskDefinition",
        each_container("Environment", [{"Name": "API_KEY", "Value": "x"}]),
    ),
    Mutant("task sees the host", "AWS::ECS::TaskDefinition", put("PidMode", "host")),
    Mutant("task on the host's network", "AWS::ECS::TaskDefinition", put("NetworkMode", "host")),
    Mutant("old Fargate", "AWS::ECS::Service", put("PlatformVersion", "1.3.0")),
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
        "anyone sends",
        "AWS::SQS::QueuePolicy",
        with_statement(
            "PolicyDocument",
            _ALLOW | {"Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"},
        ),
    ),
    Mutant("no dead letters", "AWS::SQS::Queue", drop("RedrivePolicy")),
    Mutant(
        "event without dead letters",
        "AWS::Events::Rule",
        in_list("Targets", drop("DeadLetterConfig")),
    ),
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
        "a family of actions",
        "AWS::IAM::Policy",
        with_statement(
            "PolicyDocument", _ALLOW | {"Action": "s3:Get*", "Resource": "arn:aws:s3:::x"}
        ),
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
        "role for another account",
        "AWS::IAM::Role",
        put("AssumeRolePolicyDocument", {"Statement": [_STRANGER | {"Action": "sts:AssumeRole"}]}),
    ),
    Mutant("a user with a password", "AWS::IAM::Role", become("AWS::IAM::User")),
    Mutant("a function on the internet", "AWS::Lambda::Permission", become("AWS::Lambda::Url")),
    Mutant(
        "any key",
        "AWS::IAM::Policy",
        with_statement("PolicyDocument", _ALLOW | {"Action": "kms:Decrypt", "Resource": "*"}),
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
