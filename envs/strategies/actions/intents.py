"""Orders that a rule places outside the action space."""

from collections.abc import Callable, Sequence

from tradegym.envs.strategies.account import Account
from tradegym.envs.strategies.actions.base import Decision
from tradegym.envs.strategies.actions.choices import Outcome, Refusal, Verdict, collect
from tradegym.envs.strategies.actions.moves import move_to
from tradegym.envs.strategies.orders import BUY, CLOSE, HOLD, TARGET, OrderIntent, OrderRequest


def decide_intents(intents: Sequence[OrderIntent], account: Account) -> Decision:
    """Return the orders that the intents of one bar ask for.

    A buy is for ``fraction * cash / close`` units, rounded down to whole lots, of the cash as it
    is before any of them. Where the fractions of one bar add up to more than 1 they are divided
    by their sum, so that together they never ask for more than all the cash. A close closes the
    whole position and does nothing without one. A target is for ``fraction * equity / close``
    units, rounded towards 0 to whole lots, whatever is held.

    Raises
    ------
    ValueError
        Two intents are for the same asset, or one is for an asset that is not traded.
    """
    placed = [intent for intent in intents if intent.name != HOLD]
    if len({intent.asset for intent in placed}) < len(placed):
        raise ValueError(f"{placed}: more than one order for the same asset")
    for intent in placed:
        if not 0 <= intent.asset < len(account.assets):
            raise ValueError(f"{intent}: assets are numbered 0 to {len(account.assets) - 1}")
    spent = sum(intent.fraction for intent in placed if intent.name == BUY)
    cash = max(account.cash, 0.0) / max(spent, 1.0)
    return collect(
        [(intent.asset, _PLACES[intent.name](intent, account, cash)) for intent in placed]
    )


def _buy(intent: OrderIntent, account: Account, cash: float) -> Outcome:
    asset = intent.asset
    units = account.floor_to_lot(asset, intent.fraction * cash / account.close(asset))
    return OrderRequest(asset, units, side=BUY) if units else Refusal(BUY)


def _close(intent: OrderIntent, account: Account, cash: float) -> Outcome:
    position = account.position(intent.asset)
    return OrderRequest(intent.asset, -position, side=CLOSE) if position else Verdict.NOTHING


def _target(intent: OrderIntent, account: Account, cash: float) -> Outcome:
    return move_to(intent.asset, account, intent.fraction, 0.0)


_PLACES: dict[str, Callable[[OrderIntent, Account, float], Outcome]] = {
    BUY: _buy,
    CLOSE: _close,
    TARGET: _target,
}
