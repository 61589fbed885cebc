"""What the plain choices mean that several schemes offer: hold, close, buy and sell."""

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.choices import Choice, Outcome, Refusal, Verdict
from tradegym.envs.strategies.orders import BUY, CLOSE, HOLD, SELL, OrderRequest


def do_nothing(asset: int, account: Account) -> Outcome:
    """Leave the position, and any order that waits, as it is."""
    return Verdict.NOTHING


def close_position(asset: int, account: Account) -> Outcome:
    """Close the whole position at the market; impossible without one."""
    position = account.position(asset)
    if not position:
        return Verdict.IMPOSSIBLE
    return OrderRequest(asset, -position, side=CLOSE)


def sized_order(
    asset: int,
    account: Account,
    *,
    is_buy: bool,
    limit: float | None = None,
    expiry: int | None = None,
) -> Outcome:
    """Buy or sell as many units as the sizer says.

    Where the asset may not be sold short, a sell is at most as large as the position, and
    impossible without one.
    """
    side = BUY if is_buy else SELL
    most = None
    if not is_buy and not account.may_short(asset):
        most = account.position(asset)
        if most <= 0.0:
            return Verdict.IMPOSSIBLE
    size = account.order_size(asset, is_buy=is_buy)
    if not size:
        return Refusal(side)
    if most is not None and size > most:
        size = most
    return OrderRequest(asset, size if is_buy else -size, limit, expiry, side=side)


def percent(fraction: float) -> str:
    """Return a fraction as text, such as ``2.5%``."""
    return f"{100.0 * fraction:g}%"


HOLDING = Choice(HOLD, HOLD, do_nothing)
CLOSING = Choice(CLOSE, CLOSE, close_position)
