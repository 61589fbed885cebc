"""From the configuration to a broker and a sizer that charge and size by asset."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import backtrader as bt
import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine import AssetCosts, asset_options, check_assets
from tradegym.envs.engines.backtrader.broker import MarketBroker, Slippage
from tradegym.envs.engines.backtrader.commission import MarketCommission
from tradegym.envs.engines.backtrader.fillers import Participation, VolumeFiller, check_volume
from tradegym.envs.engines.backtrader.sizers import MarketSizer

if TYPE_CHECKING:
    from tradegym.conf.schema.engine import EngineConfig
    from tradegym.envs.data.dataset import Dataset


def new_broker(config: "EngineConfig", assets: Sequence[str]) -> MarketBroker:
    """Return a broker with the cash and the costs of the configuration.

    Parameters
    ----------
    config : EngineConfig
    assets : sequence of str
        Names of the data that will be traded.
    """
    return broker_factory(config, assets)()


def broker_factory(config: "EngineConfig", assets: Sequence[str]) -> Callable[[], MarketBroker]:
    """Return what makes a broker for each episode; the costs are worked out once."""
    usual, own = asset_options(config, ""), _own_costs(config, assets)
    slippage = {name: _slippage(costs) for name, costs in own.items()}
    limits = {name: Participation(one.volume_limit, one.lot) for name, one in own.items()}
    limited = any(costs.volume_limit is not None for costs in (usual, *own.values()))

    def new() -> MarketBroker:
        broker = MarketBroker(
            slip_perc=usual.slip_perc,
            slip_fixed=usual.slip_fixed,
            spread=usual.spread,
            slippage=slippage,
        )
        broker.setcash(config.start_cash)
        # The general costs count for every data, so that a strategy can replace them as in BTgym.
        broker.addcommissioninfo(_commission(usual))
        for name, costs in own.items():
            broker.addcommissioninfo(_commission(costs), name=name)
        if limited:
            usual_limit = Participation(usual.volume_limit, usual.lot)
            broker.set_filler(VolumeFiller(usual_limit, limits))
        return broker

    return new


def add_sizer(cerebro: bt.Cerebro, config: "EngineConfig") -> None:
    """Add the sizer of the configuration."""
    sizer_factory(config)(cerebro)


def sizer_factory(config: "EngineConfig") -> Callable[[bt.Cerebro], None]:
    """Return what adds the sizer to the Cerebro of each episode."""
    usual, own = asset_options(config, ""), _own_costs(config, tuple(config.assets))

    def add(cerebro: bt.Cerebro) -> None:
        cerebro.addsizer(MarketSizer, sizing=config.sizing, usual=usual, assets=own)

    return add


def lowest_prices(config: "EngineConfig", assets: Sequence[str]) -> dict[str, float]:
    """Return the price of each asset above which its costs leave a sell something."""
    return {name: _lowest_price(asset_options(config, name)) for name in assets}


def _lowest_price(costs: AssetCosts) -> float:
    slippage = _slippage(costs)
    return slippage.fixed / (1.0 - slippage.perc)


def check_costs(config: "EngineConfig", dataset: "Dataset", assets: Sequence[str]) -> None:
    """Refuse costs that do not fit the dataset.

    Parameters
    ----------
    config : EngineConfig
    dataset : Dataset
    assets : sequence of str
        The traded ones.

    Raises
    ------
    UserError
        ``engine.assets`` names an asset that the dataset does not have, a volume limit is set
        for an asset without volume, or slippage and spread take more than the lowest price.
    """
    check_assets(config, dataset.assets)
    for asset in assets:
        costs = asset_options(config, asset)
        check_volume(dataset, (asset,), costs.volume_limit)
        _check_prices(dataset, costs)


def _check_prices(dataset: "Dataset", costs: AssetCosts) -> None:
    """Refuse costs that would make a sell at the lowest price pay."""
    lowest = float(np.min(dataset.ohlcv[:, dataset.assets.index(costs.asset), 2]))
    allowed = lowest * (1.0 - costs.slip_perc)
    if lowest <= _lowest_price(costs):
        raise UserError(
            f"engine.spread, engine.slip_fixed: {costs.spread:g} and {costs.slip_fixed:g} leave "
            f"nothing of the lowest price of '{costs.asset}'; allowed: spread / 2 + slip_fixed < "
            f"{allowed:g}"
        )


def _own_costs(config: "EngineConfig", assets: Sequence[str]) -> Mapping[str, AssetCosts]:
    return {name: asset_options(config, name) for name in assets if name in config.assets}


def _slippage(costs: AssetCosts) -> Slippage:
    return Slippage(costs.slip_perc, costs.price_cost)


def _commission(costs: AssetCosts) -> MarketCommission:
    return MarketCommission(
        kind=costs.commission_kind,
        commission=costs.broker_commission,
        minimum=costs.commission_minimum,
        leverage=costs.leverage,
        interest=costs.borrow_interest,
        interest_long=costs.interest_long,
    )
