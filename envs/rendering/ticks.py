"""Numbers, percent and dates on axes."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FuncFormatter

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axes._base import _AxesBase
    from numpy.typing import NDArray

_HUGE = 1e9  # from here on the exponent is easier to read than the digits


def number(value: float) -> str:
    """Return a number with thousands separators and as few decimals as its size needs."""
    if abs(value) >= _HUGE:
        return f"{value:.3g}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:z.2f}" if abs(value) >= 1 and value % 1 else f"{value:z.4g}"


def count(amount: int, noun: str) -> str:
    """Return an amount with its noun, in the plural if need be."""
    return f"{amount:,} {noun}{'' if amount == 1 else 's'}"


def number_axis(ax: "_AxesBase", axis: Literal["x", "y"] = "y") -> None:
    """Write ticks with thousands separators and as many decimals as their distance needs."""
    _format_axis(ax, axis, 1.0, "")


def percent_axis(ax: "_AxesBase", axis: Literal["x", "y"] = "y") -> None:
    """Write the ticks of a fraction as percent."""
    _format_axis(ax, axis, 100.0, "%")


def _format_axis(ax: "_AxesBase", axis: Literal["x", "y"], scale: float, unit: str) -> None:
    target = ax.yaxis if axis == "y" else ax.xaxis

    def text(value: float, _: int | None) -> str:
        scaled = value * scale
        if abs(scaled) >= _HUGE:
            return f"{scaled:.3g}{unit}"
        return f"{scaled:z,.{_decimals(target.get_majorticklocs() * scale)}f}{unit}"

    target.set_major_formatter(FuncFormatter(text))


def _decimals(ticks: "NDArray[np.float64]") -> int:
    """Return how many decimals tell neighbouring ticks apart and write them exactly."""
    gaps = np.diff(np.unique(ticks))
    step = float(gaps.min()) if len(gaps) else 1.0
    for decimals in range(8):
        if abs(step * 10**decimals - round(step * 10**decimals)) < 1e-3 * step * 10**decimals:
            return decimals
    return 8


def time_texts(times: "NDArray[np.datetime64]") -> list[str]:
    """Return each time as text: the date alone if all of them are midnights."""
    stamps = times.astype("datetime64[s]")
    days = bool(np.all(stamps == stamps.astype("datetime64[D]")))
    texts = np.datetime_as_string(stamps, unit="D" if days else "m")
    return [str(text).replace("T", " ") for text in texts]


def days(times: "NDArray[np.datetime64]") -> "NDArray[np.float64]":
    """Return times as matplotlib's float days."""
    return np.asarray(date2num(times), dtype=np.float64)  # type: ignore[no-untyped-call]


def date_axis(ax: "Axes", x: "NDArray[np.float64]") -> None:
    """Show dates on x, and give a record of few bars a little room on both sides.

    Parameters
    ----------
    ax : Axes
        Panel whose x values are float days.
    x : numpy.ndarray
        Float days that are to be seen, increasing, shape [n].
    """
    locator = AutoDateLocator(minticks=3, maxticks=10)  # type: ignore[no-untyped-call]
    formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    # Days name their month: alone, they would seem to be of the last one, which is in the corner.
    formatter.formats[2] = formatter.zero_formats[2] = "%d %b"
    formatter.offset_formats[2] = "%Y"
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(formatter)
    if not len(x):
        return
    room = (x[-1] - x[0]) / 100 or 1.0
    ax.set_xlim(x[0] - room, x[-1] + room)
