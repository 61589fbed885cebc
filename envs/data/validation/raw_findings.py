"""All faults of a text file that cannot be loaded."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.validate import FIELDS, MIN_BARS, RULES
from tradegym.envs.data.validation.finding import Finding, Severity
from tradegym.envs.data.validation.places import Places, shown
from tradegym.envs.data.validation.raw_bars import Fault, RawBars, read_bars
from tradegym.envs.data.validation.raw_text import read_raw

SHOWN = 5  # findings of one rule and column


@dataclass(frozen=True, slots=True)
class GoodBars:
    """The bars of a faulty file that keep all rules, in order.

    Attributes
    ----------
    bars : Dataset
        The bars.
    places : Places
        Where they stand in the file.
    """

    bars: Dataset
    places: Places


def raw_findings(config: DatasetConfig) -> tuple[list[Finding], GoodBars | None]:
    """Return the faults of a text file, and its good bars if there are enough.

    Parameters
    ----------
    config : DatasetConfig
        The file and how to read it.

    Returns
    -------
    findings : list of Finding
        Errors in the order of the rows; at most 5 of one rule and column, the last of which
        says how many more there are.
    good : GoodBars or None
        The remaining bars.

    Raises
    ------
    UserError
        If the file holds no table of bars.
    """
    text = read_raw(str(config.filename), config.delimiter, config.header)
    raw = read_bars(text, config.columns.model_dump(), config.timezone)
    faults = [*raw.faults, *broken_rules(raw), *_times(raw)]
    faults.sort(key=lambda fault: fault.row)
    findings = [*_around(raw), *_limited(raw, faults)]
    return findings, _good_bars(raw, {fault.row for fault in faults})


def broken_rules(raw: RawBars) -> Iterator[Fault]:
    """Yield the rules about single bars that readable rows break.

    Parameters
    ----------
    raw : RawBars
        The file.
    """
    unreadable = {fault.row for fault in raw.faults}
    bars = raw.numbers[:, np.newaxis, :]
    told: set[int] = set()
    with np.errstate(over="ignore", invalid="ignore"):
        for rule in RULES:
            field = FIELDS[rule.field]
            for row in np.flatnonzero(rule.broken(bars)[:, 0]).tolist():
                if row in unreadable or row in told:
                    continue  # one fault of a row often breaks several rules
                told.add(row)
                bar = dict(zip(FIELDS, raw.numbers[row].tolist(), strict=True))
                problem = rule.problem.format(**bar)
                yield Fault(row, field, rule.name, raw.places.cell(row, field), problem, rule.fix)


def _around(raw: RawBars) -> Iterator[Finding]:
    """Yield what is wrong with the file and with lines that are no rows."""
    text = raw.text

    def finding(rule: str, line: int, value: str, problem: str, fix: str) -> Finding:
        place = f"line {line}"
        return Finding(Severity.ERROR, rule, text.source, line, place, "", value, problem, fix)

    if text.encoding != "utf-8":
        problem = "the file is not UTF-8 text"
        yield finding("encoding", 1, "", problem, "save the file as UTF-8")
    for line, cells in text.above:
        value = shown(text.delimiter.join(cells))
        yield finding("above_header", line, value, "stands above the table", "remove the line")
    for line in text.blank:
        yield finding("blank_line", line, "", "holds nothing but blanks", "remove the line")


def _times(raw: RawBars) -> Iterator[Fault]:
    rows = np.flatnonzero(~np.isnat(raw.times))
    times = raw.times[rows].view(np.int64)
    steps = np.diff(times)
    if len(steps) and (steps < 0).mean() > 0.5:
        row = int(rows[np.argmax(steps < 0) + 1])
        yield Fault(
            row,
            "datetime",
            "order",
            raw.places.cell(row, "datetime"),
            f"is earlier than line {raw.text.rows[int(rows[0])][0]}",
            "the rows run from new to old: sort them by time, oldest first",
        )
        return
    latest, at = None, 0
    seen: dict[int, int] = {}
    for row, stamp in zip(rows.tolist(), times.tolist(), strict=True):
        if stamp in seen:
            problem = f"repeats the time of line {raw.text.rows[seen[stamp]][0]}"
            yield Fault(
                row,
                "datetime",
                "duplicate",
                raw.places.cell(row, "datetime"),
                problem,
                "remove one of the two",
            )
        elif latest is not None and stamp < latest:
            problem = f"is earlier than line {raw.text.rows[at][0]}"
            yield Fault(
                row,
                "datetime",
                "order",
                raw.places.cell(row, "datetime"),
                problem,
                "sort the rows by time, oldest first",
            )
        seen.setdefault(stamp, row)
        if latest is None or stamp > latest:
            latest, at = stamp, row


def _limited(raw: RawBars, faults: list[Fault]) -> Iterator[Finding]:
    total = Counter((fault.rule, fault.field) for fault in faults)
    shown: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        kind = (fault.rule, fault.field)
        shown[kind] += 1
        if shown[kind] > SHOWN:
            continue
        rest = total[kind] - SHOWN if shown[kind] == SHOWN else 0
        more = f" ({rest} more rows have this fault)" if rest else ""
        line = raw.text.rows[fault.row][0]
        yield Finding(
            Severity.ERROR,
            fault.rule,
            raw.text.source,
            line,
            f"line {line}",
            raw.places.column(fault.field) if fault.field else "",
            fault.value,
            fault.problem + more,
            fault.fix,
        )


def _good_bars(raw: RawBars, faulty: set[int]) -> GoodBars | None:
    rows = [row for row in range(len(raw.text.rows)) if row not in faulty]
    rows = [row for row in rows if not np.isnat(raw.times[row])]
    if len(rows) < MIN_BARS:
        return None
    try:
        bars = Dataset.from_arrays(raw.text.source, raw.times[rows], raw.numbers[rows])
    except UserError:  # from new to old
        return None
    return GoodBars(bars, Places(raw.text, raw.names, raw.columns, rows))
