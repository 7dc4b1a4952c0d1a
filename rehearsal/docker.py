"""Stand-in for Docker: checks what a build would be given, and registers what a push would send.

The CDK command line calls it through ``CDK_DOCKER``. It builds nothing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import boto3

from ml.contract.errors import LeadwiseError
from rehearsal.cloud.stand_in import StandIn

STAND_IN = StandIn(
    "Docker",
    "that the image builds and starts; the Dockerfile and all that it copies are looked at",
)


class BuildRefused(LeadwiseError):
    """Raised when Docker could not build what it is given."""


def build(arguments: list[str]) -> None:
    """Look at the folder as `docker build` would: its Dockerfile, and all that this copies."""
    context = Path(arguments[-1])
    name = arguments[arguments.index("--file") + 1] if "--file" in arguments else "Dockerfile"
    dockerfile = context / name
    if not dockerfile.is_file():
        raise BuildRefused(f"the image asset {context.name} holds no {name}")
    for line in dockerfile.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words and words[0] in {"COPY", "ADD"} and not any("--from" in word for word in words):
            _check_sources(context, [word for word in words[1:-1] if not word.startswith("--")])


def _check_sources(context: Path, sources: list[str]) -> None:
    missing = [each for each in sources if not list(context.glob(each.strip("/")))]
    if missing:
        raise BuildRefused(
            f"the Dockerfile copies {', '.join(missing)}, which the image asset leaves out"
        )


def push(arguments: list[str]) -> None:
    """Tell the registry that the image is there."""
    repository, _, tag = arguments[-1].rpartition(":")
    digest = hashlib.sha256(tag.encode()).hexdigest()
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 0,
            "digest": f"sha256:{digest}",
        },
        "layers": [],
    }
    boto3.client("ecr", region_name=repository.split(".")[3]).put_image(
        repositoryName=repository.split("/", 1)[1],
        imageManifest=json.dumps(manifest),
        imageTag=tag,
    )


def inspect(_: list[str]) -> None:
    """No image lies here before it was built."""
    sys.exit(1)


def nothing(_: list[str]) -> None:
    """Signing in and naming need no doing."""


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "build": build,
    "inspect": inspect,
    "login": nothing,
    "push": push,
    "tag": nothing,
}


def main(command: str, *arguments: str) -> int:
    """Do one of Docker's commands; 125 is Docker's own code for what it does not know."""
    if command not in COMMANDS:
        print(f"the stand-in for Docker has no {command}", file=sys.stderr)
        return 125
    try:
        COMMANDS[command](list(arguments))
    except BuildRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
