"""Figures of a run: equity against baselines, trades, actions, exposure, the learning curve."""

from tradegym.experiments.plots.actions import plot_actions
from tradegym.experiments.plots.equity import plot_equity
from tradegym.experiments.plots.exposure import plot_exposure
from tradegym.experiments.plots.learning import plot_learning
from tradegym.experiments.plots.trades import plot_trades

__all__ = ["plot_actions", "plot_equity", "plot_exposure", "plot_learning", "plot_trades"]
