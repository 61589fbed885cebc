"""A server on loopback that answers like Binance, Kraken and the charts of Yahoo.

It stops by itself after a number of requests, and at the end of the test that uses it.
"""

import json
import threading
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

MOST_REQUESTS = 300
HOUR_MS = 3_600_000
NEW_YORK = ZoneInfo("America/New_York")
DROP = "drop the connection"
UNITS_MS = {"m": 60_000, "h": HOUR_MS, "d": 24 * HOUR_MS}


def millis(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def candle(open_ms, step_ms):
    """Prices that depend on nothing but the time, written as Binance writes them."""
    low = 100 + open_ms // step_ms % 97
    texts = [f"{price:.8f}" for price in (low + 1.25, low + 3.5, low, low + 2.125, 7 + low % 5)]
    return [open_ms, *texts, open_ms + step_ms - 1, "0", 1, "0", "0", "0"]


class PriceServer:
    """Answers; ``plan`` holds what happens to the next requests for prices instead.

    An entry of the plan is an HTTP status, (status, headers), `DROP`, other text (sent as HTML),
    a threading.Event that is waited for, a function that is called before the usual answer, or
    None for the usual answer.
    """

    def __init__(self):
        self.plan = deque()
        self.asked = []  # (path, parameters) of each request for prices
        self.reached = threading.Event()  # set when an Event of the plan is waited for
        self.listed_ms = 0
        self.closed_hours = range(0)  # numbers of bars that do not exist
        self.factor = 1.0  # of all prices
        self.per_page = 1000
        self.windows = False  # whether a page covers a span of time, as on some exchanges
        self.empty_candle = None  # open of a bar that comes without prices
        self.chart = None  # function of the parameters: Yahoo's answer (status, object)
        self.total = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self):
                server.handle(self)

            def log_message(self, *_arguments):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def handle(self, handler):
        self.total += 1
        if self.total > MOST_REQUESTS:
            handler.close_connection = True
            threading.Thread(target=self._http.shutdown, daemon=True).start()
            return
        parts = urlsplit(handler.path)
        parameters = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        prices = parts.path.endswith(("/klines", "/OHLC")) or "period1" in parameters
        headers = {}
        if prices:
            self.asked.append((parts.path, parameters))
            fault = self.plan.popleft() if self.plan else None
            if isinstance(fault, threading.Event):
                self.reached.set()
                fault.wait(20)
                fault = None
            if callable(fault):
                fault()
                fault = None
            if fault == DROP:
                handler.close_connection = True
                return
            if isinstance(fault, str):
                self._send(handler, 200, fault, {"Content-Type": "text/html"})
                return
            if fault is not None:
                status, headers = fault if isinstance(fault, tuple) else (fault, {})
                self._send(handler, status, {"msg": "as planned"}, headers)
                return
        self._send(handler, *self._answer(parts.path, parameters), headers)

    @staticmethod
    def _send(handler, status, answer, headers):
        content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def _answer(self, path, parameters):
        if path == "/api/v3/exchangeInfo":
            return 200, {"symbols": [binance_symbol("BTC", "USDT"), binance_symbol("ETH", "USDT")]}
        if path == "/api/v3/klines":
            return 200, self._klines(parameters)
        if path.startswith("/0/public/"):
            return 200, {"error": [], "result": self._kraken(path, parameters)}
        if path.startswith("/v8/finance/chart/") and self.chart is not None:
            return self.chart(path.rpartition("/")[2], parameters)
        if path == "/v1/test/getcrumb":
            return 200, "crumb"
        return 404, {"code": -1, "msg": f"no {path} here"}

    def _kraken(self, path, parameters):
        """Kraken begins a bar early, counts in seconds, and ends with the bar that is not over."""
        if path.endswith("/AssetPairs"):
            return {"XXBTZUSD": KRAKEN_PAIR}
        if path.endswith("/Assets"):
            return {}
        step = int(parameters["interval"]) * 60_000
        first = -(-int(parameters["since"]) * 1000 // step) * step
        rows = [candle(first + number * step, step) for number in range(720)]
        return {
            "XXBTZUSD": [[row[0] // 1000, *row[1:5], row[2], row[5], 3] for row in rows],
            "last": rows[-1][0] // 1000,
        }

    def _klines(self, parameters):
        interval = parameters["interval"]
        step = int(interval[:-1]) * UNITS_MS[interval[-1]]
        since = max(int(parameters["startTime"]), self.listed_ms)
        limit = min(int(parameters["limit"]), self.per_page)
        rows, time_ms = [], -(-since // step) * step
        stop = int(time.time() * 1000) + 1
        if self.windows:
            stop = min(stop, int(parameters["startTime"]) + limit * step)
        while len(rows) < limit and time_ms < stop:
            if (time_ms - self.listed_ms) // step not in self.closed_hours:
                row = candle(time_ms, step)
                row[1:5] = [f"{float(text) * self.factor:.8f}" for text in row[1:5]]
                if time_ms == self.empty_candle:
                    row[4] = None
                rows.append(row)
            time_ms += step
        return rows


KRAKEN_PAIR = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "base": "XXBT",
    "quote": "ZUSD",
    "pair_decimals": 1,
    "lot_decimals": 8,
    "cost_decimals": 5,
    "ordermin": "0.0001",
    "leverage_buy": [],
    "leverage_sell": [],
    "fees": [[0, 0.4]],
    "fees_maker": [[0, 0.25]],
    "status": "online",
}


def binance_symbol(base, quote):
    return {
        "symbol": base + quote,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "permissions": ["SPOT"],
        "filters": [],
    }


def sessions(first, last):
    """Weekdays from ``first`` to ``last``, as dates."""
    day, end = datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date()
    while day <= end:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def new_york(day, hour, minute=0):
    """Seconds since 1970 at a time of day in New York."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK).timestamp())


def chart_of(bars, symbol="SPY", around_the_clock=False):
    """Return a function that answers like Yahoo's chart API.

    ``bars``: seconds since 1970 (open) to (open, high, low, close, volume, adjusted close).
    """

    def answer(asked, parameters):
        if asked != symbol:
            return 404, chart_error("Not Found", "No data found, symbol may be delisted")
        begin, end = (int(parameters.get(key, 0)) for key in ("period1", "period2"))
        times = sorted(t for t in bars if begin <= t < end)
        today = datetime.now(NEW_YORK).date()
        hours = ((0, 0), (23, 59)) if around_the_clock else ((9, 30), (16, 0))
        regular = {
            "timezone": "EST",
            "gmtoffset": -18000,
            "start": new_york(today, *hours[0]),
            "end": new_york(today, *hours[1]),
        }
        days = sorted({datetime.fromtimestamp(t, NEW_YORK).date() for t in times})
        meta = {
            "currency": "USD",
            "symbol": symbol,
            "exchangeName": "PCX",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": "America/New_York",
            "gmtoffset": -18000,
            "timezone": "EST",
            "priceHint": 2,
            "currentTradingPeriod": {"pre": regular, "regular": regular, "post": regular},
            "dataGranularity": parameters["interval"],
            "validRanges": ["1d", "5d", "max"],
        }
        if parameters["interval"][-1] in "mh":
            meta["tradingPeriods"] = [
                [{**regular, "start": new_york(d, *hours[0]), "end": new_york(d, *hours[1])}]
                for d in days
            ]
        result = {"meta": meta, "indicators": {"quote": [{}], "adjclose": [{}]}}
        if times:
            names = ("open", "high", "low", "close", "volume")
            result["timestamp"] = times
            result["indicators"] = {
                "quote": [{name: [bars[t][i] for t in times] for i, name in enumerate(names)}],
                "adjclose": [{"adjclose": [bars[t][5] for t in times]}],
            }
        return 200, {"chart": {"result": [result], "error": None}}

    return answer


def chart_error(code, description):
    return {"chart": {"result": None, "error": {"code": code, "description": description}}}
