"""Parts of an environment that know the future, planted through what users may extend."""

import backtrader as bt
import numpy as np
import pandas as pd
from gymnasium import spaces

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.features import Feature
from tradegym.envs.strategies.rewards import RewardTerm

BARS = 420


def walk(bars=BARS, seed=5, drift=0.0003):
    """Closes of a random walk, and bars around them, [T, 1, 5]."""
    rng = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(rng.normal(drift, 0.012, bars)))
    opens = np.concatenate(([100.0], closes[:-1]))
    opens = np.where(rng.random(bars) < 0.4, opens, opens * np.exp(rng.normal(0, 0.003, bars)))
    highs = np.maximum(opens, closes) * np.exp(np.abs(rng.normal(0, 0.004, bars)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(rng.normal(0, 0.004, bars)))
    volume = rng.integers(1000, 9000, bars).astype(float)
    return np.stack([opens, highs, lows, closes, volume], axis=1)[:, None, :]


def times(bars=BARS):
    return np.datetime64("2001-01-01", "ns") + np.arange(bars) * np.timedelta64(1, "D")


def clean_bars():
    return Dataset.from_arrays("walk", times(), walk())


# -- features -------------------------------------------------------------------------------


def of_closes(function):
    """A feature class that applies a function to the closes as a pandas series."""

    class OfCloses(Feature):
        lookback = 12

        def compute(self, bars):
            index = pd.DatetimeIndex(bars.times)
            values = function(pd.Series(bars.close, index=index))
            return np.nan_to_num(np.asarray(values, dtype=float))

    return OfCloses


def _pca(close):
    lags = np.stack([close.pct_change().shift(i).fillna(0.0) for i in range(4)], axis=1)
    lags = lags - lags.mean(axis=0)
    return lags @ np.linalg.svd(lags, full_matrices=False)[2][0]


def _fft(close):
    spectrum = np.fft.rfft(close.to_numpy())
    spectrum[4:] = 0.0
    return close.to_numpy() - np.fft.irfft(spectrum, len(close))


def _sparse(close):
    """Every third value, the others missing."""
    return close.where(np.arange(len(close)) % 3 == 0)


def _weekly_bfill(close):
    return close.resample("W").last().reindex(close.index, method="bfill")


def _zigzag(close):
    """1 where the close is the highest of the bars around it."""
    return (close == close.rolling(5, center=True).max()).astype(float)


def _triple_barrier(close):
    ahead = pd.concat([close.shift(-i) / close - 1 for i in range(1, 6)], axis=1)
    return (ahead.max(axis=1) > 0.02).astype(float) - (ahead.min(axis=1) < -0.02).astype(float)


def _polynomial(close):
    x = np.linspace(-1, 1, len(close))
    return close - np.polyval(np.polyfit(x, close, 3), x)


def _gaussian(close):
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(close.to_numpy(), 2.0)


def _two_way(close):
    from scipy.signal import butter, filtfilt

    return filtfilt(*butter(2, 0.2), close.to_numpy())


ShiftOne = of_closes(lambda close: close.shift(-1) / close - 1)
ShiftFive = of_closes(lambda close: close.shift(-5) / close - 1)
Centred = of_closes(lambda close: close.rolling(7, center=True).mean() / close - 1)
GlobalZ = of_closes(lambda close: (close - close.mean()) / close.std())
GlobalMinMax = of_closes(lambda close: (close - close.min()) / (close.max() - close.min()))
Backfill = of_closes(lambda close: _sparse(close).bfill() / close - 1)
Interpolated = of_closes(lambda close: _sparse(close).interpolate() / close - 1)
WeeklyBackfill = of_closes(_weekly_bfill)
RankAll = of_closes(lambda close: close.rank(pct=True))
Fft = of_closes(_fft)
Pca = of_closes(_pca)
FinalValue = of_closes(lambda close: close / close.iloc[-1])
Zigzag = of_closes(_zigzag)
TripleBarrier = of_closes(_triple_barrier)
Polynomial = of_closes(_polynomial)
Gaussian = of_closes(_gaussian)
TwoWay = of_closes(_two_way)
ReversedEwm = of_closes(lambda close: close[::-1].ewm(span=5).mean()[::-1] / close)
FutureMax = of_closes(lambda close: close[::-1].cummax()[::-1] / close)
Quantiles = of_closes(lambda close: pd.qcut(close, 5, labels=False, duplicates="drop"))
Winsorised = of_closes(
    lambda close: close.pct_change().clip(upper=close.pct_change().quantile(0.9))
)
Drawdown = of_closes(lambda close: close / close.max() - 1)


class NextOpen(Feature):
    """The gap that is still to come."""

    def compute(self, bars):
        return np.append(bars.open[1:], bars.open[-1]) / bars.close - 1


class VolumeShare(Feature):
    """Volume as a share of all there will be."""

    def compute(self, bars):
        return bars.volume / bars.volume.sum()


class TomorrowsVolume(Feature):
    """The next bar's volume."""

    def compute(self, bars):
        return np.append(bars.volume[1:], 0.0)


class Remembered(Feature):
    """Reads what it computed first, whatever bars it is given."""

    known = None

    def compute(self, bars):
        if len(bars) == BARS and Remembered.known is None:
            Remembered.known = np.append(np.diff(np.log(bars.close)), 0.0)
        if Remembered.known is None:
            return np.append(np.diff(np.log(bars.close)), 0.0)
        return np.resize(Remembered.known, len(bars))


class Volume(Feature):
    """The volume as it is."""

    def compute(self, bars):
        return bars.volume


# -- scalers --------------------------------------------------------------------------------


def fit_all_rows(train, options):
    """Standardises by whatever rows it is applied to."""
    return lambda values: (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)


def fit_all_ranks(train, options):
    """Ranks among all rows."""
    return lambda values: pd.DataFrame(values).rank(pct=True).to_numpy()


# -- strategies -----------------------------------------------------------------------------


def box(*shape):
    return spaces.Box(-np.inf, np.inf, shape, np.float32)


class Plain(BaseStrategy):
    """Sees two returns and its position, honestly."""

    params = (
        ("state_shape", {"view": box(3)}),
        ("drawdown_call", None),
        ("target_call", None),
        ("reward_terms", {"log_return": {}}),
    )

    def close_at(self, ago):
        """Return a close, the last one where the bars end."""
        line = self.data.close
        row = len(self) - 1 + ago
        return line.array[min(row, len(line.array) - 1)]

    def get_view_state(self):
        close = self.data.close
        return np.array([close[0] / close[-1] - 1, close[0], self.position.size], np.float32)


class PeeksClose(Plain):
    def get_view_state(self):
        return np.array([self.close_at(1) / self.data.close[0] - 1, 0, 0], np.float32)


class PeeksBeyondTheEnd(Plain):
    def get_view_state(self):
        return np.array([self.data.close[1], 0, 0], np.float32)


class PeeksRarely(Plain):
    """Only while it holds a position."""

    def get_view_state(self):
        ahead = self.close_at(1) if self.position.size else 0.0
        return np.array([self.data.close[0], ahead, 0], np.float32)


class PeeksAtFirst(Plain):
    """Only at the first decision, at the five bars that follow."""

    def get_view_state(self):
        ahead = self.close_at(5) if self._decisions == 1 else 0.0
        return np.array([self.data.close[0], ahead, 0], np.float32)


class ReversedIndicator(Plain):
    def set_datalines(self):
        self.average = bt.ind.SMA(self.data.close, period=5)

    def get_view_state(self):
        closes = np.array(self.data.close.array)[::-1]
        average = pd.Series(closes).rolling(5, min_periods=1).mean().to_numpy()[::-1]
        return np.array([average[len(self) - 1], self.average[0], 0], np.float32)


class BackwardLine(bt.Indicator):
    """An indicator that is moved back in time."""

    lines = ("ahead",)

    def __init__(self):
        self.addminperiod(2)

    def once(self, start, end):
        source, target = self.data.array, self.lines.ahead.array
        for i in range(start, end):
            target[i] = source[min(i + 2, len(source) - 1)]


class PeekingIndicator(Plain):
    def set_datalines(self):
        self.ahead = BackwardLine(self.data.close)

    def get_view_state(self):
        return np.array([self.ahead[0], 0, 0], np.float32)


class EpisodeScaled(Plain):
    """Scales by the mean of the episode's bars."""

    def get_view_state(self):
        closes = np.array(self.data.close.array)
        return np.array([self.data.close[0] / closes.mean(), 0, 0], np.float32)


class BarsLeft(Plain):
    """Knows how many bars the data have."""

    def get_view_state(self):
        return np.array([len(self) / len(self.data.close.array), 0, 0], np.float32)


class InfoOfTheNextBar(Plain):
    def get_info(self):
        return {"hint": self.close_at(1)}


class PaysTheNextClose(Plain):
    def get_reward(self):
        return self.position.size * (self.close_at(1) - self.data.close[0])


class PaysTheFutureMaximum(Plain):
    def get_reward(self):
        closes = np.array(self.data.close.array)[len(self) - 1 :]
        return float(closes.max() / closes[0] - 1)


class EndsBeforeTheFall(Plain):
    def get_done(self):
        return self.close_at(1) < 0.985 * self.data.close[0]


class EndsAtTheTop(Plain):
    def get_done(self):
        closes = np.array(self.data.close.array)[len(self) - 1 :]
        return len(closes) > 30 and bool(closes[0] >= closes.max())


class SizesByTomorrow(Plain):
    """Orders more where the next bar rises."""

    def buy(self, *args, **kwargs):
        if self.close_at(1) > self.data.close[0]:
            kwargs["size"] = 3.0
        return super().buy(*args, **kwargs)


class SkipsLosses(Plain):
    """Leaves out purchases that would lose."""

    def buy(self, *args, **kwargs):
        if self.close_at(1) < self.data.close[0]:
            return None
        return super().buy(*args, **kwargs)


class ReadsTheFile(Plain):
    """Has the bars of its own, and looks up tomorrow's there."""

    def get_view_state(self):
        row = int(np.searchsorted(times(), np.datetime64(self.data.datetime.datetime(0), "ns")))
        ahead = walk()[min(row + 1, BARS - 1), 0, 3]
        return np.array([ahead, 0, 0], np.float32)


# -- reward terms ---------------------------------------------------------------------------


class Looking:
    """Bars that the strategy hands to its reward term, those to come among them."""

    closes = ()


class OfTheStrategy(RewardTerm):
    """Pays the next close."""

    def __init__(self, options, setup):
        self._seen = 0.0

    def on_bar(self, bar):
        rows = np.flatnonzero(Looking.closes == bar.closes[0])
        self._seen = Looking.closes[min(rows[-1] + 1, len(Looking.closes) - 1)]

    def collect(self):
        return float(self._seen)


class PaysByATerm(Plain):
    params = (("reward_terms", {"of_the_strategy": {}, "log_return": {}}),)

    def get_view_state(self):
        Looking.closes = np.array(self.data.close.array)
        return super().get_view_state()


# -- datasets: only the probe can find these ------------------------------------------------


def volume_is_tomorrows_close():
    bars = walk(1500)
    bars[:, 0, 4] = 1e4 * np.append(bars[1:, 0, 3], bars[-1, 0, 3]) / bars[:, 0, 3]
    return Dataset.from_arrays("baked", times(1500), bars)


def second_asset_is_tomorrow():
    bars = walk(1500)
    ahead = np.concatenate([bars[1:], bars[-1:]])
    return Dataset.from_arrays(
        "baked", times(1500), np.concatenate([bars, ahead], axis=1), ("walk", "ahead")
    )


def highs_are_tomorrows():
    """Bars whose highs and lows were taken over two days."""
    bars = walk(1500)
    ahead = np.concatenate([bars[1:], bars[-1:]])
    bars[:, 0, 1] = np.maximum(bars[:, 0, 1], ahead[:, 0, 3])
    bars[:, 0, 2] = np.minimum(bars[:, 0, 2], ahead[:, 0, 3])
    return Dataset.from_arrays("baked", times(1500), bars)


def long_walk():
    return Dataset.from_arrays("walk", times(1500), walk(1500))
