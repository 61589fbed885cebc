"""The packaged strategies and engines on the whole of a packaged dataset."""

from collections import Counter
from pathlib import Path

import numpy as np
from compiled_batches import play_batch, source_of
from compiled_parity import compare
from compiled_reference import reference_track
from compiled_setups import Setup

import tradegym.conf
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder

_CONF = Path(tradegym.conf.__file__).parent
STRATEGIES = sorted(path.stem for path in (_CONF / "strategy").glob("*.yaml"))
#: Bars per decision, where it is not one.
MANY_BARS = {"btgym_features": 10}
#: Enough to trade some units of an index.
CASH = 100_000
ENGINES = sorted(path.stem for path in (_CONF / "engine").glob("*.yaml"))


class Preset(Setup):
    """A setup of packaged options, built from their files."""

    def builder(self):
        """Return what makes environments of it."""
        if not self.built:
            self.built.append(EnvBuilder(resolve(self.tree["overrides"])))
        return self.built[0]


def check_preset(dataset, strategy, engine, seed):
    """Play all bars of a dataset in episodes that follow each other; returns what occurred."""
    skip = MANY_BARS.get(strategy, 1)
    keys = [
        *(f"dataset={dataset}", f"strategy={strategy}", f"engine={engine}"),
        *("episode.order=sequential", f"episode.duration={50 // skip}"),
        *("split.train=0.998", "split.validation=0.001", f"engine.start_cash={CASH}"),
    ]
    preset = Preset(tree={"overrides": keys}, part="train")
    builder = preset.builder()
    assert builder.market.engine.params["skip_frame"] == skip
    env = builder.env("train")
    space, rng = env.action_space, np.random.default_rng(seed)
    decisions = len(builder.dataset) // skip
    actions = np.array([_draw(space, rng) for _ in range(decisions)])
    expected = reference_track(env, seed, actions)
    from tradegym.envs.engines.compiled.batch import Batch

    batch = Batch(source_of(preset), 1)
    found = play_batch(batch, [seed], actions[None])[0]
    batch.close()
    compare(expected, found, CASH, f"{dataset}, {strategy}, {engine}")
    seen = Counter(expected.seen)
    seen["configurations"] += 1
    seen["unseen bars"] = len(builder.dataset) - skip * len(np.unique(expected.bar))
    return seen


def _draw(space, rng):
    """Draw an action that often asks for nothing."""
    kind = type(space).__name__
    if kind == "Box":
        return rng.uniform(space.low, space.high).astype(space.dtype)
    if kind == "MultiDiscrete":
        return rng.integers(space.nvec) * (rng.random(len(space.nvec)) < 0.3)
    return int(rng.integers(space.n)) * int(rng.random() < 0.3)
