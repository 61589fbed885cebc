"""Time series of several agents: which are drawn, in which style, and the read-out."""

import json
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.report.svg.thin import evenly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

#: Style of the agent, and of what it is held against, in this order.
STYLES = ("s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7")
_READ_OUT = 320


def seconds(times: "NDArray[np.datetime64]") -> "NDArray[np.float64]":
    """Return times as seconds since 1970, float64, shape [n]."""
    return np.asarray(times.astype("datetime64[s]").astype(np.int64), dtype=np.float64)


def read_out(
    x: "NDArray[np.float64]",
    labels: "Sequence[str]",
    series: "Mapping[str, tuple[str, Sequence[str]]]",
) -> str:
    """Return the JSON of the values under the pointer.

    Parameters
    ----------
    x : ndarray of float64, shape [n]
        Places of the points, increasing.
    labels : sequence of str
        Text of each point.
    series : mapping
        Style and texts of each series by name.
    """
    rows = evenly(len(x), _READ_OUT)
    span = float(x[-1] - x[0]) or 1.0
    data = {
        "at": [round(float((x[row] - x[0]) / span), 4) for row in rows],
        "label": [labels[row] for row in rows],
        "series": [
            {"name": name, "style": style, "text": [texts[row] for row in rows]}
            for name, (style, texts) in series.items()
        ],
    }
    # A name with "</script>" in it must not end the script.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def on_times(
    times: "NDArray[np.float64]", other: "NDArray[np.float64]", values: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """Return the last value known at each time, NaN before the first; shape of ``times``."""
    rows = np.searchsorted(other, times, side="right") - 1
    return np.where(rows >= 0, values[np.maximum(rows, 0)], np.nan)
