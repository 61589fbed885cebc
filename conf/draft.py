"""A configuration in the making."""

from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig, OmegaConf


@dataclass(slots=True)
class Draft:
    """Values and their origins, before the override rules and the check.

    Attributes
    ----------
    config : DictConfig
        The values, interpolations unresolved.
    origins : dict of str to str
        Origin of each leaf.
    agent_keys : frozenset of str or None
        Keys that the chosen agent's files list; None when no such file takes part.
    """

    config: DictConfig
    origins: dict[str, str]
    agent_keys: frozenset[str] | None = None

    def tree(self) -> dict[str, Any]:
        """Return the values as plain nested dictionaries, interpolations as text."""
        container = OmegaConf.to_container(self.config, resolve=False)
        return {str(k): v for k, v in container.items()} if isinstance(container, dict) else {}
