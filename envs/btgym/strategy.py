"""BTgym's base strategy: this package's, with the names that BTgym's users read from it."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tradegym.envs.strategies.base import BaseStrategy

_LOG = logging.getLogger("tradegym.strategy")


class _Line:
    """The current value of a statistic, read as a line of a backtrader observer is."""

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read

    def __getitem__(self, ago: int) -> float:
        if ago != 0:
            raise IndexError(f"[{ago}]: only [0], the current bar, is kept")
        return self._read()


class BTgymBaseStrategy(BaseStrategy):
    """`BaseStrategy` for strategies that were written for BTgym.

    BTgym ran backtrader's observers on every bar; what its users read from them is here without
    that cost, and of the current bar (BTgym's was one bar old): ``self.stats.broker.value[0]``
    and ``.cash[0]``, ``self.stats.drawdown.drawdown[0]`` and ``.maxdrawdown[0]``. Also
    ``self.iteration``, ``self.time_dim`` and ``self.log``.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.log = _LOG
        self.time_dim = int(self.p.time_dim)
        broker = self.broker
        self.stats.broker = SimpleNamespace(
            value=_Line(broker.getvalue), cash=_Line(broker.getcash)
        )
        self.stats.drawdown = SimpleNamespace(
            drawdown=_Line(lambda: self._drawdown.percent),
            maxdrawdown=_Line(lambda: self._drawdown.max_percent),
        )
        super().__init__(**kwargs)

    @property
    def iteration(self) -> int:
        """Bars since the first decision, that one included."""
        return len(self) - self._first_row
