"""Bars from a pandas DataFrame."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.columns import find_columns
from tradegym.envs.data.validate import FIELDS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def arrays_from_frame(
    frame: "pd.DataFrame", name: str, columns: Mapping[str, str | None]
) -> "tuple[NDArray[np.datetime64], NDArray[np.float64]]":
    """Return the times and bars of a frame, unchecked.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns as `Dataset.from_frame` describes them.
    name : str
        Name of the dataset, for messages.
    columns : mapping of str to str or None
        Column name by field, where it differs.

    Returns
    -------
    times : ndarray of datetime64[ns], shape [T]
        In UTC.
    ohlcv : ndarray of float64, shape [T, 5]
        Open, high, low, close, volume.

    Raises
    ------
    UserError
        If a column is missing, or holds no times or numbers.
    """
    import pandas as pd

    source = f"dataset {name!r}"
    if not isinstance(frame, pd.DataFrame) or frame.columns.nlevels > 1:
        raise UserError(
            f"{source}: give a pandas DataFrame with one level of columns, or several assets as "
            "arrays with Dataset.from_arrays"
        )
    indexed = isinstance(frame.index, pd.DatetimeIndex)
    found = find_columns(
        [str(label) for label in frame.columns], columns, source, times_elsewhere=indexed
    )
    times = frame.iloc[:, found.datetime[0]] if found.datetime else frame.index
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise UserError(
            f"{source}: the times have type {times.dtype}; convert them with pandas.to_datetime"
        )
    index = pd.DatetimeIndex(times)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    ohlcv = np.zeros((len(frame), len(FIELDS)))
    for column, field in enumerate(FIELDS):
        position = found.fields[field]
        if position is None:
            continue
        try:
            ohlcv[:, column] = frame.iloc[:, position].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise UserError(
                f"{source}: column {frame.columns[position]!r} is not numeric ({error}); "
                "convert it with pandas.to_numeric"
            ) from None
    return index.to_numpy(dtype="datetime64[ns]"), ohlcv
