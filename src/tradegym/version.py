"""The version, written once in pyproject.toml."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tradegym-runner")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+uninstalled"
