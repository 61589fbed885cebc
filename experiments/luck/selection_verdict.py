"""One sentence on the choice of the best of several configurations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tradegym.experiments.luck.deflated import Deflated
from tradegym.experiments.luck.selection import LEDGER, Selection, overfitting_by_luck
from tradegym.experiments.luck.verdict import Verdict, p_value

#: Under so many configurations the PBO is coarse: without skill it spreads by 0.2 to 0.3.
FEW_CONFIGURATIONS = 10

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Facts:
    """A selection with the names of its benchmark and of the part of the data."""

    found: Selection
    against: str
    part: str

    @property
    def superior(self) -> tuple[str, ...]:
        """Those that StepM finds better than the benchmark."""
        return () if self.found.superiority is None else self.found.superiority.superior

    @property
    def holds(self) -> bool:
        """The best is better than the benchmark, and its Sharpe ratio is skill."""
        deflated = self.found.deflated
        return self.found.best in self.superior and deflated is not None and deflated.skilled


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    holds: Callable[[_Facts], bool]
    sentence: Callable[[_Facts], str]


def judge_winner(found: Selection, against: str, part: str) -> Verdict:
    """Return what the numbers of a selection support.

    Parameters
    ----------
    found : Selection
    against : str
        What the benchmark is called.
    part : str
        Of the data, such as ``test``.

    Returns
    -------
    Verdict
        Its case is the first that holds: ``untested`` (no test against the benchmark was
        possible), ``beyond_luck`` (StepM names the best, and its Sharpe ratio stands against all
        trials, see `Deflated.skilled`), ``partly`` (StepM names some, but not both hold of the
        best) or ``within_luck``.
    """
    facts = _Facts(found, against, part)
    case = next(case for case in _CASES if case.holds(facts))
    return Verdict(case.name, f"{case.sentence(facts)}.")


def named(labels: Sequence[str]) -> str:
    """Return a list of names for a sentence; of many, the first and how many more."""
    if len(labels) > _MOST_NAMED:
        return f"{', '.join(labels[:_MOST_NAMED])} and {len(labels) - _MOST_NAMED} more"
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1])))


def trials_text(found: Selection) -> str:
    """Return the number of trials and where it comes from."""
    noun = "configuration" if found.n_trials == 1 else "configurations"
    verb = "in" if found.trials_source == LEDGER else "of"
    return f"{found.n_trials:,} {noun} {verb} {found.trials_source}"


def _best(facts: _Facts) -> str:
    found = facts.found
    count = len(found.sharpes)
    bars = f"{found.bars:,} {facts.part} bars"
    ratio = found.sharpes[found.best] if found.best is not None else None
    if found.best is None or ratio is None:
        return f"no configuration has a Sharpe ratio on {bars}"
    if count == 1:
        return f"{found.best} has a Sharpe ratio of {ratio:.2f} on {bars}"
    return f"{found.best} has the highest Sharpe ratio of {count} configurations on {bars}"


def _deflated(found: Selection) -> str:
    one = found.deflated
    if one is None:
        return "which cannot be deflated"
    against = f"(deflated {one.probability:.2f} for the {trials_text(found)})"
    if one.skilled:
        return f"which is above 0 by more than luck explains {against}"
    if not _positive(found, one):
        return f"which is not above 0 {against}"
    return f"which luck is enough to explain {against}"


def _positive(found: Selection, one: Deflated) -> bool:
    ratio = None if found.best is None else found.sharpes[found.best]
    return ratio is not None and ratio > 0 and one.probability >= 0


def _carried(found: Selection) -> str:
    """Return what the cross-validation says of the order of the configurations."""
    one = found.overfitting
    if one is None:
        return ""
    share, luck = (
        f"{100 * value:.0f} %" for value in (one.probability, overfitting_by_luck(one.strategies))
    )
    return (
        f"; what is best in one half of the bars is not above the median in the other half in "
        f"{share} of the splits, which without skill would be about {luck}"
    )


def _untested(facts: _Facts) -> str:
    why = facts.found.reasons.get("superiority", "no test was made")
    return (
        f"Whether the winner is luck cannot be told: against {facts.against}, {why}; "
        f"{_best(facts)}{_carried(facts.found)}"
    )


def _tests(facts: _Facts) -> str:
    one = facts.found.superiority
    return "" if one is None else f"SPA {p_value(one.spa_p)}"


def _beyond(facts: _Facts) -> str:
    return (
        f"More than luck: {_best(facts)}, {_deflated(facts.found)}, and StepM finds "
        f"{named(facts.superior)} better than {facts.against} at 5 % with the number of "
        f"configurations compared accounted for ({_tests(facts)}){_carried(facts.found)}"
    )


def _partly(facts: _Facts) -> str:
    return (
        f"Partly more than luck: StepM finds {named(facts.superior)} better than {facts.against} "
        f"at 5 % ({_tests(facts)}), but {_best(facts)}, {_deflated(facts.found)}"
        f"{_carried(facts.found)}"
    )


def _within(facts: _Facts) -> str:
    none = "it is not" if len(facts.found.sharpes) == 1 else "none is"
    return (
        f"Within luck: {_best(facts)}, {_deflated(facts.found)}, and {none} shown to be better "
        f"than {facts.against} ({_tests(facts)}; StepM names none at 5 %){_carried(facts.found)}"
    )


_CASES: tuple[_Case, ...] = (
    _Case("untested", lambda facts: facts.found.superiority is None, _untested),
    _Case("beyond_luck", lambda facts: facts.holds, _beyond),
    _Case("partly", lambda facts: bool(facts.superior), _partly),
    _Case("within_luck", lambda facts: True, _within),
)
CASES = tuple(case.name for case in _CASES)
