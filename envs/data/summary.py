"""What a dataset holds, in numbers: its range, its gaps, and the statistics of its assets."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

GAP = 1.5
"""Bar lengths from which on the distance of two bars is a gap; a change of the clock is none."""

_CLOSE, _HIGH, _LOW, _VOLUME = 3, 1, 2, 4


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without bars.

    Attributes
    ----------
    seconds : float
        From the bar before it to the bar after it.
    after, before : str
        Closes of these two bars, ISO 8601, UTC.
    """

    seconds: float
    after: str
    before: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """Distances of neighbouring bars above `GAP` bar lengths; weekends and holidays count.

    Attributes
    ----------
    count : int
    largest : tuple of Gap
        The longest, at most five, the longest first.
    usual_seconds : float or None
        The most frequent length, such as that of a weekend.
    usual_count : int
        How many have it.
    """

    count: int
    largest: tuple[Gap, ...]
    usual_seconds: float | None
    usual_count: int


@dataclass(frozen=True, slots=True)
class AssetSummary:
    """Statistics of one asset.

    Attributes
    ----------
    asset : str
    first, last : float
        First and last close.
    minimum, maximum : float
        Lowest low and highest high.
    mean_return : float
        Mean log return of the close, per year.
    volatility : float
        Standard deviation of the log returns of the close, times the square root of the bars a
        year; 0 with fewer than three bars.
    worst, best : float
        Smallest and largest return of a bar, close to close, as a fraction.
    mean_volume : float
    zero_volume : int
        Bars without volume.
    """

    asset: str
    first: float
    last: float
    minimum: float
    maximum: float
    mean_return: float
    volatility: float
    worst: float
    best: float
    mean_volume: float
    zero_volume: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a dataset holds.

    Attributes
    ----------
    dataset : str
    bars : int
    first, last : str
        Close of the first and the last bar, ISO 8601, UTC.
    bar_seconds : float
        Median distance of two bars.
    bars_per_year : float
    gaps : Gaps
    sha256 : str
        Hash of the content.
    notes : tuple of str
        What was done to the bars when they were read.
    assets : tuple of AssetSummary
    """

    dataset: str
    bars: int
    first: str
    last: str
    bar_seconds: float
    bars_per_year: float
    gaps: Gaps
    sha256: str
    notes: tuple[str, ...]
    assets: tuple[AssetSummary, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as dictionaries, lists, texts and numbers."""
        return asdict(self)


def summarise(dataset: "Dataset") -> Summary:
    """Return the numbers that describe a dataset.

    Parameters
    ----------
    dataset : Dataset
        At least two bars.
    """
    return Summary(
        dataset=dataset.name,
        bars=len(dataset),
        first=_iso(dataset.times[0]),
        last=_iso(dataset.times[-1]),
        bar_seconds=dataset.bar_seconds,
        bars_per_year=dataset.bars_per_year,
        gaps=find_gaps(dataset),
        sha256=dataset.sha256,
        notes=dataset.notes,
        assets=tuple(_asset(dataset, number) for number in range(dataset.n_assets)),
    )


def find_gaps(dataset: "Dataset", most: int = 5) -> Gaps:
    """Return the distances of neighbouring bars above `GAP` bar lengths.

    Parameters
    ----------
    dataset : Dataset
    most : int
        How many of the longest to name.
    """
    steps = np.diff(dataset.times.view(np.int64))
    rows = np.flatnonzero(steps > np.int64(GAP * dataset.bar_seconds * 1e9))
    if not len(rows):
        return Gaps(0, (), None, 0)
    longest = rows[np.argsort(-steps[rows], kind="stable")[:most]]
    lengths, counts = np.unique(steps[rows], return_counts=True)
    usual = int(np.argmax(counts))
    return Gaps(
        count=len(rows),
        largest=tuple(
            Gap(float(steps[row] / 1e9), _iso(dataset.times[row]), _iso(dataset.times[row + 1]))
            for row in longest.tolist()
        ),
        usual_seconds=float(lengths[usual] / 1e9),
        usual_count=int(counts[usual]),
    )


def _asset(dataset: "Dataset", number: int) -> AssetSummary:
    bars = dataset.ohlcv[:, number]
    close, volume = bars[:, _CLOSE], bars[:, _VOLUME]
    returns = np.diff(np.log(close))
    per_year = dataset.bars_per_year
    return AssetSummary(
        asset=dataset.assets[number],
        first=float(close[0]),
        last=float(close[-1]),
        minimum=float(bars[:, _LOW].min()),
        maximum=float(bars[:, _HIGH].max()),
        mean_return=float(returns.mean() * per_year),
        volatility=float(returns.std(ddof=1) * per_year**0.5) if len(returns) > 1 else 0.0,
        worst=float(np.expm1(returns.min())),
        best=float(np.expm1(returns.max())),
        mean_volume=float(volume.mean()),
        zero_volume=int(np.count_nonzero(volume == 0)),
    )


def _iso(time: np.datetime64) -> str:
    return f"{time.astype('datetime64[s]')}Z"
