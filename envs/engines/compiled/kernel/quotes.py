"""Prices, volume and spread of a path, from the moves of its bars.

As in ``Moves.write`` of `tradegym.envs.data.synthetic.path`, and in ``quotes`` there.
"""

import math
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.draft import (
    P_ALPHA,
    P_BETA,
    P_HIGH,
    P_LOW,
    S_SPREAD,
    S_VOLUME,
    V_MEAN,
    V_NOISE,
    V_REACTION,
    value,
)
from tradegym.envs.engines.compiled.kernel.draws import fill_normals, gamma
from tradegym.envs.engines.compiled.kernel.elementary import exponentials
from tradegym.envs.engines.compiled.kernel.jit import called, compiled
from tradegym.envs.engines.compiled.kernel.philox import open_stream

_MEAN_ABSOLUTE_NORMAL = math.sqrt(2 / math.pi)
_TINY = 2.2250738585072014e-308


@called
def write_prices(plan: Any, draft: Any, number: int) -> None:
    """Turn moves into open, high, low and close of so many bars."""
    assets, bars = plan.whole[0], draft.bars
    move, high, low, close = draft.move, draft.high, draft.low, draft.close
    count = number * assets
    for n in range(count):
        close[n] = move[n] if n < assets else close[n - assets] + move[n]
        opened = close[n] - move[n]
        high[n] = opened + high[n]
        low[n] = opened + low[n]
    exponentials(close, count)
    exponentials(high, count)
    exponentials(low, count)
    for a in range(assets):
        start = draft.start[a]
        opened = start
        for t in range(number):
            n = t * assets + a
            ends = close[n] * start
            bars[t, a, 0] = opened
            bars[t, a, 1] = max(max(high[n] * start, ends), opened)
            bars[t, a, 2] = min(min(low[n] * start, ends), opened)
            bars[t, a, 3] = ends
            opened = ends


@called
def write_volume(plan: Any, draft: Any, key: Any, number: int) -> None:
    """Draw the volume of each bar."""
    assets, bars, factor = plan.whole[0], draft.bars, draft.close
    some, noisy = False, False
    for a in range(assets):
        some = some or value(plan, draft, V_MEAN, a) != 0.0
        noisy = noisy or value(plan, draft, V_NOISE, a) != 0.0
    noisy = some and noisy
    if noisy:
        open_stream(draft.streams[0], key, S_VOLUME, 0)
        fill_normals(draft.streams[0], factor, number * assets)
        for a in range(assets):
            noise = value(plan, draft, V_NOISE, a)
            for t in range(number):
                n = t * assets + a
                factor[n] = factor[n] * noise - noise * noise / 2
        exponentials(factor, number * assets)
    for a in range(assets):
        mean, reaction = value(plan, draft, V_MEAN, a), value(plan, draft, V_REACTION, a)
        usual = draft.scale[a] * _MEAN_ABSOLUTE_NORMAL if draft.scale[a] > 0 else math.inf
        for t in range(number):
            n = t * assets + a
            volume = 0.0
            if some:
                volume = (abs(draft.move[n]) * (reaction / usual) + (1 - reaction)) * mean
                if noisy:
                    volume *= factor[n]
            bars[t, a, 4] = volume


@called
def widen(plan: Any, draft: Any, key: Any, number: int) -> None:
    """Draw the spread of each bar and put it around high and low."""
    assets, bars, stream = plan.whole[0], draft.bars, draft.streams[0]
    some = False
    for a in range(assets):
        some = some or value(plan, draft, P_HIGH, a) != 0.0
    if not some:
        return
    open_stream(stream, key, S_SPREAD, 0)
    for t in range(number):
        for a in range(assets):
            lowest, highest = value(plan, draft, P_LOW, a), value(plan, draft, P_HIGH, a)
            # Beta as a ratio of gammas, which is how numpy draws it with a shape above 1.
            one, other = 0.0, 0.0
            for place in (P_ALPHA, P_BETA):
                one, other = other, gamma(stream, value(plan, draft, place, a))
            spread = one / (one + other) * (highest - lowest) + lowest
            bars[t, a, 1] *= 1 + spread / 2
            bars[t, a, 2] *= 1 - spread / 2


@compiled
def is_possible(plan: Any, draft: Any, number: int) -> bool:
    """Tell whether numbers can hold the prices and costs leave something of them."""
    bars = draft.bars
    for t in range(number):
        for a in range(plan.whole[0]):
            high, low, volume = bars[t, a, 1], bars[t, a, 2], bars[t, a, 4]
            if not (high < math.inf and low > _TINY and volume < math.inf):
                return False
            if low <= plan.lowest[a]:
                return False
    return True


@compiled
def copy_bars(plan: Any, draft: Any, room: Any, i: int) -> None:
    """Put the bars of a path where the environments look for them."""
    first, home, number = room.episodes[i, 0], room.episodes[i, 1], room.episodes[i, 2]
    bars, columns, traded = draft.bars, plan.columns, len(plan.columns)
    for t in range(number):
        for a in range(traded):
            for k in range(5):
                room.ohlcv[first + t, a, k] = bars[t, columns[a], k]
    if len(room.raw) > 0:
        for t in range(number):
            for a in range(traded):
                at = ((first + t) * traded + a) * 4
                for k in range(4):
                    room.raw[at + k] = np.float32(bars[t, columns[a], k])
    if len(room.days) > 0:
        for t in range(number):
            room.days[first + t] = room.home_days[home + t]
