"""Counts what happened in episodes of the backtrader engine, from its ledger."""

from collections import Counter

import numpy as np

from tradegym.envs.engines.backtrader.feed import to_day_numbers


class Sightings:
    """Watches one environment; `seen` counts what occurred."""

    def __init__(self, env):
        self._env = env
        params = env.market.engine.params
        self._skip = params["skip_frame"]
        costs = env.market.engine.costs
        self._latency = costs.latency
        self._orders = 0
        self._info = None
        self.seen = Counter()

    def before(self, info):
        """Note the account on which a decision is made."""
        self._info = info
        self._orders = len(self._ledger.orders)

    def after(self, info):
        """Count what a step brought, and at the end what the episode's orders did."""
        if self._latency == 0:
            self._carried_over()
        if info["reason"] is None:
            return
        seen = self.seen
        seen["episodes"] += 1
        seen[f"reason {info['reason']}"] += 1
        seen["interest"] += info["interest"] > 0
        seen["latency"] += self._latency > 0
        seen["skipped frames"] += self._skip > 1
        seen["impossible"] += info["impossible"]
        seen["ruin by margin"] += info["reason"] == "RUIN" and info["value"] > 0
        seen["several assets"] += len(self._env.assets) > 1
        filled = 0
        for row in self._ledger.orders:
            filled += row.filled > 0
            self._count(row)
        fills = self._ledger.fills
        seen["fills"] += fills
        seen["further parts of a fill"] += fills - filled

    @property
    def _ledger(self):
        return self._env._session.strategy.ledger

    def _count(self, row):
        seen, side = self.seen, 1.0 if row.side == "buy" else -1.0
        seen[f"status {row.status}"] += 1
        if not row.filled:
            return
        seen[f"filled {row.kind}"] += 1
        if row.kind == "reversal" and row.status == "Partial":
            seen["reversal closes only"] += 1
        if row.type == "limit":
            better = side * (row.limit - row.price) > 1e-9 * row.limit
            seen["limit at open" if better else "limit at limit"] += 1
        if row.kind == "stop_loss":
            bar = self._bar(row)
            if side * (bar[0] - row.limit) >= 0.0:
                seen["stop behind a gap"] += 1
            take = self._sibling(row)
            if take is not None and (bar[2] <= take if side > 0 else bar[1] >= take):
                seen["stop and take in one bar"] += 1

    def _bar(self, row):
        market = self._env.market
        at = int(np.searchsorted(to_day_numbers(market.dataset.times), row.executed - 1e-9))
        column = market.dataset.assets.index(row.asset)
        return market.dataset.ohlcv[at, column]

    def _sibling(self, row):
        orders = self._ledger.orders
        take = orders[row.ref] if row.ref < len(orders) else None
        return None if take is None or take.kind != "take_profit" else take.limit

    def _carried_over(self):
        """Count orders that were refused only because one before them was."""
        orders = self._ledger.orders[self._orders :]
        refused = [row for row in orders if row.status == "Margin" and not row.filled]
        if len(refused) < 2:
            return
        env, info = self._env, self._info
        infos = env._session.strategy.account._infos
        closes = np.atleast_1d(info["price"])
        for row in refused[1:]:
            asset = env.assets.index(row.asset)
            units = row.size if row.side == "buy" else -row.size
            price = closes[asset] if row.limit is None else row.limit
            cost = infos[asset].getoperationcost(units, price) / infos[asset].get_leverage()
            if info["cash"] - cost - infos[asset].getcommission(units, price) >= 0.0:
                self.seen["refusal carried over"] += 1
