"""The arrays that the kernel works on.

`Shared` holds what all environments of a batch have in common and nothing changes; `State` has a
row per environment. Records have fixed fields and lists are arrays, so that one compilation serves
every configuration, however many assets, choices or reward terms it has. Fields that say yes or no
are int64 of 0 or 1; what is switched off is infinity (a limit) or -1 (a count or a place).
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_Fields = Sequence[tuple[str, type]]


def _record(fields: _Fields) -> np.dtype[Any]:
    return np.dtype((np.record, np.dtype(list(fields), align=True)))


_F, _I = np.float64, np.int64

# -- what the configuration says ------------------------------------------------------------------

#: One record: the account, the limits, the timeline, and where things lie.
RULES: Final = _record(
    [
        ("n_assets", _I),
        ("skip_frame", _I),  # bars per decision
        ("latency", _I),  # bars between a decision and its order
        ("warmup", _I),  # bars before the first decision
        ("start_cash", _F),
        ("maintenance_margin", _F),  # fraction of the market value
        ("margin_always", _I),  # it counts for long positions too
        ("drawdown_call", _F),  # percent, inf: off
        ("max_loss", _F),  # percent, inf: off
        ("target_call", _F),  # percent, inf: off
        ("max_orders", _I),  # opening orders within the window, -1: any number
        ("max_orders_window", _I),  # bars
        ("sizing", _I),  # FIXED, EQUITY_FRACTION, CASH_FRACTION
        ("has_interest", _I),
        ("has_volume_limit", _I),
        # actions
        ("scheme", _I),  # CHOICES or WEIGHTS
        ("n_choices", _I),  # per asset
        ("transform", _I),  # SOFTMAX or PROPORTIONAL
        ("share", _F),  # of the equity that weights are fractions of
        ("threshold", _F),  # fraction of the equity
        ("action_width", _I),  # numbers in an action: assets, or assets + 1 for weights
        # statistics
        ("stat_lower", _F),  # percent, d of the formulas
        ("stat_upper", _F),  # percent, t of the formulas
        ("stat_scale", _F),  # K of the formulas
        # observation: a flat row of float32; -1: not shown
        ("time_dim", _I),
        ("avg_period", _I),
        ("n_features", _I),
        ("raw_at", _I),
        ("features_at", _I),
        ("internal_at", _I),
        ("obs_size", _I),
        # places in State.memory
        ("delayed_at", _I),  # latency + 1 rows of action_width + 1: bar it is due, then the action
        ("openings_at", _I),  # max_orders bars, a ring
    ]
)

#: One record per traded asset: costs and sizes.
ASSET: Final = _record(
    [
        ("commission_kind", _I),  # PERCENT, PER_UNIT, FIXED_FEE
        ("commission", _F),
        ("minimum", _F),  # money
        ("leverage", _F),
        ("credit_rate", _F),  # of the entry value, a day
        ("interest_long", _I),
        ("slip_perc", _F),
        ("slip_fixed", _F),  # price: the fixed slippage and half the spread
        ("volume_limit", _F),  # fraction of a bar's volume, inf: off
        ("lot", _F),  # units, 0: any fraction
        ("short", _I),  # may be sold short
        ("fixed_stake", _F),  # units
        ("equity_fraction", _F),
        ("cash_fraction", _F),
    ]
)

#: One record per choice of a discrete scheme.
CHOICE: Final = _record(
    [
        ("kind", _I),  # C_HOLD ... C_CANCEL
        ("fraction", _F),  # target, share of the cash or equity, or part of the position
        ("opening", _F),  # of C_SIZE: fraction of the base that opens
        ("is_buy", _I),
        ("of_equity", _I),  # of C_SIZE: the base is the equity, else the cash
        ("threshold", _F),  # of C_TARGET
        ("limit", _F),  # of C_LIMIT: factor of the close
        ("expiry", _I),  # of C_LIMIT: bars, -1: none
        ("stop_loss", _F),  # of C_BRACKET: factor of the close
        ("take_profit", _F),  # of C_BRACKET: factor of the close
    ]
)

#: One record per reward term.
TERM: Final = _record(
    [
        ("kind", _I),  # T_BTGYM ...
        ("weight", _F),
        ("scale", _F),
        ("bound", _F),  # of the scaled term, inf: none
        ("a", _F),  # what the options of the term mean, as kernel/rewards.py says
        ("b", _F),
        ("c", _F),
        ("d", _F),
        ("length", _I),  # bars of its window
        ("at", _I),  # place of its numbers in State.memory
        ("places", _I),  # how many they are
    ]
)

# -- what an environment is -----------------------------------------------------------------------

#: One record per environment.
ENV: Final = _record(
    [
        # the episode
        ("first_row", _I),  # row of Shared.ohlcv of its first bar
        ("length", _I),  # bars, warm-up and the reserved last one included
        ("row", _I),  # current bar, from 0
        ("over", _I),
        ("reason", _I),  # 0 while it goes on, else R_RUIN ... R_END_OF_DATA
        ("decisions", _I),
        ("bars_in_step", _I),
        ("seq", _I),  # number of the last order that joined the queue
        # the account at the close
        ("cash", _F),
        ("value", _F),
        ("leverage", _F),  # as backtrader's get_leverage()
        ("peak", _F),
        ("drawdown", _F),  # percent
        ("max_drawdown", _F),  # percent
        ("commission", _F),  # paid so far
        ("interest", _F),  # paid so far
        ("trades", _I),
        ("rejected", _I),
        ("impossible", _I),
        ("n_fills", _I),  # so far
        # between bars
        ("placed", _I),  # orders placed since the last bar
        ("realized", _F),  # result of the round trips closed since the last bar, money
        ("closed", _I),  # whether one was closed
        ("liquidating", _I),  # whether the next bar is the last
        ("submitted", _I),  # orders that wait for the check of the cash
        ("waiting", _I),  # orders in the queue, an upper bound
        # statistics
        ("duration", _I),
        ("low", _F),
        ("high", _F),
        ("value_at_close", _F),
        ("realized_pnl", _F),  # scaled
        ("unrealized_pnl", _F),  # scaled
        ("stat_head", _I),  # next row to be written in the ring of State.stats
        # what the reward terms see of a bar
        ("bar_orders", _I),
        ("bar_closed", _I),
        # rules of the account
        ("n_openings", _I),  # openings so far; the last ones are in the ring
        ("delayed_first", _I),  # decisions that wait: numbers of the first and after the last
        ("delayed_next", _I),
        # the step and the episode
        ("reward", _F),
        ("episode_return", _F),
        ("episode_length", _I),  # decisions
        ("key", np.uint64),  # of the episode
        ("number", _I),  # of the episode, from 0
    ]
)

#: One record per environment and traded asset: position, round trip and orders.
#: ``m_`` is the main order, ``s_`` the stop-loss and ``t_`` the take-profit of its bracket.
BOOK: Final = _record(
    [
        ("units", _F),  # signed position, as the broker counts it
        ("price", _F),  # average entry
        ("day", _I),  # of the last fill or interest
        ("running", _I),  # a round trip is open; position() is 0 otherwise
        ("entered", _F),
        ("exited", _F),
        ("pnl", _F),
        ("trip_commission", _F),
        ("trip_interest", _F),
        ("taken", _F),  # units filled on this bar, of the volume limit
        ("m_state", _I),  # NONE, SUBMITTED (not yet checked), PENDING
        ("m_limit", _I),  # a limit order
        ("m_size", _F),  # as created
        ("m_rem", _F),  # left to fill
        ("m_price", _F),  # limit, or the close at which it was created
        ("m_seq", _I),
        ("m_expiry", _I),  # last bar on which it may fill, -1: none
        ("m_bracket", _I),  # has children
        ("m_opened", _F),  # units that its fills have opened
        ("m_fills", _I),
        ("s_state", _I),  # NONE, INACTIVE, ACTIVATING (from the next bar on), ACTIVE
        ("s_size", _F),
        ("s_rem", _F),
        ("s_price", _F),
        ("s_seq", _I),
        ("s_fills", _I),
        ("s_triggered", _I),
        ("t_state", _I),
        ("t_size", _F),
        ("t_rem", _F),
        ("t_price", _F),
        ("t_seq", _I),
        ("t_fills", _I),
    ]
)

#: One record per asset: what an action asks for.
REQUEST: Final = _record(
    [
        ("kind", _I),  # Q_NOTHING, Q_ORDER, Q_REFUSED, Q_IMPOSSIBLE, Q_CANCEL
        ("units", _F),  # signed
        ("is_limit", _I),
        ("limit", _F),
        ("expiry", _I),  # bars, -1: none
        ("is_bracket", _I),
        ("stop_loss", _F),
        ("take_profit", _F),
    ]
)

NONE, SUBMITTED, PENDING = 0, 1, 2
INACTIVE, ACTIVATING, ACTIVE = 1, 2, 3
FIXED, EQUITY_FRACTION, CASH_FRACTION = 0, 1, 2
PERCENT, PER_UNIT, FIXED_FEE = 0, 1, 2
CHOICES, WEIGHTS = 0, 1
SOFTMAX, PROPORTIONAL = 0, 1
Q_NOTHING, Q_ORDER, Q_REFUSED, Q_IMPOSSIBLE, Q_CANCEL = 0, 1, 2, 3, 4
C_HOLD, C_CLOSE, C_BUY_SELL, C_TARGET, C_SIZE, C_CASH, C_ASSET = 0, 1, 2, 3, 4, 5, 6
C_BRACKET, C_LIMIT, C_CANCEL = 7, 8, 9
T_BTGYM, T_BTGYM_ORIGINAL, T_EQUITY_CHANGE, T_LOG_RETURN, T_DIFFERENTIAL_SHARPE = 0, 1, 2, 3, 4
T_SHARPE, T_SORTINO, T_POSITION_RETURN, T_DRAWDOWN_PENALTY = 5, 6, 7, 8
T_OVERTRADING_PENALTY, T_HOLDING_COST = 9, 10

#: Numbers of the reasons, in the order of `tradegym.envs.strategies.endings.REASONS`, from 1.
R_RUIN, R_DRAWDOWN_CALL, R_MAX_LOSS, R_TARGET_REACHED, R_STRATEGY, R_END_OF_DATA = 1, 2, 3, 4, 5, 6


class Shared(NamedTuple):
    """What the environments of a batch have in common; all arrays are read-only.

    Attributes
    ----------
    rules : ndarray of RULES, shape [1]
    assets : ndarray of ASSET, shape [A]
        The traded assets, in their order.
    choices : ndarray of CHOICE, shape [C]
    terms : ndarray of TERM, shape [K]
    columns : ndarray of int64, shape [S]
        Statistics of the internal state, numbered as in `broker_stats.ALL_NAMES`; asset i's
        weight is 12 + i.
    ohlcv : ndarray of float64, shape [R, A, 5]
        Bars of the traded assets.
    raw : ndarray of float32, shape [R * 4 * A]
        Their prices as the state shows them, bar by bar; [0] where it does not. Flat, since a
        window is copied in a third of the time then.
    features : ndarray of float32, shape [R * F]
        Bar by bar; [0] where the state does not show them.
    days : ndarray of int64, shape [R]
        Calendar day of each bar; [0] without interest.
    """

    rules: Any
    assets: Any
    choices: Any
    terms: Any
    columns: NDArray[np.int64]
    ohlcv: NDArray[np.float64]
    raw: NDArray[np.float32]
    features: NDArray[np.float32]
    days: NDArray[np.int64]


class State(NamedTuple):
    """What the kernel changes, a row per environment.

    Attributes
    ----------
    envs : ndarray of ENV, shape [N]
    books : ndarray of BOOK, shape [N, A]
    requests : ndarray of REQUEST, shape [N, A]
        Scratch: what the last action asked for.
    memory : ndarray of float64, shape [N, M]
        Windows of the reward terms, decisions that wait, bars of the last openings.
    stats : ndarray of float32, shape [N, 2 * avg_period * S]
        Internal state: a ring of rows of S, each written twice, ``avg_period`` rows apart, so
        that the last ``avg_period`` rows are always in one piece.
    row : ndarray of float64, shape [N, 12 + A]
        Scratch: all statistics of the bar.
    terms : ndarray of float64, shape [N, K]
        Weighted value of each reward term in the last step.
    """

    envs: Any
    books: Any
    requests: Any
    memory: NDArray[np.float64]
    stats: NDArray[np.float32]
    row: NDArray[np.float64]
    terms: NDArray[np.float64]
