"""Bars of Yahoo Finance, through the package yfinance.

Yahoo stamps a bar with its open. Its close is

- of a daily bar: the end of the regular trading session on that date, at the exchange's present
  hours (a day with an early close carries the usual time, which is later); midnight after the
  date for what trades around the clock;
- of a shorter bar: one bar length later, at most the end of the session;
- of a longer bar: midnight, in the exchange's time zone, after its last day.

The feed's clock is UTC for bars within the day, and the exchange's calendar date otherwise.
Prices are adjusted for splits, ``adj_close`` for dividends as well.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.data.fetch.providers import Page, require
from tradegym.envs.data.fetch.retry import TemporaryFailure, one_line
from tradegym.envs.data.fetch.yahoo_session import ServerError, YahooSession

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.envs.data.fetch.request import FetchRequest

_MINUTE = 60 * 10**9
_DAY = 24 * 60 * _MINUTE
_AROUND_THE_CLOCK = 23.5  # hours; Yahoo writes 00:00 to 23:59
_COLUMNS = ("Open", "High", "Low", "Close", "Volume", "Adj Close")


@dataclass(frozen=True, slots=True)
class Interval:
    """A bar length that Yahoo offers.

    Attributes
    ----------
    step : int
        Nanoseconds; of a month, 30 days.
    days : int or None
        Calendar days that one request may span; None: any number.
    offset : str or None
        For bars longer than a day: their length as a pandas offset.
    """

    step: int
    days: int | None
    offset: str | None = None

    @property
    def intraday(self) -> bool:
        """Whether the bar is shorter than a day."""
        return self.step < _DAY


INTERVALS = {
    "1m": Interval(_MINUTE, 7),
    "2m": Interval(2 * _MINUTE, 55),
    "5m": Interval(5 * _MINUTE, 55),
    "15m": Interval(15 * _MINUTE, 55),
    "30m": Interval(30 * _MINUTE, 55),
    "60m": Interval(60 * _MINUTE, 360),
    "90m": Interval(90 * _MINUTE, 55),
    "1h": Interval(60 * _MINUTE, 360),
    "1d": Interval(_DAY, 3650),
    "1wk": Interval(7 * _DAY, None, "7D"),
    "1mo": Interval(30 * _DAY, None, "1MS"),
    "3mo": Interval(91 * _DAY, None, "3MS"),
}


def open_yahoo(request: "FetchRequest") -> "YahooFeed":
    """Open the series of a request; nothing is sent yet.

    Raises
    ------
    UserError
        If yfinance is not installed, or Yahoo has no bars of that length.
    """
    yfinance = require("yfinance", "yahoo")
    requests = require("curl_cffi.requests", "yahoo")
    if request.interval not in INTERVALS:
        raise UserError(
            f"--interval: {request.interval} is not one of {', '.join(INTERVALS)} (of yahoo)"
            f"{did_you_mean(request.interval, INTERVALS)}"
        )
    return YahooFeed(yfinance, requests, request)


class YahooFeed:
    """The bars of one symbol.

    Parameters
    ----------
    yfinance, requests : module
        The packages ``yfinance`` and ``curl_cffi.requests``.
    request : FetchRequest
        What is wanted.
    """

    columns = ("open", "high", "low", "close", "volume", "adj_close")
    delay = 30 * _MINUTE  # quotes of some exchanges are that late

    def __init__(self, yfinance: Any, requests: Any, request: "FetchRequest") -> None:
        self._yfinance = yfinance
        self._errors = requests.exceptions
        self._request = request
        self._interval = INTERVALS[request.interval]
        self._http = YahooSession(requests, request.base_url)
        self._ticker: Any = None
        self.step = self._interval.step

    def position(self, time: int) -> int:
        """Return ``time``, or for bars of a day and more the first date that begins no earlier."""
        return time if self._interval.intraday else -(-time // _DAY) * _DAY

    def page(self, start: int, stop: int) -> Page:
        """Return the bars of one request; see `Feed.page`."""
        import pandas as pd

        days = self._interval.days
        last = stop if days is None else min(stop, start + days * _DAY)
        frame = self._history(start, last)
        if frame is None or frame.empty:
            nothing = np.empty(0, dtype=np.int64)
            return Page(nothing, nothing, np.empty((0, len(self.columns))), last)
        index = pd.DatetimeIndex(frame.index).as_unit("ns")
        clock = index.tz_convert("UTC") if self._interval.intraday else index
        opens = np.asarray(clock.tz_localize(None)).view(np.int64)
        values = frame[list(_COLUMNS)].to_numpy(dtype=np.float64)
        wanted = (opens >= start) & (opens < last)
        complete = wanted & ~np.isnan(values).any(axis=1)
        return Page(
            opens[complete],
            self._closes(index)[complete],
            values[complete],
            last,
            int(wanted.sum() - complete.sum()),
        )

    def provenance(self) -> dict[str, str]:
        """Return what the file should say about its bars."""
        known = self._ticker.history_metadata
        return {
            "exchange": str(known.get("exchangeName", "")),
            "timezone": str(known.get("exchangeTimezoneName", "")),
            "currency": str(known.get("currency", "")),
            "adjusted": "open to close: splits; adj_close: splits and dividends",
            "bar_open": "as yahoo gives it",
            "bar_close": "the interval after the open, at most the end of the regular session"
            if self._interval.intraday
            else "end of the last regular session, at its present hours"
            if self._interval.offset is None
            else "midnight after the last day",
            "package": f"yfinance {self._yfinance.__version__}",
        }

    def _closes(self, index: "pd.DatetimeIndex") -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return the close of bars that open at ``index``, in nanoseconds since 1970, UTC."""
        import pandas as pd

        zone = index.tz
        dates = index.tz_localize(None).normalize()
        after = self._session_end()
        offset = self._interval.offset
        if offset is not None:
            ends = dates + pd.tseries.frequencies.to_offset(offset)
        else:
            ends = dates + (after or pd.Timedelta(days=1))
        local = ends.tz_localize(
            zone, ambiguous=np.ones(len(ends), dtype=bool), nonexistent="shift_forward"
        )
        closes = np.asarray(local.tz_convert("UTC").tz_localize(None).as_unit("ns")).view(np.int64)
        if not self._interval.intraday:
            return closes
        opens = np.asarray(index.tz_convert("UTC").tz_localize(None)).view(np.int64)
        plain = opens + np.int64(self.step)
        return np.where((after is not None) & (opens < closes), np.minimum(plain, closes), plain)

    def _session_end(self) -> "pd.Timedelta | None":
        """Return the time of day at which regular trading ends, or None around the clock."""
        import pandas as pd

        period = self._ticker.history_metadata.get("currentTradingPeriod") or {}
        begin, end = (period.get("regular", {}).get(key) for key in ("start", "end"))
        if not isinstance(begin, pd.Timestamp) or not isinstance(end, pd.Timestamp):
            return None
        if end.date() != begin.date() or end - begin > pd.Timedelta(hours=_AROUND_THE_CLOCK):
            return None
        return end.tz_localize(None) - end.tz_localize(None).normalize()

    def _history(self, start: int, stop: int) -> "pd.DataFrame | None":
        """Ask yfinance, and turn its errors into ours; None means that Yahoo has no such bars."""
        request, errors = self._request, self._yfinance.exceptions
        try:
            with _plain_errors(self._yfinance):
                if self._ticker is None:
                    self._forget()  # its key does not tell one mirror from another
                    self._ticker = self._yfinance.Ticker(request.symbol, session=self._http.session)
                frame: pd.DataFrame = self._ticker.history(
                    interval=request.interval,
                    start=self._moment(start),
                    end=self._moment(stop),
                    auto_adjust=False,
                    actions=False,
                )
                return frame
        except errors.YFRateLimitError as error:
            raise TemporaryFailure(
                f"{request.source}: yahoo limits the rate of requests", self._http.wait
            ) from error
        except errors.YFPricesMissingError as error:
            reason = error.yahoo_reason
            if reason is None and self._http.status >= 400:
                raise self._failed(f"yahoo answers with HTTP {self._http.status}") from error
            if reason is None or "Data doesn't exist" in reason:
                return None
            raise UserError(f"{request.source}: yahoo says: {one_line(reason)}") from error
        except ServerError as error:
            raise self._failed(f"yahoo answers with {error}") from error
        except self._errors.HTTPError as error:
            raise self._unknown() from error
        except self._errors.RequestException as error:
            server = request.base_url or "Yahoo Finance"
            raise self._failed(f"cannot reach {server}: is there a network connection?") from error
        except errors.YFException as error:
            raise self._unknown() from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._failed(f"yahoo's answer is not understood: {one_line(error)}") from error

    def _failed(self, reason: str) -> TemporaryFailure:
        self._forget()
        return TemporaryFailure(f"{self._request.source}: {reason}", self._http.wait)

    def _forget(self) -> None:
        # yfinance keeps answers about the past, faulty ones too.
        self._yfinance.data.YfData.cache_get.cache_clear()

    def _unknown(self) -> UserError:
        return UserError(
            f"source '{self._request.source}': yahoo knows no symbol {self._request.symbol}; look "
            "it up at finance.yahoo.com"
        )

    def _moment(self, position: int) -> "pd.Timestamp":
        """Return a position as yfinance wants it: without a zone it is the exchange's."""
        import pandas as pd

        return pd.Timestamp(position, tz="UTC" if self._interval.intraday else None)


@contextmanager
def _plain_errors(yfinance: Any) -> Iterator[None]:
    """Let yfinance raise its errors instead of printing them, and keep its warnings quiet."""
    logger = logging.getLogger("yfinance")
    options = yfinance.config.debug
    level, hidden = logger.level, options.hide_exceptions
    logger.setLevel(logging.CRITICAL + 1)
    options.hide_exceptions = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its own use of pandas
            yield
    finally:
        options.hide_exceptions = hidden
        logger.setLevel(level)
