"""An account whose numbers are set by the test."""

import math
from dataclasses import dataclass, field

FEE = 0.001


@dataclass
class FakeAccount:
    """Implements `tradegym.envs.strategies.account.Account` with plain numbers."""

    cash: float = 1000.0
    closes: tuple[float, ...] = (100.0,)
    positions: tuple[float, ...] = (0.0,)
    units: float = 2.0
    lot: float = 0.0
    shorts: bool = True
    waiting: frozenset[int] = field(default_factory=frozenset)

    @property
    def assets(self):
        return tuple(f"asset{i}" for i in range(len(self.closes)))

    @property
    def equity(self):
        return self.cash + sum(p * c for p, c in zip(self.positions, self.closes, strict=True))

    def close(self, asset):
        return self.closes[asset]

    def position(self, asset):
        return self.positions[asset]

    def order_size(self, asset, *, is_buy):
        return self.units

    def floor_to_lot(self, asset, size):
        assert size >= 0.0
        return math.floor(size / self.lot + 1e-9) * self.lot if self.lot else size

    def may_short(self, asset):
        return self.shorts

    def affordable(self, asset, size, limit=None):
        if self.positions[asset] * size < 0.0:
            return True
        return abs(size) * (limit or self.closes[asset]) * (1.0 + FEE) <= self.cash

    def has_open_order(self, asset):
        return asset in self.waiting

    def leverage(self, asset):
        return 1.0
