"""AWS's own image of Model Monitor; each region has it in another account."""

from dataclasses import dataclass

from ml.contract.errors import UnknownName

# https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-built-container.html
_ACCOUNTS = {
    "ap-northeast-1": "574779866223",
    "ap-south-1": "126357580389",
    "ap-southeast-1": "245545462676",
    "ap-southeast-2": "563025443158",
    "ca-central-1": "536280801234",
    "eu-central-1": "048819808253",
    "eu-north-1": "895015795356",
    "eu-west-1": "468650794304",
    "eu-west-2": "749857270468",
    "eu-west-3": "680080141114",
    "sa-east-1": "539772159869",
    "us-east-1": "156813124566",
    "us-east-2": "777275614652",
    "us-west-1": "890145073186",
    "us-west-2": "159807026194",
}
_NAME = "sagemaker-model-monitor-analyzer"


@dataclass(frozen=True, kw_only=True)
class MonitorImage:
    """Where a region's image is.

    Parameters
    ----------
    uri : str
        What a job is told.
    repository_arn : str
        The same, for permissions.
    """

    uri: str
    repository_arn: str


def monitor_image(region: str) -> MonitorImage:
    """The image for a region.

    Raises
    ------
    UnknownName
        If we do not know where that region's image is; add its account to this file.

    Examples
    --------
    >>> monitor_image("us-east-1").uri
    '156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer'
    """
    if region not in _ACCOUNTS:
        raise UnknownName("region of Model Monitor", region, _ACCOUNTS)
    account = _ACCOUNTS[region]
    return MonitorImage(
        uri=f"{account}.dkr.ecr.{region}.amazonaws.com/{_NAME}",
        repository_arn=f"arn:aws:ecr:{region}:{account}:repository/{_NAME}",
    )
