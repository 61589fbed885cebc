"""Bars of crypto exchanges, through the package ccxt.

Exchanges stamp a bar with its open; its close is one bar later. All times are UTC. ccxt itself
keeps the pause between two requests that each exchange asks for.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tradegym.conf.errors import RunFailed, UserError, did_you_mean
from tradegym.envs.data.fetch.mirror import on_mirror
from tradegym.envs.data.fetch.providers import Page, require
from tradegym.envs.data.fetch.retry import TemporaryFailure, one_line, retry_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.data.fetch.request import FetchRequest

T = TypeVar("T")
_MS = 1_000_000  # nanoseconds
_PAGE = 500  # bars, where ccxt does not know the exchange's limit
_CALENDAR_UNITS = {"M": "M", "y": "Y"}  # ccxt's letter to numpy's, for units of varying length

SPOT_ONLY: dict[str, dict[str, Any]] = {"binance": {"fetchMarkets": {"types": ["spot"]}}}
"""Options that keep an exchange from listing its futures when a spot symbol is asked for: that
saves two large requests, and mirrors of spot prices have no futures."""


def open_exchange(request: "FetchRequest") -> "ExchangeFeed":
    """Open the series ``EXCHANGE:SYMBOL`` of a request.

    Raises
    ------
    UserError
        If ccxt is not installed, or exchange, symbol or interval do not exist.
    TemporaryFailure
        If the exchange cannot be reached now.
    """
    ccxt = require("ccxt", "ccxt")
    name, colon, symbol = request.symbol.partition(":")
    if not (name and colon and symbol):
        raise UserError(
            f"source '{request.source}': names no exchange and symbol; write it like "
            "ccxt:binance:BTC/USDT"
        )
    if name not in ccxt.exchanges:
        raise UserError(
            f"source '{request.source}': ccxt knows no exchange {name}"
            f"{did_you_mean(name, ccxt.exchanges)}"
        )
    options = SPOT_ONLY.get(name, {}) if ":" not in symbol else {}
    # Whoever reaches the network through a proxy has said so in the environment.
    exchange = getattr(ccxt, name)(
        {"options": options, "requests_trust_env": True, "enableLastJsonResponse": True}
    )
    if request.base_url is not None:
        exchange.urls["api"] = _moved(exchange.urls["api"], request.base_url)
    if exchange.has.get("fetchOHLCV") is not True:
        raise UserError(f"source '{request.source}': {name} does not publish bars")
    known = list(exchange.timeframes or ())
    if request.interval not in known:
        raise UserError(
            f"--interval: {request.interval} is not one of {', '.join(known)} (of {name})"
            f"{did_you_mean(request.interval, known)}"
        )
    feed = ExchangeFeed(ccxt, exchange, symbol, request)
    markets = feed.ask(exchange.load_markets)
    if symbol not in markets:
        raise UserError(
            f"source '{request.source}': {name} has no symbol {symbol}"
            f"{did_you_mean(symbol, markets)}"
        )
    return feed


class ExchangeFeed:
    """The bars of one symbol of one exchange; its clock is UTC.

    Parameters
    ----------
    ccxt : module
        The package.
    exchange : ccxt.Exchange
        Set up, but perhaps without its markets.
    symbol : str
        ccxt's unified symbol.
    request : FetchRequest
        What is wanted.
    """

    columns = ("open", "high", "low", "close", "volume")
    delay = 0

    def __init__(self, ccxt: Any, exchange: Any, symbol: str, request: "FetchRequest") -> None:
        self._ccxt = ccxt
        self._exchange = exchange
        self._symbol = symbol
        self._request = request
        self.step = int(exchange.parse_timeframe(request.interval) * 1_000_000_000)

    def position(self, time: int) -> int:
        """Return ``time``: the clock is UTC."""
        return time

    def page(self, start: int, stop: int) -> Page:
        """Return the bars of one request; see `Feed.page`."""
        limit = self._exchange.feature_value(self._symbol, "fetchOHLCV", "limit", _PAGE) or _PAGE
        since = -(-start // _MS)
        rows = self.ask(
            lambda: self._exchange.fetch_ohlcv(
                self._symbol, self._request.interval, since=since, limit=limit
            )
        )
        if not rows and self._exchange.last_json_response is None:
            raise self._strange("no JSON")
        # Some exchanges repeat a bar, or begin before `since`.
        by_open = {int(row[0]) * _MS: row[1:6] for row in rows}
        opens = sorted(time for time in by_open if time >= start)
        # Some give the bars after `start`, others those of a window that may be empty.
        following = start + limit * self.step
        if opens:
            last = np.array(opens[-1:], dtype=np.int64)
            following = int(bar_closes(last, self._request.interval, self.step)[0])
        wanted = [time for time in opens if time < stop]
        complete = [time for time in wanted if None not in by_open[time]]
        values = np.array([by_open[time] for time in complete], dtype=np.float64)
        times = np.array(complete, dtype=np.int64)
        return Page(
            times,
            bar_closes(times, self._request.interval, self.step),
            values.reshape(len(complete), len(self.columns)),
            following,
            len(wanted) - len(complete),
        )

    def provenance(self) -> dict[str, str]:
        """Return what the file should say about its bars."""
        return {
            "exchange": str(self._exchange.id),
            "adjusted": "no",
            "bar_open": "as the exchange gives it",
            "bar_close": "bar_open plus the interval",
            "package": f"ccxt {self._ccxt.__version__}",
        }

    def ask(self, call: Callable[[], T]) -> T:
        """Call ccxt and turn its errors into ours."""
        ccxt = self._ccxt
        try:
            return call()
        except ccxt.RateLimitExceeded as error:
            raise self._busy(error) from error
        except ccxt.DDoSProtection as error:
            raise self._busy(error) from error
        except (ccxt.ExchangeNotAvailable, ccxt.RequestTimeout) as error:
            raise TemporaryFailure(f"{self._request.source}: {one_line(error)}") from error
        except ccxt.NetworkError as error:
            host = re.search(r"https?://[^/\s?]+", str(error))
            server = host.group() if host else self._exchange.id
            raise TemporaryFailure(
                f"{self._request.source}: cannot reach {server}: is there a network connection?"
            ) from error
        except ccxt.OperationFailed as error:
            raise TemporaryFailure(f"{self._request.source}: {one_line(error)}") from error
        except ccxt.BaseError as error:
            raise RunFailed(f"{self._request.source}: {one_line(error)}") from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._strange(one_line(error)) from error

    def _strange(self, what: str) -> TemporaryFailure:
        name = self._exchange.id
        return TemporaryFailure(
            f"{self._request.source}: the answer of {name} is not understood: {what}"
        )

    def _busy(self, error: Exception) -> TemporaryFailure:
        headers = self._exchange.last_response_headers or {}
        return TemporaryFailure(
            f"{self._request.source}: {self._exchange.id} limits the rate of requests",
            retry_after(headers.get("Retry-After")),
        )


def bar_closes(opens: "NDArray[np.int64]", interval: str, step: int) -> "NDArray[np.int64]":
    """Return when bars end; months and years have the length that the calendar gives them.

    Parameters
    ----------
    opens : ndarray of int64, shape [n]
        Open of each bar in nanoseconds since 1970, UTC.
    interval : str
        As ccxt writes it: a number and one of s, m, h, d, w, M, y.
    step : int
        Its length in nanoseconds, for units of a fixed length.

    Returns
    -------
    ndarray of int64, shape [n]
        Nanoseconds since 1970, UTC.
    """
    unit = _CALENDAR_UNITS.get(interval[-1])
    if unit is None:
        return opens + np.int64(step)
    periods = opens.view("datetime64[ns]").astype(f"datetime64[{unit}]") + int(interval[:-1])
    return periods.astype("datetime64[ns]").view(np.int64)


def _moved(urls: Any, base_url: str) -> Any:
    """Return ccxt's addresses, nested as they are, with the host of ``base_url``."""
    if isinstance(urls, dict):
        return {key: _moved(value, base_url) for key, value in urls.items()}
    return on_mirror(urls, base_url) if isinstance(urls, str) else urls
