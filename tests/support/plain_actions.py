"""What actions mean, said once more for the plain backtrader script; nothing of tradegym is used.

An action is a number, one number per asset, or the entries of portfolio weights. `decider` returns
a function that turns it and the account's `Books` into orders in words (`Decided`).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Books:
    """The account at a close; tuples have an entry per traded asset."""

    cash: float
    equity: float
    closes: tuple
    held: tuple  # signed units
    lots: tuple
    no_shorts: tuple  # bool
    waiting: tuple  # bool: an order of the asset is open


@dataclass(frozen=True)
class Wish:
    """An order in words: signed units, at the market or at a limit, perhaps with a bracket."""

    asset: int
    size: float
    limit: float | None = None
    expiry: int | None = None
    stop: float | None = None
    take: float | None = None


@dataclass
class Decided:
    wishes: list
    refused: list  # assets whose order came out as nothing
    cancels: list  # assets whose waiting order is withdrawn
    impossible: int = 0


class ImpossibleError(Exception):
    """The choice means nothing now."""


class NoSizeError(Exception):
    """The order would be for nothing."""


class WithdrawError(Exception):
    """The waiting order goes, and none comes."""


def whole_lots(units, lot):
    return units if lot == 0 else lot * math.floor(units / lot + 1e-9)


def decider(scheme, options, sizing):
    """Return the function that decides.

    ``options`` are those of the scheme, all of them; ``sizing`` is (kind, number per asset) for
    plain buys and sells.
    """
    if scheme == "weights":
        return lambda action, books: together(
            weight_orders([float(one) for one in action], options, books)
        )
    order = ORDERS[scheme]

    def decide(action, books):
        try:
            numbers = [int(one) for one in action]
        except TypeError:
            numbers = [int(action)]
        return together(
            (asset, lambda a=asset, n=number: order(n, a, books, options, sizing))
            for asset, number in enumerate(numbers)
        )

    return decide


def together(asked):
    decided = Decided([], [], [])
    for asset, ask in asked:
        try:
            wish = ask()
        except ImpossibleError:
            decided.impossible += 1
        except NoSizeError:
            decided.refused.append(asset)
        except WithdrawError:
            decided.cancels.append(asset)
        else:
            if wish is not None:
                decided.wishes.append(wish)
    return decided


def stake(asset, books, sizing):
    """Return the units of a buy or sell; raises NoSizeError when there are none."""
    kind, numbers = sizing
    base = {"fixed": None, "equity_fraction": books.equity, "cash_fraction": books.cash}[kind]
    units = numbers[asset] if base is None else numbers[asset] * base / books.closes[asset]
    units = whole_lots(units, books.lots[asset]) if units > 0 else 0.0
    if units == 0:
        raise NoSizeError
    return units


def flatten(asset, books):
    if books.held[asset] == 0:
        raise ImpossibleError
    return Wish(asset, -books.held[asset])


def trade(asset, books, sizing, sign, **terms):
    """A buy (+1) or sell (-1) of the usual size; without shorts, of at most what is held."""
    if sign < 0 and books.no_shorts[asset]:
        if books.held[asset] <= 0:
            raise ImpossibleError
        return Wish(asset, -min(stake(asset, books, sizing), books.held[asset]), **terms)
    return Wish(asset, sign * stake(asset, books, sizing), **terms)


def discrete_order(number, asset, books, options, sizing):
    word = options["portfolio_actions"][number]
    if word == "hold":
        return None
    if word == "close":
        return flatten(asset, books)
    return trade(asset, books, sizing, 1 if word == "buy" else -1)


def limit_order(number, asset, books, options, sizing):
    if number == 0:
        return None
    if number == 1:
        return flatten(asset, books)
    if number == 2:
        raise WithdrawError if books.waiting[asset] else ImpossibleError
    offsets = options["offsets"]
    sell, which = divmod(number - 3, len(offsets))
    sign = -1 if sell else 1
    price = books.closes[asset] * (1 - sign * offsets[which])
    return trade(asset, books, sizing, sign, limit=price, expiry=options["expiry"])


def bracket_order(number, asset, books, options, sizing):
    if number == 0:
        return None
    if number == 1:
        return flatten(asset, books)
    stops, takes = options["stop_loss"], options["take_profit"]
    short, pair = divmod(number - 2, len(stops) * len(takes))
    stop, take = stops[pair // len(takes)], takes[pair % len(takes)]
    sign = -1 if short else 1
    held, close = books.held[asset], books.closes[asset]
    if held * sign > 0 or (short and books.no_shorts[asset]):
        raise ImpossibleError
    size = sign * stake(asset, books, sizing) - held
    return Wish(asset, size, stop=close * (1 - sign * stop), take=close * (1 + sign * take))


def bsh_order(number, asset, books, options, sizing):
    del sizing
    held = books.held[asset]
    if number == 0:
        if held:
            return Wish(asset, -held)
        return withdraw_if_waiting(asset, books)
    if held:
        return None
    empty = len([one for one in books.held if one == 0])
    money = max(books.cash, 0) * (1 - options["reserve"]) / empty
    units = whole_lots(money / books.closes[asset], books.lots[asset])
    if units == 0:
        raise NoSizeError
    return Wish(asset, units)


def sizes_order(number, asset, books, options, sizing):
    del sizing
    if number == 0:
        return None
    if number == 1:
        return flatten(asset, books)
    sizes = options["sizes"]
    sell, which = divmod(number - 2, len(sizes))
    sign, part = (-1 if sell else 1), sizes[which]
    held, lot = books.held[asset], books.lots[asset]
    if held * sign < 0:  # less of it
        units = abs(held) if part == 1 else whole_lots(part * abs(held), lot)
    elif sell and books.no_shorts[asset]:
        raise ImpossibleError
    else:
        money = books.cash if options["size_of"] == "cash" else books.equity
        share = part * (1 - options["reserve"]) / len(books.held)
        units = whole_lots(max(money, 0) * share / books.closes[asset], lot)
    if units == 0:
        raise NoSizeError
    return Wish(asset, sign * units)


def target_order(number, asset, books, options, sizing):
    del sizing
    share = options["levels"][number] * (1 - options["reserve"]) / len(books.held)
    return toward(asset, share, options["threshold"], books)


def weight_orders(entries, options, books):
    """Yield the asset and what to ask for it, for every weight but that of cash."""
    if options["shorts"] or options["transform"] == "simplex":
        whole = max(1.0, sum(abs(one) for one in entries))
        weights = [one / whole for one in entries]
    else:
        powers = [math.exp(5 * one) for one in entries]
        powers = [one if one >= 1e-4 * sum(powers) else 0.0 for one in powers]
        weights = [one / sum(powers) for one in powers]
    for asset in range(len(books.held)):
        share = weights[asset] * (1 - options["reserve"])
        yield asset, lambda a=asset, s=share: toward(a, s, options["threshold"], books)


def toward(asset, share, threshold, books):
    """Bring the position to a share of the equity, unless it is near that."""
    held, close, equity = books.held[asset], books.closes[asset], books.equity
    if share == 0 or equity <= 0:
        return Wish(asset, -held) if held else withdraw_if_waiting(asset, books)
    if share < 0 and books.no_shorts[asset]:
        raise ImpossibleError
    miss = abs(share * equity - held * close)
    if miss <= equity * max(threshold, 1e-6):
        return withdraw_if_waiting(asset, books)
    units = whole_lots(abs(share) * equity / close, books.lots[asset])
    change = math.copysign(units, share) - held
    if abs(change) * close <= 1e-6 * equity:
        if held:
            return withdraw_if_waiting(asset, books)
        raise NoSizeError
    return Wish(asset, change)


def withdraw_if_waiting(asset, books):
    if books.waiting[asset]:
        raise WithdrawError


# What a choice's number means for one asset, by scheme.
ORDERS = {
    "discrete": discrete_order,
    "limit": limit_order,
    "bracket": bracket_order,
    "bsh": bsh_order,
    "sizes": sizes_order,
    "target": target_order,
}
