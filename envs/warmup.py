"""How many bars an episode needs before its first decision."""

from collections.abc import Sequence

from tradegym.conf.errors import UserError
from tradegym.envs.market import Market


def find_warmup(market: Market, ranges: Sequence[range], part_name: str) -> int:
    """Return how many bars come before the first decision.

    Parameters
    ----------
    market : Market
    ranges : sequence of range
        Rows of the part.
    part_name : str
        For messages.

    Raises
    ------
    UserError
        The indicators of a strategy class need more bars than the part has.
    """
    needed: int = market.engine.params["time_dim"] - 1
    if market.features is not None:
        needed += market.features.lookback
    if market.engine.declared:
        return needed
    # A strategy class may have indicators: let backtrader say when the first bar is ready.
    longest = max(ranges, key=len)
    probe = market.session(longest.start, longest.stop, needed, record=False)
    report = probe.start()
    probe.stop()
    if report is None:
        raise UserError(
            f"split.{part_name}: its {len(longest)} bars end before the strategy's indicators are "
            f"ready, or its next() does not call super().next(); use a longer split or shorter "
            f"indicators"
        )
    return report.row
