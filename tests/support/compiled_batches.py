"""Plays environments of the compiled engine, several at once, into the same tracks."""

import numpy as np
from compiled_tracks import Recorder

from tradegym.envs.engines.compiled.batch import Batch, BatchSource


def batch_tracks(setup, seeds, actions, threads=1):
    """Play a configuration in one batch, an environment for each seed; returns their tracks.

    ``actions``: [S, T, ...]; an episode that ends is followed by the next one.
    """
    batch = Batch(source_of(setup), len(seeds), threads=threads)
    try:
        return play_batch(batch, seeds, actions)
    finally:
        batch.close()


def source_of(setup):
    """Return what a batch of a setup plays: what its environments of the other engine have."""
    env = setup.builder().env(setup.part, whole=setup.whole, limited=setup.limited)
    return BatchSource(
        env.market, env.ranges, env.part_name, env.sampling, env.fresh, limited=setup.limited
    )


def play_batch(batch, seeds, actions):
    """Play ``actions`` in a batch that begins anew with these seeds."""
    slots = range(batch.n_envs)
    recorders = [Recorder(batch.program.terms) for _ in slots]
    obs = batch.reset(seeds)
    masks = _masks(batch)
    starts = [batch.bars_of(i).start for i in slots]
    for i in slots:
        recorders[i].add(batch.state, i, _flat(batch, obs[i]), masks[i], starts[i], None)
    for step in range(actions.shape[1]):
        obs, rewards, ended = batch.step(actions[:, step])
        masks = _masks(batch)
        for i in slots:
            record = recorders[i].add
            if ended[i]:
                assert batch.final.envs[i].reason == ended[i]
                last = _flat(batch, batch.terminal[i])
                record(batch.final, i, last, masks[i], starts[i], rewards[i])
                starts[i] = batch.bars_of(i).start
                record(batch.state, i, _flat(batch, obs[i]), masks[i], starts[i], None)
            else:
                record(batch.state, i, _flat(batch, obs[i]), masks[i], starts[i], rewards[i])
    return [recorder.track() for recorder in recorders]


def _masks(batch):
    """Return the masks of all environments, None for each where actions are weights."""
    if not len(batch.program.shared.choices):
        return [None] * batch.n_envs
    return batch.masks().copy()


def _flat(batch, row):
    """Return an observation as one row, modes in the order of their names."""
    views = batch.views(row)
    if isinstance(views, dict):
        return np.concatenate([views[name].ravel() for name in sorted(views)])
    return np.array(views)
