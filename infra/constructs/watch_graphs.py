"""What a comparison of new leads with the model's own has found, with the use case's bounds."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.graphs import Row, bound, graph
from infra.constructs.part_metrics import DAY, of_ours
from infra.environments import Environment
from ml.contract.alerts import WATCH, Metric
from ml.contract.use_case import UseCase
from ml.contract.watching import Severity
from ml.use_cases import find

# A comparison comes with each file of leads, often once a week.
_A_QUARTER = "-P13W"


def watch_graphs(environment: Environment) -> list[Row]:
    """Rows of what each comparison measured; a day without one is a gap.

    Parameters
    ----------
    environment : Environment
        Whose; its use case says from where on a figure is raised. A bound that hangs on what the
        model showed before is in the title, as no dashboard knows that.
    """
    case = find(environment.use_case)
    return [_raised(environment, case), _scores(environment, case), _outcomes(environment, case)]


def _raised(environment: Environment, case: UseCase) -> Row:
    severities = [
        bound(severity.level, severity.value, bad=severity is Severity.CRITICAL)
        for severity in Severity
    ]
    return [
        _graph("Worst of a comparison", _of(environment, Metric.WORST_SEVERITY), bounds=severities),
        _graph("Figures raised", _of(environment, Metric.SIGNALS_RAISED)),
        _graph(
            "Drift",
            _of(environment, Metric.DRIFT_SHARE),
            _of(environment, Metric.RETRAIN_NEEDED),
            bounds=[bound(case.drift.drifted_share, "share that asks for a retrain")],
        ),
    ]


def _scores(environment: Environment, case: UseCase) -> Row:
    psi, mean = Metric.PREDICTION_PSI, Metric.MEAN_SCORE
    return [
        _graph(
            "Stability of scores, PSI",
            _of(environment, psi),
            bounds=[bound(case.drift.prediction_psi_alarm, "asks for a retrain")],
        ),
        _graph(f"Mean score, raised {case.watch.score_shift:g} off", _of(environment, mean)),
        _graph(
            f"AUC, raised {case.watch.auc_drop:g} below the test's",
            _of(environment, Metric.ROC_AUC),
            _of(environment, Metric.EXPECTED_ROC_AUC),
        ),
    ]


def _outcomes(environment: Environment, case: UseCase) -> Row:
    watch = case.watch
    known, needed = Metric.OUTCOMES_KNOWN, bound(watch.minimum_outcomes, "fewer tell nothing")
    return [
        _graph(
            f"Precision of the best tenth, raised {watch.precision_drop:g} below; calibration",
            _of(environment, Metric.PRECISION_AT_10),
            _of(environment, Metric.CALIBRATION_ERROR),
            bounds=[bound(watch.calibration_error, "calibration error")],
        ),
        _graph("Outcomes known", _of(environment, known), bounds=[needed]),
        _graph(
            f"Conversion, raised {watch.conversion_drop:.0%} below the usual; lift",
            _of(environment, Metric.CONVERSION),
            right=[_of(environment, Metric.LIFT)],
        ),
    ]


def _graph(
    title: str,
    *metrics: cloudwatch.IMetric,
    right: Sequence[cloudwatch.IMetric] = (),
    bounds: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.GraphWidget:
    return graph(title, *metrics, right=right, bounds=bounds, since=_A_QUARTER)


def _of(environment: Environment, metric: Metric) -> cloudwatch.Metric:
    return of_ours(environment, WATCH, metric, statistic="Maximum", period=DAY)
