"""One run of the cleaning job."""


def main(arguments: list[str]) -> None:
    """Clean the file that the arguments name."""
