"""Which bars are for training, validation and testing."""

# Importing a kind registers it.
from tradegym.envs.data.splits import combinatorial, holdout, walk_forward
from tradegym.envs.data.splits.fold import ROLES, Fold, Part, Reach, Split, ranges_of
from tradegym.envs.data.splits.make import choose_fold, chosen_fold, make_folds, make_split
from tradegym.envs.data.splits.paths import backtest_paths
from tradegym.envs.data.splits.registry import SPLITS, split_kind
from tradegym.envs.data.splits.table import fold_ranges, fold_rows

__all__ = [
    "ROLES",
    "SPLITS",
    "Fold",
    "Part",
    "Reach",
    "Split",
    "backtest_paths",
    "choose_fold",
    "chosen_fold",
    "combinatorial",
    "fold_ranges",
    "fold_rows",
    "holdout",
    "make_folds",
    "make_split",
    "ranges_of",
    "split_kind",
    "walk_forward",
]
