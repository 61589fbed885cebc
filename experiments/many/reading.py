"""Reads what the runs of an experiment have written."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import RunFailed
from tradegym.experiments.many.stitching import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

AGENT = "agent"
_NAMES = ("equity", "trades", "orders")


def folder_of_test(run: Path) -> Path:
    """Return the directory of a training run's test.

    Raises
    ------
    RunFailed
        There is none.
    """
    found = sorted(run.glob("eval/*-test"), key=lambda path: int(path.name.partition("-")[0]))
    if not found:
        raise RunFailed(f"{run}: has no test")
    return found[0]


def read_episodes(run: Path, agent: str) -> list[Tables]:
    """Return the episodes of an agent's test, in their order.

    Parameters
    ----------
    run : Path
        Directory of a training run.
    agent : str
        `AGENT`, or the name of a baseline.
    """
    import pandas as pd

    folder = folder_of_test(run)
    folder = folder if agent == AGENT else folder / "baselines" / agent
    bars, trades, orders = (pd.read_parquet(folder / f"{name}.parquet") for name in _NAMES)
    numbers = sorted(set(bars["episode"])) if "episode" in bars else [1]
    return [Tables(*(_of(table, one) for table in (bars, trades, orders))) for one in numbers]


def _of(table: "pd.DataFrame", number: int) -> "pd.DataFrame":
    if "episode" not in table:
        return table
    return table[table["episode"] == number].drop(columns="episode").reset_index(drop=True)


def values_of(
    tests: "list[Mapping[str, Mapping[str, float | None]]]",
) -> dict[str, dict[str, list[float | None]]]:
    """Return, for each agent and metric, the values of several tests in their order.

    A test that was not made, and a metric that it does not have, counts as undefined.
    """
    agents: dict[str, dict[str, Any]] = {}
    for test in tests:
        for agent, metrics in test.items():
            agents.setdefault(agent, {}).update(dict.fromkeys(metrics))
    return {
        agent: {name: [test.get(agent, {}).get(name) for test in tests] for name in names}
        for agent, names in agents.items()
    }


def called(name: str, agent: str) -> str:
    """Return what an agent or baseline is called in tables and pictures."""
    from tradegym.experiments.baselines import BASELINES

    if name == AGENT:
        return agent
    return BASELINES[name].label if name in BASELINES else name.replace("_", " ")


def is_bound(name: str) -> bool:
    """Tell whether a baseline is a bound that nobody can beat, such as perfect foresight."""
    from tradegym.experiments.baselines import BASELINES

    return name in BASELINES and BASELINES[name].is_bound
