"""Random configurations, in the words of the environment and of the plain backtrader script."""

from dataclasses import dataclass, field, replace

import numpy as np
from plain_actions import decider
from plain_backtrader import Plan
from plain_costs import Fees

SCHEMES = ("discrete", "target", "sizes", "bsh", "weights", "bracket", "limit")
NEVER = 1e9  # a target that is not reached

# What the script calls a cost, and its key in the engine's configuration.
_COST_KEYS = {
    "kind": "commission_kind",
    "commission": "broker_commission",
    "minimum": "commission_minimum",
    "leverage": "leverage",
    "interest": "borrow_interest",
    "interest_long": "interest_long",
    "slip_perc": "slip_perc",
    "slip_fixed": "slip_fixed",
    "spread": "spread",
    "participation": "volume_limit",
    "lot": "lot",
}
_SIZE_KEYS = {
    "fixed": "fixed_stake",
    "equity_fraction": "equity_fraction",
    "cash_fraction": "cash_fraction",
}


@dataclass(frozen=True)
class Case:
    """One configuration; tuples have an entry per traded asset, in the order of trading."""

    scheme: str
    options: dict
    assets: tuple  # names
    joint: bool
    cash: float
    sizing: str
    sizes: tuple
    fees: tuple
    no_shorts: frozenset = frozenset()
    skip: int = 1
    latency: int = 0
    maintenance: float = 0.25
    drawdown_call: float = 100.0
    max_loss: float | None = None
    target_call: float = NEVER
    max_orders: int | None = None
    window: int = 20
    words: dict = field(default_factory=dict)  # of the environment, beyond these

    def kwargs(self):
        """Return the arguments that make the environment."""
        engine = {
            "start_cash": self.cash,
            "sizing": self.sizing,
            "maintenance_margin": self.maintenance,
            "latency": self.latency,
        }
        first, *others = [self._costs_of(asset) for asset in range(len(self.assets))]
        engine |= first
        own = {
            name: {key: value for key, value in costs.items() if value != first[key]}
            for name, costs in zip(self.assets[1:], others, strict=True)
        }
        engine["assets"] = {name: costs for name, costs in own.items() if costs}
        limits = {
            "drawdown_call": self.drawdown_call,
            "target_call": self.target_call,
            "max_loss": self.max_loss,
            "max_orders": self.max_orders,
        }
        if self.max_orders is not None:
            limits["max_orders_window"] = self.window
        actions = {"scheme": self.scheme, **self.options}
        actions["assets"] = list(self.assets) if self.joint else self.assets[0]
        return {
            **{f"engine.{key}": value for key, value in engine.items()},
            **{f"strategy.limits.{key}": value for key, value in limits.items()},
            **{f"strategy.actions.{key}": value for key, value in actions.items()},
            "strategy.skip_frame": self.skip,
            **self.words,
        }

    def _costs_of(self, asset):
        fees = self.fees[asset]
        costs = {key: getattr(fees, name) for name, key in _COST_KEYS.items()}
        costs["short"] = self.assets[asset] not in self.no_shorts
        costs[_SIZE_KEYS[self.sizing]] = self.sizes[asset]
        return costs

    def plan(self, actions, first, last):
        """Return the script's plan; bars as the script counts them."""
        return Plan(
            decide=decider(self.scheme, self.options, (self.sizing, self.sizes)),
            actions=actions,
            first=first,
            last=last,
            cash=self.cash,
            fees=dict(zip(self.assets, self.fees, strict=True)),
            skip=self.skip,
            latency=self.latency,
            maintenance=self.maintenance,
            drawdown_call=self.drawdown_call,
            max_loss=self.max_loss,
            target_call=self.target_call,
            no_shorts=self.no_shorts,
            max_orders=self.max_orders,
            window=self.window,
            limits=self.scheme in ("limit", "bracket"),
        )

    def action(self, rng):
        """Draw an action."""
        n_assets = len(self.assets)
        if self.scheme == "weights":
            low = -1.0 if self.options["shorts"] or self.options["transform"] == "softmax" else 0.0
            entries = rng.uniform(low, 1.0, n_assets + 1)
            entries[rng.random(n_assets + 1) < 0.25] = low if low == 0.0 else rng.choice([-1.0, 0])
            return entries.astype(np.float32)
        numbers = rng.choice(len(self.odds), n_assets, p=self.odds)
        return numbers if self.joint else int(numbers[0])

    @property
    def odds(self):
        """How likely each choice is."""
        options = self.options
        counts = {
            "discrete": lambda: [1] * len(options["portfolio_actions"]),
            "target": lambda: [1] * len(options["levels"]),
            "bsh": lambda: [1, 1],
            "sizes": lambda: [2, 1] + [1] * (2 * len(options["sizes"])),
            "bracket": lambda: [
                6,
                1,
                *[1] * len(options["stop_loss"]) * len(options["take_profit"]),
                *[1] * len(options["stop_loss"]) * len(options["take_profit"]) * options["shorts"],
            ],
            "limit": lambda: [5, 1, 1] + [1] * (2 * len(options["offsets"])),
        }
        odds = np.array(counts[self.scheme](), dtype=float)
        return odds / odds.sum()


def draw_case(rng, names, prices, *, volume=None, cash=10_000.0, scheme=None):
    """Draw a configuration for assets of about these prices.

    ``names``: the assets to trade; ``volume``: typical units a bar, by asset (None: as much as a
    fifth of the cash buys).
    """
    scheme = scheme or str(rng.choice(SCHEMES))
    joint = bool(len(names) > 1 or rng.random() < 0.3)
    leverage = 3.0 if rng.random() < 0.35 else 1.0
    fees = draw_fees(rng, prices[0], cash, leverage)
    # With several brackets that fill in parts, the script's stops queue behind all entries, the
    # environment's behind their own; that decides who gets the last of the cash.
    limited = rng.random() < 0.25 and not (scheme == "bracket" and len(names) > 1)
    if limited:
        fees = replace(fees, participation=draw_share(rng, prices[0], volume and volume[0], cash))
    every = [fees]
    for number in range(1, len(names)):
        own = fees
        if rng.random() < 0.5 or fees.away > 0.01 * prices[number]:
            own = draw_fees(rng, prices[number], cash, leverage)
            if limited and rng.random() < 0.7:
                share = draw_share(rng, prices[number], volume and volume[number], cash)
                own = replace(own, participation=share)
        every.append(own)
    sizing = str(rng.choice(["fixed", "equity_fraction", "cash_fraction"]))
    worth = [float(rng.choice([0.08, 0.3, 0.6]) * rng.uniform(0.8, 1.2)) for _ in names]
    worth = [one * rng.choice([1.0, leverage]) for one in worth]
    sizes = worth
    if sizing == "fixed":
        sizes = [
            max(round(one * cash / price, 3), fee.lot)
            for one, price, fee in zip(worth, prices, every, strict=True)
        ]
    options = draw_options(rng, scheme, leverage, free=all(one.commission for one in every))
    limits = {}
    if rng.random() < 0.5:
        name = str(rng.choice(["drawdown_call", "max_loss", "target_call"]))
        limits[name] = round(float(rng.uniform(3.0, 25.0)), 2)
    if rng.random() < 0.12:
        limits |= {"max_orders": int(rng.integers(1, 4)), "window": int(rng.integers(3, 12))}
    shy = frozenset(name for name in names if rng.random() < 0.5)
    return Case(
        scheme=scheme,
        options=options,
        assets=tuple(names),
        joint=joint,
        cash=cash,
        sizing=sizing,
        sizes=tuple(float(one) for one in sizes),
        fees=tuple(every),
        no_shorts=shy if rng.random() < 0.3 else frozenset(),
        skip=int(rng.choice([1, 1, 1, 3])),
        latency=int(rng.choice([0, 0, 0, 2])),
        maintenance=float(rng.choice([0.25, 0.25, 0.1, 0.6])),
        **limits,
    )


def draw_fees(rng, price, cash, leverage):
    kind = str(rng.choice(["percent", "percent", "per_unit", "fixed"]))
    top = {"percent": 0.004, "per_unit": 0.004 * price, "fixed": 0.0008 * cash}[kind]
    commission = 0.0 if kind == "percent" and rng.random() < 0.15 else rng.uniform(0.1, 1.0) * top
    slips = {"slip_perc": 0.0008, "slip_fixed": 0.0008 * price, "spread": 0.0016 * price}
    chosen = rng.choice([0, 1, 1, 2, 3])
    worse = {
        name: float(rng.uniform(0.2, 1.0) * slips[name])
        for name in rng.permutation(list(slips))[:chosen]
    }
    interest = float(rng.choice([0.0, 0.0, 0.08, 0.9]))
    lot = float(rng.choice([0.0, 0.0, 1.0, 0.1]))
    return Fees(
        kind=kind,
        commission=float(commission),
        minimum=float(0.0005 * cash) if rng.random() < 0.2 else 0.0,
        leverage=leverage,
        interest=interest,
        interest_long=bool(interest and rng.random() < 0.3),
        lot=lot if lot * price < 0.02 * cash else 0.0,
        **worse,
    )


def draw_share(rng, price, volume, cash):
    """Draw a share of the volume that a fifth of the cash's worth of units often exceeds."""
    usual = 0.2 * cash / price
    return float(min(rng.uniform(0.2, 1.5) * usual / (volume or usual), 1.0))


def draw_options(rng, scheme, leverage, *, free):
    """Draw the options of a scheme.

    ``free``: nothing may be kept for costs. Without commission something must, since an order for
    exactly all the cash passes or fails by the last bit of a sum.
    """
    reserve = 0.0 if free and rng.random() < 0.3 else float(rng.uniform(0.002, 0.05))
    threshold = float(rng.choice([0.0, 0.021, 0.093]))  # no share of a level: ties are luck
    if scheme == "discrete":
        names = ["hold", "buy", "sell", "close"]
        chosen = names if rng.random() < 0.7 else ["sell", "hold", "buy"]
        return {"portfolio_actions": chosen}
    if scheme == "target":
        top = float(rng.choice([1.0, leverage]))
        levels = [[-1.0, 0.0, 1.0], [0.0, 0.5, 1.0], [-0.6, 0.0, 0.3, 0.9]]
        chosen = [level * top for level in levels[rng.integers(3)]]
        return {"levels": chosen, "threshold": threshold, "reserve": reserve}
    if scheme == "sizes":
        sizes = [[0.25, 0.5, 1.0], [0.1, 0.9]][rng.integers(2)]
        base = str(rng.choice(["cash", "equity"]))
        return {"sizes": sizes, "size_of": base, "reserve": reserve}
    if scheme == "bsh":
        return {"reserve": reserve}
    if scheme == "weights":
        shorts = bool(rng.random() < 0.4)
        transform = "softmax" if shorts else str(rng.choice(["softmax", "simplex"]))
        return {
            "transform": transform,
            "shorts": shorts,
            "threshold": threshold,
            "reserve": reserve,
        }
    if scheme == "bracket":
        return {
            "stop_loss": [[0.02, 0.05], [0.01]][rng.integers(2)],
            "take_profit": [[0.02, 0.06], [0.01, 0.03]][rng.integers(2)],
            "shorts": bool(rng.random() < 0.7),
        }
    expiry = [1, 3, 8][rng.integers(3)]
    return {"offsets": [[0.0, 0.005, 0.02], [0.01]][rng.integers(2)], "expiry": expiry}
