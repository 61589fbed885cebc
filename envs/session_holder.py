"""What an object must do that holds a running episode of backtrader."""

import sys
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import RunFailed

if TYPE_CHECKING:
    from tradegym.envs.engines.backtrader.session import Session


class SessionHolder:
    """Lets go of its episode in time, and refuses to be pickled with it."""

    _session: "Session | None" = None

    def __del__(self) -> None:
        """Let go of a running episode, which would keep itself alive."""
        # While Python shuts down there is nothing left to switch to, and nothing to lose.
        if getattr(self, "_session", None) is not None and not sys.is_finalizing():
            self._discard()

    def __getstate__(self) -> Any:
        raise RunFailed(
            "a tradegym environment cannot be pickled, since it holds episodes of backtrader; "
            "pass a function that makes it (tradegym.make) to the other process"
        )

    def _discard(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None
