"""Controls of AWS Security Hub for what we use that are not among ours, and how we answer them.

The rest of its catalogue is about services or resources that no template of ours has.
"""

#: Held, by a control of ours that asks for the same or more.
HELD_BY = {
    "S3.2": "S3.8",
    "S3.3": "S3.8",
    "S3.10": "S3.13",
    "S3.23": "S3.22",
    "RDS.36": "RDS.9",
    "EC2.13": "EC2.18",
    "EC2.14": "EC2.18",
    "EC2.53": "EC2.18",
    "EC2.54": "EC2.18",
    "EC2.170": "EC2.8",
    "EC2.181": "EC2.3",
    "SageMaker.1": "IAM.2",
    "SageMaker.2": "IAM.2",
    "SageMaker.3": "IAM.2",
    "ELB.18": "ELB.1",
    "Glue.1": "LW.TAG.1",
    "Lambda.6": "LW.TAG.1",
    "SecretsManager.4": "SecretsManager.1",
    "SecretsManager.5": "LW.TAG.1",
    "SNS.3": "LW.TAG.1",
    "SQS.2": "LW.TAG.1",
    "DynamoDB.5": "LW.TAG.1",
    "KMS.2": "KMS.1",
    "IAM.22": "IAM.2",
    "CloudTrail.6": "S3.8",
}

#: Not held, and why.
NOT_HELD = {
    "S3.7": "Raw files can be sent again, and packages made again; a copy in a second region "
    "doubles the price of storage.",
    "S3.11": "Only raw files set something going; EventBridge hears of those.",
    "S3.15": "Leads must be erasable on request, which a lock forbids; versions and the trail "
    "tell of changes.",
    "S3.20": "Needs the root user's device at each deletion; versions keep what is deleted.",
    "KMS.3": "Is about the account, not templates; keys outlive their stacks by LW.DATA.1.",
    "RDS.6": "Tells of processes inside the machine, at a price near the database's own.",
    "RDS.23": "A different port hides nothing in a subnet that one group may reach.",
    "RDS.26": "RDS's own backups and point-in-time recovery cover it, by RDS.11.",
    "SageMaker.4": "One instance is what the price allows; scaling adds more, and production may "
    "raise `min_instances`.",
    "SageMaker.11": "The monitoring job tells CloudWatch what it measured, which isolation "
    "forbids; it runs in our VPC by SageMaker.9.",
    "SageMaker.14": "As SageMaker.11.",
    "Lambda.3": "Functions speak to AWS's own interfaces only, signed and over TLS; in the VPC "
    "each would need endpoints or NAT.",
    "Lambda.5": "As Lambda.3: outside a VPC, Lambda itself runs in several zones.",
    "EC2.10": "Nothing in the VPC calls EC2's interface.",
    "EC2.21": "Network lists are AWS's default; groups by tier decide, by EC2.18 and EC2.19.",
    "EC2.172": "The account's own setting, made once in the console.",
    "EC2.180": "A NAT machine must pass on what is not addressed to it.",
    "ELB.21": "Health checks stay between the balancer and the console, by EC2.19.",
    "ELB.22": "As ELB.21.",
    "DynamoDB.4": "Leases and seen events do without; ledger and receipts can be wound back.",
    "CloudTrail.1": "The account's own trail is the organization's to make; ours records data.",
    "CloudTrail.5": "Its files are read by Athena when somebody asks; a second copy costs more "
    "than the trail.",
    "WAF.11": "Counts and samples are kept by WAF, each sign-in and request by the balancer's log.",
    "Cognito.2": "There is no identity pool.",
    "ECS.12": "One service of one or two tasks: the balancer's metrics tell as much.",
}
