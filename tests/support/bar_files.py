"""Text files with valid bars, to be spoilt."""

import numpy as np

HEADER = "Date,Open,High,Low,Close,Volume"


def good_rows(bars=60, start="2020-01-01", step="1D", seed=3):
    """Rows of valid bars: times as ISO 8601, prices near 100 with two decimals."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars))), 2)
    opened = np.concatenate(([100.0], close[:-1]))
    high = np.round(np.maximum(opened, close) + rng.uniform(0.05, 0.5, bars), 2)
    low = np.round(np.minimum(opened, close) - rng.uniform(0.05, 0.5, bars), 2)
    volume = rng.integers(1_000, 9_000, bars)
    unit = "D" if step.endswith("D") else "s"
    number = {"D": 86_400, "h": 3600, "m": 60}[step[-1]] * int(step[:-1])
    times = np.datetime64(start, "s") + np.arange(bars) * np.timedelta64(number, "s")
    names = [str(time.astype(f"datetime64[{unit}]")).replace("T", " ") for time in times]
    table = zip(names, opened, high, low, close, volume, strict=True)
    return [f"{t},{o:.2f},{h:.2f},{lo:.2f},{c:.2f},{v}" for t, o, h, lo, c, v in table]


def good_lines(**options):
    return [HEADER, *good_rows(**options)]


def text_of(lines):
    return "\n".join(lines) + "\n"


def put(folder, content, name="bars.csv", **keys):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {"filename": str(path), **keys}


def scaled(rows, factor, columns=(1, 2, 3, 4)):
    """Multiply prices of rows."""
    found = []
    for row in rows:
        cells = row.split(",")
        for at in columns:
            cells[at] = f"{float(cells[at]) * factor:.2f}"
        found.append(",".join(cells))
    return found
