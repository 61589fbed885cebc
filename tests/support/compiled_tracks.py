"""What an environment did: a row for each reset and each step, in their order.

Both engines write the same columns, so that a test compares arrays.
"""

from dataclasses import dataclass, field

import numpy as np

#: Columns of money; those after them are percent, then whole numbers.
MONEY = ("cash", "value", "commission", "interest")
PERCENT = ("drawdown", "max_drawdown")
COUNTS = ("trades", "rejected", "impossible", "step", "bar", "reason", "number", "first_row")

#: As `tradegym.envs.strategies.endings.REASONS`, from 1.
REASONS = (
    "",
    "RUIN",
    "DRAWDOWN_CALL",
    "MAX_LOSS",
    "TARGET_REACHED",
    "STRATEGY",
    "END_OF_DATA",
)


@dataclass
class Track:
    """Rows of one environment.

    ``is_reset`` [E]; ``obs`` [E, D] flat; ``reward`` [E]; ``terms`` [E, K] (both 0 at a reset);
    ``position`` and ``price`` [E, A]; ``mask`` [E, M], or None where there are no masks; and a
    column [E] for each name of MONEY, PERCENT and COUNTS; ``key`` [E].
    """

    is_reset: np.ndarray
    obs: np.ndarray
    reward: np.ndarray
    terms: np.ndarray
    position: np.ndarray
    mask: np.ndarray | None
    key: np.ndarray
    price: np.ndarray | None = None
    columns: dict = field(default_factory=dict)
    term_names: tuple = ()
    seen: object = None

    def __getattr__(self, name):
        try:
            return self.__dict__["columns"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def reasons(self):
        """Names of the reasons of the episodes that ended."""
        return [REASONS[number] for number in self.reason if number]


class Recorder:
    """Makes the track of an environment of the compiled engine from copies of its records."""

    def __init__(self, term_names):
        self.term_names = tuple(term_names)
        self._rows = []

    def add(self, state, i, obs, mask, start, reward):
        """Add a row: ``reward`` is None at a reset, ``start`` the row of the first bar."""
        env, books = state.envs[i].copy(), state.books[i].copy()
        terms = np.zeros(len(self.term_names))
        if reward is not None:
            terms[:] = state.terms[i]
        self._rows.append((env, books, obs.copy(), terms, mask, start, reward))

    def track(self):
        """Return the track."""
        envs, books, obs, terms, masks, starts, rewards = zip(*self._rows, strict=True)
        envs, books, starts = np.array(envs), np.array(books), np.array(starts)
        columns = {name: envs[name] for name in (*MONEY, *PERCENT, *COUNTS[:3], "reason", "number")}
        columns["step"] = envs["decisions"] - (envs["reason"] == 0)
        columns["bar"], columns["first_row"] = starts + envs["row"], starts
        return Track(
            is_reset=np.array([one is None for one in rewards]),
            obs=np.array(obs),
            reward=np.array([one or 0.0 for one in rewards]),
            terms=np.array(terms),
            position=np.where(books["running"] != 0, books["units"], 0.0),
            mask=mask_rows(masks, columns["reason"]),
            key=envs["key"],
            columns=columns,
            term_names=self.term_names,
        )


def mask_rows(masks, reasons):
    """Return masks [E, M], empty where an episode is over; None where there are none."""
    known = next((one for one in masks if one is not None), None)
    if known is None:
        return None
    empty = np.zeros(len(known), dtype=bool)
    rows = zip(masks, reasons, strict=True)
    return np.array([empty if one is None or over else one for one, over in rows])
