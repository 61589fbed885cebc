"""The simple return of equity from bar to bar."""


class BarReturns:
    """Turns equity at the closes into simple returns.

    Parameters
    ----------
    start_cash : float
        Equity at the first decision bar, money.
    """

    __slots__ = ("_value",)

    def __init__(self, start_cash: float) -> None:
        self._value = start_cash

    def take(self, value: float) -> float:
        """Return ``value / previous value - 1`` as a fraction.

        0 when the previous value was not above 0: nothing was left to gain or lose a part of.
        """
        before = self._value
        self._value = value
        return (value - before) / before if before > 0.0 else 0.0
