"""Keys of the group ``engine``: what executes orders and keeps the accounts."""

from typing import ClassVar, Literal

from tradegym.conf.schema.base import IMPORT_PATH, ConfigModel, ImportPath, Whole, option


class EngineConfig(ConfigModel):
    """What executes orders and keeps the accounts."""

    KEY: ClassVar[str] = "engine"

    cerebro: ImportPath | None = option(
        None,
        "your own Cerebro, module:callable; all other engine.* and strategy.* keys are ignored",
        flat="engine",
        kind=IMPORT_PATH,
    )
    backend: Literal["auto", "backtrader"] = option("auto", "the engine; auto picks for you")
    start_cash: float = option(10_000.0, "cash at the start, money", gt=0)
    broker_commission: float = option(0.001, "commission, fraction of the traded value", ge=0, lt=1)
    sizing: Literal["fixed", "equity_fraction"] = option(
        "equity_fraction", "how large a buy or sell is"
    )
    fixed_stake: float = option(10.0, "units per order", when=("sizing", "fixed"), gt=0)
    equity_fraction: float = option(
        0.2, "fraction of the equity per order", when=("sizing", "equity_fraction"), gt=0, le=1
    )
    lot: float = option(0.0, "smallest unit that is traded; 0 = fractional units", ge=0)
    leverage: float = option(1.0, "position value over locked cash", ge=1)
    maintenance_margin: float = option(
        0.25, "equity over position value below which a position is liquidated", ge=0, lt=1
    )
    slip_perc: float = option(0.0, "slippage, fraction of the price", ge=0, lt=1)
    slip_fixed: float = option(0.0, "slippage, price", ge=0)
    spread: float = option(0.0, "bid-ask spread, price; half is paid on each fill", ge=0)
    latency: Whole = option(0, "extra bars between decision and fill", ge=0)
    reserve: float = option(
        0.01, "fraction of the cash that buy and hold keeps for costs", ge=0, lt=1
    )
