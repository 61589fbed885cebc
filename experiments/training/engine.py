"""The engine that steps the environments of a training."""

from typing import TYPE_CHECKING

from tradegym.envs.build import EnvBuilder
from tradegym.envs.engines.choice import EngineChoice, choose_engine
from tradegym.experiments.reporter import Reporter

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved


def engine_of(resolved: "Resolved", builder: EnvBuilder, reporter: Reporter) -> EngineChoice:
    """Return what steps the environments of a training.

    Parameters
    ----------
    resolved : Resolved
    builder : EnvBuilder
    reporter : Reporter
        Is told when the engine has to be compiled, and warned where it cannot be.

    Raises
    ------
    UserError
        ``engine.backend=compiled`` and the configuration needs backtrader.
    """
    config, against = resolved.config, None
    if config.train.env_workers:
        against = f"train.env_workers={config.train.env_workers} is for backtrader"
    return choose_engine(
        builder.market.engine,
        config.engine.backend,
        notify=reporter.message,
        warn=reporter.warn,
        against=against,
    )
