"""What to download: the source as a person writes it, the period, the bar length."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np

from tradegym.conf.errors import UserError

EXAMPLES = "such as yahoo:SPY or ccxt:binance:BTC/USDT@1h"


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What to download.

    Attributes
    ----------
    provider : str
        Name in the registry of providers, such as ``ccxt``.
    symbol : str
        What the provider calls it, such as ``SPY`` or ``binance:BTC/USDT``.
    interval : str
        Length of a bar in the provider's words, such as ``1h``.
    start : int
        Bars that open at or after this time; nanoseconds since 1970 in UTC.
    end : int or None
        Bars that open before this time; None means: until now.
    base_url : str or None
        Scheme and host of a mirror that answers in place of the provider's own hosts.
    """

    provider: str
    symbol: str
    interval: str
    start: int
    end: int | None = None
    base_url: str | None = None

    @property
    def source(self) -> str:
        """The source as a person writes it."""
        return f"{self.provider}:{self.symbol}@{self.interval}"

    def identity(self) -> dict[str, str | int | None]:
        """Return what must be equal for a partial download to be continued."""
        return {"source": self.source, "start": self.start, "end": self.end}


def parse_request(
    source: str,
    start: str,
    end: str | None = None,
    interval: str | None = None,
    base_url: str | None = None,
) -> FetchRequest:
    """Read what a person wrote.

    Parameters
    ----------
    source : str
        ``PROVIDER:SYMBOL`` or ``PROVIDER:SYMBOL@INTERVAL``.
    start, end : str
        ISO dates or times; UTC where they carry no offset. No end means: until now.
    interval : str, optional
        Length of a bar where ``source`` does not name it; ``1d`` by default.
    base_url : str, optional
        Scheme and host of a mirror.

    Returns
    -------
    FetchRequest
        Not yet checked by the provider.

    Raises
    ------
    UserError
        If one of them cannot be read, or the period is empty.
    """
    provider, colon, symbol = source.partition(":")
    symbol, at, written = symbol.partition("@")
    if not (provider and colon and symbol) or (at and not written):
        raise UserError(
            f"source '{source}': is not PROVIDER:SYMBOL or PROVIDER:SYMBOL@INTERVAL, {EXAMPLES}"
        )
    if written and interval and written != interval:
        raise UserError(
            f"--interval: {interval} contradicts '{source}', which says {written}; give one of them"
        )
    first = _parse_time("--start", start)
    last = None if end is None else _parse_time("--end", end)
    if last is not None and last <= first:
        raise UserError(f"--end: {end} is not after --start {start}; give a later end")
    if first >= now_ns():
        raise UserError(f"--start: {start} is not in the past; there are no bars of the future")
    return FetchRequest(
        provider, symbol, written or interval or "1d", first, last, _parse_url(base_url)
    )


def now_ns() -> int:
    """Return the present time in nanoseconds since 1970."""
    return int(np.datetime64(datetime.now(UTC).replace(tzinfo=None), "ns").view(np.int64))


def _parse_time(option: str, text: str) -> int:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(
            f"{option}: '{text}' is not a date or time; write it like 2024-01-31 or "
            "2024-01-31T09:30"
        ) from None
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    if not 1900 <= time.year <= 2200:
        raise UserError(f"{option}: the year of {text} is not within 1900 to 2200")
    return int(np.datetime64(time, "ns").view(np.int64))


def _parse_url(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
    except ValueError:
        valid = False
    if not valid:
        raise UserError(
            f"--base-url: '{url}' is not the address of a server; write it like "
            "https://mirror.example.org"
        )
    return url.rstrip("/")
