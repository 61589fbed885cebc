"""Rules that know the process behind a synthetic market: what an agent could learn at best.

They choose among the positions of the strategy ``position`` (short, flat, long), see the closes
up to the current bar, and their orders are filled at the next open with the same costs as the
agent's. Each says what it knows beyond that.
"""

import math

import numpy as np

SHORT, FLAT, LONG = 0, 1, 2
OU_BANDS = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03)
REGIME_BANDS = (0.0, 0.1, 0.2, 0.3, 0.4)


class SineRule:
    """Knows level and period of a wave without noise, and so the close of the next bar."""

    def __init__(self, process):
        assert process.noise == 0.0
        self.level, self.turn = process.level, 2 * math.cos(2 * math.pi / process.period)

    def reset(self, env):
        pass

    def act(self, obs, env):
        before, now = env.closes()[-2:] - self.level
        return LONG if self.turn * now - before > now else SHORT


class OuRule:
    """Knows the level, and which of `OU_BANDS` earns most on the very path that it plays.

    Short above the band around the level, long below it; in between it keeps what it has.
    """

    def __init__(self, process, band):
        self.level, self.band, self.position = process.level, band, FLAT

    def reset(self, env):
        self.position = FLAT

    def act(self, obs, env):
        gap = math.log(env.closes()[-1] / self.level)
        if gap > self.band:
            self.position = SHORT
        elif gap < -self.band:
            self.position = LONG
        return self.position


class RegimeRule:
    """Knows drift, volatility and mean length of both regimes, not which one it is.

    It follows the chance of the rising regime, given all closes so far (Hamilton's filter with the
    true parameters: nobody can know more from the prices): long above one half and a band, short
    below one half less the band, in between it keeps what it has. It also knows which of
    `REGIME_BANDS` earns most on the very path that it plays.
    """

    def __init__(self, process, bars_per_year, band):
        self.band = band
        regimes = (process.regimes.bull, process.regimes.bear)
        year = 1.0 / bars_per_year
        self.mean = np.array([(one.drift - one.volatility**2 / 2) * year for one in regimes])
        self.size = np.array([one.volatility * math.sqrt(year) for one in regimes])
        self.leave = np.array([1.0 / one.duration for one in regimes])

    def reset(self, env):
        self.chance, self.seen, self.position = 0.5, len(env.closes()[:1]), FLAT

    def act(self, obs, env):
        closes = env.closes()
        for now in range(self.seen, len(closes)):
            self._see(math.log(closes[now] / closes[now - 1]))
        self.seen = len(closes)
        if self.chance > 0.5 + self.band:
            self.position = LONG
        elif self.chance < 0.5 - self.band:
            self.position = SHORT
        return self.position

    def _see(self, move):
        prior = np.array([self.chance, 1 - self.chance])
        prior = prior * (1 - self.leave) + prior[::-1] * self.leave[::-1]
        density = np.exp(-0.5 * ((move - self.mean) / self.size) ** 2) / self.size
        joint = prior * density
        self.chance = float(joint[0] / joint.sum())


def perfect_rules(builder, process):
    """Return the rules for a market; the best of several on the path is the one that counts."""
    if process.kind == "sine":
        return [SineRule(process)]
    if process.kind == "ou":
        return [OuRule(process, band) for band in OU_BANDS]
    return [RegimeRule(process, 261.0, band) for band in REGIME_BANDS]


def best_log_return(builder, process, evaluate):
    """Return the total log return on the test part of the best of the rules."""
    rules = perfect_rules(builder, process)
    return max(evaluate(one, builder, "test").metrics.total_log_return for one in rules)
