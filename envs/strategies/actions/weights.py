"""Target weights of a portfolio: one entry per asset and one for cash."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import ActionScheme, Decision, action_scheme
from tradegym.envs.strategies.actions.choices import collect
from tradegym.envs.strategies.actions.moves import move_to
from tradegym.envs.strategies.actions.rules import percent
from tradegym.envs.strategies.actions.transforms import (
    proportional,
    softmax,
    undo_proportional,
    undo_softmax,
)

_Transform = Callable[[Sequence[float]], list[float]]

#: Each transform with its inverse.
_TRANSFORMS: dict[str, tuple[_Transform, _Transform]] = {
    "softmax": (softmax, undo_softmax),
    "simplex": (proportional, undo_proportional),
}


@action_scheme("weights")
class WeightsScheme(ActionScheme):
    """A ``Box`` of A + 1 entries, cash last, that become weights.

    - ``transform: softmax``: entries from -1 to 1; ``softmax(5 a)`` without weights
      below 1e-4.
    - ``transform: simplex``: entries from 0 to 1; ``a_i / max(1, sum a)``, as BTgym's portfolio.
    - ``shorts: true``: entries from -1 to 1; ``a_i / max(1, sum |a|)``, whatever the transform.

    The sums include the entry of cash; cash gets what the assets leave. Each asset whose weight
    in the equity differs from ``w_i * (1 - reserve)`` by more than ``threshold`` is brought there
    at the current close, and to 0 always. A weight below 0 is impossible where the asset may not
    be sold short.
    """

    def __init__(self, options: Mapping[str, Any], assets: tuple[str, ...], joint: bool) -> None:
        super().__init__(options, assets, joint)
        shorts = bool(options["shorts"])
        transform = "simplex" if shorts else options["transform"]
        self.parts = (*assets, "cash")
        self._transform, self._undo = _TRANSFORMS[transform]
        self._share = 1.0 - float(options["reserve"])
        self._threshold = float(options["threshold"])
        low = 0.0 if transform == "simplex" and not shorts else -1.0
        self._lowest = -1.0 if shorts else 0.0
        self._space = spaces.Box(low, 1.0, (len(self.parts),), np.float32)

    @property
    def space(self) -> spaces.Space[Any]:
        """``Box`` of float32, shape [A + 1]."""
        return self._space

    def values(self, action: Any) -> tuple[float, ...]:
        """Return the weights, those of the assets and what they leave to cash.

        Parameters
        ----------
        action : ndarray of float32, shape [A + 1]

        Returns
        -------
        tuple of float, length A + 1
            Weights before ``reserve`` is taken off; those of shorts are negative. The cash is
            1 minus their absolute values.

        Raises
        ------
        UserError
            An entry is not a number.
        """
        entries = action.tolist() if isinstance(action, np.ndarray) else [float(a) for a in action]
        total = sum(entries)
        if total != total:  # only NaN differs from itself
            raise UserError(f"action: {entries} is not a number in each entry; check the policy")
        weights = self._transform(entries)[:-1]
        return (*weights, 1.0 - sum(map(abs, weights)))

    def decide(self, action: Any, account: Account) -> Decision:
        """Return the orders that bring the portfolio to the weights of ``action``."""
        weights = self.values(action)
        share, threshold = self._share, self._threshold
        return collect(
            [
                (asset, move_to(asset, account, weights[asset] * share, threshold))
                for asset in range(len(self.assets))
            ]
        )

    def mask(self, account: Account) -> None:
        """Return None: a continuous action has no mask."""

    def hold(self, account: Account) -> NDArray[np.float32]:
        """Return the action of the weights that are held, [A + 1].

        Weights outside of what the space can say are brought to its bounds.
        """
        whole = account.equity * self._share
        held = [
            account.position(asset) * account.close(asset) / whole if whole > 0.0 else 0.0
            for asset in range(len(self.assets))
        ]
        weights = [max(weight, self._lowest) for weight in held]
        cash = max(1.0 - sum(map(abs, weights)), 0.0)
        entries = np.array(self._undo([*weights, cash]), dtype=np.float32)
        return np.clip(entries, self._space.low, self._space.high)

    def explain(self, action: Any) -> str:
        """Return the weights in whole percent."""
        pairs = zip(self.parts, self.values(action), strict=True)
        return ", ".join(f"{name} {percent(round(weight, 2) + 0.0)}" for name, weight in pairs)
