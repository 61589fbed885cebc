"""Checks each fill against its bar.

The fills are made on bars of which no price occurs twice, so a price tells the bar and the field
it was taken from. Real bars cannot: an open that equals the close before it is common.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine import asset_options
from tradegym.envs.engines.backtrader.broker import MarketBroker
from tradegym.envs.strategies.trace import FILL, ORDER
from tradegym.experiments.audit.changes import cheaper, gapped
from tradegym.experiments.audit.play import Event, Stretch, play
from tradegym.experiments.audit.result import Check, Finding, merge_findings

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset
    from tradegym.experiments.audit.future import Plays
    from tradegym.experiments.audit.subject import Subject

_ROUNDING: Final = 1e-9
_FIELDS: Final = ("open", "high", "low", "close")
#: What the check says when it had nothing to look at.
NONE_FILLED: Final = "no order was filled, so no fill was checked"
_STRETCHES: Final = 4  # as many are played on the made-up bars


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices of the bar of a fill."""

    open: float
    high: float
    low: float


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for; prices are None where the type has none."""

    kind: str
    is_buy: bool
    limit: float | None
    stop: float | None
    triggered: bool

    def bases(self, bar: Bar) -> tuple[float, ...]:
        """Return the prices at which it may fill before spread and slippage; none: unknown.

        A stop order that was in force when an earlier bar reached its price, and could then not
        be filled whole, fills at the open; a bracket's may have come into force after that bar.
        """
        best, worst = (min, max) if self.is_buy else (max, min)
        if self.kind == "market":
            return (bar.open,)
        if self.kind == "limit" and self.limit is not None:
            return (best(bar.open, self.limit),)
        if self.kind == "stop" and self.stop is not None:
            at_stop = worst(bar.open, self.stop)
            return (at_stop, bar.open) if self.triggered else (at_stop,)
        return ()


def check_fills(subject: "Subject", plays: "Plays", seed: int) -> Check:
    """Check the fills of some stretches on made-up bars."""
    name = "fills"
    chosen = plays.stretches[:: max(1, len(plays.stretches) // _STRETCHES)]
    dataset = gapped(subject.dataset, np.random.default_rng([seed, 4]))
    number, found = _play_all(subject, plays, chosen, dataset)
    if not number:
        # The account may be too small for a single unit: with cheaper bars it is not.
        with suppress(UserError):  # the costs may not fit such prices
            number, found = _play_all(subject, plays, chosen, cheaper(dataset))
    words = "fills on bars of which no price occurs twice"
    return Check(name, f"{number} {words}" if number else NONE_FILLED, merge_findings(found))


def _play_all(
    subject: "Subject", plays: "Plays", chosen: Sequence[Stretch], dataset: "Dataset"
) -> tuple[int, list[Finding]]:
    """Return the number of fills, and what is wrong with them."""
    market = subject.composed(dataset, frozen=True).market
    found: list[Finding] = []
    number = 0
    for stretch in chosen:
        played = play(market, subject.warmup, stretch, plays.actions)
        exact = type(played.broker) is MarketBroker
        number += sum(event.kind == FILL for event in played.events)
        found += _wrong_fills(played.events, dataset, subject, exact)
        found += _cheats(played.broker, played.cerebro)
    return number, found


def _wrong_fills(
    events: Sequence[Event], dataset: "Dataset", subject: "Subject", exact: bool
) -> Iterator[Finding]:
    placed: dict[tuple[int, int], Event] = {}
    for event in events:
        if event.kind not in (ORDER, FILL):
            continue
        key = event.episode, int(event.facts["order"])
        if event.kind == ORDER:
            placed[key] = event
            continue
        order, asset = placed.get(key), str(event.facts["asset"])
        if order is None or asset not in dataset.assets:
            continue
        bars = dataset.ohlcv[:, dataset.assets.index(asset)]
        wrong = _wrong(event, order, bars, subject, exact)
        if wrong is not None:
            what, size = wrong
            label = f"fill: {event.facts['type']} {event.facts['side']} of {asset}"
            came = _source(float(event.facts["price"]), event.bar, order.bar, bars)
            time = subject.comparer().time(event.bar)
            yield Finding(label, event.bar, time, size, f"{what}{came and f'; it is {came}'}")


def _wrong(
    filled: Event,
    order: Event,
    bars: NDArray[np.float64],
    subject: "Subject",
    exact: bool,
) -> tuple[str, float | None] | None:
    """Return what is wrong with a fill and by how much, None if nothing is."""
    row, placed, fill = filled.bar, order.bar, filled.facts
    price, kind = float(fill["price"]), str(fill["type"])
    if row <= placed:
        return "filled on the bar of its decision", None
    if kind == "close":
        return "filled at the close of a bar (Order.Close)", abs(price - float(bars[row, 0]))
    is_buy = fill["side"] == "buy"
    bar = Bar(*(float(value) for value in bars[row, :3]))
    stop, limit = order.facts["stop"], order.facts["limit"]
    asked = Order(kind, is_buy, limit, stop, _was_reached(bars, placed + 1, row, stop, is_buy))
    sign = 1.0 if is_buy else -1.0
    slack = _ROUNDING * abs(price)
    if limit is not None and sign * (price - limit) > slack:
        return f"filled beyond its limit {limit:.10g}", sign * (price - limit)
    bases = asked.bases(bar)
    if not bases:
        gained = sign * ((bar.low if is_buy else bar.high) - price)
        words = f"filled at {price:.10g}, beyond the bar [{bar.low:.10g}, {bar.high:.10g}]"
        return (words, gained) if gained > slack else None
    most = _slippage(subject, str(fill["asset"]), price) if exact else None
    judged = [_judge(price, base, bar, sign, most) for base in bases]
    return None if None in judged else judged[0]


def _judge(
    price: float, base: float, bar: Bar, sign: float, most: float | None
) -> tuple[str, float | None] | None:
    """Return what is wrong with a price for this base; ``most`` is the most slippage there is."""
    slack = _ROUNDING * abs(price)
    if not bar.low - slack <= base <= bar.high + slack:
        return f"the bar [{bar.low:.10g}, {bar.high:.10g}] never reached {base:.10g}", None
    paid = sign * (price - base)
    if paid < -slack:
        return f"filled at {price:.10g}, better than {base:.10g}", -paid
    if most is not None and paid > most * (1.0 + _ROUNDING) + slack:
        return f"filled at {price:.10g} instead of {base:.10g} and slippage", paid
    return None


def _was_reached(
    bars: NDArray[np.float64], first: int, row: int, stop: float | None, is_buy: bool
) -> bool:
    """Say whether the price of a stop order was reached on an earlier bar."""
    if stop is None:
        return False
    earlier = bars[first:row]
    reached = earlier[:, 1] >= stop if is_buy else earlier[:, 2] <= stop
    return bool(reached.any())


def _slippage(subject: "Subject", asset: str, price: float) -> float:
    """Return the most that slippage and spread take, as a bound from the price that was paid."""
    costs = asset_options(subject.resolved.config.engine, asset)
    return price / (1.0 - costs.slip_perc) * costs.slip_perc + costs.slip_fixed + costs.spread / 2.0


def _source(price: float, row: int, placed: int, bars: NDArray[np.float64]) -> str:
    """Name the bar and the field that a price was taken from, if it is near the fill."""
    first, stop = max(0, placed - 1), min(len(bars), row + 6)
    near = np.argwhere(np.isclose(bars[first:stop, :4], price, rtol=_ROUNDING, atol=0.0))
    if not len(near):
        return ""
    bar, field = first + int(near[0][0]), _FIELDS[int(near[0][1])]
    whose = {placed: " (that of the decision)", row: " (its own)"}.get(bar, "")
    return f"the {field} of bar {bar}{whose}"


def _cheats(broker: Any, cerebro: Any) -> Iterator[Finding]:
    """Report options of backtrader that let orders fill at prices that are known already."""
    options = {
        "broker.set_coc": (broker, "coc", "orders fill at the close of their own bar"),
        "broker.set_coo": (broker, "coo", "orders of next_open fill at the open they have seen"),
        "cerebro.cheat_on_open": (
            cerebro,
            "cheat_on_open",
            "orders are made after the open is seen",
        ),
    }
    for where, (owner, name, words) in options.items():
        if getattr(getattr(owner, "p", None), name, False):
            yield Finding(where, None, None, None, words)
