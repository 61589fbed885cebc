"""Entries whose stop-loss and take-profit are part of the action."""

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
from tradegym.envs.strategies.actions.rules import CLOSING, HOLDING, percent
from tradegym.envs.strategies.orders import BUY, SELL, OrderRequest


@action_scheme("bracket")
class BracketScheme(ChoiceScheme):
    """Hold, close, and an entry for each pair of ``stop_loss`` and ``take_profit``.

    The two are fractions of the current close; a long stops below and takes above, a short (with
    ``shorts: true``) the other way round. The opened position is as large as the sizer says. A
    bracket always covers the whole position: an entry in the direction that is already held is
    impossible, and one against it closes the old position and its bracket with the same order.
    Holding keeps the bracket.
    """

    def choices(self) -> Sequence[Choice]:
        """Return hold, close, the longs and the shorts; stops vary slowest."""
        listed = [HOLDING, CLOSING]
        for side in ("long", "short") if self.options["shorts"] else ("long",):
            direction = 1.0 if side == "long" else -1.0
            for stop in self.options["stop_loss"]:
                for take in self.options["take_profit"]:
                    rule = partial(
                        enter,
                        direction=direction,
                        stop=1.0 - direction * stop,
                        take=1.0 + direction * take,
                    )
                    stop_text, take_text = percent(stop), percent(take)
                    words = f"{side}, stop {stop_text}, take {take_text}"
                    listed.append(Choice(f"{side} {stop_text}/{take_text}", words, rule))
        return listed


def enter(asset: int, account: Account, *, direction: float, stop: float, take: float) -> Outcome:
    """Open a position with a bracket at ``stop`` and ``take`` times the current close."""
    position = account.position(asset)
    if position * direction > 0.0:
        return Verdict.IMPOSSIBLE
    is_buy = direction > 0.0
    if not is_buy and not account.may_short(asset):
        return Verdict.IMPOSSIBLE
    side = BUY if is_buy else SELL
    size = account.order_size(asset, is_buy=is_buy)
    if not size:
        return Refusal(side)
    close = account.close(asset)
    return OrderRequest(
        asset,
        direction * size - position,
        stop_loss=stop * close,
        take_profit=take * close,
        side=side,
    )
