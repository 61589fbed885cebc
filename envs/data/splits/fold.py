"""What a split is made of: folds, and the one fold that environments use."""

from dataclasses import dataclass

from tradegym.envs.data.splits.ranges import Ranges, count_bars

Part = range | Ranges
"""Bars of one part: a range, or several disjoint ranges in order of time."""

#: The roles of bars in a fold, in the order of tables and legends.
ROLES = ("train", "validation", "test", "purged", "embargo")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one decision reaches; it sets the automatic purge.

    A decision at bar t uses the bars ``t - lookback`` to ``t + horizon``: what it sees, and the
    episode that follows from it.

    Attributes
    ----------
    lookback : int
        Bars before a decision that its observation needs, at least 0.
    horizon : int
        Bars after a decision that its episode uses, at least 0.
    """

    lookback: int
    horizon: int

    def __post_init__(self) -> None:
        if self.lookback < 0 or self.horizon < 0:
            raise ValueError(f"{self}: negative")

    @property
    def purge(self) -> int:
        """Smallest gap, in bars, that keeps the bars of two decisions apart.

        A train decision at a and a test decision at b > a share no bar if and only if
        ``a + horizon < b - lookback``: ``lookback + horizon`` bars lie between them. Lopez de
        Prado (2018), "Advances in Financial Machine Learning", 7.4.1, purges the overlap of
        labels alone; here what the agent sees counts too.
        """
        return self.lookback + self.horizon


@dataclass(frozen=True, slots=True)
class Fold:
    """Which bars do what. The roles are disjoint; a bar without a role is not used.

    Attributes
    ----------
    number : int
        From 0.
    train, validation, test : tuple of range
        Bars of each part, in order of time, as disjoint ranges. In combinatorial folds ``test``
        has one range for each tested group, also where two groups touch.
    purged : tuple of range
        Bars taken out because they are too near to bars of another part.
    embargo : tuple of range
        Bars taken out because they follow a test period.
    groups : tuple of int
        Numbers of the tested groups, one for each range of ``test``; empty for other kinds.
    """

    number: int
    train: Ranges
    validation: Ranges
    test: Ranges
    purged: Ranges = ()
    embargo: Ranges = ()
    groups: tuple[int, ...] = ()

    def bars(self, role: str) -> int:
        """Return the number of bars of a role (one of `ROLES`)."""
        return count_bars(getattr(self, role))

    def to_split(self) -> "Split":
        """Return the three parts as environments take them; ranges that touch become one."""
        return Split(_part(self.train), _part(self.validation), _part(self.test))


@dataclass(frozen=True, slots=True)
class Split:
    """The parts that environments play on; they are disjoint.

    Attributes
    ----------
    train, validation, test : range or tuple of range
        Bars of each part: one range (always so with hold-out, dates and walk-forward), or
        several in order of time. An episode lies inside one range.
    """

    train: Part
    validation: Part
    test: Part

    def ranges(self, part: str) -> Ranges:
        """Return the ranges of a part by its name; none if it has no bars."""
        return ranges_of(getattr(self, part))

    def bars(self, part: str) -> int:
        """Return the number of bars of a part by its name."""
        return count_bars(self.ranges(part))


def ranges_of(part: Part) -> Ranges:
    """Return a part as a tuple of its ranges, none of them empty."""
    return tuple(one for one in ((part,) if isinstance(part, range) else part) if len(one))


def _part(ranges: Ranges) -> Part:
    """Join ranges that touch: an episode may run through both."""
    joined: list[range] = []
    for one in ranges:
        if joined and joined[-1].stop == one.start:
            joined[-1] = range(joined[-1].start, one.stop)
        else:
            joined.append(one)
    if not joined:
        return range(0)
    return joined[0] if len(joined) == 1 else tuple(joined)
