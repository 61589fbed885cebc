"""Overrides as typed on the command line: parsing, sorting by kind, and rewriting for Hydra."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from tradegym.conf.errors import UserError
from tradegym.conf.groups import GROUPS, PRESETS
from tradegym.conf.schema.keys import all_nodes, find_key, unknown_key


class Kind(Enum):
    """What an override does."""

    OPTION = "chooses an option of a group"
    VALUE = "sets a key"
    DELETE = "removes a key"
    HYDRA = "configures Hydra itself"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One parsed override.

    Attributes
    ----------
    kind : Kind
        What it does.
    key : str
        The group or dotted key.
    value : Any
        The value; for an option its name, or None for no preset.
    text : str
        As typed.
    is_sweep : bool
        It lists several values, for several runs.
    """

    kind: Kind
    key: str
    value: Any
    text: str
    is_sweep: bool

    def for_hydra(self) -> str:
        """Return the override in the form in which Hydra leaves the checking of keys to us."""
        if self.kind is Kind.VALUE:
            return f"++{self.key}={self.text.partition('=')[2]}"
        if self.kind is Kind.OPTION:
            if self.value is None and not self.is_sweep:
                return f"~{self.key}"
            return self.text.lstrip("+")
        return self.text


def parse_overrides(overrides: Iterable[str]) -> list[Assignment]:
    """Parse overrides and check that their groups and keys exist.

    Raises
    ------
    UserError
        Bad syntax, or a group or key that does not exist.
    """
    parser = OverridesParser.create()
    return [_sort(_parse(parser, text), text) for text in overrides]


def rewrite_overrides(overrides: Sequence[str]) -> list[str]:
    """Rewrite a command line's overrides so that our check is the only authority on keys.

    ``key=value``, ``+key=value`` and ``++key=value`` all become ``++key=value``; options of
    groups, ``~key`` and ``hydra.*`` stay. Sweeps are allowed.

    Raises
    ------
    UserError
        Bad syntax, or a group or key that does not exist.
    """
    return [assignment.for_hydra() for assignment in parse_overrides(overrides)]


def forbid_sweeps(assignments: Iterable[Assignment]) -> None:
    """Refuse overrides that list several values, where there is only one run.

    Raises
    ------
    UserError
        One of them is a sweep.
    """
    for assignment in assignments:
        if assignment.is_sweep:
            value = assignment.text.partition("=")[2]
            raise UserError(
                f"{assignment.text}: several values need a sweep (--multirun); "
                f"for one list write {assignment.key}=[{value}]"
            )


def _parse(parser: OverridesParser, text: str) -> Override:
    try:
        return parser.parse_override(text)
    except HydraException as error:
        if "=" not in text:
            example = f"{text}=NAME" if text in GROUPS else "KEY=VALUE"
            raise UserError(f"{text!r}: not an override; write {example}") from error
        reason = " ".join(str(error).splitlines()[0].split())
        raise UserError(f"{text!r}: bad syntax ({reason}); quote special characters") from error


def _sort(override: Override, text: str) -> Assignment:
    key, is_sweep = override.key_or_group, override.is_sweep_override()
    value = None if is_sweep else override.value()

    def assignment(kind: Kind) -> Assignment:
        return Assignment(kind, key, value, text, is_sweep)

    if override.is_hydra_override():
        if key == "hydra.searchpath":
            raise UserError("hydra.searchpath: not supported; name your directory by --config-dir")
        return assignment(Kind.HYDRA)
    if override.package is not None:
        raise UserError(f"{text}: a package (@{override.package}) is not supported; leave it out")
    if key in GROUPS and not isinstance(value, dict):
        if not is_sweep:
            _check_option(override, text, value)
        return Assignment(Kind.OPTION, key, None if override.is_delete() else value, text, is_sweep)
    if "/" in key or (find_key(key) is None and key not in all_nodes()):
        raise UserError(unknown_key(key, GROUPS))
    return assignment(Kind.DELETE if override.is_delete() else Kind.VALUE)


def _check_option(override: Override, text: str, value: Any) -> None:
    group = override.key_or_group
    if override.is_delete() or value is None:
        if group != PRESETS:
            raise UserError(f"{text}: a group cannot be removed; choose an option: {group}=NAME")
    elif not isinstance(value, str):
        raise UserError(f"{text}: not an option; write {group}=NAME")
