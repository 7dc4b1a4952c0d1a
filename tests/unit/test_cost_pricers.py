"""Each type of resource costs what AWS's own examples and pages say for it."""

import pytest

from infra.cost.templates import NotPriceable
from tests.support.priced import entry, idle, price

HOUR = 730


def machine(**data):
    template = {"InstanceType": "t4g.small", **data}
    return {
        "Group": entry(
            "AutoScaling::AutoScalingGroup",
            MinSize="1",
            MaxSize="3",
            DesiredCapacity="2",
            LaunchTemplate={"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"},
        ),
        "Template": entry("EC2::LaunchTemplate", LaunchTemplateData=template),
    }


def database(**properties):
    usual = {
        "DBInstanceClass": "db.t4g.micro",
        "Engine": "postgres",
        "StorageType": "gp3",
        "AllocatedStorage": "20",
    }
    return idle("RDS::DBInstance", **usual, **properties)


def task(cpu="256", memory="512", count=1, **definition):
    return price(
        {
            "Service": entry("ECS::Service", DesiredCount=count, TaskDefinition={"Ref": "Task"}),
            "Task": entry("ECS::TaskDefinition", Cpu=cpu, Memory=memory, **definition),
        }
    ).idle_usd


def endpoint(**config):
    name = {"Fn::GetAtt": ["Config", "EndpointConfigName"]}
    return price(
        {
            "Endpoint": entry("SageMaker::Endpoint", EndpointConfigName=name),
            "Config": entry("SageMaker::EndpointConfig", **config),
        }
    ).idle_usd


def variant(count=1, kind="ml.m5.large"):
    return {"VariantName": "v", "InstanceType": kind, "InitialInstanceCount": count}


@pytest.mark.parametrize(
    ("kind", "properties", "usd"),
    [
        ("EC2::NatGateway", {}, 32.85),
        ("EC2::EIP", {}, 3.65),
        ("EC2::VPCEndpoint", {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]}, 14.60),
        ("EC2::VPCEndpoint", {"VpcEndpointType": "Gateway"}, 0),
        ("KMS::Key", {}, 1.0),
        ("SecretsManager::Secret", {}, 0.4),
        ("Route53::HostedZone", {}, 0.5),
        ("CloudWatch::Dashboard", {}, 3.0),
        ("CloudWatch::CompositeAlarm", {}, 0.5),
        ("CloudWatch::Alarm", {"MetricName": "Errors", "Period": 300}, 0.1),
        ("CloudWatch::Alarm", {"MetricName": "Errors", "Period": 10}, 0.3),
        ("RedshiftServerless::Namespace", {"ManageAdminPassword": True}, 0.4),
        ("RedshiftServerless::Namespace", {}, 0),
        ("RedshiftServerless::Workgroup", {"BaseCapacity": 128}, 0),
        ("WAFv2::WebACL", {"Rules": [{}, {}]}, 7.0),
        ("ApplicationAutoScaling::ScalingPolicy", {"PolicyType": "TargetTrackingScaling"}, 0.2),
        ("ApplicationAutoScaling::ScalingPolicy", {"PolicyType": "StepScaling"}, 0),
        ("Lambda::EventSourceMapping", {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}, 0.26),
        ("Lambda::EventSourceMapping", {"EventSourceArn": {"Fn::GetAtt": ["T", "StreamArn"]}}, 0),
        ("ECS::Cluster", {"ClusterSettings": [{"Value": "disabled"}]}, 0),
        ("ECS::Cluster", {"ClusterSettings": [{"Value": "enabled"}]}, 6.0),
        ("DynamoDB::Table", {"BillingMode": "PAY_PER_REQUEST"}, 0),
        ("MWAA::Environment", {"EnvironmentClass": "mw1.small"}, 357.70),
        ("MWAA::Environment", {"EnvironmentClass": "mw1.small", "MinWorkers": 3}, 438.0),
    ],
)
def test_a_resource_costs_what_aws_charges_idle(kind, properties, usd):
    assert idle(kind, **properties) == usd


def test_an_alarm_on_a_formula_costs_by_its_metrics():
    stats = [{"MetricStat": {"Period": 60}}, {"MetricStat": {"Period": 60}}]
    assert idle("CloudWatch::Alarm", Metrics=[*stats, {"Expression": "a / b"}]) == 0.2


def test_an_alarm_on_a_band_costs_three_metrics():
    band = {"Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}
    assert idle("CloudWatch::Alarm", Metrics=[{"MetricStat": {"Period": 300}}, band]) == 0.3


def test_a_table_with_capacity_costs_by_the_hour():
    capacity = {"ReadCapacityUnits": 30, "WriteCapacityUnits": 20}
    assert idle("DynamoDB::Table", ProvisionedThroughput=capacity) == round(2.847 + 9.49, 2)


def test_an_open_load_balancer_has_a_public_address_in_each_zone():
    subnets = {"Type": "application", "Subnets": ["a", "b"]}
    inside = idle("ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", **subnets)
    outside = idle("ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing", **subnets)
    assert inside == round(0.0225 * HOUR, 2)
    assert outside == round(0.0225 * HOUR + 2 * 3.65, 2)


def test_a_machine_costs_itself_its_disk_and_its_address():
    disk = {"Ebs": {"VolumeType": "gp3", "VolumeSize": 10}}
    with_address = [{"AssociatePublicIpAddress": True}]
    usd = idle(
        "EC2::Instance",
        InstanceType="t4g.nano",
        BlockDeviceMappings=[disk],
        NetworkInterfaces=with_address,
    )
    assert usd == round(0.0042 * HOUR + 10 * 0.08 + 3.65, 2)


def test_a_group_costs_the_machines_that_it_keeps():
    disk = {"Ebs": {"VolumeType": "gp3", "VolumeSize": 12}}
    usd = price(machine(BlockDeviceMappings=[disk])).idle_usd
    assert usd == round(2 * (0.0168 * HOUR + 12 * 0.08), 2)


def test_detailed_monitoring_costs_seven_metrics_a_machine():
    plain = price(machine()).idle_usd
    watched = price(machine(Monitoring={"Enabled": True})).idle_usd
    assert watched - plain == pytest.approx(2 * 7 * 0.3)


def test_a_fast_disk_is_refused_rather_than_priced_as_a_plain_one():
    disk = {"Ebs": {"VolumeType": "gp3", "VolumeSize": 12, "Iops": 6000}}
    with pytest.raises(NotPriceable, match="more than 3000 IOPS"):
        price(machine(BlockDeviceMappings=[disk]))


def test_a_database_in_two_zones_costs_twice():
    assert database() == round(0.016 * HOUR + 20 * 0.115, 2)
    assert database(MultiAZ=True) == round(0.032 * HOUR + 20 * 0.23, 2)


def test_the_secret_that_rds_keeps_is_counted():
    assert database(ManageMasterUserPassword=True) == pytest.approx(database() + 0.4)


def test_containers_cost_by_size_number_and_kind():
    x86 = 0.25 * 0.04048 + 0.5 * 0.004445
    arm = 0.25 * 0.03238 + 0.5 * 0.00356
    assert task() == round(x86 * HOUR, 2)
    assert task(count=3) == round(3 * x86 * HOUR, 2)
    assert task(RuntimePlatform={"CpuArchitecture": "ARM64"}) == round(arm * HOUR, 2)


def test_an_endpoint_costs_the_machines_of_its_variants():
    assert endpoint(ProductionVariants=[variant(count=2)]) == round(2 * 0.115 * HOUR, 2)


def test_a_shadow_costs_as_much_as_the_champion():
    both = {"ProductionVariants": [variant()], "ShadowProductionVariants": [variant()]}
    assert endpoint(**both) == round(2 * 0.115 * HOUR, 2)


def test_a_serverless_endpoint_costs_nothing_idle():
    serverless = {"VariantName": "v", "ServerlessConfig": {"MemorySizeInMB": 2048}}
    assert endpoint(ProductionVariants=[serverless]) == 0
