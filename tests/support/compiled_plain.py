"""Plays an environment with the kernel's functions alone, without a batch around them.

Works on the plain Python functions too, which is how mutants of the kernel are tried.
"""

import importlib
from types import SimpleNamespace

import numpy as np
from compiled_tracks import Recorder
from gymnasium.utils import seeding

from tradegym.envs.data.sampling import EpisodeBars

_PACKAGE = "tradegym.envs.engines.compiled"


def plain_tracks(setup, seeds, actions):
    """Play a configuration once for each seed; returns the tracks."""
    env = setup.builder().env(setup.part, whole=setup.whole, limited=setup.limited)
    return [_Player(setup, env).play(seed, mine) for seed, mine in zip(seeds, actions, strict=True)]


class _Player:
    def __init__(self, setup, env):
        self.setup, self.env = setup, env
        self.layout = importlib.import_module(f"{_PACKAGE}.kernel.layout")
        self.step = importlib.import_module(f"{_PACKAGE}.kernel.step")
        self.observe = importlib.import_module(f"{_PACKAGE}.kernel.observe").observe
        self.masks = importlib.import_module(f"{_PACKAGE}.kernel.masks").masks
        self.make_program = importlib.import_module(f"{_PACKAGE}.program.build").make_program
        self.number = 0

    def play(self, seed, actions):
        self.env._sampler.restart()
        self.rng, _ = seeding.np_random(seed)
        self.begin(self.env.market)
        self.recorder = Recorder(self.program.terms)
        self.reset()
        for action in actions:
            given = np.atleast_1d(action).astype(np.float64)
            self.step.play(self.shared, self.state, 0, given)
            self.note(reward=self.state.envs[0].reward)
            if self.state.envs[0].over:
                self.reset()
        return self.recorder.track()

    def begin(self, market):
        """Make the program of a market, and a state."""
        layout = self.layout
        self.program = self.make_program(market, self.env._warmup, limited=self.setup.limited)
        shared, rules = self.program.shared, self.program.rules
        self.shared = layout.Shared(
            *(_Table(one) for one in shared[:4]), *(np.array(one) for one in shared[4:])
        )
        n_assets, shown = int(rules.n_assets), len(shared.columns)
        self.records = np.zeros(1, layout.ENV), np.zeros((1, n_assets), layout.BOOK)
        self.state = layout.State(
            envs=_Table(self.records[0]),
            books=_Table(self.records[1]),
            requests=_Table(np.zeros((1, n_assets), layout.REQUEST)),
            memory=np.full((1, max(self.program.memory, 1)), np.nan),
            stats=np.zeros((1, 2 * int(rules.avg_period) * shown), dtype=np.float32),
            row=np.full((1, 12 + n_assets), np.nan),
            terms=np.zeros((1, len(self.program.terms))),
        )

    def reset(self):
        env = self.env
        key = int(self.rng.integers(2**64, dtype=np.uint64))
        bars = env._sampler.choose(key)
        if env.fresh is not None:
            times = env._home.dataset.times[bars.start : bars.stop]
            self.begin(env.fresh.market(key, times))
            bars = EpisodeBars(0, len(times), bars.decision - bars.start, range(len(times)))
        self.bars = bars
        length = bars.stop - bars.start
        self.step.reset_env(self.shared, self.state, 0, bars.start, length, key, self.number)
        self.number += 1
        self.note(reward=None)

    def note(self, reward):
        shared, state = self.shared, self.state
        obs = np.zeros((1, int(self.program.rules.obs_size)), dtype=np.float32)
        self.observe(shared, state, 0, obs, 0)
        mask = None
        if len(shared.choices):
            mask = np.zeros(int(self.program.rules.n_assets) * len(shared.choices), dtype=bool)
            self.masks(shared, state, 0, mask)
        for table, records in zip((state.envs, state.books), self.records, strict=True):
            table.write(records)
        state = state._replace(envs=self.records[0], books=self.records[1])
        self.recorder.add(state, 0, obs[0], mask, self.bars.start, reward)


class _Table:
    """Records as plain objects, whose fields are ten times as fast as those of numpy's records."""

    def __init__(self, records):
        self._names = records.dtype.names
        self._shape = records.shape
        self._rows = {at: self._object(records[at]) for at in np.ndindex(records.shape)}

    def _object(self, record):
        return SimpleNamespace(**dict(zip(self._names, record.tolist(), strict=True)))

    def __len__(self):
        return self._shape[0]

    def __getitem__(self, at):
        return self._rows[at if isinstance(at, tuple) else (at,)]

    def write(self, records):
        """Write the fields into records of numpy."""
        for at, row in self._rows.items():
            records[at] = tuple(getattr(row, name) for name in self._names)
