"""Options of a scheme for strategy classes that know only BTgym's ``portfolio_actions``."""

from typing import Any

from tradegym.conf.schema.actions import ActionsConfig
from tradegym.envs.strategies.orders import check_actions


def scheme_options_of(portfolio_actions: object) -> dict[str, Any]:
    """Return the options of the scheme that BTgym's ``portfolio_actions`` means.

    Parameters
    ----------
    portfolio_actions : sequence of str, or None
        Names of the discrete actions; None or nothing means continuous weights, as in BTgym's
        portfolio environment.

    Returns
    -------
    dict
        Every key of ``strategy.actions``.

    Raises
    ------
    UserError
        A name is unknown.
    """
    if portfolio_actions is None or portfolio_actions in ((), []):
        return ActionsConfig(scheme="weights", transform="simplex").model_dump()
    return {**ActionsConfig().model_dump(), "portfolio_actions": check_actions(portfolio_actions)}
