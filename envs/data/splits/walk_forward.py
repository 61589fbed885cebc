"""Walk-forward: train on the past, test on what follows, move on."""

from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.envs.data.splits.fold import Fold, Reach
from tradegym.envs.data.splits.gaps import purge_bars
from tradegym.envs.data.splits.lengths import to_bars
from tradegym.envs.data.splits.registry import split_kind

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset
    from tradegym.envs.data.splits.ranges import Ranges


@split_kind("walk_forward")
def walk_forward(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """Slide a window of constant length over the data: train, validation, test.

    Between two parts lie ``split.purge`` bars (0 by default: training only ever sees what is
    older). Each fold is ``split.stride`` bars later than the one before; with the default stride,
    the length of a test period, the test periods touch and never overlap.
    """
    return _folds(config, dataset, reach, expanding=False)


@split_kind("expanding")
def expanding(config: Any, dataset: "Dataset", reach: Reach) -> list[Fold]:
    """As `walk_forward`, but training always starts with the data and grows from fold to fold."""
    return _folds(config, dataset, reach, expanding=True)


def _folds(config: Any, dataset: "Dataset", reach: Reach, *, expanding: bool) -> list[Fold]:
    names = ("train_length", "validation_length", "test_length")
    train, validation, test = (
        to_bars(f"split.{name}", getattr(config, name), dataset) for name in names
    )
    stride = test
    if config.stride is not None:
        stride = to_bars("split.stride", config.stride, dataset)
    purge = purge_bars(config, dataset, reach)
    # Without validation there is one border to keep free, else two.
    lead = train + purge + (validation + purge if validation else 0)
    if lead + test > len(dataset):
        lengths = " and ".join(f"split.{name}={getattr(config, name)}" for name in names)
        raise UserError(
            f"{lengths} need {lead + test} bars with a purge of {purge}, but dataset "
            f"{dataset.name!r} has {len(dataset)}; give shorter lengths or more data"
        )
    periods = make_periods(lead, len(dataset), test, stride, config.remainder)
    return [
        _fold(number, period, 0 if expanding else number * stride, validation, purge)
        for number, period in enumerate(periods)
    ]


def _fold(number: int, test: range, first: int, validation: int, purge: int) -> Fold:
    """Put validation and training, from bar ``first`` on, before a test period."""
    end = test.start - purge
    gaps = [range(end, test.start)]
    validated: Ranges = ()
    if validation:
        validated = (range(end - validation, end),)
        end -= validation + purge
        gaps.insert(0, range(end, end + purge))
    return Fold(
        number,
        train=(range(first, end),),
        validation=validated,
        test=(test,),
        purged=tuple(gap for gap in gaps if len(gap)),
    )


def make_periods(first: int, bars: int, length: int, stride: int, remainder: str) -> list[range]:
    """Return the test periods.

    Parameters
    ----------
    first : int
        First bar of the first period.
    bars : int
        Bars of the data; at least ``first + length``.
    length, stride : int
        Bars of a period, and from the start of one to the start of the next.
    remainder : {"extend", "short", "drop"}
        What becomes of the bars after the last complete period: they join it, they make a
        shorter one of their own, or they are not used.

    Returns
    -------
    list of range
        With ``stride == length`` they tile the bars from ``first`` to the end of the data (to
        the end of the last complete period with ``drop``).
    """
    periods = [range(start, start + length) for start in range(first, bars - length + 1, stride)]
    last = periods[-1]
    if last.stop < bars:
        if remainder == "extend":
            periods[-1] = range(last.start, bars)
        elif remainder == "short" and last.start + stride < bars:
            periods.append(range(last.start + stride, bars))
    return periods
