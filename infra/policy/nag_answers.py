"""What we say to rules of NIST 800-53 and HIPAA that cdk-nag finds broken, by the rule's name.

These two packs are reports: nothing fails on them. A rule without an answer here does, so that a
new finding is looked at once.
"""

ANSWERS = {
    "ALBWAFEnabled": "Staging is open to named networks only; production has the firewall.",
    "CloudTrailCloudWatchLogsEnabled": "The trail's files lie encrypted in S3, for Athena.",
    "DynamoDBInBackupPlan": "Point-in-time recovery is on, which is enough for what they hold.",
    "EC2InstanceDetailedMonitoringEnabled": "A NAT machine that is replaced freely.",
    "EC2InstanceNoPublicIp": "The NAT machine is the one with a public address.",
    "EC2InstancesInVPC": "It is in the VPC: the rule looks for a property that sits elsewhere.",
    "IAMNoInlinePolicy": "One role, one policy beside it in its stack, as least privilege wants.",
    "LambdaConcurrency": "Queue, API and schedule limit how many run, and so does the account.",
    "LambdaDLQ": "Dead letters wait at the queue or rule in front of each function.",
    "LambdaInsideVPC": "Functions speak to AWS's interfaces only, signed and over TLS.",
    "RDSEnhancedMonitoringEnabled": "Its price nears the database's own.",
    "RDSInBackupPlan": "RDS keeps its own backups, for a week or longer.",
    "RDSMultiAZSupport": "Outside production a restored backup will do.",
    "S3BucketReplicationEnabled": "Files can be sent again and packages made again.",
    "S3DefaultEncryptionKMS": "S3 delivers access logs to buckets with its own keys only.",
    "SecretsManagerRotationEnabled": "Renewed by people: only its owner's system can make one.",
    "VPCDefaultSecurityGroupClosed": "A custom resource of ours closes it, unseen by the rule.",
    "VPCNoUnrestrictedRouteToIGW": "Public subnets hold NAT and the balancer, and nothing else.",
    "WAFv2LoggingEnabled": "The balancer logs each request; the firewall keeps counts and samples.",
}
