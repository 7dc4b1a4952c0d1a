"""Where things lie in the buckets on AWS: said once for infra, Lambdas, jobs and servers."""

from __future__ import annotations

from collections.abc import Iterable

from ml.contract.names import Zone


def raw_prefix(use_case: str) -> str:
    """Where people and systems put new files, in the raw bucket.

    Files that sort by time (``2026-11-21.csv``) let a retrain without a file find the newest.

    Examples
    --------
    >>> raw_prefix("lead_conversion")
    'raw/lead_conversion/'
    """
    return f"{Zone.RAW}/{use_case}/"


#: Where files lie while COPY reads or UNLOAD writes them, in the clean bucket.
STAGING = "unload/"
#: Ends the key of a manifest of raw files.
MANIFEST_SUFFIX = ".manifest.json"


def parts_prefix(use_case: str) -> str:
    """Where files wait until a manifest names them, in the raw bucket: alone they start nothing.

    Examples
    --------
    >>> parts_prefix("lead_conversion")
    'raw/lead_conversion/parts/'
    """
    return f"{raw_prefix(use_case)}parts/"


def is_manifest(key: str) -> bool:
    """Whether a raw object names files rather than being one.

    Examples
    --------
    >>> is_manifest("raw/lead_conversion/2026-11-21.manifest.json")
    True
    """
    return key.endswith(MANIFEST_SUFFIX)


def is_leads_file(key: str, use_case: str) -> bool:
    """Whether a raw object is a file of leads that comes alone: neither a manifest nor a part.

    Examples
    --------
    >>> is_leads_file("raw/lead_conversion/parts/a.csv", "lead_conversion")
    False
    """
    return not is_manifest(key) and not key.startswith(parts_prefix(use_case))


def newest_raw(keys: Iterable[str], use_case: str) -> str | None:
    """The file of leads that a retrain reads which names none: the last by its key.

    Parameters
    ----------
    keys : iterable of str
        Of raw objects.
    use_case : str
        Whose.

    Returns
    -------
    str or None
        None where no file of leads came alone.

    Examples
    --------
    >>> newest_raw(["raw/lead_conversion/2.csv", "raw/lead_conversion/parts/3.csv"],
    ...     "lead_conversion")
    'raw/lead_conversion/2.csv'
    """
    return max((key for key in keys if is_leads_file(key, use_case)), default=None)


def rows_prefix(zone: Zone, use_case: str) -> str:
    """Where all rows of a zone and a use case lie, in the clean bucket.

    Examples
    --------
    >>> rows_prefix(Zone.SCORES, "lead_conversion")
    'scores/use_case=lead_conversion/'
    """
    return f"{zone}/use_case={use_case}/"


def partition(zone: Zone, use_case: str, version: str) -> str:
    """Where the rows that one version of a file became lie, in the clean bucket.

    Spelled so that Glue, Athena and Redshift read use case and version as columns.

    Examples
    --------
    >>> partition(Zone.CLEAN, "lead_conversion", "5f3c")
    'clean/use_case=lead_conversion/version=5f3c/'
    """
    return f"{rows_prefix(zone, use_case)}version={version}/"


def home_prefix(use_case: str) -> str:
    """The home of the retrain pipeline between its jobs, in the artifacts bucket.

    Examples
    --------
    >>> home_prefix("lead_conversion")
    'home/lead_conversion/'
    """
    return f"home/{use_case}/"


def serving_prefix(use_case: str) -> str:
    """The part of the home from which scorers serve.

    Examples
    --------
    >>> serving_prefix("lead_conversion")
    'home/lead_conversion/serving/'
    """
    return f"{home_prefix(use_case)}serving/"


def card_prefix(use_case: str) -> str:
    """The part of the home that holds model cards.

    Examples
    --------
    >>> card_prefix("lead_conversion")
    'home/lead_conversion/lake/models/lead_conversion/'
    """
    return f"{home_prefix(use_case)}lake/{Zone.MODELS}/{use_case}/"


def monitor_prefixes(use_case: str) -> tuple[str, ...]:
    """The parts of the home that hold what was watched, decided and found.

    Examples
    --------
    >>> monitor_prefixes("lead_conversion")[0]
    'home/lead_conversion/lake/drift/lead_conversion/'
    """
    zones = (Zone.DRIFT, Zone.DECISIONS, Zone.INVESTIGATIONS)
    return tuple(f"{home_prefix(use_case)}lake/{zone}/{use_case}/" for zone in zones)


def packages_prefix(use_case: str) -> str:
    """Under which champions lie, each as ``<sha256>/model.tar.gz``, in the artifacts bucket.

    Examples
    --------
    >>> packages_prefix("lead_conversion")
    'packages/lead_conversion/'
    """
    return f"packages/{use_case}/"


def transforms_prefix(use_case: str) -> str:
    """Where batch transforms write what they answer, in the clean bucket.

    Examples
    --------
    >>> transforms_prefix("lead_conversion")
    'transforms/lead_conversion/'
    """
    return f"transforms/{use_case}/"


def captures_prefix(use_case: str) -> str:
    """Where the endpoint keeps what it was asked and what it answered, in the clean bucket.

    Examples
    --------
    >>> captures_prefix("lead_conversion")
    'capture/lead_conversion/'
    """
    return f"capture/{use_case}/"


#: What managed Airflow reads in its own bucket: a folder of DAGs, and what they run on.
AIRFLOW_DAGS = "dags/"
AIRFLOW_REQUIREMENTS = "requirements.txt"


def runs_prefix(use_case: str) -> str:
    """Under which each run of the pipeline says what it decided, in the artifacts bucket.

    Examples
    --------
    >>> runs_prefix("lead_conversion")
    'runs/lead_conversion/'
    """
    return f"runs/{use_case}/"


def trainings_prefix(use_case: str) -> str:
    """Under which training jobs find what people send, and leave it, in the artifacts bucket.

    Examples
    --------
    >>> trainings_prefix("lead_conversion")
    'trainings/lead_conversion/'
    """
    return f"trainings/{use_case}/"


def features_prefix(use_case: str) -> str:
    """Where the feature group's offline store lies, in the clean bucket.

    Examples
    --------
    >>> features_prefix("lead_conversion")
    'features/lead_conversion/'
    """
    return f"features/{use_case}/"


def data_quality_prefix(use_case: str) -> str:
    """Below which baselines and reports of data quality lie, in the artifacts bucket.

    Examples
    --------
    >>> data_quality_prefix("lead_conversion")
    'data-quality/lead_conversion/'
    """
    return f"data-quality/{use_case}/"


def leads_table(use_case: str) -> str:
    """The Iceberg table of a use case's clean leads, in the Glue catalog.

    Examples
    --------
    >>> leads_table("lead_conversion")
    'lead_conversion_leads'
    """
    return f"{use_case}_leads"


def snapshots_table(use_case: str) -> str:
    """The Iceberg table of a use case's training sets, in the Glue catalog.

    Examples
    --------
    >>> snapshots_table("lead_conversion")
    'lead_conversion_snapshots'
    """
    return f"{use_case}_snapshots"


#: Partition key and sort key of the ledger's table: names of an entry's fields.
LEDGER_MODEL, LEDGER_NUMBER = "model", "number"

#: Keys of the table of receipts, feedback and kept answers; and of its index, which lists them by
#: time.
HOLDER, ENTRY = "holder", "entry"
SHELF, SINCE, BY_TIME = "shelf", "since", "by_time"
#: What the index holds besides: in how many pieces a long record lies, and their name.
PIECES, DIGEST = "pieces", "digest"
