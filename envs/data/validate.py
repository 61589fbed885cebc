"""Rules that every bar must meet, checked with numpy; nothing is repaired.

The first row that breaks a rule is reported in one line: where it is, the column, the value,
what is wrong and what to do. Bars must have increasing times without repeats, finite numbers,
prices above zero, volume of zero or more, high not below low, and open and close within
[low, high] (with a relative tolerance of 1e-9 for rounded prices).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.validation.clock_changes import repeated_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIELDS = ("open", "high", "low", "close", "volume")
MIN_BARS = 3  # one for each part of a split
TOLERANCE = 1e-9
HOUR = 3600 * 10**9  # nanoseconds
RARE = 100  # repeated times that may come from changes of the clock
OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)

Mask = Callable[["NDArray[np.float64]"], "NDArray[np.bool_]"]


class Locator(Protocol):
    """Says in a message where a value came from."""

    @property
    def source(self) -> str:
        """The file or dataset."""

    def place(self, row: int) -> str:
        """Return where row ``row`` (counted from 0) is, e.g. its line."""

    def column(self, field: str) -> str:
        """Return what the source calls ``datetime`` or one of the five fields."""

    def cell(self, row: int, field: str) -> str | None:
        """Return the value as the source writes it, or None when it has no text of its own."""


@dataclass(frozen=True, slots=True)
class ArrayLocator:
    """Rows of arrays, counted from 0."""

    name: str

    @property
    def source(self) -> str:
        """The dataset."""
        return f"dataset {self.name!r}"

    def place(self, row: int) -> str:
        """Return the row number."""
        return f"row {row}"

    def column(self, field: str) -> str:
        """Return the field itself."""
        return field

    def cell(self, row: int, field: str) -> str | None:
        """Return None: arrays have no text."""
        del row, field
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule about the five numbers of a bar.

    Attributes
    ----------
    name : str
        What the rule is called in a list of findings.
    field : int
        Column whose value is shown.
    broken : callable
        Bars ``[T, A, 5]`` to a mask ``[T, A]`` of those that break the rule.
    problem : str
        What is wrong; may name the bar's fields, as in ``{high}``.
    fix : str
        What to do.
    """

    name: str
    field: int
    broken: Mask
    problem: str
    fix: str


def _rules() -> tuple[Rule, ...]:
    rules = [
        Rule(
            "finite",
            column,
            lambda bars, c=column: ~np.isfinite(bars[..., c]),  # type: ignore[misc]
            "is not a finite number",
            "fill it in or remove the row",
        )
        for column in range(len(FIELDS))
    ]
    rules += [
        Rule(
            "above_zero",
            column,
            lambda bars, c=column: bars[..., c] <= 0,  # type: ignore[misc]
            "is not above zero",
            "correct the price or remove the row",
        )
        for column in (OPEN, HIGH, LOW, CLOSE)
    ]
    rules += [
        Rule(
            "volume",
            VOLUME,
            lambda bars: bars[..., VOLUME] < 0,
            "is below zero",
            "write the volume, or 0 where it is not known",
        ),
        Rule(
            "high_low",
            HIGH,
            lambda bars: bars[..., HIGH] < bars[..., LOW],
            "is below low {low}",
            "correct or remove the row",
        ),
    ]
    rules += [
        Rule(
            "inside",
            column,
            lambda bars, c=column: (  # type: ignore[misc]
                (bars[..., c] > bars[..., HIGH] * (1 + TOLERANCE))
                | (bars[..., c] < bars[..., LOW] * (1 - TOLERANCE))
            ),
            "is outside low {low} to high {high}",
            "correct or remove the row",
        )
        for column in (OPEN, CLOSE)
    ]
    return tuple(rules)


RULES = _rules()


def check_bars(
    times: "NDArray[np.datetime64]",
    ohlcv: "NDArray[np.float64]",
    assets: Sequence[str],
    locator: Locator,
) -> None:
    """Raise the error of the first row that breaks a rule.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Times of the bars.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Open, high, low, close, volume.
    assets : sequence of str
        Names of the A assets.
    locator : Locator
        Says where a row is.

    Raises
    ------
    UserError
        With source, row, column, value, problem and fix in one line.
    """
    if len(times) < MIN_BARS:
        raise UserError(
            f"{locator.source}: has {len(times)} bar(s), at least {MIN_BARS} are needed; "
            "use a longer series"
        )
    check_times(times, locator)
    first: tuple[int, int, Rule, int] | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for rule in RULES:
            broken = rule.broken(ohlcv)
            if not broken.any():
                continue
            rows = broken.any(axis=1)
            row = int(np.argmax(rows))
            if first is None or row < first[0]:
                first = (row, int(np.argmax(broken[row])), rule, int(rows.sum()))
    if first is not None:
        row, asset, rule, count = first
        bar = dict(zip(FIELDS, (float(x) for x in ohlcv[row, asset]), strict=True))
        field = FIELDS[rule.field]
        column = locator.column(field)
        if len(assets) > 1:
            column = f"{assets[asset]} {column}"
        fix = rule.fix
        if count > len(times) // 10 and count > 1:
            fix = "check that every column is what its name says"
        raise UserError(
            f"{locator.source}, {locator.place(row)}, column {column!r}: value "
            f"{locator.cell(row, field) or bar[field]} {rule.problem.format(**bar)}"
            f"{more(count)}; {fix}"
        )


def check_times(times: "NDArray[np.datetime64]", locator: Locator) -> None:
    """Raise the error of the first time that is missing, repeated or out of order.

    Parameters
    ----------
    times : ndarray of datetime64[ns], shape [T]
        Times of the bars.
    locator : Locator
        Says where a row is.

    Raises
    ------
    UserError
        With source, row, column, value, problem and fix in one line.
    """
    missing = np.isnat(times)
    if missing.any():
        row = int(np.argmax(missing))
        problem = "is not a time"
        fix = "fill it in or remove the row"
    else:
        steps = np.diff(times.view(np.int64))
        wrong = steps <= 0
        if not wrong.any():
            return
        row = int(np.argmax(wrong)) + 1
        before = locator.place(row - 1)
        if steps[row - 1] == 0:
            problem = f"repeats the time of {before}{more(int((steps == 0).sum()))}"
            fix = "remove one of the two"
        elif (steps < 0).all():
            problem = f"is earlier than {before}"
            fix = "the rows run from new to old: sort them by time, oldest first"
        else:
            problem = f"is earlier than {before}{more(int((steps < 0).sum()))}"
            fix = "sort the rows by time, oldest first"
        zone = repeated_in(int(times[row].view(np.int64)))
        if zone is not None and steps[row - 1] > -HOUR and np.count_nonzero(wrong) < RARE:
            fix += f"; if the clocks of {zone} went back here, write the times in UTC"
    value = locator.cell(row, "datetime") or str(times[row])
    raise UserError(
        f"{locator.source}, {locator.place(row)}, column {locator.column('datetime')!r}: value "
        f"{value} {problem}; {fix}"
    )


def more(count: int) -> str:
    """Return how often a fault occurs, in brackets, if it does so more than once."""
    return f" ({count} rows have this fault)" if count > 1 else ""
