"""The scorer: a checked package, ready to score one lead in microseconds or a table in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from ml.contract.cleaning import Value
from ml.contract.names import Purpose
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.columns import Floats
from ml.core.scoring.certainty import Certainty, ManySure
from ml.core.scoring.opening import Opened, open_package
from ml.core.scoring.reasons import Explainer, Reasons
from ml.core.scoring.scale import Scale
from ml.core.scoring.scored import Scored
from ml.core.scoring.table_encoder import TableEncoder


class Packaged(Protocol):
    """Something that carries a package, such as a deployment."""

    @property
    def version(self) -> str:
        """Version of the model."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """The package's files by name."""

    @property
    def package_sha256(self) -> str | None:
        """Hash of its manifest when it was registered, where it is known."""


class Judged(NamedTuple):
    """What is said of many rows, and how sure it is where the package knows."""

    predictions: Floats
    sure: ManySure | None


class Scorer:
    """Scores leads with one model for one moment; made by `Scorer.load`.

    A scorer holds no state that a call changes: threads may share it.
    """

    def __init__(self, opened: Opened, *, version: str, use_case: UseCase) -> None:
        from ml.core.cleaning.record import record_cleaner
        from ml.core.cleaning.sql import judged_columns

        self.use_case, self.moment, self.version = use_case, opened.moment, version
        self.manifest, self.reference = opened.manifest, opened.reference
        self.meaning = opened.meaning
        self.columns = opened.columns
        self._model, self._encode, self._doubts = opened.model, opened.encode, opened.doubts
        self._calibrator, self._surety = opened.meaning.calibrator, opened.meaning.surety
        self._tables = TableEncoder(opened.plan)
        self._explainer = Explainer(
            opened.plan,
            opened.columns,
            reference=opened.reference,
            task=use_case.task,
            link=opened.manifest.link,
            calibrator=opened.meaning.calibrator,
        )
        judged = judged_columns(use_case.schema, Purpose.SCORE, opened.moment)
        self._clean = record_cleaner(use_case, judged)
        self._id = use_case.schema.id.name
        self._name_of = lru_cache(maxsize=4_096)(self._find_name)
        scale = Scale(use_case, np.array(opened.reference.scores))
        self.points, self.score, self.scores = scale.points, scale.score, scale.scores
        self.band, self.bands = scale.band, scale.bands

    @classmethod
    def load(
        cls,
        files: Mapping[str, bytes],
        *,
        version: str,
        use_case: UseCase,
        expected_sha256: str | None = None,
        threads: int = 1,
    ) -> Scorer:
        """A scorer from the files of a package, all of them checked first.

        Parameters
        ----------
        files : mapping of str to bytes
            The package; see `ml.core.scoring.package`.
        version : str
            Version that scores will carry.
        use_case : UseCase
            What the package must have been made for.
        expected_sha256 : str or None, default=None
            `package_sha256` of the package that was registered, where it is known.
        threads : int, default=1
            Threads that scoring a table may use; one lead always takes one.

        Raises
        ------
        UntrustedPackage
            Before anything of it is used, if the package is not what its manifest, the expected
            hash and the use case say, or does not reproduce its golden rows.
        """
        opened = open_package(files, use_case, expected_sha256=expected_sha256, threads=threads)
        return cls(opened, version=version, use_case=use_case)

    @classmethod
    def of(cls, packaged: Packaged, *, use_case: UseCase, threads: int = 1) -> Scorer:
        """A scorer of a deployment; as `load`."""
        return cls.load(
            packaged.files,
            version=packaged.version,
            use_case=use_case,
            expected_sha256=packaged.package_sha256,
            threads=threads,
        )

    def predict(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """Probabilities, or ratings of an ordinal task, of clean rows.

        Parameters
        ----------
        table : Table or RecordBatch
            Clean rows; columns that the model does not read are ignored.

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        return self._calibrator.many(self.modelled(table))

    def modelled(self, table: pa.Table | pa.RecordBatch) -> Floats:
        """What the model itself says of clean rows."""
        parts = [self._model.predict(rows) for rows in self._tables.batches(table)]
        return np.concatenate([np.empty(0), *parts])

    def judge(self, table: pa.Table | pa.RecordBatch) -> Judged:
        """Predictions of clean rows as `predict` gives them, and how sure they are."""
        modelled = self.modelled(table)
        said = self._calibrator.many(modelled)
        return Judged(said, self._surety.many(modelled, said) if self._surety else None)

    def predict_clean(self, values: Mapping[str, Value]) -> float:
        """Probability, or rating of an ordinal task, of one clean record."""
        return self._calibrator.one(self._model.predict_one(self._encode(values)))

    def score_record(self, cells: Mapping[str, object], *, reasons: int = 0) -> Scored:
        """Score one lead from its raw cells.

        Parameters
        ----------
        cells : mapping of str to object
            Raw cells by column name or source header. Columns that are not known yet at the
            model's moment, the outcome and unknown keys are not read.
        reasons : int, default=0
            Most reasons to give in each direction; they cost about a millisecond.

        Returns
        -------
        Scored
            Without a prediction where a cell is at fault; never raises for what a cell may hold.
        """
        name_of = self._name_of
        row = self._clean({name_of(key): cell for key, cell in cells.items()})
        if row.faults:
            return Scored(
                prediction=None, score=None, band=None, moment=self.moment.name,
                version=self.version, faults=row.faults, warnings=row.warnings,
            )  # fmt: skip
        modelled = self._model.predict_one(self._encode(row.values))
        prediction = self._calibrator.one(modelled)
        score = self.score(prediction)
        sure = self._sureness(modelled, prediction)
        why = self._explain_one(row.values, reasons) if reasons > 0 else _NO_REASONS
        return Scored(
            prediction=prediction, score=score, band=self.band(score), moment=self.moment.name,
            version=self.version, lead=self._lead(row.values),
            interval=sure.interval, score_interval=sure.points, certainty=sure.certainty,
            low_confidence=self._doubts.about(row.values),
            reasons_for=why.up, reasons_against=why.down, warnings=row.warnings,
        )  # fmt: skip

    def _lead(self, values: Mapping[str, Value]) -> str | None:
        found = values[self._id]
        return None if found is None else str(found)

    def _sureness(self, modelled: float, prediction: float) -> _Sure:
        if self._surety is None:
            return _UNSURE
        low, high, certainty = self._surety.one(modelled, prediction)
        return _Sure((low, high), (self.score(low), self.score(high)), certainty)

    def reasons(self, table: pa.Table | pa.RecordBatch, top: int = 3) -> list[Reasons]:
        """The `top` reasons for and against each clean row."""
        read = table.select([column.name for column in self.columns])
        found: list[Reasons] = []
        for rows in self._tables.batches(read):
            records = read.slice(len(found), len(rows)).to_pylist()
            found += self._explainer.explain(self._model.contributions(rows), records, top)
        return found

    def low_confidence(self, table: pa.Table | pa.RecordBatch) -> list[tuple[str, ...]]:
        """For each clean row, how it is unlike all that training saw; usually nothing."""
        return self._doubts.about_rows(table)

    def contributions(self, table: pa.Table | pa.RecordBatch) -> tuple[dict[str, Floats], Floats]:
        """What each source column adds, and the base value that it is added to.

        Returns
        -------
        dict of str to ndarray of shape (n_rows,), ndarray of shape (n_rows,)
            On the scale of `manifest.link`: log-odds of the probability, or its own units.
        """
        parts = [self._model.contributions(rows) for rows in self._tables.batches(table)]
        whole = np.concatenate([np.empty((0, self._model.width + 1)), *parts])
        by_column = self._explainer.by_column(whole)
        return dict(zip(self._explainer.names, by_column.T, strict=True)), whole[:, -1]

    def _explain_one(self, values: Mapping[str, Value], top: int) -> Reasons:
        contributions = self._model.contributions(np.array([self._encode(values)]))
        return self._explainer.explain(contributions, [values], top)[0]

    def _find_name(self, key: str) -> str:
        """Name of the column that a key means; the key itself where it means none."""
        column: Column | None = self.use_case.schema.by_header.get(header_key(str(key)))
        return column.name if column else str(key)


class _Sure(NamedTuple):
    """How sure one score is, as `Scored` says it."""

    interval: tuple[float, float] | None
    points: tuple[int, int] | None
    certainty: Certainty | None


_NO_REASONS, _UNSURE = Reasons((), ()), _Sure(None, None, None)
