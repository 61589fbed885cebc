"""Orders that bring a position to a fraction of the equity."""

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.choices import Outcome, Refusal, Verdict
from tradegym.envs.strategies.orders import BUY, CLOSE, SELL, OrderRequest

# Fraction of the equity below which a difference is a rounding error (of a float32 action).
_ROUNDING = 1e-6


def move_to(asset: int, account: Account, fraction: float, threshold: float) -> Outcome:
    """Bring the position to ``fraction`` of the equity at the current close.

    The target is ``fraction * equity / close`` units, rounded towards 0 to whole lots. Nothing is
    ordered when the target and the position differ by at most ``threshold``, unless the target
    is 0; an order that still waits for an earlier target is then cancelled.

    Parameters
    ----------
    asset : int
        Index among the traded assets.
    account : Account
        As it is now.
    fraction : float
        Signed fraction of the equity.
    threshold : float
        Fraction of the equity.
    """
    position = account.position(asset)
    equity = account.equity
    if fraction == 0.0 or equity <= 0.0:
        return OrderRequest(asset, -position, side=CLOSE) if position else _stay(asset, account)
    if fraction < 0.0 and not account.may_short(asset):
        return Verdict.IMPOSSIBLE
    close = account.close(asset)
    target = fraction * equity / close
    enough = max(threshold, _ROUNDING) * equity
    # The last bits must not decide between assets that are equally far from their targets.
    if abs(target - position) * close <= enough * (1.0 + 1e-9):
        return _stay(asset, account)
    units = account.floor_to_lot(asset, abs(target))
    change = (units if fraction > 0.0 else -units) - position
    if abs(change) * close <= _ROUNDING * equity:  # the target is less than a lot away
        return _stay(asset, account) if position else Refusal(BUY if fraction > 0.0 else SELL)
    return OrderRequest(asset, change, side=BUY if change > 0.0 else SELL)


def _stay(asset: int, account: Account) -> Outcome:
    return Verdict.CANCEL if account.has_open_order(asset) else Verdict.NOTHING
