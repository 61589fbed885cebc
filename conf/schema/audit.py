"""Keys of the node ``audit``: how the environment is searched for look-ahead."""

from typing import ClassVar, Literal

from tradegym.conf.schema.base import ConfigModel, Whole, option


class AuditConfig(ConfigModel):
    """How the environment is searched for look-ahead."""

    KEY: ClassVar[str] = "audit"

    mode: Literal["stop", "warn", "off"] = option(
        "stop",
        "what a finding does before training: stop, warn, or off: nothing is looked for",
        flat=False,
    )
    cuts: Whole = option(9, "places at which the future is changed", flat=False, ge=1)
    bars: Whole = option(150, "bars that are played before each of them", flat=False, ge=2)
    seed: Whole = option(0, "seed of the actions and the changes", flat=False, ge=0)
