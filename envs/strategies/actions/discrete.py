"""BTgym's actions: hold, buy, sell, close."""

from collections.abc import Sequence
from functools import partial

from tradegym.envs.strategies.actions.base import action_scheme
from tradegym.envs.strategies.actions.choices import Choice, ChoiceScheme
from tradegym.envs.strategies.actions.rules import CLOSING, HOLDING, sized_order
from tradegym.envs.strategies.orders import BUY, CLOSE, HOLD, SELL

_CHOICES = {
    HOLD: HOLDING,
    BUY: Choice(BUY, BUY, partial(sized_order, is_buy=True)),
    SELL: Choice(SELL, SELL, partial(sized_order, is_buy=False)),
    CLOSE: CLOSING,
}


@action_scheme("discrete")
class DiscreteScheme(ChoiceScheme):
    """The names in ``portfolio_actions``, in that order.

    A buy or sell is as large as the sizer says and adds to, reduces or reverses the position.
    Closing without a position is impossible; so is selling without one where the asset may not be
    sold short, and a sell is then at most as large as the position.
    """

    def choices(self) -> Sequence[Choice]:
        """Return the chosen ones of hold, buy, sell, close."""
        return [_CHOICES[name] for name in self.options["portfolio_actions"]]
