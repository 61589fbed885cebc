"""Looks for tomorrow's return in today's observation: leaks that are in the columns themselves.

Nothing that changes the bars can find a column that held tomorrow's value when the file was
made. A regression can: a ridge of the next return on the observation, fitted on the train part
and judged on the validation part, beside the same ridge on the past closes alone. Markets that
can be predicted from their own past (a sine, a mean-reverting path) are no finding; what the
observation knows beyond that is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import TradegymError
from tradegym.envs.strategies.spaces import observation_space
from tradegym.experiments.audit.result import Check, Finding

if TYPE_CHECKING:
    from tradegym.experiments.audit.subject import Subject

#: Implausible: so much more of the next return's variance than the past closes explain ...
EXCESS_R2: Final = 0.1
#: ... with a slope of the returns on their predictions that is so many standard errors from 0.
LEAST_T: Final = 5.0

_LAGS: Final = 20  # past returns of the benchmark
_MOST_ROWS: Final = 4000  # of each part, the ones nearest to each other
_LEAST_ROWS: Final = 50
_RIDGES: Final = (1e-3, 1e-1, 10.0, 1e3)  # penalties per row that are tried on the end of train
_NEAR: Final = 0.7  # largest usual logarithm of a price over the close: a factor of two
_CLIP: Final = 8.0  # standard deviations


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a ridge predicts returns that it has not seen.

    Attributes
    ----------
    r2 : float
        ``1 - sum (y - p)^2 / sum (y - mean of train)^2``; below 0 where it is worse than the mean.
    t : float
        Slope of the returns on the predictions over its standard error.
    """

    r2: float
    t: float


def check_probe(subject: "Subject") -> Check:
    """Regress the next return of each traded asset on the observation."""
    name = "probe"
    train, validation = _rows(subject, "train"), _rows(subject, "validation")
    if min(len(train), len(validation)) < _LEAST_ROWS:
        detail = f"{len(train)} and {len(validation)} bars of train and validation are too few"
        return Check(name, detail)
    rows = [*train, *validation]
    labels, seen = _observations(subject, rows)
    dataset, found, words = subject.dataset, [], []
    for number, asset in enumerate(subject.builder.market.assets):
        closes = np.log(dataset.ohlcv[:, subject.builder.market.order[number], 3])
        returns = np.append(np.diff(closes), np.nan)
        own = _past(closes)
        columns = _detrended(seen, closes[rows])
        split, target = len(train), returns[rows]
        base = _fit(own[rows], target, split)
        fit = _fit(np.concatenate([columns, own[rows]], axis=1), target, split)
        words.append(f"{asset}: R2 {fit.r2:.3f}, t {fit.t:.1f}; past closes alone {base.r2:.3f}")
        if fit.r2 - max(base.r2, 0.0) > EXCESS_R2 and fit.t > LEAST_T:
            column = _strongest(columns, target, split, labels)
            bar = validation[0]
            detail = f"predicts the next return of {asset}: {words[-1]}"
            time = subject.comparer().time(bar)
            found.append(Finding(column, bar, time, fit.r2 - max(base.r2, 0.0), detail))
    return Check(name, "; ".join(words), tuple(found))


def _rows(subject: "Subject", part: str) -> list[int]:
    """Return decisions with a bar after them: the latest of train, the first of others."""
    ranges = subject.builder.split.ranges(part)
    rows = [row for one in ranges for row in range(one.start + subject.warmup, one.stop - 2)]
    return rows[-_MOST_ROWS:] if part == "train" else rows[:_MOST_ROWS]


def _observations(subject: "Subject", rows: Sequence[int]) -> tuple[list[str], NDArray[np.float64]]:
    """Return what an account that does nothing sees at these rows: labels [K], values [N, K].

    Of a mode with a window the current row and the one before it are taken, and only modes that
    are not about the account.
    """
    market, warmup = subject.builder.market, subject.warmup
    modes = [mode for mode in observation_space(market.engine.params).spaces if mode != "internal"]
    values = np.full((len(rows), 0), np.nan)
    collected: dict[int, NDArray[np.float64]] = {}
    labels: list[str] = []
    wanted, position = set(rows), 0
    while position < len(rows):
        first = rows[position]
        stop = next(
            (rows[i] for i in range(position, len(rows) - 1) if rows[i + 1] != rows[i] + 1),
            rows[-1],
        )
        end = min(stop + 3, len(market.dataset))
        session = market.session(first - warmup, end, warmup, record=False)
        try:
            report = session.start()
            while report is not None and report.reason is None:
                bar = first - warmup + report.row
                if bar in wanted:
                    state = {mode: np.asarray(report.observation[mode], float) for mode in modes}
                    collected[bar] = np.concatenate([_latest(one) for one in state.values()])
                    labels = labels or _labels(subject, state)
                report = session.step(())
        except TradegymError:
            pass  # the checks that play tell of it
        session.stop()
        while position < len(rows) and rows[position] <= stop:
            position += 1
    if collected:
        width = len(next(iter(collected.values())))
        missing = np.full(width, np.nan)
        values = np.stack([collected.get(row, missing) for row in rows])
    return labels, values


def _latest(state: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last two rows of a window; all of anything else."""
    return state[-2:][::-1].ravel() if state.ndim == 2 and len(state) > 1 else state.ravel()


def _labels(subject: "Subject", state: dict[str, NDArray[np.float64]]) -> list[str]:
    features = subject.builder.market.features
    names = () if features is None else features.names
    labels: list[str] = []
    for mode, values in state.items():
        width = values.shape[-1] if values.ndim == 2 and len(values) > 1 else 0
        for number in range(len(_latest(values))):
            column = number % width if width else number
            named = mode == "features" and width == len(names)
            labels.append(f"features: {names[column]}" if named else f"state: {mode}[{column}]")
    return labels


def _detrended(seen: NDArray[np.float64], closes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the columns with prices, which are near the close, as logarithms relative to it."""
    with np.errstate(all="ignore"):
        relative = np.log(seen) - closes[:, None]
    usual = np.median(np.abs(np.where(np.isfinite(relative), relative, np.inf)), axis=0)
    return np.where(usual < _NEAR, relative, seen)


def _past(closes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the last returns of each row, the newest first, [T, lags]."""
    returns = np.diff(closes, prepend=closes[0])
    columns = [
        np.concatenate([np.zeros(lag), returns[: len(returns) - lag]]) for lag in range(_LAGS)
    ]
    return np.stack(columns, axis=1)


def _fit(x: NDArray[np.float64], y: NDArray[np.float64], split: int) -> Fit:
    """Fit on the first ``split`` rows, judge on the others."""
    x = _standardised(x, split)
    inner = split * 3 // 4

    def r2(penalty: float) -> float:
        tried = _predict(x[:split], y[:split], inner, penalty)
        return _score(tried, y[inner:split], y[:inner]).r2

    predicted = _predict(x, y, split, max(_RIDGES, key=r2))
    return _score(predicted, y[split:], y[:split])


def _standardised(x: NDArray[np.float64], split: int) -> NDArray[np.float64]:
    known = np.where(np.isfinite(x), x, 0.0)
    width = known[:split].std(axis=0)
    scaled = (known - known[:split].mean(axis=0)) / np.where(width > 0.0, width, 1.0)
    return np.asarray(np.clip(scaled, -_CLIP, _CLIP))


def _predict(
    x: NDArray[np.float64], y: NDArray[np.float64], split: int, penalty: float
) -> NDArray[np.float64]:
    """Return predictions for the rows from ``split`` on, of a ridge fitted on those before."""
    center, mean = x[:split].mean(axis=0), float(y[:split].mean())
    train = x[:split] - center
    gram = train.T @ train + penalty * split * np.eye(x.shape[1]) / 100.0
    weights = np.linalg.solve(gram, train.T @ (y[:split] - mean))
    return np.asarray((x[split:] - center) @ weights + mean)


def _score(
    predicted: NDArray[np.float64], y: NDArray[np.float64], train: NDArray[np.float64]
) -> Fit:
    total = float(((y - train.mean()) ** 2).sum())
    if not total:
        return Fit(0.0, 0.0)
    r2 = 1.0 - float(((y - predicted) ** 2).sum()) / total
    p, z = predicted - predicted.mean(), y - y.mean()
    spread = float(p @ p)
    if spread <= 0.0 or len(y) < 3:
        return Fit(r2, 0.0)
    slope = float(p @ z) / spread
    rest = float(((z - slope * p) ** 2).sum()) / (len(y) - 2)
    error = math.sqrt(rest / spread)
    return Fit(r2, min(slope / error, 1e6) if error else math.copysign(1e6, slope))


def _strongest(
    x: NDArray[np.float64], y: NDArray[np.float64], split: int, labels: Sequence[str]
) -> str:
    """Return the label whose column, with the change since the row before, explains most."""
    groups: dict[str, list[int]] = {}
    for column, label in enumerate(labels):
        groups.setdefault(label, []).append(column)
    scores = {label: _fit(x[:, columns], y, split).r2 for label, columns in groups.items()}
    return max(scores, key=lambda label: scores[label])
