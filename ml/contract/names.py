"""Names that more than one part speaks: each is said here once."""

from __future__ import annotations

from enum import StrEnum

PRODUCT = "leadwise"


class Kind(StrEnum):
    """What a column's values are once cleaned."""

    NUMBER = "number"
    INTEGER = "integer"
    CATEGORY = "category"
    ORDINAL = "ordinal"
    YES_NO = "yes_no"
    DATE = "date"
    TEXT = "text"


class Role(StrEnum):
    """What a column is for."""

    ID = "id"
    ORDER = "order"
    TIME = "time"
    FEATURE = "feature"
    TARGET = "target"
    IGNORED = "ignored"


class Purpose(StrEnum):
    """Why a file is read: training needs the outcome, scoring must not use it."""

    TRAIN = "train"
    SCORE = "score"
    #: To be merged with others: every column, and the outcome as far as it is known by now.
    MERGE = "merge"


class EngineName(StrEnum):
    """What can run SQL over files."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Estimator(StrEnum):
    """Model families that a candidate can name."""

    LOGISTIC_REGRESSION = "logistic_regression"
    DECISION_TREE = "decision_tree"
    RANDOM_FOREST = "random_forest"
    EXTRA_TREES = "extra_trees"
    GRADIENT_BOOSTING = "gradient_boosting"
    XGBOOST = "xgboost"
    LIGHTGBM = "lightgbm"


class Approval(StrEnum):
    """Who lets a registered champion be deployed."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"  # the verdict alone

    @property
    def status(self) -> str:
        """What SageMaker calls a model package that was registered so."""
        return "Approved" if self is Approval.AUTOMATIC else "PendingManualApproval"


class Score(StrEnum):
    """Metrics that select, gate and report models."""

    ROC_AUC = "roc_auc"
    PR_AUC = "pr_auc"
    ACCURACY = "accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"
    PRECISION_AT_10 = "precision_at_10"
    LIFT_AT_10 = "lift_at_10"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    ECE = "ece"
    SPEARMAN = "spearman"
    MAE = "mae"
    RMSE = "rmse"

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller figure is the better one."""
        return self in {Score.LOG_LOSS, Score.BRIER, Score.ECE, Score.MAE, Score.RMSE}


class Trait(StrEnum):
    """What gates may ask of a model beside its metrics."""

    #: Processor milliseconds for one lead: 99 of 100 leads take less.
    LATENCY_MS = "latency_ms"
    #: Megabytes of the package.
    SIZE_MB = "size_mb"
    #: Columns that give the outcome away and that nobody has acknowledged.
    LEAKS = "leaks"
    #: Share of test rows whose probability interval holds what happened.
    COVERAGE = "coverage"
    #: Rules of fairness and invariance that the model breaks.
    BROKEN_INVARIANCES = "broken_invariances"

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller figure is the better one."""
        return self is not Trait.COVERAGE


class Step(StrEnum):
    """The verbs of the pipeline, in their order."""

    INGEST = "ingest"
    CLEAN = "clean"
    CHECK = "check"
    SNAPSHOT = "snapshot"
    SPLIT = "split"
    TRAIN = "train"
    EVALUATE = "evaluate"
    PROMOTE = "promote"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    SCORE = "score"
    PLAN = "plan"
    WATCH = "watch"
    SLICE = "slice"


class Alias(StrEnum):
    """Pointers of the model registry."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    PREVIOUS = "previous"


class Zone(StrEnum):
    """Top folders of the lake."""

    RAW = "raw"
    TEXT = "text"
    QUARANTINE = "quarantine"
    CLEAN = "clean"
    LOADS = "loads"
    TABLES = "tables"
    CHECKS = "checks"
    SNAPSHOTS = "snapshots"
    SLICES = "slices"
    SPLITS = "splits"
    MODELS = "models"
    SCORES = "scores"
    DRIFT = "drift"
    DECISIONS = "decisions"
    INVESTIGATIONS = "investigations"


class DriftState(StrEnum):
    """What watching found."""

    OK = "OK"
    DRIFTED = "DRIFTED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Check(StrEnum):
    """What data checks measure; where the limit can be set, the name of its policy's field."""

    SCHEMA = "schema"
    ADDED_COLUMNS = "added_columns"
    HELD_BACK = "held_back"
    ROWS = "rows"
    ROWS_KEPT = "rows_kept"
    DUPLICATE_IDS = "duplicate_ids"
    REPEATED = "repeated"
    REPEATED_RISE = "repeated_rise"
    TARGET = "target"
    BASE_RATE = "base_rate"
    FRESHNESS = "age_days"
    FUTURE = "future"
    WEEKLY_VOLUME = "weekly_volume"
    RANGE = "range"
    MISSING = "missing"
    MISSING_RISE = "missing_rise"
    SINGLE_VALUE = "single_value"
    CONSTANT = "constant"
    OUTLIERS = "outliers"
    TYPICAL = "typical"
    NEW_LEVELS = "new_levels"


class CheckState(StrEnum):
    """What a data check, or all of them together, say."""

    PASS = "pass"
    WARN = "warn"
    STOP = "stop"


class LeakVerdict(StrEnum):
    """What the leakage guard says of a column, from harmless to harmful."""

    CLEAR = "CLEAR"
    #: Nothing is proven, but somebody should ask when the field is filled in.
    SUSPECT = "SUSPECT"
    #: It behaves like a record of the outcome, and the use case says why it is used all the same.
    ACKNOWLEDGED = "ACKNOWLEDGED"
    #: It behaves like a record of the outcome at a moment that comes before it.
    LEAK = "LEAK"


class Table(StrEnum):
    """Tables of the warehouse."""

    LEADS = "leads"
    SCORES = "scores"
    OUTCOMES = "outcomes"
    FEEDBACK = "feedback"
    DRIFT = "drift"


#: The physical line of a row in the file that it came from; 1 is the header.
LINE = "line_number"

#: The table beside them that remembers how they came to have their columns.
SCHEMA_VERSIONS = "schema_versions"

#: In a table of the warehouse: which load a row came with.
LOADED_VERSION = "loaded_version"

#: A level that the form showed and nobody chose ("Select"): not the same as an empty cell.
NOT_CHOSEN = "Select"

#: The level that stands for every spelling that the schema does not list.
OTHER = "Other"
