"""How much of a result is luck: statistics of Sharpe ratios, trials, bootstraps and seeds."""

from tradegym.experiments.luck.assess import assess
from tradegym.experiments.luck.interval import Interval
from tradegym.experiments.luck.seeds import (
    SeedSummary,
    improvement_interval,
    iqm,
    probability_of_improvement,
    stratified_bootstrap_interval,
    summarise_seeds,
    t_interval,
)

__all__ = [
    "Interval",
    "SeedSummary",
    "assess",
    "improvement_interval",
    "iqm",
    "probability_of_improvement",
    "stratified_bootstrap_interval",
    "summarise_seeds",
    "t_interval",
]
