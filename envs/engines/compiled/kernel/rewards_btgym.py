"""BTgym's reward, repaired and as it was."""

from typing import Any

from tradegym.envs.engines.compiled.kernel.jit import compiled

# Places of the repaired term; the ring of unrealised profits follows.
_REALIZED, _POTENTIAL, _COUNT, _HEAD, _RING = 0, 1, 2, 3, 4
# Places of the original; the ring of unrealised and then that of realised profits follow.
_O_HEAD, _O_RING = 0, 1


@compiled
def btgym_bar(memory: Any, i: int, term: Any, env: Any) -> None:
    """Take in one bar of `tradegym.envs.strategies.rewards.btgym.BtgymReward`."""
    at = term.at
    length = term.length
    memory[i, at + _REALIZED] += env.realized_pnl
    is_open = env.duration > 0
    if length == 1:  # the window is the bar itself
        memory[i, at + _COUNT] = 1.0 if is_open else 0.0
        memory[i, at + _RING] = env.unrealized_pnl
        return
    if env.bar_closed or not is_open:
        memory[i, at + _COUNT] = 0.0
    if is_open:
        head = int(memory[i, at + _HEAD])
        memory[i, at + _RING + head] = env.unrealized_pnl
        head += 1
        memory[i, at + _HEAD] = 0.0 if head == length else float(head)
        if memory[i, at + _COUNT] < length:
            memory[i, at + _COUNT] += 1.0


@compiled
def collect_btgym(memory: Any, i: int, term: Any) -> float:
    """Return shaping and realised profit of the step."""
    at = term.at
    length = term.length
    count = int(memory[i, at + _COUNT])
    potential = 0.0
    if length == 1:
        if count:
            potential = memory[i, at + _RING]
    elif count:
        place = int(memory[i, at + _HEAD])
        potential = _sum_before(memory, i, at + _RING, length, place, count) / count
    shaping = term.a * potential - memory[i, at + _POTENTIAL]
    earned = 10.0 * (shaping + memory[i, at + _REALIZED])
    memory[i, at + _POTENTIAL] = potential
    memory[i, at + _REALIZED] = 0.0
    return earned


@compiled
def original_bar(memory: Any, i: int, term: Any, env: Any) -> None:
    """Take in one bar of `tradegym.envs.strategies.rewards.btgym_original.BtgymOriginalReward`."""
    at = term.at
    length = term.length
    head = int(memory[i, at + _O_HEAD])
    place = at + _O_RING + head
    memory[i, place] = env.unrealized_pnl
    memory[i, place + length] = env.realized_pnl
    head += 1
    memory[i, at + _O_HEAD] = 0.0 if head == length else float(head)


@compiled
def collect_original(memory: Any, i: int, term: Any, duration: int) -> float:
    """Return what BTgym would have paid before scale and clip."""
    length = term.length
    step = int(term.b)
    ring = term.at + _O_RING
    head = int(memory[i, term.at + _O_HEAD])
    shaping = 0.0
    if 0 < duration < step:
        shaping = term.a * (_sum_before(memory, i, ring, length, head, duration) / duration)
    elif duration:
        now = _sum_before(memory, i, ring, length, head, step) / step
        reach = step + duration if duration < 2 * step else 2 * step
        count = min(reach, length) - step
        earlier = head - step
        if earlier < 0:
            earlier += length
        before = _sum_before(memory, i, ring, length, earlier, count) / count
        shaping = term.a * now - before
    realized = _sum_before(memory, i, ring + length, length, head, step)
    return 10.0 * shaping + 10.0 * realized


@compiled
def _sum_before(memory: Any, i: int, ring: int, length: int, place: int, count: int) -> float:
    """Return the sum of the ``count`` numbers of a ring before a place, the oldest first."""
    place -= count
    if place < 0:
        place += length
    total = 0.0
    for _ in range(count):
        total += memory[i, ring + place]
        place += 1
        if place == length:
            place = 0
    return total
