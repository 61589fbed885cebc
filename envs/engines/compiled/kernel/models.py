"""Synthetic processes whose increments have no memory, as ``synthetic.models`` has them.

Each fills ``draft.start``, ``draft.scale`` and the moves of all bars.
"""

import math
from typing import Any

import numpy as np

from tradegym.envs.engines.compiled.kernel.draft import (
    P_OWN,
    P_START,
    S_JUMPS,
    S_REGIMES,
    S_SHOCKS,
    accumulate,
    chunk_bars,
    draw_shocks,
    put,
    value,
)
from tradegym.envs.engines.compiled.kernel.draws import exponential, normal
from tradegym.envs.engines.compiled.kernel.elementary import (
    exponentials,
    logarithm,
    sine_of_turns,
)
from tradegym.envs.engines.compiled.kernel.jit import called, compiled
from tradegym.envs.engines.compiled.kernel.philox import open_stream, uniform


@compiled
def gbm(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make geometric Brownian motion."""
    assets, steps, years = plan.whole[0], plan.whole[1], plan.years[0]
    step, shocks = years / steps, draft.shocks
    for a in range(assets):
        draft.start[a] = value(plan, draft, P_START, a)
        draft.scale[a] = value(plan, draft, P_OWN + 1, a) * math.sqrt(years)
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        draw_shocks(plan, draft, mix, number)
        for a in range(assets):
            drift, volatility = value(plan, draft, P_OWN, a), value(plan, draft, P_OWN + 1, a)
            mean = (drift - volatility * volatility / 2) * step
            added = mean / (volatility * math.sqrt(step))
            for n in range(a, steps * number * assets, assets):
                shocks[n] += added
        accumulate(plan, draft, number)
        put(plan, draft, first, number)
        for a in range(assets):
            scale = value(plan, draft, P_OWN + 1, a) * math.sqrt(step)
            for t in range(first, first + number):
                n = t * assets + a
                draft.move[n] *= scale
                draft.high[n] *= scale
                draft.low[n] *= scale


@compiled
def sine(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make a sine wave with noise."""
    assets, start = plan.whole[0], draft.start
    last, phases = draft.own[0], draft.own[1]
    for a in range(assets):
        amplitude, period = value(plan, draft, P_OWN + 1, a), value(plan, draft, P_OWN + 2, a)
        phase, noise = value(plan, draft, P_OWN + 3, a), value(plan, draft, P_OWN + 4, a)
        phases[a] = phase - np.rint(phase)
        last[a] = wave(0.0, amplitude, period, phases[a])
        start[a] = last[a]
        slope = 2 * math.pi * amplitude / period / math.sqrt(2)
        draft.scale[a] = math.sqrt(slope * slope + 2 * (noise * noise))
    exponentials(start, assets)
    for a in range(assets):
        start[a] = value(plan, draft, P_OWN, a) * start[a]
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        draw_shocks(plan, draft, mix, number)
        for a in range(assets):
            add_waves(plan, draft, first, number, a)
        put(plan, draft, first, number)


@called
def add_waves(plan: Any, draft: Any, first: int, number: int, a: int) -> None:
    """Turn an asset's shocks into its path since each bar's open."""
    assets, steps, shocks, opens = plan.whole[0], plan.whole[1], draft.shocks, draft.close
    amplitude, period = value(plan, draft, P_OWN + 1, a), value(plan, draft, P_OWN + 2, a)
    phase, noise = draft.own[1, a], value(plan, draft, P_OWN + 4, a)
    width = number * assets
    for k in range(steps):
        within = np.float64(k + 1) / np.float64(steps)
        for j in range(number):
            n = k * width + j * assets + a
            level = wave(np.float64(first + j) + within, amplitude, period, phase)
            shocks[n] = level + noise * shocks[n]
    end = (steps - 1) * width + a
    opens[0] = draft.own[0, a]
    for j in range(1, number):
        opens[j] = shocks[end + (j - 1) * assets]
    draft.own[0, a] = shocks[end + (number - 1) * assets]
    for k in range(steps):
        for j in range(number):
            shocks[k * width + j * assets + a] -= opens[j]


@compiled
def wave(time: float, amplitude: float, period: float, phase: float) -> float:
    """Return the logarithm of the price over its level, without noise; time in bars."""
    return logarithm(1.0 + amplitude * sine_of_turns(time / period + phase))


@compiled
def merton(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make a diffusion with jumps."""
    assets, steps, years = plan.whole[0], plan.whole[1], plan.years[0]
    step, shocks, place = years / steps, draft.shocks, draft.own[0]
    for a in range(assets):
        volatility, intensity = value(plan, draft, P_OWN + 1, a), value(plan, draft, P_OWN + 2, a)
        mean, size = value(plan, draft, P_OWN + 3, a), value(plan, draft, P_OWN + 4, a)
        draft.start[a] = value(plan, draft, P_START, a)
        variance = volatility * volatility + intensity * (mean * mean + size * size)
        draft.scale[a] = math.sqrt(variance * years)
        open_stream(draft.streams[1 + 2 * a], key, S_JUMPS, 2 * a)
        open_stream(draft.streams[2 + 2 * a], key, S_JUMPS, 2 * a + 1)
        place[a] = 0.0
        next_jump(draft, intensity * step, a)
    open_stream(draft.streams[0], key, S_SHOCKS, 0)
    chunk = chunk_bars(plan)
    for first in range(0, bars, chunk):
        number = min(chunk, bars - first)
        width = number * assets
        draw_shocks(plan, draft, mix, number)
        for a in range(assets):
            drift, volatility = value(plan, draft, P_OWN, a), value(plan, draft, P_OWN + 1, a)
            intensity = value(plan, draft, P_OWN + 2, a)
            mean, size = value(plan, draft, P_OWN + 3, a), value(plan, draft, P_OWN + 4, a)
            mean_jump = math.expm1(mean + size * size / 2)
            added = (drift - volatility * volatility / 2 - intensity * mean_jump) * step
            scale = volatility * math.sqrt(step)
            for n in range(a, steps * width, assets):
                shocks[n] = shocks[n] * scale + added
            while place[a] < (first + number) * steps:
                at = np.int64(place[a])
                n = at % steps * width + (at // steps - first) * assets + a
                shocks[n] += mean + size * normal(draft.streams[2 + 2 * a])
                next_jump(draft, intensity * step, a)
        accumulate(plan, draft, number)
        put(plan, draft, first, number)


@called
def next_jump(draft: Any, rate: float, a: int) -> None:
    """Go on to an asset's next jump; places are counted in steps."""
    gap = exponential(draft.streams[1 + 2 * a])
    draft.own[0, a] += gap / rate if rate > 0.0 else math.inf


@compiled
def regimes(plan: Any, draft: Any, key: Any, mix: int, bars: int) -> None:
    """Make geometric Brownian motion that switches between regimes."""
    assets, steps, years = plan.whole[0], plan.whole[1], plan.years[0]
    step, shocks, states = years / steps, draft.shocks, draft.close
    number_of = (len(plan.places) - P_OWN) // 4
    stream, share = draft.streams[0], draft.few
    total, whole = 0.0, 0.0
    for r in range(number_of):
        total += value(plan, draft, P_OWN + 4 * r + 3, 0)
    for r in range(number_of):
        weight = value(plan, draft, P_OWN + 4 * r + 3, 0)
        share[r] = weight * (total - weight) * value(plan, draft, P_OWN + 4 * r + 2, 0)
        whole += share[r]
    for r in range(number_of):
        share[r] /= whole
    for a in range(assets):
        variance = 0.0
        for r in range(number_of):
            volatility = value(plan, draft, P_OWN + 4 * r + 1, a)
            part = share[r] * (volatility * volatility)
            variance = part if r == 0 else variance + part
        draft.start[a] = value(plan, draft, P_START, a)
        draft.scale[a] = math.sqrt(variance * years)
    open_stream(stream, key, S_REGIMES, 0)
    state, first = pick(stream, share, number_of), 0
    while first < bars:
        duration = value(plan, draft, P_OWN + 4 * state + 2, 0)
        length = math.log1p(-uniform(stream)) / math.log1p(-1.0 / duration)
        stop = first + 1 + math.floor(min(length, np.float64(bars)))
        for t in range(first, min(stop, bars)):
            states[t] = np.float64(state)
        for r in range(number_of):
            share[r] = 0.0 if r == state else value(plan, draft, P_OWN + 4 * r + 3, 0)
        state, first = pick(stream, share, number_of), stop
    open_stream(stream, key, S_SHOCKS, 0)
    size = chunk_bars(plan)
    for first in range(0, bars, size):
        number = min(size, bars - first)
        width = number * assets
        draw_shocks(plan, draft, mix, number)
        for j in range(number):
            place = P_OWN + 4 * int(states[first + j])
            for a in range(assets):
                drift, volatility = value(plan, draft, place, a), value(plan, draft, place + 1, a)
                scale = volatility * math.sqrt(step)
                added = (drift - volatility * volatility / 2) * step
                for k in range(steps):
                    n = k * width + j * assets + a
                    shocks[n] = shocks[n] * scale + added
        accumulate(plan, draft, number)
        put(plan, draft, first, number)


@called
def pick(stream: Any, weights: Any, number: int) -> int:
    """Draw a number below ``number``, in proportion to weights."""
    total = 0.0
    for r in range(number):
        total += weights[r]
    left = uniform(stream) * total
    found, below = 0, 0.0
    for r in range(number):
        if weights[r] > 0.0:
            if left >= below:
                found = r
            below += weights[r]
    return found
