"""One dot for each run, with the interval of the whole: how much the seed decides."""

import numpy as np
from markupsafe import escape

from tradegym.experiments.report.svg.scale import Scale

_ROW = 46
_FOOT = 26


def strip(
    title: str,
    rows: list[tuple[str, list[float], tuple[float, float] | None, float | None]],
    scale: Scale,
    texts: list[list[str]],
) -> str:
    """Return the markup of rows of dots on one scale.

    Parameters
    ----------
    title : str
    rows : list
        Name, values, interval and centre of each row.
    scale : Scale
    texts : list of list of str
        What each dot says on demand.
    """
    height = _ROW * len(rows)
    parts = []
    for tick in scale.ticks:
        at = f"{100 * tick.at:.2f}%"
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="0" y2="{height}"/>')
        parts.append(
            f'<text class="tick middle" x="{at}" y="{height + 18}">{escape(tick.text)}</text>'
        )
    if scale.low < 0 < scale.high:
        at = _at(scale, 0.0)
        parts.append(f'<line class="zero" x1="{at}" x2="{at}" y1="0" y2="{height}"/>')
    for number, (name, values, interval, centre) in enumerate(rows):
        y = _ROW * number + 30
        parts.append(f'<text class="row" x="0" y="{y - 16}">{escape(name)}</text>')
        if interval is not None:
            left, right = (_at(scale, end) for end in interval)
            parts.append(f'<line class="interval" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>')
        for value, text in zip(values, texts[number], strict=True):
            style = "dot first" if number == 0 else "dot"
            parts.append(
                f'<circle class="{style}" cx="{_at(scale, value)}" cy="{y}" r="4.5">'
                f"<title>{escape(text)}</title></circle>"
            )
        if centre is not None:
            at = _at(scale, centre)
            parts.append(f'<line class="centre" x1="{at}" x2="{at}" y1="{y - 9}" y2="{y + 9}"/>')
    text = escape(title)
    return (
        f'<svg class="chart strip" role="img" aria-label="{text}" height="{height + _FOOT}">'
        f"<title>{text}</title>{''.join(parts)}</svg>"
    )


def _at(scale: Scale, value: float) -> str:
    return f"{100 * float(scale.at(np.array([value]))[0]):.2f}%"
