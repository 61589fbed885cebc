"""Keys of the group ``engine``: what executes orders and keeps the accounts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, NoReturn, Self

from pydantic import model_validator

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.base import (
    IMPORT_PATH,
    ConfigModel,
    ImportPath,
    Whole,
    fail,
    field_extra,
    option,
)
from tradegym.conf.schema.engine_analyzers import analyzer_specs
from tradegym.conf.schema.engine_assets import CostsConfig, asset_config


class AccountConfig(ConfigModel):
    """What holds for the account as a whole."""

    cerebro: ImportPath | None = option(
        None,
        "your own Cerebro, module:callable; all other engine.* and strategy.* keys are ignored",
        flat="engine",
        kind=IMPORT_PATH,
    )
    backend: Literal["auto", "backtrader", "compiled"] = option(
        "auto", "what steps the environments; auto = compiled in training where it can"
    )
    info: Literal["auto", "full", "ends"] = option(
        "auto", "info of every step, or of an episode's end only; auto = ends in training"
    )
    start_cash: float = option(10_000.0, "cash at the start, money", gt=0)
    maintenance_margin: float = option(
        0.25, "equity over position value below which a position is liquidated", ge=0, lt=1
    )
    latency: Whole = option(0, "extra bars between decision and fill", ge=0)
    reserve: float = option(
        0.01, "fraction of the cash that buy and hold keeps for costs", ge=0, lt=1
    )
    sizing: Literal["fixed", "equity_fraction", "cash_fraction"] = option(
        "equity_fraction", "how large a buy or sell is"
    )


class EngineConfig(CostsConfig, AccountConfig):
    """What executes orders and keeps the accounts."""

    KEY: ClassVar[str] = "engine"

    assets: dict[str, Any] = option(
        {},
        "costs and order sizes that differ by asset: {btc: {spread: 5, short: false}}",
        flat="asset_costs",
        kind="a mapping",
    )
    analyzers: dict[str, Any] = option(
        {},
        "backtrader analyzers by name: {sharpe: {cls: backtrader.analyzers:SharpeRatio}}",
        kind="a mapping",
    )

    @model_validator(mode="after")
    def _check_sizes(self) -> Self:
        for name, entry in self.assets.items():
            self._check_size_keys(f"engine.assets.{name}", entry)
        return self

    def _check_size_keys(self, key: str, entry: Any) -> None:
        """Refuse an asset's order size that ``engine.sizing`` does not use."""
        own = asset_config(key, entry).model_fields_set
        for name in CostsConfig.model_fields:
            condition = field_extra(CostsConfig.model_fields[name].json_schema_extra).get("when")
            if name in own and condition is not None and condition[1] != self.sizing:
                fail(
                    f"{key}.{name}: not used with engine.sizing={self.sizing}; "
                    f"it needs engine.sizing={condition[1]}",
                    key,
                )

    @model_validator(mode="after")
    def _check_costs(self) -> Self:
        """Check what belongs together, for the general values and for each asset's."""
        for asset in (None, *self.assets):
            _check_together(self, asset)
        return self

    @model_validator(mode="after")
    def _check_analyzers(self) -> Self:
        analyzer_specs(self.analyzers)
        return self


@dataclass(frozen=True, slots=True)
class AssetCosts:
    """What trading one asset costs and how large its orders are.

    Attributes
    ----------
    asset : str
    broker_commission : float
        Fraction of the traded value, or money, as ``commission_kind`` says.
    commission_kind : str
        ``percent``, ``per_unit`` or ``fixed``.
    commission_minimum : float
        Money.
    fixed_stake : float
        Units per order.
    equity_fraction, cash_fraction : float
        Value of an order over equity, or over free cash.
    lot : float
        Smallest unit that is traded; 0 allows any fraction.
    leverage : float
        Position value over locked cash.
    slip_perc : float
        Fraction of the price.
    slip_fixed, spread : float
        Price.
    volume_limit : float or None
        Fraction of a bar's volume; None: any size is filled.
    borrow_interest : float
        Fraction of the entry value a year.
    interest_long : bool
        Whether a long position pays interest too.
    short : bool
        Whether a position may be sold short.
    """

    asset: str
    broker_commission: float
    commission_kind: str
    commission_minimum: float
    fixed_stake: float
    equity_fraction: float
    cash_fraction: float
    lot: float
    leverage: float
    slip_perc: float
    slip_fixed: float
    spread: float
    volume_limit: float | None
    borrow_interest: float
    interest_long: bool
    short: bool

    @property
    def price_cost(self) -> float:
        """What each fill's price is worse by besides ``slip_perc``: half the spread is crossed."""
        return self.slip_fixed + self.spread / 2.0


_OPTIONS = tuple(field.name for field in fields(AssetCosts) if field.name != "asset")


def asset_options(config: EngineConfig, asset: str) -> AssetCosts:
    """Return the values that hold for an asset: its own, else the general ones."""
    values = {name: getattr(config, name) for name in _OPTIONS}
    entry = config.assets.get(asset)
    if entry is not None:
        own = asset_config(f"engine.assets.{asset}", entry)
        values |= {name: getattr(own, name) for name in own.model_fields_set}
    return AssetCosts(asset, **values)


def check_assets(config: EngineConfig, names: Iterable[str]) -> None:
    """Refuse entries of ``engine.assets`` for assets that the dataset does not have.

    Parameters
    ----------
    config : EngineConfig
    names : iterable of str
        The dataset's assets.

    Raises
    ------
    UserError
        The first such entry, with the nearest name.
    """
    known = list(names)
    for name in config.assets:
        if name not in known:
            raise UserError(
                f"engine.assets.{name}: the dataset has no asset '{name}'; "
                f"allowed: {', '.join(known)}{did_you_mean(name, known)}"
            )


def _check_together(config: EngineConfig, asset: str | None) -> None:
    """Refuse values that contradict each other; ``asset`` None means the general ones."""
    costs = asset_options(config, asset or "")
    entry = f"engine.assets.{asset}"
    own = asset_config(entry, config.assets[asset]).model_fields_set if asset is not None else set()

    def key(name: str) -> str:
        return f"{entry}.{name}" if name in own else f"engine.{name}"

    def refuse(name: str, line: str) -> NoReturn:
        fail(f"{key(name)}: {line}", entry if name in own else key(name))

    if costs.commission_kind == "percent" and costs.broker_commission >= 1.0:
        rule = f"< 1 with {key('commission_kind')}=percent"
        refuse("broker_commission", f"{costs.broker_commission:g} is out of range; allowed: {rule}")
    fraction = getattr(costs, config.sizing, 0.0)
    if fraction > costs.leverage:
        rule = f"<= {key('leverage')}={costs.leverage:g}"
        refuse(config.sizing, f"{fraction:g} is out of range; allowed: {rule}")
    if config.sizing == "fixed" and costs.fixed_stake < costs.lot:
        rule = f">= {key('lot')}={costs.lot:g}"
        refuse("fixed_stake", f"{costs.fixed_stake:g} is less than one lot; allowed: {rule}")
