"""A Cerebro whose bars cost little where an episode needs nothing special."""

from typing import Any

import backtrader as bt

from tradegym.envs.engines.backtrader.feed import ArrayFeed
from tradegym.envs.strategies.desk import OrderDesk

_BROKER = bt.brokers.BackBroker


class LeanCerebro(bt.Cerebro):  # type: ignore[misc]  # backtrader has no types
    """``bt.Cerebro`` that plays bars in a shorter loop, with the same calls in the same order.

    That is so where all feeds are `ArrayFeed` of the same bars and there is one strategy, and no
    timers, writers or cheating on the open; else the loop is backtrader's.
    """

    def _runonce(self, runstrats: list[Any]) -> None:
        if not self._is_simple(runstrats):
            super()._runonce(runstrats)
            return
        strategy, broker = runstrats[0], self._broker
        strategy._once()
        strategy.reset()
        lines = [line for feed in self.datas for line in feed.lines.lines]
        plain = isinstance(strategy, OrderDesk) and strategy.is_plain()
        play = strategy.play_bar if plain else strategy._oncepost
        advance, receive, notices = broker.next, strategy._addnotification, broker.notifs
        quick = self.p.quicknotify
        for moment in self.datas[0].p.day_numbers.tolist():
            for line in lines:
                line._idx += 1
                line.lencount += 1
            advance()
            while notices:
                receive(notices.popleft(), quicknotify=quick)
            play(moment)
            if self._event_stop:
                return

    def _is_simple(self, runstrats: list[Any]) -> bool:
        """Tell whether the short loop does all that backtrader's would."""
        broker, feeds, params = self._broker, self.datas, self.p
        return (
            len(runstrats) == 1
            and not (self._timers or self._timerscheat or self.runwriters)
            and not (params.cheat_on_open or params.lookahead)
            and isinstance(broker, _BROKER)
            and type(broker).get_notification is _BROKER.get_notification
            and all(type(feed) is ArrayFeed for feed in feeds)
            and all(feed.p.day_numbers is feeds[0].p.day_numbers for feed in feeds)
        )
