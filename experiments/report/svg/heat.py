"""A map of returns: years down, months across, the year at the end."""

from collections.abc import Mapping

from markupsafe import escape

from tradegym.experiments.report.svg.scale import signed

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ROW, _HEAD, _GAP = 30, 24, 2
_COLUMNS = len(MONTHS) + 1
_STRONGEST = 0.85


def heat_map(
    title: str, months: Mapping[tuple[int, int], float], years: Mapping[int, float]
) -> str:
    """Return the markup of the map.

    Parameters
    ----------
    title : str
    months : mapping
        Return as a fraction by year and month (1 to 12).
    years : mapping
        Return by year.
    """
    rows = sorted(years)
    height = _HEAD + _ROW * len(rows)
    largest = max((abs(value) for value in months.values()), default=0.0) or 1.0
    largest_year = max((abs(value) for value in years.values()), default=0.0) or 1.0
    parts = [
        f'<text class="tick middle" x="{_middle(k)}" y="14">{name}</text>'
        for k, name in enumerate((*MONTHS, "Year"))
    ]
    for row, year in enumerate(rows):
        top = _HEAD + _ROW * row
        parts.append(f'<text class="tick end" x="0" dx="-8" y="{top + 19}">{year}</text>')
        for month in range(1, 13):
            if (year, month) in months:
                value = months[year, month]
                parts.append(_cell(month - 1, top, value, largest, f"{MONTHS[month - 1]} {year}"))
        parts.append(_cell(_COLUMNS - 1, top, years[year], largest_year, str(year)))
    text = escape(title)
    return (
        f'<svg class="chart heat" role="img" aria-label="{text}" height="{height}">'
        f"<title>{text}</title>{''.join(parts)}</svg>"
    )


def _cell(column: int, top: int, value: float, largest: float, when: str) -> str:
    strength = _STRONGEST * abs(value) / largest
    side = "up" if value >= 0 else "down"
    ink = " strong" if strength > 0.66 else ""
    exact = signed(f"{value:+z.2%}")
    return (
        f'<g><title>{escape(when)}: {exact}</title><rect class="fill-{side}" '
        f'x="{100 * column / _COLUMNS:.3f}%" y="{top}" width="{100 / _COLUMNS - 0.25:.3f}%" '
        f'height="{_ROW - _GAP}" rx="2" fill-opacity="{0.06 + strength:.2f}"/>'
        f'<text class="cell middle{ink}" x="{_middle(column)}" y="{top + 19}">'
        f"{signed(f'{100 * value:+z.1f}')}</text></g>"
    )


def _middle(column: int) -> str:
    return f"{100 * (column + 0.5) / _COLUMNS - 0.12:.3f}%"
