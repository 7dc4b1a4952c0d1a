"""A second use case, for another table: how many stars will an order get?"""

from datetime import timedelta

from ml.contract.candidates import Candidate
from ml.contract.gates import Gate
from ml.contract.modelling import Band, OrdinalTask
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Estimator, Kind, Role, Score
from ml.contract.schema import Column, Schema
from ml.contract.splits import TimeSplit
from ml.contract.use_case import UseCase

ORDER_RATING = UseCase(
    name="order_rating",
    title="Order rating",
    entity="order",
    task=OrdinalTask(low=1, high=5),
    schema=Schema(
        columns=(
            Column(name="order_id", source="Order", kind=Kind.TEXT, role=Role.ID),
            Column(name="ordered_on", source="Ordered On", kind=Kind.DATE, role=Role.TIME),
            Column(name="state", source="State", kind=Kind.CATEGORY),
            Column(name="price", source="Price", kind=Kind.NUMBER, low=0, high=100_000, unit="R$"),
            Column(
                name="late_days",
                source="Days Late",
                kind=Kind.INTEGER,
                low=-100,
                high=400,
                known_from=ENGAGED,
            ),
            Column(name="gift", source="Gift", kind=Kind.YES_NO),
            Column(
                name="stars", source="Stars", kind=Kind.INTEGER, role=Role.TARGET, low=1, high=5
            ),
        )
    ),
    moments=(ARRIVAL, ENGAGED),
    default_moment=ENGAGED,
    split=TimeSplit(gap=timedelta(days=1)),
    candidates=(
        Candidate(estimator=Estimator.LOGISTIC_REGRESSION),
        Candidate(estimator=Estimator.LIGHTGBM),
    ),
    select_by=Score.SPEARMAN,
    bands=(Band(name="Happy", at_least=70), Band(name="Unhappy", at_least=0)),
    gates=((ENGAGED, Gate(score=Score.SPEARMAN, at_least=0.5)),),
)
