"""What this machine knows of itself, from EC2's metadata (version 2)."""

import os
import urllib.request

_PLACE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"  # boto3's own name for it
_SECONDS = 5


def instance_id() -> str:
    """Such as ``i-0123456789abcdef0``."""
    return _ask("meta-data/instance-id")


def private_ip() -> str:
    """Its address in the VPC."""
    return _ask("meta-data/local-ipv4")


def _ask(path: str) -> str:
    token = _call("api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    return _call(path, "GET", {"X-aws-ec2-metadata-token": token})


def _call(path: str, method: str, headers: dict[str, str]) -> str:
    place = os.environ.get(_PLACE, "http://169.254.169.254").rstrip("/")
    request = urllib.request.Request(f"{place}/latest/{path}", headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
        return str(answer.read().decode())
