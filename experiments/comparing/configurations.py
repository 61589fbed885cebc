"""The configurations among compared runs, each with the seeds that it was trained with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.series import Series, read_series
from tradegym.experiments.comparing.stored import AGENT, StoredRun, read_run
from tradegym.experiments.trials import hash_of_values

#: Keys of an evaluation that change what is played.
_PLAYED = ("eval.checkpoint", "eval.deterministic", "eval.episodes")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What could have been chosen.

    Attributes
    ----------
    label : str
    runs : tuple of str
        Labels of the compared runs that are seeds of it.
    seeds : tuple of StoredRun
        The runs whose returns are averaged.
    missing : int
        Seeds whose returns are not there.
    """

    label: str
    runs: tuple[str, ...]
    seeds: tuple[StoredRun, ...] = field(repr=False)
    missing: int = 0

    def series(self, who: str = AGENT) -> list[Series]:
        """Return the returns of each seed's agent or baseline, as far as they are there."""
        found = (read_series(run, who) for run in self.seeds)
        return [one for one in found if one is not None and len(one.returns)]


def find_configurations(runs: Mapping[str, StoredRun]) -> list[Configuration]:
    """Return the configurations among runs, in their order.

    Runs whose values differ in nothing that is tried (`config_hash`) and whose seeds differ are
    seeds of one configuration. So are two runs of the same seed with the same returns: the same
    run twice. With other returns they differ in something that the configuration does not say,
    such as the code, and are two configurations.

    Parameters
    ----------
    runs : mapping of str to StoredRun
        By label. A run of several seeds is one configuration; its seeds are read from their own
        directories.
    """
    found: list[Configuration] = []
    alike: dict[str, list[dict[str, tuple[str, StoredRun]]]] = {}
    order: list[tuple[str, int] | Configuration] = []
    for label, run in runs.items():
        key = _identity(run)
        if run.kind == "seeds" or key is None:
            order.append(_of_itself(label, run))
            continue
        groups = alike.setdefault(key, [])
        place = next((at for at, group in enumerate(groups) if _fits(run, group)), len(groups))
        if place == len(groups):
            groups.append({})
            order.append((key, place))
        groups[place].setdefault(str(run.seed), (label, run))
    for one in order:
        if isinstance(one, Configuration):
            found.append(one)
            continue
        members = list(alike[one[0]][one[1]].values())
        labels = tuple(label for label, _ in members)
        found.append(Configuration(_name(labels), labels, tuple(run for _, run in members)))
    return found


def _identity(run: StoredRun) -> str | None:
    """Return what runs of one configuration have in common; None where it is not known."""
    config = run.config
    if not config:
        return None
    played = [str(config.get(key)) for key in _PLAYED]
    return "|".join((str(run.kind == "folds"), hash_of_values(config), *played))


def _fits(run: StoredRun, group: Mapping[str, tuple[str, StoredRun]]) -> bool:
    if str(run.seed) not in group:
        return True
    mine, theirs = read_series(run), read_series(group[str(run.seed)][1])
    if mine is None or theirs is None or len(mine.returns) != len(theirs.returns):
        return False
    return bool(np.array_equal(mine.returns, theirs.returns))


def _name(labels: Sequence[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    return f"{labels[0]} (with {len(labels) - 1} more seed{'s' if len(labels) > 2 else ''})"


def _of_itself(label: str, run: StoredRun) -> Configuration:
    if run.kind != "seeds":
        return Configuration(label, (label,), (run,))
    seeds, missing = [], len(run.many.get("runs") or ()) - len(run.children)
    for path in run.children:
        try:
            one = read_run(path)
        except UserError:
            missing += 1
            continue
        if read_series(one) is None:
            missing += 1
        else:
            seeds.append(one)
    return Configuration(label, (label,), tuple(seeds), missing)
