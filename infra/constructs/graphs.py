"""Graphs of dashboards, three beside each other, with the bounds of what they show."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

_WIDTH = 8
Row = list[cloudwatch.IWidget]


def graph(
    title: str,
    *metrics: cloudwatch.IMetric,
    right: Sequence[cloudwatch.IMetric] = (),
    bounds: Sequence[cloudwatch.HorizontalAnnotation] = (),
    since: str | None = None,
) -> cloudwatch.GraphWidget:
    """A graph of some metrics.

    Parameters
    ----------
    title : str
    *metrics : IMetric
        By the axis on the left.
    right : sequence of IMetric, default=()
        By the one on the right, where they are of another size.
    bounds : sequence of HorizontalAnnotation, default=()
        From where on the ones on the left are raised.
    since : str or None, default=None
        How far it looks back, as an ISO 8601 duration, where the page's own time is too short.
    """
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        right=list(right),
        left_annotations=list(bounds),
        start=since,
        width=_WIDTH,
    )


def bound(value: float, says: str, *, bad: bool = False) -> cloudwatch.HorizontalAnnotation:
    """A line across a graph, red where what lies beyond it is bad at once."""
    colour = cloudwatch.Color.RED if bad else cloudwatch.Color.ORANGE
    return cloudwatch.HorizontalAnnotation(value=value, label=f"{says}: {value:g}", color=colour)
