"""What another process needs to make the same environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.resolved import Resolved, ResolvedValue
from tradegym.envs.data.sampling import SamplingOptions
from tradegym.envs.data.synthetic.process import PathProcess
from tradegym.envs.fresh import FreshMarkets
from tradegym.envs.shared_market import SharedMarket
from tradegym.envs.strategies.features import FeatureSet
from tradegym.envs.trading import TradingEnv

if TYPE_CHECKING:
    from tradegym.conf.schema.run import Config


@dataclass(frozen=True, slots=True)
class EnvRecipe:
    """An environment without its data and its engine, which each process makes anew.

    Everything in it can be pickled, if the user's own objects can.

    Attributes
    ----------
    config : Config
    values : mapping of str to ResolvedValue
        Of the resolved configuration.
    objects : mapping of str to object
        Python objects that stand in for import paths, by config key.
    market : SharedMarket
    ranges : tuple of range
    part_name : str
    sampling : SamplingOptions
    limited : bool
        As the parameters of `TradingEnv`.
    process : PathProcess or None
        Draws a path for each episode.
    features : FeatureSet or None
        Of these paths.
    path_assets : tuple of str
        What the assets of these paths are called.
    """

    config: "Config"
    values: Mapping[str, ResolvedValue]
    objects: Mapping[str, Any]
    market: SharedMarket
    ranges: tuple[range, ...]
    part_name: str
    sampling: SamplingOptions
    limited: bool
    process: PathProcess | None
    features: FeatureSet | None
    path_assets: tuple[str, ...]

    @classmethod
    def of(
        cls,
        env: TradingEnv,
        resolved: Resolved,
        folder: Path,
        objects: Mapping[str, Any] | None = None,
    ) -> "EnvRecipe":
        """Return the recipe of an environment, and write its data.

        Parameters
        ----------
        env : TradingEnv
            Not in use yet.
        resolved : Resolved
            What it was made from.
        folder : Path
            For the data; it may be removed when all processes have made their environments.
        objects : mapping of str to object, optional
            As for `EnvBuilder`.
        """
        fresh = env.fresh
        kept = {key: one for key, one in (objects or {}).items() if key != "dataset.cls"}
        return cls(
            resolved.config,
            dict(resolved.values),
            kept,
            SharedMarket.write(env.market, folder),
            env.ranges,
            env.part_name,
            env.sampling,
            env.limited,
            None if fresh is None else fresh.process,
            None if fresh is None else fresh.features,
            () if fresh is None else fresh.assets,
        )

    def maker(self) -> "EnvMaker":
        """Open the data; to be called once in each process."""
        return EnvMaker(self)


class EnvMaker:
    """Makes the environments of one process, which share its market.

    Parameters
    ----------
    recipe : EnvRecipe
    """

    def __init__(self, recipe: EnvRecipe) -> None:
        from tradegym.envs.build import feature_options
        from tradegym.envs.engines.backtrader.plan import plan_engine

        resolved = Resolved(recipe.config, recipe.values, (), None)
        options, shared = feature_options(recipe.config), recipe.market
        self._recipe = recipe
        engine = plan_engine(resolved, options, shared.assets, recipe.objects)
        #: What the environments play.
        self.market = shared.open(engine)
        self._fresh: FreshMarkets | None = None
        if recipe.process is not None:
            fresh = recipe.process, recipe.features, engine, recipe.path_assets
            self._fresh = FreshMarkets(*fresh)

    def env(self) -> TradingEnv:
        """Return a new environment."""
        recipe = self._recipe
        return TradingEnv(
            self.market,
            recipe.ranges,
            recipe.part_name,
            sampling=recipe.sampling,
            fresh=self._fresh,
            limited=recipe.limited,
            pictures=recipe.config.render,
        )
