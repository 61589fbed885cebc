"""From a resolved configuration to something that makes a fresh Cerebro for each episode."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import backtrader as bt

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.engine import asset_options
from tradegym.envs.engines.backtrader.analyzers import add_analyzers
from tradegym.envs.engines.backtrader.broker import MarketBroker
from tradegym.envs.engines.backtrader.cerebro import LeanCerebro
from tradegym.envs.engines.backtrader.costs import broker_factory, lowest_prices, sizer_factory
from tradegym.envs.engines.backtrader.equity import EquityBroker
from tradegym.envs.imports import call_factory, import_object, import_subclass
from tradegym.envs.strategies.actions import ActionScheme, make_scheme, scheme_options_of
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.broker_stats import column_names
from tradegym.envs.strategies.context import Costs
from tradegym.envs.strategies.features import feature_width
from tradegym.envs.strategies.rewards import complete_terms
from tradegym.envs.strategies.spaces import state_shape, windows_of
from tradegym.envs.traded import Traded, choose_traded

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.engine import EngineConfig
    from tradegym.conf.schema.strategy import StrategyConfig

#: What BTgym's strategies call their asset when they have only one.
BTGYM_ASSET = ("default_asset",)

#: Python objects given to ``make()`` in place of an import path, by config key.
Objects = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """How to run an episode.

    Attributes
    ----------
    new_cerebro : callable
        Returns a fresh Cerebro with one strategy and no data.
    strategy : type
        The strategy's class.
    params : dict
        Its parameters, defaults included.
    costs : Costs
    traded : Traded
        The assets that it trades.
    lowest_prices : mapping of str to float
        Price by traded asset above which its costs leave a sell something.
    declared : bool
        Whether the strategy is the packaged, declarative one (then its warm-up is known).
    config : EngineConfig or None
        What the broker and the costs were made from; None with a Cerebro of the user's.
    """

    new_cerebro: Callable[[], bt.Cerebro]
    strategy: type[BaseStrategy]
    params: dict[str, Any]
    costs: Costs
    traded: Traded
    declared: bool
    lowest_prices: Mapping[str, float] = field(default_factory=dict)
    config: "EngineConfig | None" = None

    def scheme(self) -> ActionScheme:
        """Return the scheme of the actions."""
        options = self.params["actions"] or scheme_options_of(self.params["portfolio_actions"])
        return make_scheme(options, self.traded.names, joint=self.traded.joint)


def plan_engine(
    resolved: "Resolved", features: Mapping[str, Any], assets: tuple[str, ...], objects: Objects
) -> EnginePlan:
    """Choose between a custom Cerebro, a custom strategy and the declarative one.

    Parameters
    ----------
    resolved : Resolved
    features : mapping of str to mapping
        Options of the features by name.
    assets : tuple of str
        Of the dataset.
    objects : mapping of str to object
        Python objects that stand in for import paths, by config key.
    """
    config = resolved.config
    if config.engine.cerebro is not None:
        return _plan_custom_cerebro(config.engine.cerebro, assets, objects)
    engine = config.engine
    if config.strategy.cls is None:
        strategy: type[BaseStrategy] = BaseStrategy
        traded = choose_traded(config.strategy.actions.assets, assets)
        kwargs = _declared_params(config.strategy, features, traded)
    else:
        strategy = custom_strategy(config.strategy.cls, objects)
        kwargs = _custom_params(resolved, strategy, objects.get("strategy.params", {}))
        traded = _traded_by(strategy, kwargs, assets)
    params = _merged(strategy, kwargs)
    new_broker, add_sizer = broker_factory(engine, assets), sizer_factory(engine)
    add_analyzers(bt.Cerebro(), engine.analyzers)  # a mistake shows now, not at the first reset
    return EnginePlan(
        new_cerebro=lambda: _new_cerebro(new_broker, add_sizer, engine, strategy, params),
        strategy=strategy,
        params=params,
        costs=_costs(engine, assets),
        lowest_prices=lowest_prices(engine, traded.names),
        traded=traded,
        declared=config.strategy.cls is None,
        config=engine,
    )


def _costs(engine: "EngineConfig", assets: tuple[str, ...]) -> Costs:
    own = {asset: asset_options(engine, asset) for asset in assets}
    return Costs(
        maintenance_margin=engine.maintenance_margin,
        latency=engine.latency,
        lots={asset: options.lot for asset, options in own.items()},
        long_only=frozenset(asset for asset, options in own.items() if not options.short),
    )


def _traded_by(
    strategy: type[BaseStrategy], kwargs: Mapping[str, Any], assets: tuple[str, ...]
) -> Traded:
    """Return what a strategy class trades by its parameter ``asset_names``."""
    names = {**strategy_params(strategy), **kwargs}["asset_names"]
    if names is not None and tuple(names) == BTGYM_ASSET:
        names = None
    return choose_traded(names, assets, "asset_names")


def custom_strategy(path: str, objects: Objects) -> type[BaseStrategy]:
    """Return the user's strategy class, given as an object or by its import path.

    Raises
    ------
    UserError
        When it is no subclass of `BaseStrategy`.
    """
    given = objects.get("strategy.cls")
    if given is None:
        return import_subclass(path, "strategy.cls", BaseStrategy)
    if not (isinstance(given, type) and issubclass(given, BaseStrategy)):
        raise UserError(
            f"strategy: {given!r} is not a subclass of tradegym.envs.strategies.base.BaseStrategy"
        )
    return given


def strategy_params(strategy: type[BaseStrategy]) -> dict[str, Any]:
    """Return the parameters that a strategy class declares, with their defaults."""
    params: Any = strategy.params  # backtrader's metaclass replaced the tuple
    return dict(params._getitems())


def _merged(strategy: type[BaseStrategy], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return defaults overridden by ``kwargs``, with what follows from them."""
    params = {**strategy_params(strategy), **kwargs}
    terms = params["reward_terms"]
    if terms is None:
        terms = {"btgym": {"scale": params["reward_scale"], "gamma": params["gamma"]}}
    params["reward_terms"] = complete_terms(terms)  # checked once, not at every reset
    implied = windows_of(params["state_shape"])
    return params | {name: bars for name, bars in implied.items() if name not in kwargs}


def _new_cerebro(
    new_broker: Callable[[], MarketBroker],
    add_sizer: Callable[[bt.Cerebro], None],
    engine: "EngineConfig",
    strategy: type[BaseStrategy],
    kwargs: dict[str, Any],
) -> bt.Cerebro:
    cerebro = LeanCerebro()
    cerebro.broker = new_broker()
    add_sizer(cerebro)
    add_analyzers(cerebro, engine.analyzers)
    cerebro.addstrategy(strategy, **kwargs)
    return cerebro


def _declared_params(
    strategy: "StrategyConfig", features: Mapping[str, Any], traded: Traded
) -> dict[str, Any]:
    """Translate the declarative strategy to parameters of `BaseStrategy`."""
    state, limits, n_assets = strategy.state, strategy.limits, len(traded.names)
    shape = state_shape(
        state.modes,
        state.time_dim,
        state.avg_period,
        n_features=feature_width(features, n_assets),
        n_statistics=len(column_names(state.internal, traded.names)),
        n_assets=n_assets,
    )
    return {
        "state_shape": shape,
        "flat_state": state.flat,
        "time_dim": state.time_dim,
        "avg_period": state.avg_period,
        "internal": state.internal,
        "skip_frame": strategy.skip_frame,
        "actions": strategy.actions.model_dump(),
        "reward_terms": {
            name: options
            for name, options in strategy.reward.model_dump().items()
            if options is not None
        },
        **limits.model_dump(),
    }


#: Parameter of `BaseStrategy` that a given ``strategy.*`` key overrides in a class's own.
_PARAM_OF_KEY = {
    "strategy.skip_frame": "skip_frame",
    "strategy.state.time_dim": "time_dim",
    "strategy.state.avg_period": "avg_period",
    "strategy.state.flat": "flat_state",
    "strategy.state.internal": "internal",
    "strategy.actions.assets": "asset_names",
    "strategy.actions.portfolio_actions": "portfolio_actions",
    "strategy.reward.btgym.gamma": "gamma",
    "strategy.reward.btgym.scale": "reward_scale",
    "strategy.limits.drawdown_call": "drawdown_call",
    "strategy.limits.target_call": "target_call",
    "strategy.limits.max_loss": "max_loss",
    "strategy.limits.max_orders": "max_orders",
    "strategy.limits.max_orders_window": "max_orders_window",
}


#: What a strategy class takes its features from, and its own parameters.
_NOT_OF_THE_CLASS = ("strategy.params", "strategy.state.features")


def _custom_params(
    resolved: "Resolved", strategy: type[BaseStrategy], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Collect what overrides a strategy class's own parameters, and check the names."""
    known = strategy_params(strategy)
    kwargs: dict[str, Any] = {}
    for key, entry in resolved.values.items():
        if not entry.given or entry.ignored or not key.startswith("strategy."):
            continue
        if key in _PARAM_OF_KEY:
            kwargs[_PARAM_OF_KEY[key]] = entry.value
        elif key != "strategy.cls" and not key.startswith(_NOT_OF_THE_CLASS):
            raise UserError(
                f"{key}: a strategy class decides this itself; its parameters are set with "
                f"strategy.params.NAME: {', '.join(sorted(known))}"
            )
    kwargs.update(resolved.config.strategy.params)
    kwargs.update(given)
    for name in kwargs:
        if name not in known:
            raise UserError(
                f"strategy.params.{name}: {strategy.__name__} has no such parameter"
                f"{did_you_mean(name, known)}"
            )
    return kwargs


def _plan_custom_cerebro(path: str, assets: tuple[str, ...], objects: Objects) -> EnginePlan:
    given = objects.get("engine.cerebro")
    if isinstance(given, bt.Cerebro):
        template = given

        def new_cerebro() -> bt.Cerebro:
            return copy.deepcopy(template)
    else:
        factory = given or import_object(path, "engine.cerebro")
        if not callable(factory):
            raise UserError(
                f"engine.cerebro: '{path}' is of type {type(factory).__name__}; it must be "
                f"callable without arguments and return a backtrader.Cerebro"
            )

        def new_cerebro() -> bt.Cerebro:
            return factory()

    cerebro = _first_cerebro(new_cerebro, path)
    strategy, kwargs = _only_strategy(cerebro, path)
    params = _merged(strategy, kwargs)

    def prepared() -> bt.Cerebro:
        fresh = new_cerebro()
        # As BTgym did for every episode: a short locks its cost instead of adding to the cash.
        fresh.broker.set_shortcash(False)
        if type(fresh.broker) is bt.brokers.BackBroker:
            fresh.broker.__class__ = EquityBroker
        if type(fresh) is bt.Cerebro:
            fresh.__class__ = LeanCerebro
        fresh.strats[0][0][2].update(params)
        return fresh

    traded = _traded_by(strategy, params, assets)
    return EnginePlan(prepared, strategy, params, Costs(), traded, declared=False)


def _first_cerebro(new_cerebro: Callable[[], bt.Cerebro], path: str) -> bt.Cerebro:
    cerebro = call_factory(new_cerebro, path, "engine.cerebro")
    if not isinstance(cerebro, bt.Cerebro):
        raise UserError(
            f"engine.cerebro: '{path}' returned a {type(cerebro).__name__}; it must return a "
            f"backtrader.Cerebro"
        )
    return cerebro


def _only_strategy(cerebro: bt.Cerebro, path: str) -> tuple[type[BaseStrategy], dict[str, Any]]:
    added = [entry for group in cerebro.strats for entry in group]
    if len(added) != 1 or cerebro.datas:
        raise UserError(
            f"engine.cerebro: '{path}' has {len(added)} strategies and {len(cerebro.datas)} data "
            f"feeds; it must have exactly one strategy and no data"
        )
    strategy, _, kwargs = added[0]
    if not (isinstance(strategy, type) and issubclass(strategy, BaseStrategy)):
        raise UserError(
            f"engine.cerebro: the strategy of '{path}' is {strategy.__name__}; it must be a "
            f"subclass of tradegym.envs.strategies.base.BaseStrategy"
        )
    return strategy, dict(kwargs)
