"""Synthetic processes with a memory: reversion and variances that move.

As in ``synthetic.models``; see `models`.
"""

import math
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.draft import (
    P_OWN,
    P_START,
    S_BLOCKS,
    S_MIXING,
    S_SHOCKS,
    S_START,
    S_VARIANCE,
    accumulate,
    chunk_bars,
    correlate,
    draw_shocks,
    put,
    value,
)
from tradegym.envs.engines.compiled.kernel.draws import gamma, normal
from tradegym.envs.engines.compiled.kernel.elementary import exponentials
from tradegym.envs.engines.compiled.kernel.jit import called, compiled
from tradegym.envs.engines.compiled.kernel.philox import open_stream, uniform, whole

_MOST_BURNED = 20_000
_SWITCH = 1.5


@compiled
def ou(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make an Ornstein-Uhlenbeck process of the log price."""
    assets, years, gap = plan.whole[0], plan.years[0], draft.own[0]
    for a in range(assets):
        reversion, volatility = value(plan, draft, P_OWN, a), value(plan, draft, P_OWN + 1, a)
        level, start = value(plan, draft, P_OWN + 2, a), value(plan, draft, P_START, a)
        deviation = volatility / math.sqrt(2 * reversion)
        scale = 2 * (deviation * deviation)
        draft.start[a] = start
        draft.scale[a] = math.sqrt(scale * -math.expm1(-reversion * years))
        gap[a] = math.log(start / level)
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        draw_shocks(plan, draft, mix, number)
        for a in range(assets):
            reversion, volatility = value(plan, draft, P_OWN, a), value(plan, draft, P_OWN + 1, a)
            follow(plan, draft, number, a, reversion, volatility)
        put(plan, draft, first, number)


@called
def follow(plan: Any, draft: Any, number: int, a: int, reversion: float, volatility: float) -> None:
    """Continue an asset's Ornstein-Uhlenbeck process around 0; see ``ou.follow``."""
    assets, steps, shocks = plan.whole[0], plan.whole[1], draft.shocks
    step, width = plan.years[0] / steps, number * assets
    keep = math.exp(-reversion * step)
    scale = volatility * math.sqrt(-math.expm1(-2 * reversion * step) / (2 * reversion))
    for k in range(steps):
        for n in range(k * width + a, (k + 1) * width, assets):
            shocks[n] *= scale
            if k > 0:
                shocks[n] += keep * shocks[n - width]
    opens, at, end = draft.close, draft.own[0, a], (steps - 1) * width + a
    factor = math.pow(keep, np.float64(steps))
    for j in range(number):
        opens[j] = at
        at = factor * at + shocks[end + j * assets]
    draft.own[0, a] = at
    for k in range(steps):
        faded = math.expm1(-reversion * step * np.float64(k + 1))
        for j in range(number):
            shocks[k * width + j * assets + a] += opens[j] * faded


@compiled
def pair(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make two cointegrated assets."""
    steps, years, shocks, stream = plan.whole[1], plan.years[0], draft.shocks, draft.streams[0]
    drift, volatility = value(plan, draft, P_OWN, 0), value(plan, draft, P_OWN + 1, 0)
    ratio, reversion = value(plan, draft, P_OWN + 2, 0), value(plan, draft, P_OWN + 3, 0)
    residual, step = value(plan, draft, P_OWN + 4, 0), years / steps
    open_stream(stream, key, S_START, 0)
    gap = residual / math.sqrt(2 * reversion) * normal(stream)
    draft.own[0, 1] = gap
    draft.start[0] = value(plan, draft, P_START, 0)
    draft.start[1] = value(plan, draft, P_START, 1) * math.exp(gap)
    own = ratio * volatility
    draft.scale[0] = volatility * math.sqrt(years)
    draft.scale[1] = math.sqrt(own * own + residual * residual) * math.sqrt(years)
    scale, added = volatility * math.sqrt(step), (drift - volatility * volatility / 2) * step
    open_stream(stream, key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        width = 2 * number
        draw_shocks(plan, draft, mix, number)
        follow(plan, draft, number, 1, reversion, residual)
        for n in range(0, steps * width, 2):
            shocks[n] = shocks[n] * scale + added
            if n >= width:
                shocks[n] += shocks[n - width]
            shocks[n + 1] = ratio * shocks[n] + shocks[n + 1]
        put(plan, draft, first, number)


@compiled
def garch(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make GARCH(1,1) returns with Student-t shocks."""
    assets, steps, years = plan.whole[0], plan.whole[1], plan.years[0]
    shocks, mixing, variance = draft.shocks, draft.streams[1], draft.own[0]
    degrees, most = value(plan, draft, P_OWN + 4, 0), 0.0
    for a in range(assets):
        alpha, beta = value(plan, draft, P_OWN + 2, a), value(plan, draft, P_OWN + 3, a)
        volatility = value(plan, draft, P_OWN + 1, a)
        most = alpha + beta if a == 0 else max(most, alpha + beta)
        variance[a] = volatility * volatility * years
        draft.start[a] = value(plan, draft, P_START, a)
        draft.scale[a] = math.sqrt(variance[a])
    open_stream(mixing, key, S_MIXING, 0)
    open_stream(draft.streams[0], key, S_START, 0)
    burned = np.int64(min(np.float64(_MOST_BURNED), math.ceil(10 / (1 - most))))
    for _ in range(burned):
        weight = (degrees - 2) / (2.0 * gamma(mixing, degrees / 2))
        for a in range(assets):
            shocks[a] = normal(draft.streams[0])
        correlate(plan, draft, mix, shocks, assets)
        for a in range(assets):
            grow(plan, draft, a, weight, shocks[a])
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        width = number * assets
        draw_shocks(plan, draft, mix, number)
        root = math.sqrt(np.float64(steps))
        for n in range(steps * width):
            shocks[n] /= root
        accumulate(plan, draft, number)
        for j in range(number):
            weight = (degrees - 2) / (2.0 * gamma(mixing, degrees / 2))
            for a in range(assets):
                drift = value(plan, draft, P_OWN, a) * (years / steps)
                n = j * assets + a
                scale = math.sqrt(variance[a] * weight)
                grow(plan, draft, a, weight, shocks[(steps - 1) * width + n])
                for k in range(steps):
                    at = k * width + n
                    shocks[at] = shocks[at] * scale + drift * np.float64(k + 1)
        put(plan, draft, first, number)


@compiled
def grow(plan: Any, draft: Any, a: int, weight: float, shock: float) -> None:
    """Go on to the next bar's variance of an asset."""
    volatility = value(plan, draft, P_OWN + 1, a)
    alpha, beta = value(plan, draft, P_OWN + 2, a), value(plan, draft, P_OWN + 3, a)
    omega = (1 - alpha - beta) * (volatility * volatility * plan.years[0])
    growth = alpha * weight * (shock * shock) + beta
    draft.own[0, a] = omega + growth * draft.own[0, a]


@compiled
def heston(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make Heston's stochastic volatility."""
    assets, steps, years = plan.whole[0], plan.whole[1], plan.years[0]
    shocks, h = draft.shocks, years / steps
    for a in range(assets):
        volatility, speed = value(plan, draft, P_OWN + 1, a), value(plan, draft, P_OWN + 2, a)
        xi = value(plan, draft, P_OWN + 3, a)
        draft.start[a] = value(plan, draft, P_START, a)
        draft.scale[a] = volatility * math.sqrt(years)
        mean = volatility * volatility
        open_stream(draft.streams[1 + a], key, S_VARIANCE, a)
        shape = 2 * speed * mean / (xi * xi)
        draft.own[0, a] = xi * xi / (2 * speed) * gamma(draft.streams[1 + a], shape)
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        draw_shocks(plan, draft, mix, number)
        for a in range(assets):
            speed, xi = value(plan, draft, P_OWN + 2, a), value(plan, draft, P_OWN + 3, a)
            drift, volatility = value(plan, draft, P_OWN, a), value(plan, draft, P_OWN + 1, a)
            rho, mean = value(plan, draft, P_OWN + 4, a), volatility * volatility
            constant = (drift - rho * speed * (volatility * volatility) / xi) * h
            before = h / 2 * (speed * rho / xi - 0.5) - rho / xi
            after = h / 2 * (speed * rho / xi - 0.5) + rho / xi
            noise = h / 2 * (1 - rho * rho)
            keep = math.exp(-speed * h)
            mean_0, spread_1 = mean * (1 - keep), xi * xi * keep * (1 - keep) / speed
            spread_0 = mean * (xi * xi) * ((1 - keep) * (1 - keep)) / (2 * speed)
            v = draft.own[0, a]
            for j in range(number):
                for k in range(steps):
                    old, z = v, normal(draft.streams[1 + a])
                    m = mean_0 + keep * v
                    psi = (spread_0 + spread_1 * v) / (m * m)
                    v = next_variance(m, psi, z)
                    n = (k * number + j) * assets + a
                    shock = shocks[n] * math.sqrt(noise * (old + v))
                    shocks[n] = shock + (constant + before * old + after * v)
            draft.own[0, a] = v
        accumulate(plan, draft, number)
        put(plan, draft, first, number)


@compiled
def next_variance(m: float, psi: float, z: float) -> float:
    """Return the variance after a step by its mean, its spread over the mean, and a shock."""
    if psi <= _SWITCH:
        inverse = 2 / psi
        b2 = inverse - 1 + math.sqrt(inverse * (inverse - 1))
        root = math.sqrt(b2) + z
        return m / (1 + b2) * (root * root)
    rest = 0.5 * math.erfc(z * math.sqrt(0.5))
    outside = 2 / (psi + 1)
    if rest < outside:
        return math.log(outside / rest) * m / outside
    return 0.0


@compiled
def bootstrap(plan: Any, draft: Any, key: Any, bars: int) -> None:
    """Write blocks of real bars in a new order, prices and volume."""
    assets, rows, stream = plan.whole[0], plan.rows, draft.streams[0]
    first = draft.own[0]
    opens, high, low, close = draft.move, draft.high, draft.low, draft.close
    chance = 1 / value(plan, draft, P_OWN, 0)
    open_stream(stream, key, S_BLOCKS, 0)
    for t in range(bars):
        draft.bars[t, 0, 0] = uniform(stream)
    length = len(rows)
    row: Any = 0
    for t in range(bars):
        drawn: Any = np.int64(whole(stream, np.uint64(length)))
        row = drawn if t == 0 or draft.bars[t, 0, 0] < chance else (row + 1) % length
        for a in range(assets):
            n = t * assets + a
            if t == 0:
                first[a] = rows[row, a, 0]
                total = rows[row, a, 3]
            else:
                total = draft.own[1, a] + rows[row, a, 3]
            draft.own[1, a] = total
            last = total - rows[row, a, 3] - first[a]
            opens[n] = rows[row, a, 0] + last
            high[n] = rows[row, a, 1] + last
            low[n] = rows[row, a, 2] + last
            close[n] = rows[row, a, 3] + last
            draft.bars[t, a, 4] = rows[row, a, 4]
    count = bars * assets
    exponentials(opens, count)
    exponentials(high, count)
    exponentials(low, count)
    exponentials(close, count)
    for t in range(bars):
        for a in range(assets):
            n, start = t * assets + a, value(plan, draft, P_START, a)
            opened, ends = opens[n] * start, close[n] * start
            draft.bars[t, a, 0] = opened
            draft.bars[t, a, 1] = max(high[n] * start, max(opened, ends))
            draft.bars[t, a, 2] = min(low[n] * start, min(opened, ends))
            draft.bars[t, a, 3] = ends
