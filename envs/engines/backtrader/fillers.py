"""How much of an order a bar's volume allows to be filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.envs.strategies.orders import floor_to_lot

if TYPE_CHECKING:
    from tradegym.envs.data.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Participation:
    """How much of an asset's volume one's own orders may be.

    Attributes
    ----------
    limit : float or None
        Fraction of a bar's volume; None: any size is filled.
    lot : float
        Smallest unit that is filled; 0 allows any fraction.
    """

    limit: float | None
    lot: float = 0.0


_ROUNDING = 1e-9


class VolumeFiller:
    """Fills at most a fraction of each bar's volume, in whole lots; the rest waits.

    A bar without volume fills nothing. Orders that are filled on the same bar share its volume.

    Parameters
    ----------
    usual : Participation
        Where ``assets`` has none.
    assets : mapping of str to Participation
        By name of the data.
    """

    def __init__(self, usual: Participation, assets: Mapping[str, Participation]) -> None:
        self._usual = usual
        self._assets = assets
        self._taken: dict[str, tuple[int, float]] = {}

    def __call__(self, order: Any, price: float, ago: int) -> float:
        """Return the units (at least 0) of ``order`` that are filled now.

        Parameters
        ----------
        order : backtrader.Order
        price : float
            Of the fill.
        ago : int
            Bar that fills it: 0 is the current one.
        """
        wanted = abs(float(order.executed.remsize))
        data = order.data
        rule = self._assets.get(data._name, self._usual)
        if rule.limit is None:
            return wanted
        bar = len(data) + ago
        last, taken = self._taken.get(data._name, (bar, 0.0))
        taken = taken if last == bar else 0.0
        room = rule.limit * data.volume[ago] - taken
        # All that is left need not be whole lots: a position may not be. It is all that is left
        # too where only rounding makes it more than there is room for.
        whole = room >= wanted * (1.0 - _ROUNDING)
        size = wanted if whole else min(wanted, floor_to_lot(max(room, 0.0), rule.lot))
        self._taken[data._name] = (bar, taken + size)
        return size


def check_volume(dataset: "Dataset", asset_names: Sequence[str], limit: float | None) -> None:
    """Refuse a volume limit for assets whose bars have no volume at all.

    Parameters
    ----------
    dataset : Dataset
    asset_names : sequence of str
        Assets of the dataset that the limit is meant for.
    limit : float or None
        Fraction of a bar's volume; None: no limit.

    Raises
    ------
    UserError
        The first asset without volume.
    """
    if limit is None:
        return
    for name in asset_names:
        if not dataset.ohlcv[:, dataset.assets.index(name), 4].any():
            raise UserError(
                f"engine.volume_limit: {limit:g} needs volume, and '{name}' has none in any bar; "
                f"allowed: null"
            )
