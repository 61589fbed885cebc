"""``tradegym.make``: an environment from BTgym's flat keyword arguments."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymnasium import spaces

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.resolve import resolve
from tradegym.conf.rules import CEREBRO_RULE
from tradegym.conf.schema.keys import flat_names, from_flat
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.parsing_params import from_parsing_params
from tradegym.envs.durations import duration_text
from tradegym.envs.engines.backtrader.plan import custom_strategy, strategy_params
from tradegym.envs.engines.choice import COMPILED, choose_engine
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.spaces import PACKAGED_MODES, observed_modes, windows_of

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.engines.compiled.env import CompiledTradingEnv
    from tradegym.envs.trading import TradingEnv

#: Packaged options that `make` starts from: BTgym's numbers.
_DEFAULT_OPTIONS = {"engine": "btgym", "strategy": "btgym", "dataset": "sp500"}

#: Key of the custom part of each group.
_CUSTOM_KEYS = {"engine": "engine.cerebro", "strategy": "strategy.cls", "dataset": "dataset.cls"}

#: What each order size says of ``engine.sizing``.
_SIZINGS = {
    "fixed_stake": "fixed",
    "equity_fraction": "equity_fraction",
    "cash_fraction": "cash_fraction",
}

#: Arguments that may be lengths of time.
_DURATIONS = {"episode_duration", "time_gap"}


def make(
    *,
    part: str = "train",
    whole: bool | None = None,
    render_mode: str | None = None,
    record: bool = False,
    trace: bool = False,
    config_dir: str | Path | None = None,
    **kwargs: Any,
) -> "TradingEnv | CompiledTradingEnv":
    """Make an environment, starting from BTgym's defaults.

    The keyword arguments go through the same override rules as the command line: with a custom
    ``engine``, all engine and strategy arguments are ignored; with a custom ``strategy`` the
    class's own parameters count, each overridden by its argument; with a custom ``dataset``
    dataset arguments are ignored; what is ignored is reported as a ``UserWarning``.

    Parameters
    ----------
    part : {"train", "validation", "test"}
        Which bars.
    whole : bool, optional
        Play all of the part instead of episodes as ``episode`` says; by default in all parts but
        train.
    render_mode : {None, "rgb_array", "human", "ansi"}
    record : bool
        Keep what `TradingEnv.episode_record` needs.
    trace : bool
        Keep every event for the record, which it then implies.
    config_dir : str or Path, optional
        Directory with further options.
    **kwargs
        Flat names (``start_cash``, ``broker_commission``, ``fixed_stake``, ``drawdown_call``,
        ``target_call``, ``skip_frame``, ``portfolio_actions``, ``episode_duration`` ...) or
        dotted keys. Besides:

        ``filename``
            A CSV file; without it the bars are those of ``dataset="sp500"``.
        ``state_shape``
            Mapping of state mode to ``gymnasium.spaces.Box``.
        ``episode_duration``
            Decisions, or time: BTgym's mapping of ``days, hours, minutes``, a ``timedelta``, or
            text such as ``"23h55min"``; the bar length turns it into decisions.
        ``time_gap``
            Time in the same ways.
        ``start_weekdays``
            Also as a set.
        ``engine``, ``strategy``, ``dataset``
            The name of a packaged option, an import path ``module:Name``, or an object: a
            ``bt.Cerebro`` (copied at each reset) or a callable that returns one; a subclass of
            ``BaseStrategy``; a ``Dataset``, a pandas or Arrow frame, or a callable that returns
            a ``Dataset``.
        ``parsing_params``
            BTgym's mapping for CSV files.

        ``backend``
            ``compiled``: a `CompiledTradingEnv`, with the same numbers and about a hundred times
            as fast, but without records, traces and pictures. Otherwise a `TradingEnv`, which
            has them.

    Returns
    -------
    TradingEnv or CompiledTradingEnv

    Raises
    ------
    tradegym.conf.errors.UserError
        For an unknown argument or a wrong value, in one line.

    Examples
    --------
    >>> import tradegym
    >>> env = tradegym.make(start_cash=10_000, fixed_stake=1, state_shape=None)
    >>> observation, info = env.reset(seed=0)
    >>> observation["raw"].shape
    (4, 4)
    """
    builder, resolved = make_builder(kwargs, config_dir)
    engine = resolved.config.engine
    if engine.backend != COMPILED:
        return builder.env(
            part, whole=whole, record=record or trace, trace=trace, render_mode=render_mode
        )
    choice = choose_engine(
        builder.market.engine,
        engine.backend,
        notify=_tell,
        warn=_tell,
        record=record,
        trace=trace,
        render_mode=render_mode,
    )
    if choice.backend != COMPILED:
        return builder.env(part, whole=whole)
    from tradegym.envs.engines.compiled.env import CompiledTradingEnv

    source = builder.batch_source(part, whole=whole)
    return CompiledTradingEnv(source, full_info=engine.info != "ends")


def _tell(line: str) -> None:
    """Say what the first environment has to wait for, or what is different here."""
    warnings.warn(line, UserWarning, stacklevel=4)


def make_builder(
    kwargs: dict[str, Any], config_dir: str | Path | None = None
) -> "tuple[EnvBuilder, Resolved]":
    """Return what makes environments from the further arguments of `make`, and their meaning."""
    kwargs = dict(kwargs)
    options = dict(_DEFAULT_OPTIONS)
    objects: dict[str, Any] = {}
    given: dict[str, Any] = {}
    if kwargs.get("filename") is not None:
        options["dataset"] = "csv"
    for group, key in _CUSTOM_KEYS.items():
        value = kwargs.pop(group, None)
        if value is None:
            continue
        if isinstance(value, str) and ":" not in value:
            options[group] = value
        elif isinstance(value, str):
            given[key] = value
        else:
            objects[key] = _from_frame(value) if group == "dataset" else value
            given[key] = _path_of(value)
    if "strategy.cls" in given:
        strategy = custom_strategy(given["strategy.cls"], objects)
        objects["strategy.params"] = _own_params(kwargs, strategy)
    elif "engine.cerebro" in given and kwargs.pop("state_shape", None) is not None:
        warnings.warn(f"ignored: state_shape ({CEREBRO_RULE})", UserWarning, stacklevel=3)
    else:
        _translate_state_shape(kwargs, given)
    for name in _DURATIONS & kwargs.keys():
        kwargs[name] = duration_text(name, kwargs[name])
    if isinstance(kwargs.get("start_weekdays"), set | frozenset):
        kwargs["start_weekdays"] = sorted(kwargs["start_weekdays"])
    if (parsing := kwargs.pop("parsing_params", None)) is not None:
        given.update(from_parsing_params(parsing))
    _imply_sizing(kwargs)
    # A flat name that is None means its default, as in BTgym; null is a value of dotted keys.
    named = {name: value for name, value in kwargs.items() if value is not None or "." in name}
    given.update(from_flat(named))
    resolved = resolve(
        [f"{group}={option}" for group, option in options.items()],
        None if config_dir is None else Path(config_dir),
        given,
    )
    builder = EnvBuilder(resolved, objects)
    for warning in (*resolved.warnings, *builder.warnings):
        warnings.warn(warning, UserWarning, stacklevel=3)
    return builder, resolved


def _imply_sizing(kwargs: dict[str, Any]) -> None:
    """Let an order size say how orders are sized, as BTgym's ``fixed_stake`` did."""
    sized = [name for name in _SIZINGS if kwargs.get(name) is not None]
    if len(sized) == 1 and not {"sizing", "engine.sizing"} & kwargs.keys():
        kwargs["sizing"] = _SIZINGS[sized[0]]


def _from_frame(value: Any) -> Any:
    """Turn a data frame into a dataset; anything else stays as it is."""
    if isinstance(value, Dataset) or callable(value):
        return value
    return Dataset.from_frame(value, "frame")


def _path_of(value: Any) -> str:
    """Name an object as an import path would, for messages and the configuration."""
    named = value if callable(value) else type(value)
    name = getattr(named, "__name__", type(value).__name__)
    return f"{named.__module__}:{name if name.isidentifier() else 'object'}"


def _own_params(kwargs: dict[str, Any], strategy: type[BaseStrategy]) -> dict[str, Any]:
    """Take the arguments that only the strategy class knows out of ``kwargs``."""
    own = set(strategy_params(strategy)) - set(flat_names())
    return {name: kwargs.pop(name) for name in list(kwargs) if name in own}


def _translate_state_shape(kwargs: dict[str, Any], given: dict[str, Any]) -> None:
    """Turn BTgym's ``state_shape`` into the keys of the state."""
    shapes = kwargs.pop("state_shape", None)
    if shapes is None:
        return
    for mode, space in dict(shapes).items():
        if mode == "metadata":
            continue
        if mode not in PACKAGED_MODES:
            raise UserError(
                f"state_shape: '{mode}' is not a packaged state mode"
                f"{did_you_mean(mode, PACKAGED_MODES)}; allowed: {', '.join(PACKAGED_MODES)} "
                f"(others need a strategy class with get_{mode}_state)"
            )
        if not isinstance(space, spaces.Box):
            raise UserError(
                f"state_shape: '{mode}' is a {type(space).__name__}; it must be a "
                f"gymnasium.spaces.Box"
            )
    given["strategy.state.modes"] = list(observed_modes(shapes))
    for name, bars in windows_of(shapes).items():
        given[f"strategy.state.{name}"] = bars
