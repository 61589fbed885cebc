"""Everything that is wrong, suspicious or worth knowing about a dataset or a file."""

import time
from collections.abc import Collection
from pathlib import Path
from typing import get_args

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema import dataset as schema
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.parquet_file import SUFFIXES
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.validate import FIELDS, more
from tradegym.envs.data.validation.checks import Bars, Suspicion, all_checks
from tradegym.envs.data.validation.finding import Finding, Severity
from tradegym.envs.data.validation.places import Places, find_places
from tradegym.envs.data.validation.raw_findings import raw_findings

ORDER = tuple(Severity)


def inspect(
    source: Dataset | str | Path,
    config: DatasetConfig | None = None,
    *,
    now: np.datetime64 | None = None,
) -> tuple[Finding, ...]:
    """List what is wrong with bars, and what is suspicious in bars that keep all rules.

    A file is loaded as for a run. If that fails, text is read once more, row by row, so that
    all faults are listed and not only the first.

    Parameters
    ----------
    source : Dataset, str or path
        Loaded bars, or a file.
    config : DatasetConfig, optional
        How to read the file (delimiter, columns, time zone, ...); its ``filename`` is replaced.
        By default a Parquet or Feather file is told by its suffix, all else is CSV.
    now : datetime64, optional
        Current time in UTC, for dates in the future; by default the clock's.

    Returns
    -------
    tuple of Finding
        Errors first, then warnings, then notes.
    """
    if isinstance(source, Dataset):
        return _of_dataset(source, source.name, None, now)
    name = str(source)
    shown = name if name.isprintable() else repr(name)
    config = config or _default_config(name)
    config = config.model_copy(update={"filename": name})
    try:
        dataset = load_dataset(config)
    except UserError as error:
        return _of_faulty(shown, config, error, now)
    return _of_dataset(dataset, shown, config, now)


def check_suspicions(
    dataset: Dataset,
    config: DatasetConfig | None = None,
    *,
    allow: Collection[str] = (),
    now: np.datetime64 | None = None,
) -> tuple[Finding, ...]:
    """Refuse bars that cannot be meant, and return the warnings about the rest.

    Parameters
    ----------
    dataset : Dataset
        Loaded bars.
    config : DatasetConfig, optional
        How they were loaded; it makes messages name the file and the line.
    allow : collection of str
        Rules whose findings are not looked at.
    now : datetime64, optional
        Current time in UTC; by default the clock's.

    Returns
    -------
    tuple of Finding
        The warnings.

    Raises
    ------
    UserError
        With the first error, in one line: file, row, column, value, problem and fix.
    """
    config = config if config is not None and isinstance(config.filename, str) else None
    name = config.filename if config is not None and config.filename else dataset.name
    findings = _of_dataset(dataset, str(name), config, now, allow)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        hint = (
            f"; dataset.allow=[{errors[0].rule}] lets it pass" if errors[0].rule in _NAMED else ""
        )
        raise UserError(f"{errors[0]}{hint}")
    return tuple(finding for finding in findings if finding.severity is Severity.WARNING)


def source_of(filename: str) -> str:
    """Return the ``dataset.source`` for a file, by its suffix: parquet, or else csv."""
    return "parquet" if Path(filename).suffix.lower() in SUFFIXES else "csv"


#: Suspicions that a user may allow.
_NAMED = frozenset(get_args(schema.Suspicion))


def _default_config(name: str) -> DatasetConfig:
    return DatasetConfig.model_validate({"source": source_of(name), "filename": name})


def _of_dataset(
    dataset: Dataset,
    source: str,
    config: DatasetConfig | None,
    now: np.datetime64 | None,
    allow: Collection[str] = (),
) -> tuple[Finding, ...]:
    suspicions = _suspicions(dataset, now, allow)
    located = config is not None and any(one.row is not None for _, one in suspicions)
    places = find_places(config, len(dataset)) if located and config is not None else None
    return tuple(
        _finding(rule, suspicion, dataset, source, places) for rule, suspicion in suspicions
    )


def _suspicions(
    dataset: Dataset, now: np.datetime64 | None, allow: Collection[str] = ()
) -> list[tuple[str, Suspicion]]:
    clock = time.time_ns() if now is None else int(now.astype("datetime64[ns]").view(np.int64))
    bars = Bars.of(dataset, clock)
    found = []
    with np.errstate(over="ignore", divide="ignore"):
        for rule, check in all_checks().items():
            if rule not in allow:
                found += [(rule, suspicion) for suspicion in check(bars)]
    return sorted(found, key=lambda pair: (ORDER.index(pair[1].severity), pair[1].row or 0))


def _finding(
    rule: str, suspicion: Suspicion, dataset: Dataset, source: str, places: Places | None
) -> Finding:
    row, column = suspicion.row, suspicion.field
    place = value = ""
    if row is not None and places is not None:
        value, column = places.cell(row, column), places.column(column)
        row = places.line(row)
        place = f"line {row}"
    elif row is not None:
        place = f"row {row}"
        value = _value(dataset, row, column, suspicion.asset)
    if len(dataset.assets) > 1 and suspicion.field != "datetime":
        column = f"{dataset.assets[suspicion.asset]} {column}".strip()
    problem = suspicion.problem + more(suspicion.count)
    return Finding(
        suspicion.severity, rule, source, row, place, column, value, problem, suspicion.fix
    )


def _value(dataset: Dataset, row: int, field: str, asset: int) -> str:
    if field == "datetime":
        return str(dataset.times[row].astype("datetime64[s]"))
    return f"{dataset.ohlcv[row, asset, FIELDS.index(field)]:.10g}"


def _of_faulty(
    source: str, config: DatasetConfig, error: UserError, now: np.datetime64 | None
) -> tuple[Finding, ...]:
    message = str(error).removeprefix("dataset.filename=").removeprefix(source).lstrip(",: ")
    whole = Finding(Severity.ERROR, "unreadable", source, None, "", "", "", message, "")
    if config.source != "csv":
        return (whole,)
    try:
        findings, good = raw_findings(config)
    except UserError:
        return (whole,)
    if not findings:
        return (whole,)
    rest: tuple[Finding, ...] = ()
    if good is not None:
        rest = tuple(
            _finding(rule, suspicion, good.bars, source, good.places)
            for rule, suspicion in _suspicions(good.bars, now)
            if suspicion.severity is not Severity.NOTE  # rows that were left out are no gaps
        )
    return tuple(sorted((*findings, *rest), key=lambda one: ORDER.index(one.severity)))
