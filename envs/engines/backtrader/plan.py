"""From a resolved configuration to something that makes a fresh Cerebro for each episode."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import backtrader as bt

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.engines.backtrader.broker import EquityBroker, MarketBroker
from tradegym.envs.engines.backtrader.sizers import EquityFractionSizer, FixedSizer
from tradegym.envs.imports import call_factory, import_object, import_subclass
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.context import Costs
from tradegym.envs.strategies.spaces import state_shape, windows_of

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.engine import EngineConfig
    from tradegym.conf.schema.strategy import StrategyConfig

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
    declared : bool
        Whether the strategy is the packaged, declarative one (then its warm-up is known).
    """

    new_cerebro: Callable[[], bt.Cerebro]
    strategy: type[BaseStrategy]
    params: dict[str, Any]
    costs: Costs
    declared: bool


def plan_engine(resolved: "Resolved", n_features: int, objects: Objects) -> EnginePlan:
    """Choose between a custom Cerebro, a custom strategy and the declarative one."""
    config = resolved.config
    if config.engine.cerebro is not None:
        return _plan_custom_cerebro(config.engine.cerebro, objects)
    engine = config.engine
    if config.strategy.cls is None:
        strategy: type[BaseStrategy] = BaseStrategy
        kwargs = _declared_params(config.strategy, n_features)
    else:
        strategy = custom_strategy(config.strategy.cls, objects)
        kwargs = _custom_params(resolved, strategy, objects.get("strategy.params", {}))
    params = _merged(strategy, kwargs)
    return EnginePlan(
        new_cerebro=lambda: _new_cerebro(engine, strategy, params),
        strategy=strategy,
        params=params,
        costs=Costs(engine.maintenance_margin, engine.latency, engine.lot),
        declared=config.strategy.cls is None,
    )


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
    """Return defaults overridden by ``kwargs``, with the windows that a state_shape implies."""
    params = {**strategy_params(strategy), **kwargs}
    implied = windows_of(params["state_shape"])
    return params | {name: bars for name, bars in implied.items() if name not in kwargs}


def _new_cerebro(
    engine: "EngineConfig", strategy: type[BaseStrategy], kwargs: dict[str, Any]
) -> bt.Cerebro:
    cerebro = bt.Cerebro()
    cerebro.broker = MarketBroker(
        slip_perc=engine.slip_perc, slip_fixed=engine.slip_fixed, spread=engine.spread
    )
    cerebro.broker.setcash(engine.start_cash)
    cerebro.broker.setcommission(commission=engine.broker_commission, leverage=engine.leverage)
    SIZERS[engine.sizing](cerebro, engine)
    cerebro.addstrategy(strategy, **kwargs)
    return cerebro


def _add_fixed(cerebro: bt.Cerebro, engine: "EngineConfig") -> None:
    cerebro.addsizer(FixedSizer, stake=engine.fixed_stake)


def _add_equity_fraction(cerebro: bt.Cerebro, engine: "EngineConfig") -> None:
    cerebro.addsizer(EquityFractionSizer, fraction=engine.equity_fraction, lot=engine.lot)


#: What adds the sizer for each value of ``engine.sizing``.
SIZERS: dict[str, Callable[[bt.Cerebro, "EngineConfig"], None]] = {
    "fixed": _add_fixed,
    "equity_fraction": _add_equity_fraction,
}


def _declared_params(strategy: "StrategyConfig", n_features: int) -> dict[str, Any]:
    """Translate the declarative strategy to parameters of `BaseStrategy`."""
    state = strategy.state
    reward = strategy.reward.model_dump()
    return {
        "state_shape": state_shape(state.modes, state.time_dim, state.avg_period, n_features),
        "time_dim": state.time_dim,
        "avg_period": state.avg_period,
        "skip_frame": strategy.skip_frame,
        "portfolio_actions": tuple(strategy.actions.portfolio_actions),
        "drawdown_call": strategy.limits.drawdown_call,
        "target_call": strategy.limits.target_call,
        "reward_terms": {name: options for name, options in reward.items() if options},
    }


#: Parameter of `BaseStrategy` that a given ``strategy.*`` key overrides in a class's own.
_PARAM_OF_KEY = {
    "strategy.skip_frame": "skip_frame",
    "strategy.state.time_dim": "time_dim",
    "strategy.state.avg_period": "avg_period",
    "strategy.actions.portfolio_actions": "portfolio_actions",
    "strategy.reward.btgym.gamma": "gamma",
    "strategy.reward.btgym.scale": "reward_scale",
    "strategy.limits.drawdown_call": "drawdown_call",
    "strategy.limits.target_call": "target_call",
}


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
        elif key not in ("strategy.cls",) and not key.startswith("strategy.params"):
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


def _plan_custom_cerebro(path: str, objects: Objects) -> EnginePlan:
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
        fresh.strats[0][0][2].update(params)
        return fresh

    return EnginePlan(prepared, strategy, params, Costs(), declared=False)


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
