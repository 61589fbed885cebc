"""How a run tells a person what it is doing; the command line decides how it looks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
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


class LoggingReporter:
    """Passes everything on, and writes news and warnings into a log file with their time.

    Parameters
    ----------
    inner : Reporter
        Shows it to a person.
    file : Path
        Appended to.
    """

    def __init__(self, inner: Reporter, file: Path) -> None:
        self._inner = inner
        self._file = file

    def message(self, text: str) -> None:
        """Tell and write one line."""
        self._write(text)
        self._inner.message(text)

    def warn(self, text: str) -> None:
        """Tell and write one warning."""
        self._write(f"warning: {text}")
        self._inner.warn(text)

    def start(self, total: int, text: str) -> None:
        """Pass on."""
        self._write(f"{text}: {total:,} steps")
        self._inner.start(total, text)

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Pass on; progress is in the metrics."""
        self._inner.advance(step, values)

    def stop(self) -> None:
        """Pass on."""
        self._inner.stop()

    def _write(self, line: str) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z  {line}\n")
