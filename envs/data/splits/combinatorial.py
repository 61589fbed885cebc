"""Purged cross-validation: test on some groups of bars, train on all the others."""

import itertools
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.envs.data.splits.fold import Fold, Reach
from tradegym.envs.data.splits.gaps import embargo_zones, purge_bars, purge_zones
from tradegym.envs.data.splits.lengths import to_bars
from tradegym.envs.data.splits.ranges import Ranges, count_bars, intersect, subtract
from tradegym.envs.data.splits.registry import split_kind

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset


@split_kind("purged")
def purged(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """Test on each group of bars in turn (purged k-fold). Lopez de Prado (2018), 7.4."""
    return _folds(config, dataset, reach, 1)


@split_kind("combinatorial")
def combinatorial(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """Test on every choice of ``split.test_groups`` groups. Lopez de Prado (2018), 12.4."""
    return _folds(config, dataset, reach, config.test_groups)


def make_groups(bars: int, groups: int) -> list[range]:
    """Divide ``bars`` bars into consecutive groups of ``bars // groups``; the last has the rest."""
    size = bars // groups
    return [
        range(number * size, bars if number == groups - 1 else (number + 1) * size)
        for number in range(groups)
    ]


def _folds(config: Any, dataset: "Dataset", reach: Reach, chosen: int) -> list[Fold]:
    bars = len(dataset)
    if config.groups > bars:
        raise UserError(
            f"split.groups: {config.groups} groups of dataset {dataset.name!r} with {bars} bars "
            "would be empty; give fewer groups or more data"
        )
    groups = make_groups(bars, config.groups)
    purge = purge_bars(config, dataset, reach)
    embargo = to_bars("split.embargo", config.embargo, dataset)
    folds: list[Fold] = []
    for number, tested in enumerate(itertools.combinations(range(config.groups), chosen)):
        tests = tuple(groups[group] for group in tested)
        others = subtract((range(bars),), tests)
        gap = purge_zones(tests, purge)
        later = embargo_zones(tests, purge, embargo)
        free = subtract(others, gap + later)
        validation = _validation(free, config.validation)
        gap += purge_zones(validation, purge)
        train = subtract(free, gap + validation)
        if not train:
            why = f"(auto: lookback {reach.lookback} + episode {reach.horizon})"
            raise UserError(
                f"split.purge={purge} bars {why if config.purge == 'auto' else ''}".rstrip()
                + f" and split.embargo={embargo} bars leave no train bar in fold {number}, which "
                f"tests {len(tests)} of {config.groups} groups of {len(groups[0])} bars; give a "
                "smaller purge, fewer groups, shorter episodes, or more data"
            )
        removed = subtract(subtract(others, validation), train)
        purged_bars = intersect(removed, gap)
        folds.append(
            Fold(
                number,
                train=train,
                validation=validation,
                test=tests,
                purged=purged_bars,
                embargo=subtract(removed, purged_bars),
                groups=tested,
            )
        )
    return folds


def _validation(free: Ranges, share: float) -> Ranges:
    """Take a share of the bars as one range: the end of the longest range (of the latest).

    One piece loses the fewest bars to the purge, and what follows it is a test period or the
    end of the data, from which it is purged already.
    """
    if not share or not free:
        return ()
    wanted = max(1, int(count_bars(free) * share + 0.5))
    longest = max(free, key=lambda one: (len(one), one.start))
    return (range(max(longest.start, longest.stop - wanted), longest.stop),)
