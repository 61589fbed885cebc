"""Limit orders that wait below or above the market."""

from collections.abc import Sequence
from functools import partial

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import action_scheme
from tradegym.envs.strategies.actions.choices import Choice, ChoiceScheme, Outcome, Verdict
from tradegym.envs.strategies.actions.rules import CLOSING, HOLDING, percent, sized_order
from tradegym.envs.strategies.orders import BUY, SELL


@action_scheme("limit")
class LimitScheme(ChoiceScheme):
    """Hold, close at the market, cancel, and a buy and a sell at each of the ``offsets``.

    A buy waits at ``close * (1 - offset)``, a sell at ``close * (1 + offset)``, for ``expiry``
    bars (null: until it is replaced). There is one order per asset: a new one replaces the one
    that waits, holding keeps it, and cancelling is impossible when none waits. Sizes and
    selling short are as in the scheme ``discrete``.
    """

    def choices(self) -> Sequence[Choice]:
        """Return hold, close, cancel, the buys and the sells."""
        listed = [HOLDING, CLOSING, Choice("cancel", "cancel the order", cancel_waiting)]
        for side, sign in ((BUY, -1.0), (SELL, 1.0)):
            for offset in self.options["offsets"]:
                rule = partial(
                    wait_at_limit,
                    is_buy=side == BUY,
                    factor=1.0 + sign * offset,
                    expiry=self.options["expiry"],
                )
                name = f"{side} {sign * 100.0 * offset or 0.0:+g}%"
                where = "below" if side == BUY else "above"
                words = f"{side}, limit {percent(offset)} {where} the close"
                listed.append(Choice(name, words, rule))
        return listed


def cancel_waiting(asset: int, account: Account) -> Outcome:
    """Cancel the order that waits; impossible without one."""
    return Verdict.CANCEL if account.has_open_order(asset) else Verdict.IMPOSSIBLE


def wait_at_limit(
    asset: int, account: Account, *, is_buy: bool, factor: float, expiry: int | None
) -> Outcome:
    """Place a limit order at ``factor`` times the current close."""
    limit = factor * account.close(asset)
    return sized_order(asset, account, is_buy=is_buy, limit=limit, expiry=expiry)
