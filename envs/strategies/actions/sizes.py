"""Order sizes: buy or sell by a fraction of the equity or of the cash."""

from collections.abc import Callable, Sequence
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
from tradegym.envs.strategies.actions.rules import CLOSING, HOLDING, percent
from tradegym.envs.strategies.orders import BUY, SELL, OrderRequest


@action_scheme("sizes")
class SizesScheme(ChoiceScheme):
    """Hold, close, and a buy and a sell of each of the ``sizes``.

    What opens or adds is worth ``size * (1 - reserve) / A`` of the equity or of the free cash
    (``size_of``) at the current close, where A is the number of traded assets: buying for all the
    cash in each of them spends it once. What reduces is ``size`` of the position, so an order
    never reverses; size 1 closes. Opening a short is impossible where the asset may not be sold
    short.
    """

    def choices(self) -> Sequence[Choice]:
        """Return hold, close, the buys and the sells."""
        share = (1.0 - float(self.options["reserve"])) / len(self.assets)
        base = _BASES[self.options["size_of"]]
        listed = [HOLDING, CLOSING]
        for side in (BUY, SELL):
            for size in self.options["sizes"]:
                name = f"{side} {percent(size)}"
                rule = partial(
                    order_by_size,
                    size=float(size),
                    opening=float(size) * share,
                    side=side,
                    base=base,
                )
                listed.append(Choice(name, name, rule))
        return listed


def order_by_size(
    asset: int,
    account: Account,
    *,
    size: float,
    opening: float,
    side: str,
    base: Callable[[Account], float],
) -> Outcome:
    """Reduce the position by ``size`` of it, or add what ``opening`` of the base is worth."""
    position = account.position(asset)
    is_buy = side == BUY
    if position and (position < 0.0) == is_buy:
        held = abs(position)
        units = held if size == 1.0 else account.floor_to_lot(asset, size * held)
    elif is_buy or account.may_short(asset):
        worth = opening * max(base(account), 0.0)
        units = account.floor_to_lot(asset, worth / account.close(asset))
    else:
        return Verdict.IMPOSSIBLE
    return OrderRequest(asset, units if is_buy else -units, side=side) if units else Refusal(side)


def cash_of(account: Account) -> float:
    """Return the free cash; money."""
    return account.cash


def equity_of(account: Account) -> float:
    """Return the equity; money."""
    return account.equity


_BASES: dict[str, Callable[[Account], float]] = {"cash": cash_of, "equity": equity_of}
