"""Pictures of how good predictions are, as PNG bytes."""

from ml.core.plots.contributions import contributions_plot
from ml.core.plots.judging import judging_plots

__all__ = ["contributions_plot", "judging_plots"]
