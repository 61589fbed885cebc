"""The configuration that a run directory keeps."""

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from tradegym.conf.draft import Draft
from tradegym.conf.errors import UserError
from tradegym.conf.hydra_errors import user_errors
from tradegym.conf.origins import FILE
from tradegym.conf.tree import insert, leaves

CONFIG_FILE = "config.yaml"
RESOLVED_FILE = "resolved.json"


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """What ``config.yaml`` and ``resolved.json`` of a run say.

    Attributes
    ----------
    where : str
        The run's directory, for messages.
    tree : dict
        Nested values, interpolations as text.
    notes : dict
        By dotted key: ``value``, ``origin`` and ``note`` (the rule, if it was ignored).
    """

    where: str
    tree: dict[str, Any]
    notes: dict[str, dict[str, Any]]

    @classmethod
    def read(cls, run: Path) -> "StoredConfig":
        """Read the configuration of the run in a directory.

        Raises
        ------
        UserError
            A file is missing or broken.
        """
        config, resolved = run / CONFIG_FILE, run / RESOLVED_FILE
        try:
            with user_errors():
                tree = OmegaConf.to_container(OmegaConf.load(config), resolve=False)
                notes = json.loads(resolved.read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(
                f"{error.filename}: cannot be read ({error.strerror}); is {run} a run?"
            ) from error
        except UserError as error:
            raise UserError(f"{run}: broken configuration: {error}") from error
        if not isinstance(tree, dict) or not isinstance(notes, dict):
            raise UserError(f"{run}: broken configuration: not a mapping of keys to values")
        stored = cls(str(run), {str(key): value for key, value in tree.items()}, notes)
        missing = sorted(set(stored.active) - set(dict(leaves(stored.tree, str(config)))))
        if missing:
            raise UserError(f"{config}: broken configuration: {missing[0]} is missing")
        return stored

    @property
    def active(self) -> list[str]:
        """The keys that counted."""
        return [key for key, note in self.notes.items() if not note.get("note")]

    def draft(self) -> Draft:
        """Return the stored values and their origins, ready for further overrides.

        Values that were ignored take part again: the rules decide anew.
        """
        own = f"{FILE}{Path(self.where) / CONFIG_FILE}"
        values = dict(leaves(self.tree, str(Path(self.where) / CONFIG_FILE)))
        origins = {key: str(self.notes.get(key, {}).get("origin", own)) for key in values}
        tree = copy.deepcopy(self.tree)
        for key, note in self.notes.items():
            if note.get("note") and key not in values:
                insert(tree, key, note.get("value"))
                origins[key] = str(note.get("origin", own))
        agent = frozenset(key for key in values if key.startswith("agent."))
        return Draft(OmegaConf.create(tree), origins, agent)
