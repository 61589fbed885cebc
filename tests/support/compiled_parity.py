"""Compares what both engines did with the same configuration, seeds and actions.

Money is equal to 1e-9 of itself or of the starting cash, observations to 1e-6 in float32; whole
numbers, reasons, masks, bars and keys are equal exactly.
"""

from collections import Counter

import numpy as np
from compiled_reference import reference_tracks
from compiled_setups import draw_setup
from compiled_tracks import COUNTS, MONEY, PERCENT

CLOSE = 1e-9


def check(setup, seeds, steps, label="", play=None):
    """Play a configuration in both engines and compare every step; returns what occurred.

    ``play``: plays the compiled side, by default all environments in one batch.
    """
    if play is None:
        from compiled_batches import batch_tracks as play
    actions = draw_actions(setup, seeds, steps)
    expected = reference_tracks(setup, seeds, actions)
    found = play(setup, seeds, actions)
    for slot, (one, other) in enumerate(zip(expected, found, strict=True)):
        compare(one, other, start_cash(setup), f"{label} slot {slot} of {setup.tree}")
    return occurred(setup, expected)


def check_seed(seed, slots, steps, play=None):
    """Check the configuration of a seed."""
    seeds = [1000 * seed + slot for slot in range(slots)]
    return check(draw_setup(seed), seeds, steps, f"configuration {seed}", play)


def draw_actions(setup, seeds, steps):
    """Return actions for each environment, [S, steps, ...]."""
    return np.stack([setup.actions(np.random.default_rng([seed, 3]), steps) for seed in seeds])


def start_cash(setup):
    """Return the cash with which episodes start."""
    return setup.tree["engine"]["start_cash"]


def compare(expected, found, cash, label=""):
    """Assert that two tracks are the same."""
    floor = CLOSE * cash
    checks = [(name, getattr(found, name), getattr(expected, name)) for name in COUNTS]
    checks += [("is_reset", found.is_reset, expected.is_reset), ("key", found.key, expected.key)]
    if expected.mask is not None or found.mask is not None:
        checks.append(("mask", found.mask, expected.mask))
    wrong = [(_first(ours != theirs), name) for name, ours, theirs in _same_length(checks)]
    floors = dict.fromkeys(MONEY, floor) | dict.fromkeys(PERCENT, 100 * CLOSE)
    for name, least in floors.items():
        wrong += [(_apart(getattr(found, name), getattr(expected, name), least), name)]
    units = floor / expected.price
    wrong.append((_apart(found.position, expected.position, units), "position"))
    assert found.term_names == expected.term_names, label
    for at, name in enumerate(expected.term_names):
        apart = _apart(found.terms[:, at], expected.terms[:, at], CLOSE)
        wrong.append((apart, f"term {name}"))
    wrong.append((_apart(found.reward, expected.reward, CLOSE), "reward"))
    assert found.obs.dtype == expected.obs.dtype == np.float32
    wrong.append((_apart(found.obs, expected.obs, 1e-6, 1e-6), "observation"))
    wrong = sorted(one for one in wrong if one[0] is not None)
    if wrong:
        raise AssertionError(_message(wrong, expected, found, label))


def occurred(setup, tracks):
    """Return how often each behaviour occurred in a configuration."""
    seen = sum((track.seen for track in tracks), Counter())
    case = setup.case
    seen["configurations"] += 1
    seen["rows"] += sum(len(track.reward) for track in tracks)
    seen[f"scheme {case.scheme}"] += 1
    seen[f"assets {len(case.assets)}"] += 1
    seen["synthetic"] += setup.dataset is None
    seen["flat"] += setup.tree["strategy"]["state"]["flat"]
    for name in tracks[0].term_names:
        seen[f"term {name}"] += 1
    for name in setup.tree["strategy"]["state"]["modes"]:
        seen[f"mode {name}"] += 1
    seen[f"order {setup.tree['episode'].get('order', 'random')}"] += 1
    return seen


def _same_length(checks):
    for name, ours, theirs in checks:
        assert len(ours) == len(theirs), f"{name}: {len(ours)} rows, {len(theirs)} expected"
        yield name, ours, theirs


def _apart(ours, theirs, floor, relative=CLOSE):
    """Return the first row in which numbers differ, None where there is none."""
    near = np.abs(ours - theirs) <= floor + relative * np.abs(theirs)
    return _first(~(near | (np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)))


def _first(differ):
    if differ.ndim > 1:
        differ = differ.any(axis=tuple(range(1, differ.ndim)))
    rows = np.flatnonzero(differ)
    return int(rows[0]) if len(rows) else None


def _message(wrong, expected, found, label):
    row = wrong[0][0]
    names = [name for at, name in wrong if at == row]
    lines = [f"first differs in row {row}: {', '.join(names)}"]
    columns = ("step", "bar", "reason", *MONEY, "drawdown", "trades", "rejected", "impossible")
    for name in (*columns, "position", "terms", "reward"):
        ours, theirs = getattr(found, name)[row], getattr(expected, name)[row]
        lines += [f"  {name}: {ours}, expected {theirs}"]
    if "observation" in names:
        columns = np.flatnonzero(np.abs(found.obs[row] - expected.obs[row]) > 1e-6)
        lines.append(
            f"  columns {columns}: {found.obs[row, columns]}, expected {expected.obs[row, columns]}"
        )
    later = ", ".join(f"{name} at {at}" for at, name in wrong)
    return "\n".join([*lines, f"  all: {later}", label])
