"""BTgym's data class: where the bars are, and which episodes are drawn from them."""

from typing import Any


class BTgymDataset:
    """What `BTgymEnv` is to know of the bars, kept until an environment is made.

    Parameters
    ----------
    filename : str or list of str
        CSV files; HistData's format and most others are recognised.
    **kwargs
        ``parsing_params``, ``sampling_params`` and their single keys: ``episode_duration``,
        ``time_gap``, ``start_00``, ``start_weekdays``. They are checked by `BTgymEnv`.
    """

    def __init__(self, filename: Any = None, **kwargs: Any) -> None:
        self.arguments: dict[str, Any] = {"filename": filename, **kwargs}
