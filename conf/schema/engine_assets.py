"""Keys of ``engine`` that may differ by asset: costs, order sizes and what is allowed."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import ValidationError, model_validator
from pydantic_core import ErrorDetails

from tradegym.conf.errors import did_you_mean
from tradegym.conf.schema.base import ConfigModel, fail, option


class CostsConfig(ConfigModel):
    """What trading costs and how large an order is."""

    broker_commission: float = option(
        0.001, "commission: fraction of the traded value, or money (see commission_kind)", ge=0
    )
    commission_kind: Literal["percent", "per_unit", "fixed"] = option(
        "percent", "commission as a fraction of the value, per unit, or for each part of a fill"
    )
    commission_minimum: float = option(
        0.0, "least commission, money; a reversal pays it twice, each part of a fill once", ge=0
    )
    fixed_stake: float = option(10.0, "units per order", when=("sizing", "fixed"), gt=0)
    equity_fraction: float = option(
        0.2,
        "value of an order, fraction of the equity",
        when=("sizing", "equity_fraction"),
        gt=0,
        limits="a number > 0 and <= engine.leverage",
    )
    cash_fraction: float = option(
        0.2,
        "value of an order, fraction of the free cash; costs come on top",
        when=("sizing", "cash_fraction"),
        gt=0,
        limits="a number > 0 and <= engine.leverage",
    )
    lot: float = option(0.0, "smallest unit that is traded; 0 = fractional units", ge=0)
    leverage: float = option(1.0, "position value over locked cash", ge=1)
    slip_perc: float = option(0.0, "slippage, fraction of the price", ge=0, lt=1)
    slip_fixed: float = option(0.0, "slippage, price", ge=0)
    spread: float = option(0.0, "bid-ask spread, price; half is paid on each fill", ge=0)
    volume_limit: float | None = option(
        None, "most that is filled of a bar's volume, fraction; null = any size", gt=0, le=1
    )
    borrow_interest: float = option(
        0.0, "yearly interest on the entry value of a short position, fraction", ge=0
    )
    interest_long: bool = option(False, "whether a long position pays the interest too")
    short: bool = option(True, "whether a position may be sold short")


class AssetConfig(CostsConfig):
    """What differs for one asset."""

    KEY: ClassVar[str] = "engine.assets.*"

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        """Leave it to the general configuration, which knows how orders are sized."""
        return self


def asset_config(key: str, entry: Any) -> AssetConfig:
    """Return the checked keys of one entry of ``engine.assets``; null has none.

    Parameters
    ----------
    key : str
        Dotted key of the entry.
    entry : mapping of str to Any, or None

    Raises
    ------
    pydantic_core.PydanticCustomError
        With the line for the user.
    """
    if entry is not None and not isinstance(entry, Mapping):
        names = ", ".join(AssetConfig.model_fields)
        fail(f"{key}: {entry!r} is not a mapping of keys; allowed: {names}", key)
    try:
        return AssetConfig.model_validate(dict(entry or {}))
    except ValidationError as error:
        fail(_line(key, error.errors(include_url=False)[0]), key)


def _line(entry: str, error: ErrorDetails) -> str:
    """Return the line about one of pydantic's errors."""
    # They are made from the model of the whole configuration, which this one is a part of.
    from tradegym.conf.check import complaint
    from tradegym.conf.schema.keys import leaf
    from tradegym.conf.tree import show

    name = str(error["loc"][0])
    field = AssetConfig.model_fields.get(name)
    if field is None:
        allowed = ", ".join(AssetConfig.model_fields)
        hint = did_you_mean(name, AssetConfig.model_fields)
        return f"{entry}.{name}: no such key; allowed: {allowed}{hint}"
    key, value = f"{entry}.{name}", error["input"]
    return f"{key}: {show(value)} {complaint(error, leaf(key, field), value)}"
