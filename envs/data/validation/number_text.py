"""Numbers written for people: decimal commas, thousands, currency signs."""

import re
from collections.abc import Iterable

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "-", "--", "."})

_SIGN = r"[+-]?"
_PLAIN = re.compile(rf"{_SIGN}(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CURRENCY = re.compile(r"^[$€£¥]\s*|\s*[$€£¥]$")
_BLANK_GROUPS = re.compile(rf"{_SIGN}\d{{1,3}}([ '\u00a0\u202f]\d{{3}})+([.,]\d+)?")
_GROUPED_POINT = re.compile(rf"{_SIGN}\d{{1,3}}((,\d{{3}})+\.\d+|(,\d{{3}}){{2,}})")
_GROUPED_COMMA = re.compile(rf"{_SIGN}\d{{1,3}}((\.\d{{3}})+,\d+|(\.\d{{3}}){{2,}})")
_COMMA = re.compile(rf"{_SIGN}\d+,\d+")
_EITHER = re.compile(rf"{_SIGN}[1-9]\d{{0,2}},\d{{3}}")


def comma_is_decimal(cells: Iterable[str]) -> bool | None:
    """Say what a comma means in a file, from all of its prices.

    Parameters
    ----------
    cells : iterable of str
        Prices as written.

    Returns
    -------
    bool or None
        True for a decimal comma, False for thousands, None where both are possible.
    """
    decimal = thousands = False
    for cell in cells:
        if "," not in cell and cell.count(".") < 2:  # nearly all, and quickly seen
            thousands |= "." in cell
            continue
        plain = _CURRENCY.sub("", cell)
        if _COMMA.fullmatch(plain):
            decimal |= _EITHER.fullmatch(plain) is None
        elif _GROUPED_COMMA.fullmatch(plain):
            decimal = True
        elif "." in plain:
            thousands = True
    return decimal if decimal != thousands else None


def as_number(cell: str, decimal: bool | None) -> str | None:
    """Return a cell as a plain number, or None if it is one already or cannot be told.

    Parameters
    ----------
    cell : str
        Without surrounding blanks.
    decimal : bool or None
        What `comma_is_decimal` says about the file.
    """
    if _PLAIN.fullmatch(cell):
        return None
    plain = _CURRENCY.sub("", cell)
    if _BLANK_GROUPS.fullmatch(plain):
        plain = re.sub(r"[ '\u00a0\u202f]", "", plain)
        if "," in plain:
            plain = plain.replace(",", ".")
    elif _GROUPED_POINT.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _GROUPED_COMMA.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _COMMA.fullmatch(plain):
        ambiguous = _EITHER.fullmatch(plain) is not None
        if ambiguous and decimal is None:
            return None
        plain = plain.replace(",", "" if ambiguous and not decimal else ".")
    return plain if _PLAIN.fullmatch(plain) else None
