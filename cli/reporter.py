"""Shows a run's progress: a live bar on a terminal, plain lines elsewhere; always on stderr."""

import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from tradegym.experiments.reporter import Reporter

# Seconds between two lines of progress where there is no terminal.
_PLAIN_EVERY_S = 5.0
# Live bars redraw ten times a second; more updates only cost time.
_LIVE_EVERY_S = 0.1


def make_reporter() -> "Reporter":
    """Return the reporter that fits where stderr goes."""
    console = Console(stderr=True, highlight=False)
    return LiveReporter(console) if console.is_terminal else PlainReporter()


class PlainReporter:
    """Plain lines, for pipes and log files."""

    def __init__(self) -> None:
        self._total = 0
        self._text = ""
        self._started = 0.0
        self._next = 0.0

    def message(self, text: str) -> None:
        """Write one line."""
        print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """Write one line that begins with ``warning:``."""
        print(f"warning: {text}", file=sys.stderr, flush=True)

    def start(self, total: int, text: str) -> None:
        """Remember what progress is measured against."""
        self._total, self._text = total, text
        self._started = time.monotonic()
        self._next = self._started + _PLAIN_EVERY_S

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Write a line every few seconds."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PLAIN_EVERY_S
        done = min(step, self._total)
        seconds = now - self._started
        left = seconds / max(done, 1) * (self._total - done)
        extra = "".join(f", {name} {value}" for name, value in values.items())
        self.message(
            f"{self._text}: {done:,} of {self._total:,} steps ({done / self._total:.0%}), "
            f"{done / seconds:,.0f} steps/s, {left:.0f} s left{extra}"
        )

    def stop(self) -> None:
        """Do nothing."""


class LiveReporter:
    """A progress bar below the news.

    Parameters
    ----------
    console : rich.console.Console
        On stderr.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._next = 0.0

    def message(self, text: str) -> None:
        """Write one line above the bar."""
        self._console.print(text, markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Write one line in yellow above the bar."""
        self._console.print(f"warning: {text}", markup=False, soft_wrap=True, style="yellow")

    def start(self, total: int, text: str) -> None:
        """Show the bar."""
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task(text, total=total, note="")

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Move the bar."""
        now = time.monotonic()
        if self._progress is None or self._task is None or now < self._next:
            return
        self._next = now + _LIVE_EVERY_S
        note = "  ".join(f"{name} {value}" for name, value in values.items())
        self._progress.update(self._task, completed=step, note=note)

    def stop(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = self._task = None
