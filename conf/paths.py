"""Where configuration files are, and how their paths are shown."""

from pathlib import Path

PACKAGED_DIR = Path(__file__).resolve().parent
"""The folder of the packaged options."""


def option_file(name: str, config_dir: Path | None) -> Path:
    """Return the YAML file of an option such as ``agent/ppo``: the user's own before ours."""
    if config_dir is not None and (config_dir / f"{name}.yaml").is_file():
        return config_dir / f"{name}.yaml"
    return PACKAGED_DIR / f"{name}.yaml"


def display_path(path: Path) -> str:
    """Return the path as short as it can be written from the current directory."""
    cwd = Path.cwd()
    return str(path.relative_to(cwd) if path.is_relative_to(cwd) else path)
