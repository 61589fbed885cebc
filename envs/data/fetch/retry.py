"""Requests that fail for a while: tried again a bounded number of times."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tradegym.conf.errors import RunFailed

T = TypeVar("T")
_WORTH_A_LINE = 5.0  # seconds


class TemporaryFailure(Exception):  # noqa: N818  it is caught and tried again, not shown
    """A request that may succeed when it is sent again.

    Parameters
    ----------
    reason : str
        One line for a person.
    wait : float, optional
        Seconds that the server asks to wait.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again.

    Attributes
    ----------
    tries : int
        How often a request is sent at most, >= 1.
    first_wait : float
        Seconds before the second try; doubled before each further one.
    longest_wait : float
        Seconds; a server that asks for more ends the download.
    sleep : callable
        Waits that many seconds.
    """

    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 120.0
    sleep: Callable[[float], None] = time.sleep

    def call(self, request: Callable[[], T], tell: Callable[[str], None]) -> T:
        """Return what ``request`` returns.

        Parameters
        ----------
        request : callable
            May raise `TemporaryFailure`.
        tell : callable
            Receives one line at the first failure, and before each long wait.

        Raises
        ------
        RunFailed
            After the last try, or if the server asks for too long a pause.
        """
        for attempt in range(1, self.tries + 1):
            try:
                return request()
            except TemporaryFailure as failure:
                wait = min(self.first_wait * 2 ** (attempt - 1), self.longest_wait)
                if failure.wait is not None:
                    wait = max(wait, failure.wait)
                if wait > self.longest_wait:
                    raise RunFailed(
                        f"{failure.reason}; it asks to wait {failure.wait:.0f} s: try again then"
                    ) from failure
                if attempt == self.tries:
                    times = "once" if self.tries == 1 else f"{self.tries} times"
                    raise RunFailed(f"{failure.reason} (tried {times})") from failure
                if attempt == 1 or wait >= _WORTH_A_LINE:
                    tell(f"{failure.reason}; try {attempt + 1} of {self.tries} in {wait:.1f} s")
                self.sleep(wait)
        raise ValueError(f"tries must be 1 or more, not {self.tries}")


def retry_after(value: str | None) -> float | None:
    """Return the seconds of the HTTP header ``Retry-After`` (RFC 9110, 10.2.3), or None.

    Its other form, a date, is not read: the exponential waits apply then.
    """
    if value is None or not value.strip().isdecimal():
        return None
    return float(value)


def one_line(error: object, limit: int = 200) -> str:
    """Return the text of an error as one line without tags, at most ``limit`` characters long."""
    text = " ".join(re.sub(r"<[^>]*>", " ", str(error)).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
