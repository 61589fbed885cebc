"""Builds environments from a resolved configuration."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sampling import SamplingOptions
from tradegym.envs.data.sampling.bars import rows_after_warmup
from tradegym.envs.data.sources import REFERENCE_KEY, load_dataset
from tradegym.envs.data.splits import Reach, Split, chosen_fold, make_split
from tradegym.envs.data.synthetic.process import PathProcess, make_process
from tradegym.envs.data.validation.loading import SIMULATED, load_checked
from tradegym.envs.engines.backtrader.costs import check_costs
from tradegym.envs.engines.backtrader.plan import EnginePlan, plan_engine
from tradegym.envs.fresh import FreshMarkets
from tradegym.envs.imports import call_factory, import_object
from tradegym.envs.market import Market
from tradegym.envs.strategies.actions import ActionScheme
from tradegym.envs.strategies.features import FeatureSet, features_lookback, fit_features
from tradegym.envs.trading import TradingEnv

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config
    from tradegym.envs.engines.compiled.batch import BatchSource

PARTS = ("train", "validation", "test")

_FIRST_FOLD = "split.fold: all folds are for tradegym train; here it is fold 0, choose another"


class EnvBuilder:
    """Loads the data once and makes environments on its parts.

    Parameters
    ----------
    resolved : Resolved
        The configuration.
    objects : mapping of str to object, optional
        Python objects that stand in for import paths, by config key.
    split : Split, optional
        Which bars are which part, in place of what ``split`` says.
    features : FeatureSet, optional
        Already fitted, in place of features that are fitted on the train part.
    """

    def __init__(
        self,
        resolved: "Resolved",
        objects: Mapping[str, Any] | None = None,
        *,
        split: Split | None = None,
        features: FeatureSet | None = None,
    ) -> None:
        objects = objects or {}
        self._config = resolved.config
        self.dataset, self.warnings = _load_checked(resolved, objects)
        options = feature_options(self._config)
        engine = plan_engine(resolved, options, self.dataset.assets, objects)
        if self._config.engine.cerebro is None:
            check_costs(self._config.engine, self.dataset, engine.traded.names)
        options = options if "features" in (engine.params["state_shape"] or ()) else {}
        self._sampling = SamplingOptions.of(
            self._config.episode, self.dataset.bar_seconds, engine.params["skip_frame"]
        )
        reach = _reach(engine, options, self._sampling)
        self.split: Split = split or make_split(
            self._config.split, self.dataset, reach.lookback, reach.horizon
        )
        if chosen_fold(self._config.split) is None:
            self.warnings += (_FIRST_FOLD,)
        #: Draws the training episodes, if they are synthetic.
        self.process = process = _process(self._config)
        reference, rows = self.dataset, self.split.train
        if process is not None and self._config.dataset.source == "mixed":
            # Training never sees the real bars, so nothing is fitted on them either.
            drawn = process.draw(REFERENCE_KEY, self._config.dataset.process.bars)
            reference = _named_as(drawn, self.dataset.assets)
            rows = range(len(reference))
        if features is None and options:
            features = fit_features(reference, options, rows, engine.traded.names)
        #: The fitted features, if the state shows any.
        self.features = features
        table = None if features is None else features.table(self.dataset)
        self.market = Market.of(self.dataset, table, engine)
        self._training = self.market, rows
        self._fresh: FreshMarkets | None = None
        if process is not None:
            table = None if features is None else features.table(reference)
            self._training = Market.of(reference, table, engine), rows
            self._fresh = FreshMarkets(process, features, engine, reference.assets)

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the traded assets."""
        return self.market.assets

    def scheme(self) -> ActionScheme:
        """Return the scheme of the actions."""
        return self.market.engine.scheme()

    def env(
        self,
        part: str,
        *,
        whole: bool | None = None,
        record: bool = False,
        trace: bool = False,
        limited: bool = True,
        render_mode: str | None = None,
    ) -> TradingEnv:
        """Make an environment.

        Parameters
        ----------
        part : {"train", "validation", "test"}
        whole : bool, optional
            Play the whole part instead of episodes as ``episode`` says; by default in all parts
            but train.
        record : bool
            Keep what `TradingEnv.episode_record` needs.
        trace : bool
            Keep every event for the record.
        limited : bool
            Whether the strategy's limits may end an episode.
        render_mode : {None, "rgb_array", "human", "ansi"}
        """
        return TradingEnv(
            **self._played(part, whole),
            record=record,
            trace=trace,
            limited=limited,
            pictures=self._config.render,
            render_mode=render_mode,
        )

    def batch_source(
        self, part: str, *, whole: bool | None = None, limited: bool = True
    ) -> "BatchSource":
        """Return what a batch of compiled environments plays; see `env` for the parameters."""
        from tradegym.envs.engines.compiled.batch import BatchSource

        return BatchSource(**self._played(part, whole), limited=limited)

    def _played(self, part: str, whole: bool | None) -> dict[str, Any]:
        """Return what both engines need to know of a part."""
        if part not in PARTS:
            raise UserError(f"part: '{part}' is not known; allowed: {', '.join(PARTS)}")
        whole = part != "train" if whole is None else whole
        home, rows = self._training if part == "train" else (self.market, self.split.ranges(part))
        return {
            "market": home,
            "ranges": rows,
            "part_name": part,
            "fresh": self._fresh if part == "train" and not whole else None,
            "sampling": self._sampling.whole() if whole else self._sampling,
        }


def _named_as(drawn: Dataset, assets: tuple[str, ...]) -> Dataset:
    """Return drawn bars under the names of the assets that they stand in for."""
    if len(drawn.assets) != len(assets):
        raise UserError(
            f"dataset.process: draws {len(drawn.assets)} asset(s), but dataset.test has "
            f"{len(assets)} ({', '.join(assets)}); use as many"
        )
    return Dataset.from_checked(drawn.name, drawn.times, drawn.ohlcv, assets, drawn.notes)


def _load_checked(
    resolved: "Resolved", objects: Mapping[str, Any]
) -> tuple[Dataset, tuple[str, ...]]:
    """Return the bars and what a user should know of them."""
    config = resolved.config.dataset
    if config.cls is not None or "dataset.cls" in objects:
        dataset = load_configured(resolved, objects)
        return dataset, dataset.notes
    dataset, findings = load_checked(config, allow=config.allow)
    return dataset, (*map(str, findings), *dataset.notes)


def _process(config: "Config") -> PathProcess | None:
    """Return what draws the training episodes, if they are synthetic."""
    if config.dataset.cls is not None or config.dataset.source not in SIMULATED:
        return None
    return make_process(config.dataset.process)


def feature_options(config: "Config") -> dict[str, dict[str, Any]]:
    """Return the options of the configured features by name.

    Raises
    ------
    UserError
        The state shows features, but there are none.
    """
    options = dict(config.strategy.state.features)
    if not options and "features" in config.strategy.state.modes:
        raise UserError("strategy.state.features: is empty, but the state has 'features'")
    return options


def _reach(
    engine: EnginePlan, features: Mapping[str, Mapping[str, Any]], sampling: SamplingOptions
) -> Reach:
    """Return how far a decision reaches; indicators of a user's own strategy are not known."""
    return Reach(
        lookback=engine.params["time_dim"] - 1 + features_lookback(features),
        horizon=rows_after_warmup(sampling.decisions or 1, engine.params["skip_frame"]) - 1,
    )


def decision_reach(
    resolved: "Resolved", dataset: Dataset, objects: Mapping[str, Any] | None = None
) -> Reach:
    """Return how far a decision of an environment reaches; automatic purging goes by it.

    Parameters
    ----------
    resolved : Resolved
    dataset : Dataset
        What ``load_configured`` returns for it.
    objects : mapping of str to object, optional
        As for `EnvBuilder`.
    """
    options = feature_options(resolved.config)
    engine = plan_engine(resolved, options, dataset.assets, objects or {})
    options = options if "features" in (engine.params["state_shape"] or ()) else {}
    sampling = SamplingOptions.of(
        resolved.config.episode, dataset.bar_seconds, engine.params["skip_frame"]
    )
    return _reach(engine, options, sampling)


def load_configured(resolved: "Resolved", objects: Mapping[str, Any] | None = None) -> Dataset:
    """Return the bars that the group ``dataset`` describes.

    Parameters
    ----------
    resolved : Resolved
    objects : mapping of str to object, optional
        A dataset or a callable that makes it, in place of ``dataset.cls``.

    Raises
    ------
    UserError
        The bars cannot be loaded, or the user's class does not return a dataset.
    """
    path = resolved.config.dataset.cls
    given = (objects or {}).get("dataset.cls")
    if isinstance(given, Dataset):
        return given
    if path is None and given is None:
        return load_dataset(resolved.config.dataset)
    factory = given if given is not None else import_object(str(path), "dataset.cls")
    if not callable(factory):
        raise UserError(
            f"dataset.cls: '{path}' is of type {type(factory).__name__}; it must be callable "
            f"without arguments and return a tradegym Dataset"
        )
    dataset = call_factory(factory, str(path), "dataset.cls")
    if not isinstance(dataset, Dataset):
        raise UserError(
            f"dataset.cls: '{path}' returned a {type(dataset).__name__}; it must return a "
            f"tradegym.envs.data.dataset.Dataset"
        )
    return dataset
