"""The table of split kinds."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tradegym.envs.data.splits.fold import Fold, Reach

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

# The options of each kind are those of one configuration class, checked elsewhere, so the
# functions take anything that has them.
SplitFunction = Callable[[Any, "Dataset", Reach], list[Fold]]
SPLITS: dict[str, SplitFunction] = {}


def split_kind(name: str) -> Callable[[SplitFunction], SplitFunction]:
    """Register the function for ``split.kind=name``."""

    def register(function: SplitFunction) -> SplitFunction:
        SPLITS[name] = function
        return function

    return register
