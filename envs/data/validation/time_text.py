"""Dates that are written in another way than the rest, or with the day in front."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from tradegym.envs.data.timestamps import CellError, parse_times
from tradegym.envs.data.validation.raw_bars import shape_of

_DAY_OR_MONTH = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})((?:[ T].*)?)")
# Shapes that numpy writes, with the precision it needs for that.
_ISO = {"9-9-9": "D", "9-9-9 9:9": "m", "9-9-9 9:9:9": "s", "9-9-9T9:9": "m", "9-9-9T9:9:9": "s"}


def rewritten_times(cells: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Yield row, new text and rule of each time that can be written better without a guess.

    Parameters
    ----------
    cells : sequence of str
        Times, or dates where the time of day has a column of its own.

    Yields
    ------
    (int, str, str)
        Number of the cell, ISO 8601 text, name of the rule.
    """
    matches = [_DAY_OR_MONTH.fullmatch(cell) for cell in cells]
    found = [match for match in matches if match is not None]
    if found and len(found) == len(cells):
        first = max(int(match[1]) for match in found)
        second = max(int(match[3]) for match in found)
        # Only a number above 12 tells which of the two is the day.
        if (first > 12) != (second > 12):
            day, month = (1, 3) if first > 12 else (3, 1)
            for row, match in enumerate(found):
                date = f"{match[4]}-{int(match[month]):02d}-{int(match[day]):02d}{match[5]}"
                yield row, date, "day_first" if day == 1 else "month_first"
        return
    shapes = Counter(shape_of(cell) for cell in cells)
    usual = shapes.most_common(1)[0][0] if shapes else ""
    if usual not in _ISO:
        return
    for row, cell in enumerate(cells):
        if shape_of(cell) != usual and (iso := _iso(cell, usual)) is not None:
            yield row, iso, "time_format"


def _iso(cell: str, shape: str) -> str | None:
    import pyarrow as pa

    # Offsets would be lost, and epoch numbers may be in any zone.
    if (
        not cell
        or re.search(r"(Z|[+-]\d{2}(:?\d{2})?)$", cell[8:])
        or re.fullmatch(r"-?\d{9,}", cell)
    ):
        return None
    try:
        stamp = parse_times(pa.chunked_array([[cell]]), "UTC")[0]
    except CellError:
        return None
    text = str(stamp.astype(f"datetime64[{_ISO[shape]}]"))
    if np.datetime64(text) != stamp:
        return None
    return text.replace("T", " ") if " " in shape else text
