"""The part of a strategy that places orders and keeps the books on them."""

from collections import deque
from typing import Any

import backtrader as bt

from tradegym.envs.strategies.actions import (
    ActionScheme,
    decide_intents,
    make_scheme,
    scheme_options_of,
)
from tradegym.envs.strategies.actions.choices import NOTHING
from tradegym.envs.strategies.context import EpisodeContext
from tradegym.envs.strategies.execution import Executor
from tradegym.envs.strategies.ledger import Ledger
from tradegym.envs.strategies.live_account import LiveAccount
from tradegym.envs.strategies.orders import HOLD, NUMBERS, as_intents, is_intent

#: Methods of backtrader that must be its own for a bar to be played in short.
_PLAYED = ("_oncepost", "_getminperstatus", "_next_analyzers", "_next_observers", "clear")
_NOTIFIED = ("_notify", "notify_cashvalue", "notify_fund")


class _RefusedError(Exception):
    """The first order of a bracket was refused."""


class OrderDesk(bt.Strategy):  # type: ignore[misc]  # backtrader has no types
    """A ``bt.Strategy`` whose orders, however they are placed, are all on its ledger."""

    _context: EpisodeContext
    _closing = False
    _in_bracket = False
    _by_action = False
    _line: Any = None
    _silent = False

    def _open_desk(self) -> None:
        """Prepare the books of an episode."""
        context, assets = self._context, self._context.assets
        self._trace = context.trace
        if self._trace is not None:
            self._trace.attach(self.broker, self.datas[: len(assets)])
        self._ledger = Ledger(assets)
        self._account = LiveAccount(self, assets, self._ledger, context.costs)
        #: Turns actions into orders.
        self.action_scheme: ActionScheme = make_scheme(
            self.p.actions or scheme_options_of(self.p.portfolio_actions),
            assets,
            joint=context.joint,
        )
        self._executor = Executor(
            self,
            self._account,
            self._ledger,
            self.p.max_orders,
            self.p.max_orders_window,
            self._trace,
        )
        # Orders of actions go through buy() and sell() only where these are a subclass's own.
        kind = type(self)
        self._is_direct = kind.buy is OrderDesk.buy and kind.sell is OrderDesk.sell
        self._assets_of_data = {id(data): i for i, data in enumerate(self.datas[: len(assets)])}
        self._interest = [0.0] * len(assets)
        self._delayed: deque[tuple[int, Any]] = deque()

    @property
    def account(self) -> LiveAccount:
        """Cash, equity and positions at the current close."""
        return self._account

    @property
    def ledger(self) -> Ledger:
        """Orders, round trips and commission of the episode so far."""
        return self._ledger

    # -- bars in short -----------------------------------------------------------------------

    def is_plain(self) -> bool:
        """Tell whether `play_bar` does all that backtrader would; asked before the first bar."""
        has_parts = any(self._lineiterators.values()) or self.analyzers or self._slave_analyzers
        if has_parts or self._oldsync or len(self.lines.lines) > 1 or not _is_own(self, _PLAYED):
            return False
        self._line = self.lines.lines[0]
        self._silent = not self.has_own_code() and not self.cerebro.p.quicknotify
        self._longest = max(self._minperiods)
        self._hears_cash = not _is_own(self, _NOTIFIED)
        return True

    def has_own_code(self) -> bool:
        """Tell whether somebody else's code may look at backtrader's notifications."""
        return True

    def play_bar(self, moment: float) -> None:
        """Play one bar as backtrader's ``_oncepost``, without indicators and analyzers."""
        line = self._line
        line._idx += 1
        line.lencount += 1
        line.array.append(moment)
        told = self._orderspending or self._tradespending
        if told or self._hears_cash:
            self._notify()
        self._minperstatus = status = self._longest - line.lencount
        if status < 0:
            self.next()
        elif status == 0:
            self.nextstart()
        else:
            self.prenext()
        if told:
            self.clear()

    # -- actions ----------------------------------------------------------------------------

    def _tend(self, row: int) -> None:
        """Cancel what has become too old, and place what has waited long enough."""
        if self._executor.expiries:
            self._executor.expire(row)
        while self._delayed and self._delayed[0][0] <= row:
            self._place(row, self._delayed.popleft()[1])

    def _decide(self, row: int, action: Any) -> None:
        """Take in the action for this close."""
        if self._trace is not None:
            self._trace.signal(row, action, self.explain(action))
        if self._context.costs.latency:
            self._delayed.append((row + self._context.costs.latency, action))
        else:
            self._place(row, action)

    def explain(self, action: Any) -> str:
        """Return an action, or intents, in words."""
        if not is_intent(action):
            return self.action_scheme.explain(action)
        return ", ".join(one.name for one in as_intents(action)) or HOLD

    def _place(self, row: int, action: Any) -> None:
        """Turn an action or intents into orders."""
        if type(action) not in NUMBERS and is_intent(action):
            decision = decide_intents(as_intents(action), self._account)
        else:
            decision = self.action_scheme.decide(action, self._account)
        if decision is not NOTHING or self._trace is not None:
            self._executor.execute(decision, row)

    def _liquidate(self) -> None:
        """Cancel everything that waits, close all positions, and accept no further orders."""
        self._delayed.clear()
        self._executor.liquidate()
        self._executor.placed = 0
        self._closing = True

    # -- backtrader's own ways to place an order ---------------------------------------------

    def buy(self, data: Any = None, size: float | None = None, *args: Any, **kwargs: Any) -> Any:
        """Place a buy order as `backtrader.Strategy.buy`.

        None once the episode is ending, or when a rule of the account refuses it.
        """
        return self._place_own(super().buy, 1.0, data, size, args, kwargs)

    def sell(self, data: Any = None, size: float | None = None, *args: Any, **kwargs: Any) -> Any:
        """Place a sell order as `backtrader.Strategy.sell`.

        None once the episode is ending, or when a rule of the account refuses it.
        """
        return self._place_own(super().sell, -1.0, data, size, args, kwargs)

    def buy_bracket(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Place a bracket as `backtrader.Strategy.buy_bracket`; three times None when refused."""
        return self._place_bracket(super().buy_bracket, args, kwargs)

    def sell_bracket(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Place a bracket as `backtrader.Strategy.sell_bracket`; three times None when refused."""
        return self._place_bracket(super().sell_bracket, args, kwargs)

    def _place_bracket(self, place: Any, args: Any, kwargs: Any) -> list[Any]:
        self._in_bracket = True
        try:
            return list(place(*args, **kwargs))
        except _RefusedError:  # backtrader would go on to the orders that need the first one
            return [None, None, None]
        finally:
            self._in_bracket = False

    def _place_own(
        self, place: Any, side: float, data: Any, size: float | None, args: Any, kwargs: Any
    ) -> Any:
        """Place an order of the user's own code, by the rules that hold for actions."""
        if isinstance(data, str):
            data = self.getdatabyname(data)
        data = data if data is not None else self.data
        asset = self._asset_of(data)
        allowed = not self._closing
        if allowed and not self._by_action and kwargs.get("parent") is None:
            units = self.getsizing(data, isbuy=side > 0.0) if size is None else abs(size)
            allowed = self._executor.permits(asset, side * units, len(self) - 1)
        if not allowed:
            if self._in_bracket:
                raise _RefusedError
            return None
        return self._booked(place(data, size, *args, **kwargs), asset)

    def place(self, asset: int, size: float, **options: Any) -> Any:
        """Place an order that an action asks for; ``size`` in signed units.

        A subclass may change it in `buy` and `sell`, through which it then goes.
        """
        if self._is_direct:
            if self._closing or not size:
                return None
            send = self.broker.buy if size > 0.0 else self.broker.sell
            return self._booked(send(self, self.datas[asset], abs(size), **options), asset)
        way = self.buy if size > 0.0 else self.sell
        self._by_action = True  # whose rules have been applied already
        try:
            return way(data=self.datas[asset], size=abs(size), **options)
        finally:
            self._by_action = False

    def _booked(self, order: Any, asset: int) -> Any:
        if order is not None:
            self._ledger.place(order, asset)
        return order

    # -- notifications ------------------------------------------------------------------------

    def _addnotification(self, order: Any, quicknotify: bool = False) -> None:
        self._charge_interest()  # before a fill ends the round trip that owes it
        asset = self._asset_of(order.data)
        if self._silent:  # nobody hears of orders and backtrader's trades
            self._ledger.on_order(order, asset, self._line.lencount)
            return
        self._ledger.on_order(order, asset, len(self.data) - 1)
        super()._addnotification(order, quicknotify)

    def _charge_interest(self) -> None:
        """Book what positions have cost since the last call."""
        if not getattr(self.broker, "interest_charged", True):
            return
        interest_of = getattr(self.broker, "interest_of", None)
        if interest_of is None:  # a broker of the user's own puts it into its commissions
            return
        for asset, before in enumerate(self._interest):
            paid = interest_of(self.datas[asset])
            if paid != before:
                self._interest[asset] = paid
                self._ledger.charge_interest(asset, paid - before)

    def _asset_of(self, data: Any) -> int:
        try:
            return self._assets_of_data[id(data)]
        except KeyError:
            name = getattr(data, "_name", "")
            raise ValueError(
                f"an order for '{name}', which is observed, not traded; name it in asset_names"
            ) from None


def _is_own(strategy: OrderDesk, names: tuple[str, ...]) -> bool:
    """Tell whether a strategy has these methods from backtrader."""
    kind = type(strategy)
    return all(getattr(kind, name) is getattr(bt.Strategy, name) for name in names)
