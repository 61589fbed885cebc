"""Random rewards: several terms at once, each with random options."""

from tradegym.conf.schema.reward import RewardConfig

TERMS = tuple(RewardConfig.model_fields)

_OPTIONS = {
    "btgym": lambda rng: {"gamma": _between(rng, 0.8, 1.0)},
    "btgym_original": lambda rng: {
        "gamma": _between(rng, 0.8, 1.0),
        "avg_period": int(rng.integers(4, 9)),
    },
    "differential_sharpe": lambda rng: {"eta": _between(rng, 0.005, 0.3)},
    "sharpe": lambda rng: _ratio(rng),
    "sortino": lambda rng: _ratio(rng) | {"target": _between(rng, -0.001, 0.001)},
    "overtrading_penalty": lambda rng: {
        "window": int(rng.integers(1, 15)),
        "free": int(rng.integers(0, 4)),
        "cost": _between(rng, 0.0005, 0.1),
        "growth": float(rng.choice([1.0, _between(rng, 1.1, 2.5)])),
        "max_cost": _between(rng, 0.05, 1.0),
    },
    "holding_cost": lambda rng: {"cost": _between(rng, 0.0, 0.01)},
}


def draw_terms(rng):
    """Draw the keys of the reward: one to four terms that count, and perhaps one that does not."""
    chosen = [str(one) for one in rng.permutation(TERMS)[: rng.integers(2, 6)]]
    keys = {}
    for number, name in enumerate(chosen):
        options = {"weight": _between(rng, -2.0, 2.0) if rng.random() < 0.6 else 1.0}
        if number and rng.random() < 0.1:
            options["weight"] = 0.0
        if rng.random() < 0.6:
            options["scale"] = _between(rng, 0.2, 20.0)
        if not name.startswith("btgym") and rng.random() < 0.4:
            options["clip"] = _between(rng, 0.001, 1.0)
        keys[f"strategy.reward.{name}"] = options | _OPTIONS.get(name, lambda rng: {})(rng)
    if "btgym" not in chosen:
        keys["strategy.reward.btgym"] = None
    return keys


def _ratio(rng):
    return {
        "window": int(rng.integers(2, 12)),
        "risk_free": _between(rng, -0.0005, 0.0005),
        "min_deviation": float(rng.choice([1e-4, 0.01])),
    }


def _between(rng, low, high):
    return float(rng.uniform(low, high))
