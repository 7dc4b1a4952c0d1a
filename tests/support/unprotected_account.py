"""Ways to take its protection from a deployed account; each gives it back at its end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from rehearsal.scenes import files
from rehearsal.scenes.stage import Stage


@contextmanager
def bucket_takes_plain_http(stage: Stage) -> Iterator[None]:
    s3, bucket = stage.account.client("s3"), files.raw_bucket(stage)
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)


@contextmanager
def bucket_has_a_key_of_aws(stage: Stage) -> Iterator[None]:
    s3, bucket = stage.account.client("s3"), files.raw_bucket(stage)
    name = "ServerSideEncryptionConfiguration"
    before = s3.get_bucket_encryption(Bucket=bucket)[name]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, **{name: {"Rules": [rule]}})
    yield
    s3.put_bucket_encryption(Bucket=bucket, **{name: before})


@contextmanager
def key_never_rotates(stage: Stage) -> Iterator[None]:
    kms, key = stage.account.client("kms"), stage.account.deployed("AWS::KMS::Key")[0].id
    kms.disable_key_rotation(KeyId=key)
    yield
    kms.enable_key_rotation(KeyId=key)


@contextmanager
def log_never_forgets(stage: Stage) -> Iterator[None]:
    logs, group = stage.account.client("logs"), stage.account.deployed("AWS::Logs::LogGroup")[0].id
    logs.delete_retention_policy(logGroupName=group)
    yield
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)


@contextmanager
def function_lets_nobody_in(stage: Stage) -> Iterator[None]:
    functions = stage.account.client("lambda")
    name = stage.account.function("retrain_trigger")["FunctionName"]
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    for each in policy["Statement"]:
        functions.remove_permission(FunctionName=name, StatementId=each["Sid"])
    yield
    for each in policy["Statement"]:
        functions.add_permission(
            FunctionName=name,
            StatementId=each["Sid"],
            Action=each["Action"],
            Principal=each["Principal"]["Service"],
            SourceArn=each["Condition"]["ArnLike"]["AWS:SourceArn"],
        )


@contextmanager
def queue_lets_nobody_in(stage: Stage) -> Iterator[None]:
    sqs = stage.account.client("sqs")
    url = stage.account.only("AWS::SQS::Queue", "NewFilesDeadLetters").id
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    yield
    sqs.set_queue_attributes(QueueUrl=url, Attributes=policy)


@contextmanager
def alarm_tells_nobody(stage: Stage) -> Iterator[None]:
    cloudwatch, name = stage.account.client("cloudwatch"), "leadwise-dev-broken"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="Any",
        Namespace="Any",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    yield
    cloudwatch.delete_alarms(AlarmNames=[name])


@contextmanager
def role_is_granted_nothing(stage: Stage) -> Iterator[None]:
    iam = stage.account.client("iam")
    role = stage.account.function("intake")["Role"].rsplit("/", 1)[-1]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policies = [iam.get_role_policy(RoleName=role, PolicyName=name) for name in names]
    for name in names:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    yield
    for each in policies:
        iam.put_role_policy(
            RoleName=role,
            PolicyName=each["PolicyName"],
            PolicyDocument=json.dumps(each["PolicyDocument"]),
        )
