"""Lengths of parts of the data: ``252`` (bars), ``10%``, ``2Y``, ``6M``, ``4W``, ``90D``."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from tradegym.conf.schema.base import Whole

LENGTH = "a length"
"""How `Length` is called in messages."""

LENGTH_LIMITS = "bars such as 252, a share of the data such as 10%, or time such as 2Y, 6M, 4W, 90D"

_LENGTH = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(%|Y|M|W|D)")


def parse_length(value: int | str) -> tuple[float, str]:
    """Return the number and the unit of a length.

    Parameters
    ----------
    value : int or str
        Bars, or text: a number with ``%``, ``Y`` (years), ``M`` (months), ``W`` or ``D``.

    Returns
    -------
    tuple of (float, str)
        The unit is empty for bars.

    Raises
    ------
    ValueError
        If it is written otherwise, below zero, or above 100%.
    """
    if isinstance(value, int):
        if value < 0:
            raise ValueError("is out of range")
        return float(value), ""
    found = _LENGTH.fullmatch(value)
    if found is None:
        raise ValueError(f"is not {LENGTH}")
    number, unit = float(found[1]), found[2]
    if unit == "%" and number > 100:
        raise ValueError("is out of range")
    return number, unit


def digits(value: object) -> object:
    """Take the text of a whole number for the number."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value) else value


def _check(value: int | str) -> int | str:
    parse_length(value)
    return value


def _check_positive(value: int | str) -> int | str:
    number, _ = parse_length(value)
    if number == 0:
        raise ValueError("is out of range")
    return value


Length = Annotated[Whole | str, BeforeValidator(digits), AfterValidator(_check)]
"""A length that may be zero; `parse_length` reads it."""

PositiveLength = Annotated[Whole | str, BeforeValidator(digits), AfterValidator(_check_positive)]
"""A length above zero."""
