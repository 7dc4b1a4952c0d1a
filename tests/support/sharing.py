"""Files of tests that share something dear run on one process, which makes it once."""

from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

#: Everything that is synthesized, but for what synthesizes anew and takes long.
_TEMPLATES = "tests/templates/"
_BY_THEMSELVES = ("test_synth.py", "test_bad_settings.py", "test_changes.py")
#: A Spark takes longer to start than most of what is asked of it.
_SPARK = (
    "tests/contract/test_check_figures.py",
    "tests/contract/test_engine.py",
    "tests/pipeline/test_engine_parity.py",
    "tests/pipeline/test_score_on_spark.py",
    "tests/pipeline/test_spark_training.py",
)


class Sharing(LoadFileScheduling):  # type: ignore[misc]
    """Tests of one file go to one process, and so do files that share."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return shared_by(file)


def shared_by(file: str) -> str:
    """What a file shares with others, or the file itself.

    Examples
    --------
    >>> shared_by("tests/templates/test_lake.py")
    'templates'
    >>> shared_by("tests/web/test_page.py")
    'tests/web/test_page.py'
    """
    if file in _SPARK:
        return "spark"
    if file.startswith(_TEMPLATES) and not file.endswith(_BY_THEMSELVES):
        return "templates"
    return file
