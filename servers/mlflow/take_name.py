"""Give this machine the server's name in the VPC."""

import os

import boto3

from ml.contract.cloud_settings import MlflowServerSettings
from servers.mlflow.machine import private_ip

# How long clients go on asking a machine that was replaced.
_TTL_SECONDS = 30


def main() -> None:
    """Point the name at this machine, whatever it pointed at before."""
    settings = MlflowServerSettings.from_env(os.environ)
    record = {
        "Name": settings.host_name,
        "Type": "A",
        "TTL": _TTL_SECONDS,
        "ResourceRecords": [{"Value": private_ip()}],
    }
    boto3.client("route53").change_resource_record_sets(
        HostedZoneId=settings.zone_id,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    )


if __name__ == "__main__":
    main()
