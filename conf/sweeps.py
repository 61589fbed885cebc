"""The single runs that a sweep's overrides stand for."""

import itertools
from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

_MANY = 1000


def expand_sweeps(overrides: Sequence[str]) -> list[list[str]]:
    """Return the overrides of every run of a sweep, as far as they can be listed beforehand.

    Choices (``a,b``) and ranges (``range(1,5)``) are listed; what a sweeper decides only while
    it runs (intervals, globs) is left out, and so is a sweep of more than 1,000 runs beyond
    its first 1,000.

    Parameters
    ----------
    overrides : sequence of str
        As typed; their syntax has been checked.
    """
    parser = OverridesParser.create()
    choices: list[list[str]] = []
    for text in overrides:
        override = parser.parse_override(text)
        if not override.is_sweep_override():
            choices.append([text])
        elif override.is_discrete_sweep() and "glob(" not in text:
            choices.append([_assign(override, text, value) for value in _values(override)])
    return [list(run) for run in itertools.islice(itertools.product(*choices), _MANY)]


def _values(override: Override) -> list[str]:
    return [str(value) for value in override.sweep_string_iterator()]


def _assign(override: Override, text: str, value: str) -> str:
    return f"{text.partition('=')[0]}={value}"
