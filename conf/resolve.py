"""From overrides to the checked configuration, with the origin of every value."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from tradegym.conf.check import check
from tradegym.conf.compose import Layer, compose_layers, merge_layers
from tradegym.conf.draft import Draft
from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.groups import PRESETS
from tradegym.conf.hydra_errors import one_line
from tradegym.conf.origins import COMMAND_LINE, FILE, MAKE, SCHEMA, is_given
from tradegym.conf.overrides import Assignment, Kind, forbid_sweeps, parse_overrides
from tradegym.conf.resolved import Resolved, ResolvedValue, active_leaves
from tradegym.conf.rules import CEREBRO, DATASET, STRATEGY, Verdict, apply_rules
from tradegym.conf.schema.hyperparameters import HyperParameters
from tradegym.conf.schema.keys import all_nodes, find_key, unknown_key
from tradegym.conf.searchpath import find_config_dir
from tradegym.conf.stored import StoredConfig
from tradegym.conf.tree import entry_leaves, entry_of, leaves, plain, remove, show

__all__ = ["Resolved", "ResolvedValue", "StoredConfig", "resolve", "resolve_stored"]


def resolve(
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    given: Mapping[str, Any] | None = None,
) -> Resolved:
    """Compose, apply the override rules and check.

    Parameters
    ----------
    overrides : sequence of str
        As typed on the command line: ``agent=ppo``, ``agent.n_steps=64``, ``~key``.
    config_dir : Path, optional
        The user's own config directory; by default ``conf`` of the current directory if it
        holds options.
    given : Mapping of str to Any, optional
        Dotted keys with Python values, from `tradegym.make`; they win over the overrides.

    Raises
    ------
    UserError
        Anything wrong in the overrides, the option files or the values.
    """
    assignments = _parse(overrides)
    directory = find_config_dir(config_dir)
    draft = _compose(_options(assignments), directory)
    _assign(draft, assignments)
    for key, value in (given or {}).items():
        if find_key(key) is None and key not in all_nodes():
            raise UserError(unknown_key(key))
        _set(draft, key, plain(value), MAKE)
    return _finish(draft, directory)


def resolve_stored(
    stored: StoredConfig | Path,
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
) -> Resolved:
    """Take a run's stored configuration as the base and apply overrides to it.

    The stored values are not composed again. A group override such as ``dataset=nasdaq``
    replaces that node by a fresh composition; other overrides set single keys.

    Parameters
    ----------
    stored : StoredConfig or Path
        The stored configuration, or the directory of the run.
    overrides, config_dir
        As for `resolve`.

    Raises
    ------
    UserError
        Anything wrong in the stored files, the overrides or the values.
    """
    assignments = _parse(overrides)
    directory = find_config_dir(config_dir)
    base = stored if isinstance(stored, StoredConfig) else StoredConfig.read(stored)
    draft = base.draft()
    options = _options(assignments)
    if options:
        _replace_nodes(draft, _compose(options, directory), options)
    _assign(draft, assignments)
    return _finish(draft, directory)


def _parse(overrides: Sequence[str]) -> list[Assignment]:
    assignments = parse_overrides(overrides)
    forbid_sweeps(assignments)
    return assignments


def _options(assignments: Iterable[Assignment]) -> dict[str, str | None]:
    """Return the chosen option of each group; of two choices the later counts."""
    return {one.key: one.value for one in assignments if one.kind is Kind.OPTION}


def _compose(options: Mapping[str, str | None], config_dir: Path | None) -> Draft:
    typed = [f"{group}={name}" for group, name in options.items() if name is not None]
    layers = compose_layers(typed, config_dir)
    origins: dict[str, str] = {}
    for layer in layers:
        where = layer.origin.removeprefix(FILE)
        for key, _ in leaves(layer.tree, where):
            _forget(origins, key)
            origins[key] = layer.origin
    config = merge_layers(layers)
    return Draft(config, origins, agent_keys=_agent_keys(layers))


def _agent_keys(layers: Sequence[Layer]) -> frozenset[str] | None:
    """Return the keys that the chosen agent's own files list."""
    own = [layer for layer in layers if layer.path.startswith("agent/")]
    return frozenset(key for layer in own for key, _ in leaves(layer.tree)) if own else None


def _replace_nodes(draft: Draft, fresh: Draft, options: Mapping[str, str | None]) -> None:
    if PRESETS in options:
        raise UserError(
            f"{PRESETS}={options[PRESETS]}: a preset cannot be applied to a stored run; "
            "set its keys one by one"
        )
    for group in options:
        draft.config[group] = fresh.config.get(group, {})
        for key in [key for key in draft.origins if key.startswith(f"{group}.")]:
            del draft.origins[key]
        draft.origins |= {k: v for k, v in fresh.origins.items() if k.startswith(f"{group}.")}
        if group == "agent":
            draft.agent_keys = fresh.agent_keys


def _assign(draft: Draft, assignments: Iterable[Assignment]) -> None:
    for one in assignments:
        if one.kind is Kind.VALUE:
            _set(draft, one.key, one.value, COMMAND_LINE)
        elif one.kind is Kind.DELETE:
            tree = draft.tree()
            if not remove(tree, one.key):
                raise UserError(f"{one.text}: not set, so there is nothing to remove")
            draft.config = OmegaConf.create(tree)
            _forget(draft.origins, one.key)
            for key, _ in leaves(tree):  # a mapping of entries that is empty now is a leaf
                draft.origins.setdefault(key, COMMAND_LINE)


def _set(draft: Draft, key: str, value: Any, origin: str) -> None:
    """Set a key, or merge a mapping into a node, and note the origin of every leaf."""
    known = find_key(key)
    is_value = known is not None and not known.free  # a range is a mapping, but one value
    nested = {key: value}
    if isinstance(value, dict) and not is_value:
        nested = dict(leaves(value, prefix=key))
    if known is not None and known.entries:
        nested = dict(entry_leaves(key, value))
    elif known is not None and known.free and key != known.name:
        entry_name = key.removeprefix(f"{known.name}.").partition(".")[0]
        nested = {f"{known.name}.{entry_name}": value}  # what it holds is no key of its own
    _check_agent_keys(draft, nested)
    try:
        OmegaConf.update(draft.config, key, value, merge=not is_value, force_add=True)
    except OmegaConfBaseException as error:
        raise UserError(f"{key}: {show(value)} cannot be set ({one_line(error)})") from error
    for leaf, inner in nested.items():
        if inner == {} and any(other.startswith(f"{leaf}.") for other in draft.origins):
            continue  # merged into what is there, nothing changes nothing
        _forget(draft.origins, leaf)
        draft.origins[leaf] = origin


def _check_agent_keys(draft: Draft, keys: Iterable[str]) -> None:
    """Refuse hyper-parameters that the chosen agent's option does not list."""
    if draft.agent_keys is None:
        return
    for key in keys:
        name = key.removeprefix("agent.")
        if name == key or key in draft.agent_keys or name not in HyperParameters.model_fields:
            continue
        config = draft.config.agent
        agent = config.get("algorithm") or config.get("rule")
        own = sorted(k.removeprefix("agent.") for k in draft.agent_keys)
        listed = [k for k in own if k in HyperParameters.model_fields]
        allowed = f"; allowed: {', '.join(listed)}" if listed else ""
        hint = did_you_mean(name, listed)
        raise UserError(f"{key}: {agent} has no such hyper-parameter{allowed}{hint}")


def _forget(origins: dict[str, str], key: str) -> None:
    """Drop a key, what lies below it, and a null above it."""
    for other in list(origins):
        if other == key or other.startswith(f"{key}.") or key.startswith(f"{other}."):
            del origins[other]


def _finish(draft: Draft, config_dir: Path | None) -> Resolved:
    raw = dict(leaves(draft.tree()))
    values = _resolve_interpolations(draft.config)
    custom = [key for key in (CEREBRO, STRATEGY, DATASET) if raw.get(key) is not None]
    # The defaults of an entry of which something was given belong to it.
    entries = {entry_of(key) for key in raw if is_given(draft.origins[key])}
    rulings = apply_rules({key: _is_given(draft.origins, key, entries) for key in raw}, custom)
    origins = dict(draft.origins)
    for key, ruling in rulings.items():
        if ruling.verdict is not Verdict.USED:
            remove(values, key, prune=True)
        if ruling.verdict is Verdict.DROPPED:
            del raw[key], origins[key]
    config = check(values, origins)

    table: dict[str, ResolvedValue] = {}
    for key, value in active_leaves(config):
        given = _is_given(origins, key, entries)
        ruling = rulings[key] if key in raw else apply_rules({key: given}, custom)[key]
        if ruling.verdict is Verdict.USED:
            origin = _origin(origins, key)
            written = raw[key] if _is_interpolation(raw.get(key)) else plain(value)
            table[key] = ResolvedValue(key, written, origin, is_given(origin), None)
    ignored = [
        ResolvedValue(key, raw[key], draft.origins[key], True, ruling.rule)
        for key, ruling in sorted(rulings.items())
        if ruling.verdict is Verdict.IGNORED
    ]
    table |= {one.key: one for one in ignored}
    return Resolved(config, table, _warnings(ignored), config_dir)


def _origin(origins: Mapping[str, str], key: str) -> str:
    """Return where a leaf comes from; an entry's name gives its kind, so that comes with it."""
    entry = entry_of(key)
    if key in origins or key != f"{entry}.kind":
        return origins.get(key, SCHEMA)
    below = (one for leaf, one in origins.items() if leaf.startswith(f"{entry}."))
    return origins.get(entry) or next(below, SCHEMA)


def _is_given(origins: Mapping[str, str], key: str, entries: Collection[str]) -> bool:
    origin = origins.get(key, SCHEMA)
    return is_given(origin) or (origin == SCHEMA and entry_of(key) in entries)


def _resolve_interpolations(config: DictConfig) -> dict[str, Any]:
    try:
        values = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        where = f"{error.full_key}: " if error.full_key else ""
        raise UserError(f"{where}cannot be resolved ({one_line(error)})") from error
    tree = {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}
    for key, value in leaves(tree):
        if value == "???":
            raise UserError(f"{key}: missing; set it on the command line: {key}=VALUE")
    return tree


def _is_interpolation(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_interpolation(inner) for inner in value)
    if isinstance(value, dict):
        return any(_is_interpolation(inner) for inner in value.values())
    return isinstance(value, str) and "${" in value


def _warnings(ignored: Sequence[ResolvedValue]) -> tuple[str, ...]:
    """Return one line per rule that made a given key count for nothing."""
    by_rule: dict[str, list[str]] = {}
    for one in ignored:
        by_rule.setdefault(one.ignored or "", []).append(one.key)
    return tuple(f"ignored: {', '.join(keys)} ({rule})" for rule, keys in by_rule.items())
