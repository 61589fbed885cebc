"""From the configuration to folds, and to the fold that environments use."""

from typing import TYPE_CHECKING

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.split import FOLDED
from tradegym.envs.data.splits.fold import Fold, Reach, Split
from tradegym.envs.data.splits.registry import SPLITS

if TYPE_CHECKING:
    from tradegym.conf.schema.split import SplitConfig
    from tradegym.envs.data.dataset import Dataset


def make_folds(
    config: "SplitConfig", dataset: "Dataset", lookback: int = 0, horizon: int = 0
) -> list[Fold]:
    """Divide a dataset as ``split.kind`` and its options say.

    Parameters
    ----------
    config : SplitConfig
        ``kind`` and the options of that kind.
    dataset : Dataset
        Bars to divide.
    lookback, horizon : int
        Bars before and after a decision that belong to it; see `Reach`. They are what
        ``split.purge=auto`` purges.

    Returns
    -------
    list of Fold
        Numbered from 0, at least one, none with an empty train or test part.

    Raises
    ------
    UserError
        If a part would be empty, a length is wrong, or a date is wrong or outside the data.
    """
    try:
        function = SPLITS[config.kind]
    except KeyError:
        raise UserError(
            f"split.kind={config.kind} is not one of {', '.join(SPLITS)}"
            f"{did_you_mean(config.kind, SPLITS)}"
        ) from None
    return function(config, dataset, Reach(lookback, horizon))


def make_split(
    config: "SplitConfig", dataset: "Dataset", lookback: int = 0, horizon: int = 0
) -> Split:
    """Return the parts of the fold that ``split.fold`` chooses; see `make_folds`.

    Raises
    ------
    UserError
        As `make_folds`, and if there is no such fold.
    """
    return choose_fold(config, make_folds(config, dataset, lookback, horizon), dataset).to_split()


def chosen_fold(config: "SplitConfig") -> int | None:
    """Return the number of the chosen fold; None where all folds of a kind are meant.

    Kinds that make one fold choose it.
    """
    if config.kind not in FOLDED[1]:
        return 0
    return None if isinstance(config.fold, str) else config.fold


def choose_fold(config: "SplitConfig", folds: list[Fold], dataset: "Dataset") -> Fold:
    """Return the fold that ``split.fold`` chooses; of all folds, the first.

    Parameters
    ----------
    config : SplitConfig
    folds : list of Fold
        Of `make_folds`.
    dataset : Dataset
        What they divide; for the message.

    Raises
    ------
    UserError
        There is no such fold.
    """
    number = chosen_fold(config) or 0
    if number >= len(folds):
        raise UserError(
            f"split.fold: {number} does not exist; split.kind={config.kind} makes {len(folds)} "
            f"of dataset {dataset.name!r}: 0 to {len(folds) - 1}"
        )
    return folds[number]
