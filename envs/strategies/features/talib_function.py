"""TA-Lib's functions as features.

TA-Lib's functions look back only, as the tests show for each of them. Those with a memory that
does not end (EMA, RSI, ADX, OBV, CUMSUM ...) depend on where the series begins: features are
computed once over all bars of a dataset and then cut into episodes, so that a bar has the same
value in every episode; on a path that is drawn for one episode the series begins with it.
"""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import Feature

# Its stubs leave out most types.
_talib: Any = importlib.import_module("talib")
_abstract: Any = importlib.import_module("talib.abstract")

#: Their values are rows, counted from the start of the series.
_ROW_NUMBERS = frozenset({"MAXINDEX", "MININDEX", "MINMAXINDEX"})


class TalibFunction(Feature):
    """One of TA-Lib's functions, with its own parameters, inputs and outputs.

    The lookback is TA-Lib's own for the parameters, the unstable period that is set in TA-Lib
    included. MAXINDEX, MININDEX and MINMAXINDEX, which return row numbers, become the number of
    bars since that row.

    Parameters
    ----------
    name : str
        As TA-Lib writes it.
    input : str or tuple of str, optional
        Which series a function of one or two series reads; others have fixed ones.
    output : str, optional
        Which of several outputs; by default all of them, one column each.
    **parameters
        As TA-Lib names them.
    """

    def __init__(
        self,
        name: str,
        *,
        input: str | tuple[str, ...] | None = None,  # noqa: A002  the option's name
        output: str | None = None,
        **parameters: Any,
    ) -> None:
        function = _abstract.Function(name, **parameters)
        self.lookback = int(function.lookback)
        if self.lookback < 0:
            raise ValueError("TA-Lib allows no such combination")
        self._name, self._parameters = name, parameters
        self._inputs = _inputs(function.info["input_names"], input)
        outputs: list[str] = function.info["output_names"]
        self._column = None if output is None else outputs.index(output)
        if len(outputs) > 1 and output is None:
            self.parts = tuple(outputs)

    def compute(self, bars: Bars) -> NDArray[np.float64]:
        """See `Feature.compute`."""
        series = [bars.series(one) for one in self._inputs]
        result: Any = getattr(_talib, self._name)(*series, **self._parameters)
        if isinstance(result, tuple):
            chosen = result if self._column is None else (result[self._column],)
            result = np.stack(chosen, axis=1)
        values: NDArray[np.float64] = np.asarray(result, dtype=np.float64)
        if self._name in _ROW_NUMBERS:
            rows = np.arange(len(values), dtype=np.float64)
            values = (rows if values.ndim == 1 else rows[:, None]) - values
        return values


def _inputs(roles: dict[str, Any], chosen: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the series that a function takes, in its order.

    TA-Lib calls a series that may be any ``price``, ``price0`` or ``price1``; what it lists
    under ``prices`` is fixed.
    """
    free = iter((chosen,) if isinstance(chosen, str) else chosen or ())
    names: list[str] = []
    for role, default in roles.items():
        names += default if role == "prices" else [next(free, default)]
    return tuple(names)
