"""What every feature offers, and the registry of the kinds of features."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.schema.feature_kinds import FEATURE_KINDS
from tradegym.conf.schema.feature_options import CommonOptions, OpenOptions
from tradegym.envs.strategies.features.bars import Bars


class Feature(ABC):
    """A causal function of the bars: row t of its values depends on bars up to t only.

    The constructor takes the entry's own options as keyword arguments (those that every entry
    has, such as the scaler, are not passed on) and sets ``lookback`` and, where there are
    several columns, ``parts``.

    Attributes
    ----------
    lookback : int
        Rows at the start that cannot be computed: bars before a row that it needs.
    parts : tuple of str
        Names of the columns; ``("",)`` for a single one.
    PER_ASSET : bool
        Whether it is computed of each asset's bars; otherwise of the times alone, once.
    """

    PER_ASSET: ClassVar[bool] = True

    lookback: int = 0
    parts: tuple[str, ...] = ("",)

    @abstractmethod
    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """Return the values.

        Parameters
        ----------
        bars : Bars
            More than ``lookback`` bars.

        Returns
        -------
        ndarray of float64, shape [T] or [T, P]
            The first ``lookback`` rows are not used. NaN and infinity say that a value is not
            defined; the agent sees 0, which the scalers' ``standard`` and ``robust`` make the
            middle of the train rows.
        """


#: Kinds of features; TA-Lib's functions and import paths are kinds besides.
FEATURES: dict[str, type[Feature]] = {}

FeatureType = TypeVar("FeatureType", bound=type[Feature])


def feature(
    kind: str, options: type[CommonOptions] = OpenOptions
) -> Callable[[FeatureType], FeatureType]:
    """Register a class as a kind of feature.

    Parameters
    ----------
    kind : str
        Its name in the configuration, in lower case.
    options : type of CommonOptions
        Checks the options when the configuration is read. By default the names of the
        constructor's keyword arguments are what is allowed.
    """

    def register(cls: FeatureType) -> FeatureType:
        FEATURES[kind] = cls
        FEATURE_KINDS.setdefault(kind, options)
        return cls

    return register
