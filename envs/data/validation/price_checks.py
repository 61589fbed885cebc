"""Checks of the prices: tenfold jumps, splits, spikes, prices that stand still."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.validate import CLOSE, FIELDS, HIGH, LOW, OPEN, VOLUME
from tradegym.envs.data.validation.checks import HOUR, Bars, Suspicion, check
from tradegym.envs.data.validation.finding import Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

TENFOLD = 8.0  # a misplaced decimal separator times what the market did meanwhile
JUMP = 1.9  # a split two for one times what the market did meanwhile
JUMP_SIZE = 15  # times the usual change: what moves a lot may double
SPIKE = 1.2
SPIKE_SIZE = 40  # the largest change of a 5-minute bar of an index future is 52 times the usual
STILL = (20, 200)  # bars of a day or longer, shorter bars


@check("tenfold_jump")
def tenfold_jump(bars: Bars) -> Iterator[Suspicion]:
    """Find prices that a decimal separator, a unit or another asset has got into."""
    ratio = bars.changes
    if ratio.max(initial=1.0) < TENFOLD:
        return
    for asset in range(ratio.shape[1]):
        rows = np.flatnonzero(ratio[:, asset] >= TENFOLD)
        if not len(rows):
            continue
        row = int(rows[0])
        close = bars.ohlcv[:, asset, CLOSE]
        factor = float(close[row + 1] / close[row])
        power = 10 ** np.round(np.log10(factor))
        back = row + 2 < len(close) and ratio[row + 1, asset] >= TENFOLD
        if abs(factor / power - 1) < 0.25 or back:
            fix = "correct the decimal separator or the unit"
        else:
            fix = "use prices that are adjusted for splits, or correct the row"
        yield Suspicion(
            Severity.ERROR,
            row + 1,
            "close",
            f"is {_times(factor)} the close before, {close[row]:.6g}",
            fix,
            asset,
            len(rows),
        )


@check("tenfold_range")
def tenfold_range(bars: Bars) -> Iterator[Suspicion]:
    """Find bars whose high is a multiple of their low."""
    ratio = bars.ohlcv[..., HIGH] / bars.ohlcv[..., LOW]
    if ratio.max() < TENFOLD:
        return
    for asset in range(ratio.shape[1]):
        rows = np.flatnonzero(ratio[:, asset] >= TENFOLD)
        if not len(rows):
            continue
        row = int(rows[0])
        bar = bars.ohlcv[row, asset]
        # The one of the two that is farther from the body of the bar is the wrong one.
        up = bar[HIGH] / max(bar[OPEN], bar[CLOSE])
        down = min(bar[OPEN], bar[CLOSE]) / bar[LOW]
        wrong, other = (HIGH, LOW) if up >= down else (LOW, HIGH)
        yield Suspicion(
            Severity.ERROR,
            row,
            FIELDS[wrong],
            f"is {_times(float(bar[wrong] / bar[other]))} the {FIELDS[other]} of the same bar, "
            f"{bar[other]:.6g}",
            "correct the decimal separator, or the row",
            asset,
            len(rows),
        )


@check("jump")
def jump(bars: Bars) -> Iterator[Suspicion]:
    """Find changes as large as a share split, far above what the asset usually does."""
    ratio = bars.changes
    if ratio.max(initial=1.0) < JUMP:
        return
    for asset in range(ratio.shape[1]):
        change = ratio[:, asset]
        least = max(JUMP, np.exp(JUMP_SIZE * _usual(change)))
        rows = np.flatnonzero((change >= least) & (change < TENFOLD))
        if not len(rows):
            continue
        row = int(rows[0])
        close = bars.ohlcv[:, asset, CLOSE]
        factor = float(close[row + 1] / close[row])
        whole = round(float(change[row]))
        split = abs(float(change[row]) / whole - 1) < 0.06
        yield Suspicion(
            Severity.WARNING,
            row + 1,
            "close",
            f"is {_times(factor)} the close before, {close[row]:.6g}",
            f"if this is a share split ({whole} to 1), use adjusted prices"
            if split
            else "check the row",
            asset,
            len(rows),
        )


@check("spike")
def spike(bars: Bars) -> Iterator[Suspicion]:
    """Find single closes, highs or lows that stand far out and that the next bar takes back."""
    ratio = bars.changes
    body_high = np.maximum(bars.ohlcv[..., OPEN], bars.ohlcv[..., CLOSE])
    body_low = np.minimum(bars.ohlcv[..., OPEN], bars.ohlcv[..., CLOSE])
    over = bars.ohlcv[..., HIGH] / body_high
    under = body_low / bars.ohlcv[..., LOW]
    if max(ratio.max(initial=1.0), over.max(), under.max()) < SPIKE:
        return
    for asset in range(ratio.shape[1]):
        least = max(SPIKE, float(np.exp(SPIKE_SIZE * _usual(ratio[:, asset]))))
        close = bars.ohlcv[:, asset, CLOSE]
        there = ratio[:-1, asset]
        stays = np.abs(np.log(close[2:] / close[:-2]))
        returned = (there >= least) & (there < TENFOLD) & (stays < 0.1 * np.log(there))
        found = [
            (int(rows[0]), len(rows), field)
            for rows, field in (
                (np.flatnonzero(returned) + 1, "close"),
                (_between(over[:, asset], least), "high"),
                (_between(under[:, asset], least), "low"),
            )
            if len(rows)
        ]
        for row, count, field in found:
            yield Suspicion(
                Severity.WARNING,
                row,
                field,
                "stands far out of its neighbours",
                "compare the row with another source",
                asset,
                count,
            )


@check("still_prices")
def still_prices(bars: Bars) -> Iterator[Suspicion]:
    """Find series and long stretches in which no price changes."""
    least = STILL[0] if bars.bar >= 20 * HOUR else STILL[1]
    for asset in range(bars.ohlcv.shape[1]):
        prices = bars.ohlcv[:, asset, :VOLUME]
        if prices.max() == prices.min():
            yield Suspicion(
                Severity.ERROR,
                None,
                "",
                f"no price is other than {prices[0, 0]:.6g}",
                "check the columns; a market that never moves teaches nothing",
                asset,
            )
            continue
        same = bars.ohlcv[1:, asset, CLOSE] == bars.ohlcv[:-1, asset, CLOSE]
        for column in (OPEN, HIGH, LOW):
            same &= bars.ohlcv[1:, asset, column] == bars.ohlcv[:-1, asset, column]
        if np.count_nonzero(same) < least:
            continue
        ends = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
        starts, lengths = ends[::2], ends[1::2] - ends[::2]
        long = lengths >= least
        if long.any():
            yield Suspicion(
                Severity.WARNING,
                int(starts[long][0]),
                "close",
                f"is repeated, with all other prices, for {int(lengths[long][0]) + 1} bars",
                "check whether the market was closed or the source had stopped",
                asset,
                int(long.sum()),
            )


def _usual(change: "NDArray[np.float64]") -> float:
    """Return the median of the absolute log change of bars in which the price changed."""
    moved = change[change > 1]
    return float(np.log(np.median(moved))) if len(moved) else 0.0


def _between(ratio: "NDArray[np.float64]", least: float) -> "NDArray[np.intp]":
    return np.flatnonzero((ratio >= least) & (ratio < TENFOLD))


def _times(factor: float) -> str:
    return f"{factor:.3g} times" if factor >= 1 else f"one {1 / factor:.3g}th of"
