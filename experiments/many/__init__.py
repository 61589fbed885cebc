"""Experiments that train several times: seeds of one configuration, and folds of one split."""

from typing import TYPE_CHECKING

from tradegym.conf.schema.split import ALL_FOLDS, FOLDED

if TYPE_CHECKING:
    from tradegym.conf.schema.run import Config


def kind_of(config: "Config") -> str | None:
    """Return the kind of experiment that a configuration asks for; None is a single training.

    Parameters
    ----------
    config : Config

    Returns
    -------
    {"seeds", "folds", None}
    """
    if config.seeds is not None:
        return "seeds"
    all_folds = config.split.kind in FOLDED[1] and config.split.fold == ALL_FOLDS
    return "folds" if all_folds else None
