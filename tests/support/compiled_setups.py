"""Random configurations of everything that the compiled engine can do."""

from dataclasses import dataclass, field

import numpy as np
import plain_cases
from compiled_states import draw_state
from compiled_terms import draw_terms
from plain_markets import STARTS, random_bars

from tradegym.conf.errors import UserError
from tradegym.conf.resolved import Resolved
from tradegym.conf.schema.run import Config
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset

#: Traded assets, in turn.
TRADED = (1, 2, 1, 1, 5, 2, 1)
#: Shares of the decisions that ask for something.
RATES = (0.05, 0.1, 0.3, 1.0, 1.0)
SYNTHETIC = ("gbm", "ou", "merton", "heston", "garch", "regimes", "sine")
#: Where the choice that asks for nothing is, by scheme.
_HOLDS = {"sizes": 0, "bracket": 0, "limit": 0}


@dataclass(frozen=True)
class Setup:
    """A configuration, its bars, and how it is played."""

    tree: dict
    dataset: Dataset | None = None
    part: str = "train"
    whole: bool | None = None
    limited: bool = True
    case: plain_cases.Case | None = None
    rate: float = 1.0
    built: list = field(default_factory=list)

    def builder(self):
        """Return what makes environments of it, the same one every time."""
        if not self.built:
            self.built.append(build(self.tree, self.dataset))
        return self.built[0]

    def actions(self, rng, steps):
        """Draw a sequence of actions."""
        case, actions = self.case, []
        hold = _HOLDS.get(case.scheme)
        if case.scheme == "discrete":
            hold = case.options["portfolio_actions"].index("hold")
        for _ in range(steps):
            action = case.action(rng)
            if rng.random() >= self.rate:
                if hold is None:
                    action = actions[-1] if actions else action
                else:
                    action = np.full_like(action, hold) if case.joint else hold
            actions.append(action)
        return np.array(actions)


def nested(flat):
    """Return dotted keys as nested mappings."""
    tree = {}
    for key, value in flat.items():
        *path, last = key.split(".")
        node = tree
        for name in path:
            node = node.setdefault(name, {})
        if isinstance(value, dict) and isinstance(node.get(last), dict):
            node[last] |= value
        else:
            node[last] = value
    return tree


def build(tree, dataset=None):
    """Build a configuration that is written as nested mappings, without option files."""
    objects = {}
    if dataset is not None:
        tree = tree | {"dataset": {"cls": "tests:given"}}
        objects["dataset.cls"] = dataset
    return EnvBuilder(Resolved(Config.model_validate(tree), {}, (), None), objects)


def draw_setup(seed):
    """Draw a configuration that can be built."""
    for attempt in range(20):
        setup = _draw(seed, attempt)
        try:
            setup.builder().env(setup.part, whole=setup.whole)
        except UserError:  # no start is left, or a part is too short
            continue
        return setup
    raise AssertionError(f"no configuration of seed {seed} can be built")


def _draw(seed, attempt):
    rng = np.random.default_rng([seed, 11, attempt])
    round_, which = divmod(seed, len(plain_cases.SCHEMES))
    scheme = plain_cases.SCHEMES[which]
    n_traded = TRADED[round_ % len(TRADED)]
    known = list(STARTS)[: max(n_traded, int(rng.integers(1, 4)))]
    traded = [str(name) for name in rng.permutation(known)[:n_traded]]
    cash = float(10.0 ** rng.integers(2, 7))
    synthetic = bool(rng.random() < 0.12)
    keys = draw_state(rng, len(traded)) | draw_terms(rng) | draw_episodes(rng, usual=attempt > 4)
    if synthetic:
        process = _process(rng, len(known))
        kind = process["dataset.process.kind"]
        known = [kind] if len(known) == 1 else [f"{kind}_{i + 1}" for i in range(len(known))]
        traded = [str(name) for name in rng.permutation(known)[:n_traded]]
        prices, dataset = dict.fromkeys(known, 100.0), None
        volume = [1000.0] * n_traded
        keys |= process
    else:
        dataset, prices = draw_dataset(rng, known, cash)
        volume = None
    case = plain_cases.draw_case(
        rng, traded, [prices[name] for name in traded], volume=volume, cash=cash, scheme=scheme
    )
    part = "train" if rng.random() < 0.85 else str(rng.choice(["validation", "test"]))
    return Setup(
        tree=nested(case.kwargs() | keys),
        dataset=dataset,
        part=part,
        whole=None if part == "train" and rng.random() < 0.9 else bool(rng.random() < 0.5),
        limited=bool(rng.random() < 0.9),
        case=case,
        rate=float(rng.choice(RATES)),
    )


def draw_dataset(rng, known, cash):
    """Return bars of prices across scales, with gaps in time, and the price of each asset."""
    times, bars = random_bars(rng, known, 230, cash=cash)
    prices = {}
    for column, name in enumerate(known):
        factor = float(10.0 ** rng.integers(-3, 3)) if rng.random() < 0.5 else 1.0
        bars[:, column, :4] *= factor
        bars[:, column, 4] /= factor
        prices[name] = STARTS[name] * factor
    if rng.random() < 0.2:  # a stretch in which nothing moves
        first = int(rng.integers(20, 180))
        bars[first : first + 12, :, :4] = bars[first, :, 3:4]
    if rng.random() < 0.15:  # a crash, or the opposite
        bars[int(rng.integers(60, 180)) :, :, :4] *= float(rng.choice([0.45, 2.4]))
    if rng.random() < 0.4:
        kept = rng.random(len(times)) < 0.93
        times, bars = times[kept], bars[kept]
    return Dataset.from_arrays("walk", times, bars, assets=known), prices


def draw_episodes(rng, *, usual):
    """Draw how long episodes are, where they start, and the split."""
    keys = {"episode.duration": int(rng.integers(4, 25))}
    keys |= {"split.train": 0.7, "split.validation": 0.15}
    if usual:
        return keys
    order = str(rng.choice(["random", "random", "random", "sequential", "sequential", "whole"]))
    keys["episode.order"] = order
    if rng.random() < 0.3:
        keys["episode.b_alpha"] = float(rng.uniform(0.5, 3.0))
        keys["episode.b_beta"] = float(rng.uniform(0.5, 3.0))
    if rng.random() < 0.2:
        keys["episode.start_weekdays"] = [0, 2, 3]
    if rng.random() < 0.1:
        keys["episode.start_00"] = True
    if rng.random() < 0.2:
        keys["episode.time_gap"] = "5d"
    if rng.random() < 0.2:
        keys = {key: value for key, value in keys.items() if not key.startswith("split")}
        keys |= {"split.kind": "purged", "split.groups": 4, "split.fold": 1, "split.purge": 3}
    return keys


def _process(rng, n_assets):
    kind = str(rng.choice(SYNTHETIC))
    keys = {
        "dataset.source": "synthetic",
        "dataset.process.kind": kind,
        "dataset.process.bars": 230,
        "dataset.process.steps_per_bar": 2,
        "dataset.process.assets": n_assets,
    }
    if kind in ("gbm", "ou", "merton", "garch"):
        keys["dataset.process.volatility"] = [0.2, 0.9]
    if n_assets > 1 and kind != "sine":
        keys["dataset.process.correlation"] = 0.4
    return keys
