"""Which stored import paths may be imported again without asking.

A run directory may come from somebody else, and importing what it names runs code. So a path
``module:Name`` that stands in a stored configuration is imported again only when this user
made the run on this machine. A list outside of the runs root says so, each line signed with a
key that only the user can read.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine_analyzers import analyzer_specs
from tradegym.conf.schema.features import feature_imports

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved


def import_paths(resolved: "Resolved") -> dict[str, str]:
    """Return the import paths that a configuration uses, by key."""
    config = resolved.config
    paths = {
        "engine.cerebro": config.engine.cerebro,
        "strategy.cls": config.strategy.cls,
        "dataset.cls": config.dataset.cls,
    }
    # The bare name of one of backtrader's own analyzers imports nothing of anybody's.
    analyzers = {
        f"engine.analyzers.{spec.name}.cls": spec.cls
        for spec in analyzer_specs(config.engine.analyzers)
        if ":" in spec.cls
    }
    own = {key: path for key, path in paths.items() if path is not None}
    return own | analyzers | feature_imports(config.strategy.state.features)


def remember(run_id: str, resolved: "Resolved", typed: Iterable[str] | None = None) -> None:
    """Note that this user made the run ``run_id`` with these import paths.

    Parameters
    ----------
    run_id : str
        Name of the run's directory.
    resolved : Resolved
    typed : iterable of str, optional
        Keys and groups that this command sets; only their paths are noted, since the others were
        written by whoever made the run. None: all.
    """
    paths = import_paths(resolved)
    if typed is not None:
        chosen = set(typed)
        paths = {k: path for k, path in paths.items() if chosen & {k, k.partition(".")[0]}}
    if not paths:
        return
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [
        json.dumps([run_id, key, path, _sign(run_id, key, path)]) for key, path in paths.items()
    ]
    with FileLock(folder / "runs.lock"), (folder / "runs.jsonl").open("a") as file:
        file.write("".join(line + "\n" for line in lines))


def check(run_id: str, resolved: "Resolved", typed: Iterable[str], *, trust: bool) -> None:
    """Refuse to import what a stored run names, unless it is the user's own.

    Parameters
    ----------
    run_id : str
        Name of the run's directory.
    resolved : Resolved
        The stored configuration with the overrides of this command.
    typed : iterable of str
        Keys and groups that this command sets. The origins in ``resolved`` do not tell: those of
        stored values were written by whoever made the run.
    trust : bool
        The user said that the run may be trusted.

    Raises
    ------
    UserError
        When a path comes from the stored configuration and the run is not known.
    """
    if trust:
        return
    known, typed = _known(), set(typed)
    for key, path in import_paths(resolved).items():
        if typed & {key, key.partition(".")[0]}:
            continue
        if (run_id, key, path) not in known:
            raise UserError(
                f"{key}: '{path}' comes from the stored run {run_id}, which was not made by you on "
                f"this machine; importing it runs its code: repeat {key}={path} to allow it, or "
                f"give --trust"
            )


def _known() -> set[tuple[str, str, str]]:
    path = _folder() / "runs.jsonl"
    if not path.exists():
        return set()
    known = set()
    for line in path.read_text().splitlines():
        try:
            run_id, key, imported, signature = json.loads(line)
            genuine = hmac.compare_digest(signature, _sign(run_id, key, imported))
        except (ValueError, TypeError):
            continue  # a line that was cut off proves nothing
        if genuine:
            known.add((run_id, key, imported))
    return known


def _sign(*parts: str) -> str:
    return hmac.new(_key(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    path = _folder() / "key"
    with FileLock(path.with_name("key.lock")):
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tradegym"
