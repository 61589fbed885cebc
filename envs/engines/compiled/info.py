"""The ``info`` of environments, read from the kernel's records.

Keys, types and values are those of `tradegym.envs.trading.TradingEnv`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies.endings import REASONS

if TYPE_CHECKING:
    from tradegym.envs.engines.compiled.batch import Batch

#: Reason of an episode's end by its number; None: it goes on.
REASON_NAMES: tuple[str | None, ...] = (None, *REASONS)

_REASONS = np.array(REASON_NAMES, dtype=object)
_COUNTED = (
    *("commission", "interest", "trades", "rejected", "impossible"),
    *("drawdown", "max_drawdown"),
)


class InfoReader:
    """Reads the infos of the environments of a batch.

    Parameters
    ----------
    batch : Batch
    """

    def __init__(self, batch: "Batch") -> None:
        self._batch = batch
        source = batch.source
        self._joint = source.market.engine.traded.joint
        self._kind = int(source.part_name != "train")
        self._terms = batch.program.terms
        self._fresh = source.fresh is not None
        self._columns = list(source.market.order[: len(source.market.assets)])
        self._dataset = source.market.dataset

    def infos(
        self, indices: Sequence[int] | None = None, *, final: bool = False
    ) -> list[dict[str, Any]]:
        """Return a dict per environment.

        Parameters
        ----------
        indices : sequence of int, optional
            Which environments; by default all.
        final : bool
            Of the bars on which their last episodes ended, instead of the current ones.
        """
        columns = self.arrays(indices, final=final)
        lists: dict[str, list[Any]] = {name: values.tolist() for name, values in columns.items()}
        lists["reward_terms"] = [self.named(row) for row in lists["reward_terms"]]
        lists["metadata"] = [self.metadata(*row) for row in lists["metadata"]]
        lists["time"] = list(columns["time"])
        if self._joint:
            lists |= {name: list(columns[name]) for name in ("position", "price")}
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]

    def arrays(
        self, indices: Sequence[int] | None = None, *, final: bool = False
    ) -> dict[str, NDArray[Any]]:
        """Return an array per key with the values of the environments, M of them.

        ``position`` and ``price`` have shape [M, A] with joint trading, ``reward_terms`` is
        [M, K] without names, ``metadata`` [M, 3]: number, first row and seconds since 1970.
        ``time`` is datetime64, ``reason`` are objects.
        """
        state = self._batch.final if final else self._batch.state
        chosen: Any = slice(None) if indices is None else list(indices)
        envs, books = np.asarray(state.envs)[chosen], np.asarray(state.books)[chosen]
        # A drawn path lies anywhere in the bar table, but is a dataset of its own.
        starts = np.zeros_like(envs["row"]) if self._fresh else envs["first_row"]
        bars = starts + envs["row"]
        positions = np.where(books["running"] != 0, books["units"], 0.0)
        times, prices = self._quotes(bars, indices, final=final)
        seconds = times.astype("datetime64[s]").astype(np.int64)
        return {
            "step": envs["episode_length"].copy(),
            "cash": envs["cash"].copy(),
            "value": envs["value"].copy(),
            "position": positions if self._joint else positions[:, 0],
            "price": prices if self._joint else prices[:, 0],
            **{name: envs[name].copy() for name in _COUNTED},
            "reward_terms": state.terms[chosen].copy(),
            "reason": _REASONS[envs["reason"]],
            "time": times,
            "bar": bars,
            "metadata": np.stack([envs["number"], starts, seconds], axis=1),
        }

    def named(self, terms: Sequence[Any]) -> dict[str, Any]:
        """Return the values of the reward terms by name, numbers or arrays."""
        return dict(zip(self._terms, terms, strict=True))

    def _quotes(
        self, bars: NDArray[np.int64], indices: Sequence[int] | None, *, final: bool
    ) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Return the times and closes of these bars, [M] and [M, A]."""
        if not self._fresh:
            return self._dataset.times[bars], self._dataset.ohlcv[bars][:, self._columns, 3]
        batch = self._batch
        chosen = range(batch.n_envs) if indices is None else indices
        times = np.empty(len(chosen), "datetime64[ns]")
        closes = np.empty((len(chosen), len(self._columns)))
        for place, (i, bar) in enumerate(zip(chosen, bars.tolist(), strict=True)):
            if final:
                times[place], closes[place] = batch.last_quote(i, bar)
            else:
                shown, rows = batch.shown(i)
                times[place], closes[place] = shown[bar], rows[bar, :, 3]
        return times, closes

    def metadata(self, number: Any, start: Any, seconds: Any) -> dict[str, Any]:
        """Return BTgym's metadata, of one environment or arrays of several."""
        return {
            "type": self._kind,
            "trial_num": number,
            "trial_type": self._kind,
            "sample_num": number,
            "first_row": start,
            "timestamp": seconds,
        }
