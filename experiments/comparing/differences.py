"""What differs between the configurations, the data and the code of runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradegym.experiments.comparing.stored import StoredRun

#: Keys that name a run and do not change what it computes.
_NAMES = frozenset({"name", "runs_root"})

#: Stands for a key that a run does not have.
MISSING = object()


def config_differences(runs: Mapping[str, StoredRun]) -> dict[str, dict[str, Any]]:
    """Return the keys whose values are not the same in all runs.

    Parameters
    ----------
    runs : mapping of str to StoredRun
        By label. Values that count for nothing in a run are left out; ``name`` and ``runs_root``
        too.

    Returns
    -------
    dict of str to dict
        By key, the value of each run by label; `MISSING` where a run has no such key.
    """
    configs = {label: run.config for label, run in runs.items()}
    keys = dict.fromkeys(key for config in configs.values() for key in config)
    table = {
        key: {label: config.get(key, MISSING) for label, config in configs.items()}
        for key in keys
        if key not in _NAMES
    }
    return {key: row for key, row in table.items() if not _all_equal(list(row.values()))}


def _all_equal(values: Sequence[Any]) -> bool:
    return all(one is values[0] or one == values[0] for one in values)


def tested_ranges(run: StoredRun) -> tuple[tuple[str, str], ...]:
    """Return first and last time of each range of bars that the run was evaluated on.

    Empty where the run does not say.
    """
    if run.kind == "folds":
        folds = [fold for fold in run.many.get("folds") or () if isinstance(fold, Mapping)]
        listed = [one for fold in folds for one in fold.get("periods") or [fold.get("test")]]
    else:
        part = run.dataset.get(run.split)
        if not isinstance(part, Mapping):
            return ()
        listed = part.get("ranges") or [[part.get("first"), part.get("last")]]
    pairs = [one for one in listed if isinstance(one, list | tuple) and len(one) == 2]
    return tuple((str(first), str(last)) for first, last in pairs if first and last)


def data_differences(runs: Mapping[str, StoredRun]) -> tuple[bool, list[str]]:
    """Say whether all runs were evaluated on the same bars, and what else of the data differs.

    Parameters
    ----------
    runs : mapping of str to StoredRun
        By label.

    Returns
    -------
    same : bool
        The data and the evaluated bars are known and the same.
    notes : list of str
        One line for each difference.
    """
    notes = []
    hashes = {label: str(run.dataset.get("sha256") or "") for label, run in runs.items()}
    ranges = {label: tested_ranges(run) for label, run in runs.items()}
    unknown = [label for label in runs if not hashes[label] or not ranges[label]]
    if unknown:
        notes.append(f"data unknown: {', '.join(unknown)} does not say which bars it was tested on")
    if len({value for value in hashes.values() if value}) > 1:
        texts = [
            f"{label}: {run.dataset_name or 'unknown'} (sha256 {hashes[label][:12] or 'unknown'})"
            for label, run in runs.items()
        ]
        notes.append("different data: " + "; ".join(texts))
    if len({value for value in ranges.values() if value}) > 1:
        texts = [f"{label}: {_period(ranges[label])}" for label in runs]
        notes.append("different test bars: " + "; ".join(texts))
    same = not notes
    for part in ("train", "validation"):
        parts = {label: _part(run, part) for label, run in runs.items()}
        if same and len(set(parts.values())) > 1:
            texts = [f"{label}: {text}" for label, text in parts.items()]
            notes.append(f"different {part} bars: " + "; ".join(texts))
    return same, notes


def code_differences(runs: Mapping[str, StoredRun]) -> list[str]:
    """Return one line if the runs were made by different versions or commits of the code."""
    notes = []
    for name, read in (("versions of tradegym", _version), ("git commits", _commit)):
        found = {label: read(run) for label, run in runs.items()}
        if len(set(found.values())) > 1:
            texts = [f"{label}: {text or 'unknown'}" for label, text in found.items()]
            notes.append(f"different {name}: " + "; ".join(texts))
    return notes


def _version(run: StoredRun) -> str:
    facts = run.info.get("provenance")
    versions = facts.get("versions") if isinstance(facts, Mapping) else None
    return str(versions.get("tradegym") or "") if isinstance(versions, Mapping) else ""


def _commit(run: StoredRun) -> str:
    facts = run.info.get("provenance")
    return str(facts.get("git_commit") or "")[:12] if isinstance(facts, Mapping) else ""


def _period(ranges: Sequence[tuple[str, str]]) -> str:
    if not ranges:
        return "unknown"
    more = f" in {len(ranges)} ranges" if len(ranges) > 1 else ""
    return f"{_day(ranges[0][0])} to {_day(ranges[-1][1])}{more}"


def _part(run: StoredRun, name: str) -> str:
    part = run.dataset.get(name)
    if not isinstance(part, Mapping) or not part.get("first"):
        return "none" if isinstance(part, Mapping) else "unknown"
    return f"{_day(str(part['first']))} to {_day(str(part['last']))} ({part.get('bars')} bars)"


def _day(text: str) -> str:
    return text.replace("T00:00:00", "").replace("T", " ")
