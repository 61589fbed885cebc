"""The HTTP session that yfinance sends its requests through."""

import time
from typing import Any

from tradegym.envs.data.fetch.mirror import on_mirror
from tradegym.envs.data.fetch.retry import retry_after

TIMEOUT_S = 10.0
PAUSE_S = 0.5
"""Seconds between two requests for prices: Yahoo refuses clients that ask too quickly."""

_PRICES = "/v8/finance/chart/"


class ServerError(OSError):
    """The server has answered that it cannot serve the request now (HTTP 5xx)."""


class YahooSession:
    """A curl_cffi session with a pause between requests, a short timeout and perhaps a mirror.

    Parameters
    ----------
    requests : module
        ``curl_cffi.requests``.
    base_url : str or None
        Scheme and host that all requests go to instead of Yahoo's.

    Attributes
    ----------
    session : curl_cffi.requests.Session
        For yfinance.
    status : int
        HTTP status of the last answer to a request for prices; 0 before the first.
    wait : float or None
        Seconds that this answer asked to wait.
    """

    def __init__(self, requests: Any, base_url: str | None) -> None:
        self.session = requests.Session(impersonate="chrome")
        self.status = 0
        self.wait: float | None = None
        self._base_url = base_url
        self._send = self.session.request
        self._next = 0.0
        # yfinance only takes a session of this type, and calls nothing but get and post,
        # which call `request`.
        self.session.request = self._request

    def _request(self, method: str, url: str, **options: Any) -> Any:
        prices = _PRICES in url
        if prices:
            time.sleep(max(0.0, self._next - time.monotonic()))
        if self._base_url is not None:
            url = on_mirror(url, self._base_url)
        options["timeout"] = min(options.get("timeout") or TIMEOUT_S, TIMEOUT_S)
        try:
            response = self._send(method, url, **options)
        finally:
            if prices:
                self._next = time.monotonic() + PAUSE_S
        if prices:
            self.status = response.status_code
            self.wait = retry_after(response.headers.get("Retry-After"))
        if response.status_code >= 500:
            # Otherwise yfinance would take it for an answer, and keep it in its cache.
            raise ServerError(f"HTTP {response.status_code}")
        return response
