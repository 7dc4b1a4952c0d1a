"""What cdk-nag asks for and we do differently, each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """A reason for not following a rule, where it applies.

    Parameters
    ----------
    rules : tuple of str
        Rules of cdk-nag; ``*`` stands for any text: ``"AwsSolutions-IAM5[Action::s3:*]"``.
    paths : tuple of str
        Paths of constructs, with ``*``: ``"*/ingestion/*"``.
    reason : str
        Why this is right here.
    """

    rules: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str


ACKNOWLEDGEMENTS: tuple[Acknowledgement, ...] = ()
