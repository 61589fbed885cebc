"""Backtest paths: the test groups of combinatorial folds, put together to whole histories."""

from collections.abc import Sequence

from tradegym.envs.data.splits.fold import Fold

Path = tuple[tuple[int, int], ...]
"""``(fold, group)`` of each stretch of a path, in order of time: it covers every bar once."""


def backtest_paths(folds: Sequence[Fold]) -> tuple[Path, ...]:
    """Return the paths through all groups that the folds make possible.

    Each group is tested by the same number of folds; path p takes, for each group, the p-th of
    them. With N groups of which k are tested there are ``C(N, k)`` folds and
    ``k / N * C(N, k) = C(N - 1, k - 1)`` paths. Lopez de Prado (2018), 12.4.1.

    Parameters
    ----------
    folds : sequence of Fold
        All folds of a purged or combinatorial split.

    Returns
    -------
    tuple of Path
        Empty for folds without groups.
    """
    testers: dict[int, list[int]] = {}
    for fold in folds:
        for group in fold.groups:
            testers.setdefault(group, []).append(fold.number)
    columns = [[(number, group) for number in testers[group]] for group in sorted(testers)]
    return tuple(zip(*columns, strict=True))
