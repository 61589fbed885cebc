"""How a run tells a person what it is doing; the command line decides how it looks."""

from collections.abc import Mapping
from typing import Protocol


class Reporter(Protocol):
    """Receives what happens during a run."""

    def message(self, text: str) -> None:
        """Tell one line of news."""

    def warn(self, text: str) -> None:
        """Tell one line that the user should not miss."""

    def start(self, total: int, text: str) -> None:
        """Begin to show progress towards ``total`` steps."""

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Show that ``step`` steps are done, with a few named values."""

    def stop(self) -> None:
        """Stop to show progress."""


class SilentReporter:
    """Tells nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""

    def warn(self, text: str) -> None:
        """Do nothing."""

    def start(self, total: int, text: str) -> None:
        """Do nothing."""

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""
