"""The reward of a step: the weighted sum of its terms."""

from collections.abc import Mapping
from typing import Any

from tradegym.envs.strategies.rewards.base import REWARD_TERMS, BarView, RewardSetup
from tradegym.envs.strategies.rewards.options import complete_terms


class Reward:
    """The weighted sum of the chosen terms.

    Each term is worth ``weight * clip(scale * term, -clip, +clip)``.

    Parameters
    ----------
    terms : mapping of str to mapping
        Options of each term by name; what an entry leaves out has the default of
        ``strategy.reward.<name>``. Weight 0 leaves the term out.
    setup : RewardSetup
    complete : bool
        The options have all keys and were checked.

    Raises
    ------
    tradegym.conf.errors.UserError
        An unknown term, an unknown option, or a wrong value.
    """

    def __init__(
        self,
        terms: Mapping[str, Mapping[str, Any]],
        setup: RewardSetup,
        *,
        complete: bool = False,
    ) -> None:
        whole = terms if complete else complete_terms(terms)
        chosen = {name: options for name, options in whole.items() if options["weight"]}
        built = {name: REWARD_TERMS[name](options, setup) for name, options in chosen.items()}
        #: Names of the terms that count.
        self.names = tuple(chosen)
        #: Weighted value of each term in the last step; they sum to the reward.
        self.last: dict[str, float] = {}
        #: What to show each bar.
        self.watchers = tuple(term.on_bar for term in built.values())
        self._parts = tuple(
            (
                name,
                built[name].collect,
                float(options["scale"]),
                type(built[name]).bound(options),
                float(options["weight"]),
            )
            for name, options in chosen.items()
        )

    def on_bar(self, bar: BarView) -> None:
        """Show one bar to every term."""
        for watch in self.watchers:
            watch(bar)

    def collect(self) -> float:
        """Return the reward of the step and keep its parts in `last`."""
        last: dict[str, float] = {}
        for name, collect, scale, bound, weight in self._parts:
            value = scale * collect()
            if bound is not None:
                value = min(max(value, -bound), bound)
            last[name] = weight * value
        self.last = last
        return float(sum(last.values()))
