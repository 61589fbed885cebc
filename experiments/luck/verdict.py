"""One sentence on a result: what its numbers support, and no more."""

from collections.abc import Callable
from dataclasses import dataclass

from tradegym.experiments.luck.deflated import Deflated
from tradegym.experiments.luck.paired import LEAST_BARS, Difference

#: A difference of annual Sharpe ratios that any useful test period has to be able to show.
_VISIBLE = 1.0
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict is built from; Sharpe ratios are annual, returns fractions.

    Attributes
    ----------
    bars, years : int and float
        Returns of the agent.
    traded, ruined : bool
    total_return : float or None
    sharpe, low, high : float or None
        With its 95 % interval.
    reference : str or None
        Name of the baseline it is held against, such as ``buy-and-hold``; None without one.
    reference_sharpe, reference_return : float or None
    difference : Difference or None
        Of the Sharpe ratios of the agent and the reference; None if undefined.
    same : bool
        The returns of the reference are those of the agent.
    deflated : Deflated or None
    n_trials : int
        Configurations tried.
    test_uses : int
        Uses of the test split; 0 if another part is judged.
    """

    bars: int
    years: float
    traded: bool = True
    ruined: bool = False
    total_return: float | None = None
    sharpe: float | None = None
    low: float | None = None
    high: float | None = None
    reference: str | None = None
    reference_sharpe: float | None = None
    reference_return: float | None = None
    difference: Difference | None = None
    same: bool = False
    deflated: Deflated | None = None
    n_trials: int = 1
    test_uses: int = 0

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the difference."""
        return 1.0 if self.difference is None else self.difference.p_value

    @property
    def corrected(self) -> float:
        """The p-value of the difference times the trials (Bonferroni), at most 1."""
        return min(1.0, self.p_value * self.n_trials)

    @property
    def ahead(self) -> bool:
        """The agent's Sharpe ratio is higher by more than chance, had it been the only trial."""
        return self.difference is not None and self.difference.value > 0 and self.p_value < _ALPHA

    @property
    def skilled(self) -> bool:
        """The Sharpe ratio itself is above 0 by more than the best of the trials would be."""
        return self.deflated is not None and self.deflated.skilled


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the numbers support.

    Attributes
    ----------
    case : str
        One of ruined, never_traded, indistinguishable, too_short, no_reference, clearly_better,
        within_luck and worse.
    text : str
        A sentence.
    """

    case: str
    text: str


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]


def judge(facts: Facts) -> Verdict:
    """Return the first of `CASES` that holds, as a sentence."""
    case = next(case for case in CASES if case.holds(facts))
    text = case.sentence(facts)
    if facts.test_uses > 1:
        text += f"; this test split has been used {facts.test_uses} times"
    return Verdict(case.name, text + ".")


def _half(facts: Facts) -> float:
    """Return half the width of the interval of the difference."""
    ends = None if facts.difference is None else facts.difference.interval
    return 0.0 if ends is None else (ends.high - ends.low) / 2


def _ratio(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:+.1%}"


def p_value(value: float) -> str:
    """Return a p-value with its sign of equality, such as ``p = 0.041``."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def _length(facts: Facts) -> str:
    return f"{facts.bars:,} bars ({facts.years:.1f} years)"


def _tried(facts: Facts) -> str:
    plural = "" if facts.n_trials == 1 else "s"
    return f"{facts.n_trials:,} configuration{plural} tried"


def _against(facts: Facts) -> str:
    return (
        f"Sharpe ratio {_ratio(facts.sharpe)} against {_ratio(facts.reference_sharpe)}, total "
        f"return {_percent(facts.total_return)} against {_percent(facts.reference_return)} in "
        f"{_length(facts)}"
    )


def _gap(facts: Facts) -> str:
    found = facts.difference
    if found is None:
        return "the difference is undefined"
    ends = f"{_ratio(found.interval.low)} to {_ratio(found.interval.high)}"
    return f"difference {_ratio(found.value)}, 95 % interval {ends}, {p_value(found.p_value)}"


def _own(facts: Facts) -> str:
    """Return what can be said of the Sharpe ratio itself."""
    found = facts.deflated
    if found is None:
        return "its Sharpe ratio cannot be tested"
    tried = f"the {_tried(facts)}" if facts.n_trials > 1 else "the one configuration tried"
    numbers = f"deflated {found.probability:.2f}, {p_value(found.p_value)} corrected for {tried}"
    if found.skilled:
        return f"its Sharpe ratio is above 0 by more than luck explains ({numbers})"
    if facts.sharpe is not None and facts.sharpe <= 0:
        return "its Sharpe ratio is not above 0"
    return f"that its Sharpe ratio is above 0 is not shown ({numbers})"


def _never(facts: Facts) -> str:
    text = f"The agent never traded in {_length(facts)}: there is nothing to judge"
    if facts.reference is not None:
        text += f", while {facts.reference} returned {_percent(facts.reference_return)}"
    return text


def _ruined(facts: Facts) -> str:
    return (
        f"The agent was ruined after {_length(facts)}, with a total return of "
        f"{_percent(facts.total_return)}: no other number makes up for that"
    )


def _alone(facts: Facts) -> str:
    return (
        f"There is no buy-and-hold to compare with: the Sharpe ratio is {_ratio(facts.sharpe)} "
        f"(95 % interval {_ratio(facts.low)} to {_ratio(facts.high)}) in {_length(facts)}, and "
        f"{_own(facts)}"
    )


def _short(facts: Facts) -> str:
    if facts.bars < LEAST_BARS or facts.sharpe is None:
        return (
            f"Too short to tell: {_length(facts)} with a total return of "
            f"{_percent(facts.total_return)} carry no test"
        )
    return (
        f"Too short to tell the agent from {facts.reference}: {_against(facts)}, and a difference "
        f"under {_half(facts):.1f} would not show ({_gap(facts)})"
    )


def _worse(facts: Facts) -> str:
    return f"The agent did worse than {facts.reference}: {_against(facts)} ({_gap(facts)})"


def _better(facts: Facts) -> str:
    return (
        f"The agent did better than {facts.reference} by more than luck explains: "
        f"{_against(facts)} ({_gap(facts)}, {p_value(facts.corrected)} corrected for "
        f"{_tried(facts)}), and {_own(facts)}"
    )


def _lucky(facts: Facts) -> str:
    start = f"The agent was ahead of {facts.reference}: {_against(facts)} ({_gap(facts)})"
    if facts.corrected >= _ALPHA:
        return (
            f"{start}, but within the luck of {_tried(facts)}: corrected for them, "
            f"{p_value(facts.corrected)}"
        )
    return f"{start}, but within luck: {_own(facts)}"


def _alike(facts: Facts) -> str:
    if facts.same:
        return f"The agent did the same as {facts.reference} in {_length(facts)}"
    return (
        f"The agent cannot be told from {facts.reference}: {_against(facts)} ({_gap(facts)}); "
        f"{_own(facts)}"
    )


#: Every verdict, in the order in which they are tried.
CASES: tuple[_Case, ...] = (
    _Case("ruined", lambda facts: facts.ruined, _ruined),
    _Case("never_traded", lambda facts: not facts.traded, _never),
    _Case("indistinguishable", lambda facts: facts.same, _alike),
    _Case("too_short", lambda facts: facts.bars < LEAST_BARS or facts.sharpe is None, _short),
    _Case(
        "no_reference",
        lambda facts: facts.reference is None or facts.difference is None,
        _alone,
    ),
    _Case(
        "clearly_better",
        lambda facts: facts.ahead and facts.corrected < _ALPHA and facts.skilled,
        _better,
    ),
    _Case("within_luck", lambda facts: facts.ahead, _lucky),
    _Case("worse", lambda facts: facts.p_value < _ALPHA, _worse),
    _Case("too_short", lambda facts: _half(facts) > _VISIBLE, _short),
    _Case("indistinguishable", lambda facts: True, _alike),
)
