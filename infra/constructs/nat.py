"""How private subnets reach what has no endpoint: a small machine, or AWS's gateways."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms

from infra.environments import Environment
from infra.shapes import Egress

_HTTPS = ec2.Port.tcp(443)
_ROOT_DISK = "/dev/xvda"

# The package manager needs more memory than the smallest machine has.
_SWAP = (
    "dd if=/dev/zero of=/swapfile bs=1M count=512",
    "chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile",
    "echo '/swapfile none swap defaults 0 0' >> /etc/fstab",
)


def nat_provider(environment: Environment) -> ec2.NatProvider:
    """NAT as the environment wants it."""
    if environment.network.egress is Egress.NAT_GATEWAY:
        return ec2.NatProvider.gateway()
    user_data = ec2.UserData.for_linux()
    user_data.add_commands(*_SWAP, *ec2.NatInstanceProviderV2.DEFAULT_USER_DATA_COMMANDS)
    return ec2.NatProvider.instance_v2(
        user_data=user_data,
        instance_type=ec2.InstanceType("t4g.nano"),
        # CloudFormation looks the newest image up when it deploys; synth does not.
        machine_image=ec2.MachineImage.latest_amazon_linux2023(
            cpu_type=ec2.AmazonLinuxCpuType.ARM_64
        ),
        default_allowed_traffic=ec2.NatTrafficDirection.NONE,
        # It stands between the VPC and the internet: subnets give no public address by themselves.
        associate_public_ip_address=True,
        # Surplus credits of the unlimited mode would cost more than the machine.
        credit_specification=ec2.CpuCredits.STANDARD,
    )


def close_nat_machines(provider: ec2.NatProvider, *, vpc: ec2.Vpc, key: kms.IKey) -> None:
    """Let NAT machines pass HTTPS from private subnets and nothing else, on encrypted disks."""
    if not isinstance(provider, ec2.NatInstanceProviderV2):
        return
    for subnet in vpc.private_subnets:
        cidr = subnet.ipv4_cidr_block
        provider.connections.allow_from(ec2.Peer.ipv4(cidr), _HTTPS, "HTTPS from a private subnet")
    provider.connections.allow_to(ec2.Peer.any_ipv4(), _HTTPS, "HTTPS to the internet")
    for machine in provider.gateway_instances:
        _harden(machine.instance, key)


def _harden(machine: ec2.CfnInstance, key: kms.IKey) -> None:
    machine.metadata_options = ec2.CfnInstance.MetadataOptionsProperty(
        http_tokens="required", http_put_response_hop_limit=1
    )
    disk = ec2.CfnInstance.EbsProperty(
        encrypted=True, kms_key_id=key.key_arn, volume_size=8, volume_type="gp3"
    )
    machine.block_device_mappings = [
        ec2.CfnInstance.BlockDeviceMappingProperty(device_name=_ROOT_DISK, ebs=disk)
    ]
