"""Purge and embargo: the bars that keep training away from what it is tested on."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tradegym.envs.data.splits.fold import Reach
from tradegym.envs.data.splits.lengths import to_bars
from tradegym.envs.data.splits.ranges import Ranges

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset

AUTO = "auto"


def purge_bars(config: Any, dataset: "Dataset", reach: Reach) -> int:
    """Return ``split.purge`` in bars; ``auto`` is what the configuration reaches."""
    if config.purge == AUTO:
        return reach.purge
    return to_bars("split.purge", config.purge, dataset)


def purge_zones(tests: Iterable[range], purge: int) -> Ranges:
    """Return the ``purge`` bars before and after each test period; they may overlap."""
    return tuple(
        zone
        for test in tests
        for zone in (range(test.start - purge, test.start), range(test.stop, test.stop + purge))
    )


def embargo_zones(tests: Iterable[range], purge: int, embargo: int) -> Ranges:
    """Return the ``embargo`` bars after the purged ones that follow each test period.

    What follows a test period still carries its volatility and trend (serial correlation), so
    that training on it says something about the test. Lopez de Prado (2018), 7.4.2.
    """
    return tuple(range(test.stop + purge, test.stop + purge + embargo) for test in tests)
