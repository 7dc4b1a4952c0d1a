"""A use case of three columns, for files with very many rows."""

from ml.contract.candidates import Candidate
from ml.contract.modelling import Band, BinaryTask
from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Estimator, Kind, Role, Score
from ml.contract.schema import Column, Schema
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase

NARROW = UseCase(
    name="narrow",
    title="Narrow",
    entity="lead",
    task=BinaryTask(),
    schema=Schema(
        columns=(
            Column(name="id", source="id", kind=Kind.TEXT, role=Role.ID),
            Column(name="visits", source="visits", kind=Kind.INTEGER),
            Column(name="won", source="won", kind=Kind.INTEGER, role=Role.TARGET),
        )
    ),
    moments=(ARRIVAL, CONTACTED),
    default_moment=ARRIVAL,
    split=StratifiedSplit(),
    candidates=(Candidate(estimator=Estimator.LOGISTIC_REGRESSION),),
    select_by=Score.ROC_AUC,
    bands=(Band(name="All", at_least=0),),
)
