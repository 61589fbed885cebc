"""What a reader returns: the bars of one file, and where each of them stands in it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import ADJUSTED, Given
from tradegym.envs.data.validate import Locator, check_bars

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is read; the keys of the same names in ``dataset`` explain them.

    Attributes
    ----------
    delimiter : str
        One character, or ``auto``.
    header : bool or "auto"
    columns : mapping of str to str, int or None
        Column by field, as a name or a position counted from 0.
    timezone : str
        IANA name of the zone of times that carry no offset.
    adjusted : bool
        Read the adjusted close too.
    """

    columns: Given
    delimiter: str = "auto"
    header: bool | str = "auto"
    timezone: str = "UTC"
    adjusted: bool = False


@dataclass(frozen=True, slots=True)
class FileBars:
    """Bars as they stand in a file.

    Attributes
    ----------
    times : ndarray of datetime64[ns], shape [T]
        In UTC.
    ohlcv : ndarray of float64, shape [T, 5]
        Open, high, low, close, volume.
    adj_close : ndarray of float64, shape [T], or None
        The adjusted close, where it was wanted.
    locator : Locator
        Says where a row is.
    has_volume : bool
        The file has a column for it; otherwise it is 0.
    """

    times: "NDArray[np.datetime64]"
    ohlcv: "NDArray[np.float64]"
    adj_close: "NDArray[np.float64] | None"
    locator: Locator
    has_volume: bool = True

    def check(self, asset: str) -> None:
        """Raise the error of the first row that breaks a rule.

        Raises
        ------
        UserError
            With source, row, column, value, problem and fix in one line.
        """
        check_bars(self.times, self.ohlcv[:, np.newaxis], (asset,), self.locator)
        if self.adj_close is None:
            return
        wrong = ~(np.isfinite(self.adj_close) & (self.adj_close > 0))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise UserError(
                f"{self.locator.source}, {self.locator.place(row)}, column "
                f"{self.locator.column(ADJUSTED)!r}: value "
                f"{self.locator.cell(row, ADJUSTED) or float(self.adj_close[row])} is not a number "
                "above zero; correct it, or set dataset.adjusted=false"
            )

    def adjusted(self) -> "NDArray[np.float64]":
        """Return the bars with prices times adjusted close / close, volume as it is.

        Returns
        -------
        ndarray of float64, shape [T, 5]
        """
        if self.adj_close is None:
            return self.ohlcv
        bars = self.ohlcv.copy()
        bars[:, :4] *= (self.adj_close / self.ohlcv[:, 3])[:, np.newaxis]
        return bars
