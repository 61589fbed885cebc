"""Brackets of the plain backtrader script."""

import backtrader as bt


def place_bracket(player, wish, size, held, role, check):
    """Place entry, stop and take-profit as backtrader's parent and children.

    By hand, since ``buy_bracket()`` submits all three with one flag: checked, the children count
    as if both were filled, and brackets are refused that the account can pay for. So ``check`` is
    for the entry alone; the children, which only close, go without.
    """
    parent = player.trade(wish.asset, size, transmit=False, role=role)
    back = -opened_by(size, held)
    child = {"parent": parent, "transmit": False}
    stop = player.trade(
        wish.asset, back, exectype=bt.Order.Stop, price=wish.stop, role="stop", **child
    )
    take = player.trade(
        wish.asset, back, exectype=bt.Order.Limit, price=wish.take, role="take", **child
    )
    player.broker.transmit(parent, check=check)
    player.broker.transmit(stop, check=False)
    player.broker.transmit(take, check=False)


def opened_by(size, held):
    """Return the part of an order's size that opens a position."""
    return size if held * size >= 0 else held + size


class PartBracket:
    """A bracket whose orders may fill in parts, since the volume limits them.

    backtrader's children wait for the whole entry and do not know of each other's parts. So here
    stop and take-profit are ordinary orders, placed at the close of the bar on which the entry
    first opens something, and for more than can ever be open: what limits them to the position is
    the volume filler. Once the stop's price was reached, a market order takes its place until the
    position is closed.
    """

    def __init__(self, player, wish, size, held, role, check):
        self.player, self.wish = player, wish
        self.back = -opened_by(size, held)
        self.entry = player.trade(wish.asset, size, _checksubmit=check, role=role)
        self.stop = self.take = None
        self.at_market = False

    def tend(self, held):
        """See to the orders at a close; returns whether the bracket is still of use."""
        if held * self.back >= 0:  # nothing is open in its direction
            if self.stop is None:
                return self.entry.alive()
            for order in (self.entry, self.stop, self.take):
                self.player.cancel(order)
            return False
        if self.stop is None:
            self.stop = self.exit("stop", exectype=bt.Order.Stop, price=self.wish.stop)
            self.take = self.exit("take", exectype=bt.Order.Limit, price=self.wish.take)
        elif not self.at_market and self.reached():
            self.at_market = True
            self.player.cancel(self.stop)
            self.player.cancel(self.take)
            self.stop = self.exit("stop")
            self.take = self.exit("take", exectype=bt.Order.Limit, price=self.wish.take)
            self.player.log.seen["stops_at_market"] += 1
        return True

    def exit(self, role, **terms):
        return self.player.trade(
            self.wish.asset, 2 * self.back, _checksubmit=False, role=role, **terms
        )

    def reached(self):
        data = self.player.datas[self.wish.asset]
        if self.back < 0:
            return data.low[0] <= self.wish.stop
        return data.high[0] >= self.wish.stop
