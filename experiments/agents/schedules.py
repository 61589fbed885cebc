"""Schedules of hyper-parameters, written as text in a config."""

import math
from dataclasses import dataclass

from tradegym.conf.errors import UserError

LINEAR = "lin_"


@dataclass(frozen=True, slots=True)
class LinearSchedule:
    """A value that falls in a straight line from ``start`` to zero over the training.

    Attributes
    ----------
    start : float
        Value at the beginning of the training.
    """

    start: float

    def __call__(self, progress_remaining: float) -> float:
        """Return the value when ``progress_remaining`` (1 at the start, 0 at the end) is left."""
        return self.start * progress_remaining


def parse_schedule(text: str, key: str = "learning_rate") -> LinearSchedule:
    """Return the schedule that ``text`` names.

    Parameters
    ----------
    text : str
        ``"lin_"`` followed by the starting value, for instance ``"lin_3e-4"``.
    key : str
        Config key, for the error message.

    Returns
    -------
    LinearSchedule
        Called with the fraction of the training that is left, it returns the value.

    Raises
    ------
    UserError
        If the text is no such schedule, or its value is not a positive number.
    """
    allowed = "allowed: a number, or a linear decay to zero written like 'lin_3e-4'"
    kind, found, number = text.strip().partition("_")
    if f"{kind}{found}" != LINEAR:
        raise UserError(f"{key}: '{text}' is not a schedule; {allowed}")
    try:
        start = float(number)
    except ValueError:
        raise UserError(f"{key}: '{number}' in '{text}' is not a number; {allowed}") from None
    if not (math.isfinite(start) and start > 0):
        raise UserError(f"{key}: '{text}' must start above zero; {allowed}")
    return LinearSchedule(start)
