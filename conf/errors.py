"""Errors that a user sees as one line, and the search for the nearest valid name."""

import difflib
from collections.abc import Iterable


class TradegymError(Exception):
    """Base of every error that tradegym raises on purpose; the CLI prints it as one line.

    Attributes
    ----------
    exit_code : int
        What the command line returns: 1 when a run failed, 2 for wrong input.
    """

    exit_code = 1


class RunFailed(TradegymError):  # noqa: N818  it says what happened
    """A run that started could not be completed."""


class UserError(TradegymError):
    """Wrong input: a config key, a value, a file or a name.

    The message is one line that names the key or file and the value, says what is allowed,
    and suggests the nearest valid name where there is one.
    """

    exit_code = 2


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the entry of ``names`` that ``name`` most likely meant, or None.

    Dotted names are compared whole first, then by their last part.
    """
    candidates = list(names)
    found = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    if found:
        return found[0]
    last = name.rsplit(".", 1)[-1]
    by_last = {candidate.rsplit(".", 1)[-1]: candidate for candidate in candidates}
    found = difflib.get_close_matches(last, list(by_last), n=1, cutoff=0.7)
    return by_last[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest entry of ``names``, or an empty string."""
    found = nearest(name, names)
    return f"; did you mean '{found}'?" if found else ""
