"""The processes of ``dataset.process.kind``, one function each, as ``synthetic.models`` has them.

Each fills ``draft.start``, ``draft.scale`` and the moves of all bars.
"""

import math
from typing import Any

from tradegym.envs.engines.compiled.kernel.draft import (
    P_OWN,
    P_START,
    S_SHOCKS,
    accumulate,
    chunk_bars,
    draw_shocks,
    put,
    value,
)
from tradegym.envs.engines.compiled.kernel.jit import compiled
from tradegym.envs.engines.compiled.kernel.philox import open_stream


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
