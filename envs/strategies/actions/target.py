"""Target positions: the action says which fraction of the equity to hold."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import action_scheme
from tradegym.envs.strategies.actions.choices import Choice, ChoiceScheme, Outcome, is_possible
from tradegym.envs.strategies.actions.moves import move_to
from tradegym.envs.strategies.actions.rules import percent


@action_scheme("target")
class TargetScheme(ChoiceScheme):
    """A grid of ``levels``: the fraction of the equity that an asset's position is to be worth.

    The position is brought to ``level * (1 - reserve) / A`` of the equity at the current close,
    where A is the number of traded assets: level 1 in every asset is fully invested. Nothing is
    ordered when it is already within ``threshold`` of that, except towards 0. Levels below 0 are
    impossible where the asset may not be sold short.
    """

    def __init__(self, options: Mapping[str, Any], assets: tuple[str, ...], joint: bool) -> None:
        share = (1.0 - float(options["reserve"])) / len(assets)
        self._fractions = tuple(float(level) * share for level in options["levels"])
        super().__init__(options, assets, joint)

    def choices(self) -> Sequence[Choice]:
        """Return one choice per level."""
        threshold = float(self.options["threshold"])
        return [
            Choice(
                _name(level),
                f"target {percent(level)}",
                partial(move_to, fraction=fraction, threshold=threshold),
            )
            for level, fraction in zip(self.options["levels"], self._fractions, strict=True)
        ]

    def least(self, asset: int, account: Account, outcomes: Sequence[Outcome]) -> int:
        """Return the possible level that is nearest to the fraction that is held."""
        held, equity = account.position(asset) * account.close(asset), account.equity
        possible = [at for at, one in enumerate(outcomes) if is_possible(one, account)]
        return min(possible, key=lambda at: abs(self._fractions[at] * equity - held))


def _name(level: float) -> str:
    if level == 0.0:
        return "flat"
    side = "long" if level > 0.0 else "short"
    return side if abs(level) == 1.0 else f"{side} {percent(abs(level))}"
