"""The groups of options that a configuration is made of."""

GROUPS = ("dataset", "split", "strategy", "engine", "agent", "tracking", "experiment")
"""All groups; each option of one is a YAML file in the folder of that name."""

PRESETS = "experiment"
"""The group whose options set keys of all other groups; it has no node of its own."""
