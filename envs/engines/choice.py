"""Which engine steps the environments: what ``engine.backend`` comes to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from tradegym.envs.engines.backtrader.plan import EnginePlan

BACKTRADER: Final = "backtrader"
COMPILED: Final = "compiled"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What steps the environments.

    Attributes
    ----------
    backend : str
        ``compiled`` or ``backtrader``.
    reason : str or None
        Why ``auto`` did not take the compiled engine, in one line.
    """

    backend: str
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.backend} ({self.reason})" if self.reason else self.backend


def choose_engine(
    plan: "EnginePlan",
    backend: str,
    *,
    notify: Callable[[str], None],
    warn: Callable[[str], None],
    against: str | None = None,
    record: bool = False,
    trace: bool = False,
    render_mode: str | None = None,
) -> EngineChoice:
    """Choose, and compile the engine if that is what it needs.

    Parameters
    ----------
    plan : EnginePlan
    backend : {"auto", "backtrader", "compiled"}
        ``engine.backend``.
    notify : callable
        Is given a line when the engine has to be compiled first.
    warn : callable
        Is given a line when it cannot be compiled here; backtrader is taken then.
    against : str, optional
        A reason of the caller against the compiled engine, in one line.
    record, trace : bool
    render_mode : str, optional
        As for `tradegym.make`; only backtrader does these.

    Raises
    ------
    UserError
        ``compiled`` is asked for, and the configuration needs backtrader.
    """
    if backend == BACKTRADER:
        return EngineChoice(BACKTRADER)
    from tradegym.envs.engines.compiled.program.capability import reason_against

    reason = against or reason_against(plan, record=record, trace=trace, render_mode=render_mode)
    if reason is not None:
        if backend == COMPILED:
            raise UserError(
                f"engine.backend: compiled cannot do this ({reason}); allowed: backtrader, auto"
            )
        return EngineChoice(BACKTRADER, reason)
    from tradegym.envs.engines.compiled.cache import engine_ready

    failed = engine_ready(notify)
    if failed is None:
        return EngineChoice(COMPILED)
    warn(f"engine.backend: backtrader in place of compiled: {failed}")
    return EngineChoice(BACKTRADER, failed)
