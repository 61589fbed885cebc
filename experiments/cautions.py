"""What a reader of an evaluation's numbers should know."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from tradegym.envs.record import EpisodeRecord

#: Refused share of an agent's orders above which its account is probably misconfigured.
MANY_REJECTIONS = 0.9

_NO_MONEY = ("Margin", "Partial", "Rejected")
_RULE = ("Refused",)


def rejection_caution(records: "Iterable[EpisodeRecord]") -> list[str]:
    """Say so when nearly all orders of the episodes were refused, and what to change.

    The asset with the most refused orders is the example.
    """
    records = tuple(records)
    orders = sum(len(record.orders) for record in records)
    refused = [record.orders[record.orders["status"].isin(_NO_MONEY + _RULE)] for record in records]
    count = sum(map(len, refused))
    if not orders or count / orders <= MANY_REJECTIONS:
        return []
    worst = max(range(len(records)), key=lambda number: len(refused[number]))
    record, table = records[worst], refused[worst]
    by_rule = sum(int(one["status"].isin(_RULE).sum()) for one in refused)
    if by_rule > count / 2:
        line = (
            f"{count} of {orders} orders were refused, {by_rule} of them by a rule: selling short "
            f"is off (engine.short), strategy.limits.max_orders is reached, or a size came out as "
            f"nothing (engine.sizing, engine.lot)"
        )
        return [line]
    return [f"{count} of {orders} orders were refused for lack of cash: {_example(record, table)}"]


def _example(record: "EpisodeRecord", refused: "pd.DataFrame") -> str:
    asset = str(refused["asset"].mode().iloc[0])
    size = refused.loc[refused["asset"] == asset, "size"].median()
    of = f" of {asset}" if len(record.assets) > 1 else ""
    shared = f", shared by {len(record.assets)} assets" if len(record.assets) > 1 else ""
    return (
        f"an order{of} is for about {size:,.6g} units at a price of about "
        f"{record.of(asset)['close'].median():,.2f}, the account starts with "
        f"{record.start_cash:,.2f}{shared}; either the agent keeps buying when its cash is spent, "
        f"or engine.start_cash, engine.sizing, engine.fixed_stake or engine.equity_fraction should "
        f"change"
    )


def idle_cautions(baselines: "Mapping[str, EpisodeRecord]", reserve: float) -> list[str]:
    """Say which baselines wanted to trade and never could: their zero is no result.

    Parameters
    ----------
    baselines : mapping of str to EpisodeRecord
        The first episode of each, by name.
    reserve : float
        ``engine.reserve``.
    """
    return [
        f"{name} never got an order filled ({len(record.orders)} were refused): with costs above "
        f"engine.reserve={reserve:g} its cash never suffices; raise engine.reserve"
        for name, record in baselines.items()
        if len(record.orders) and not (record.orders["filled"] > 0).any()
    ]
