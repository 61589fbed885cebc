"""The services that bars can be downloaded from, by name, and what each must offer."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from tradegym.conf.errors import UserError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tradegym.envs.data.fetch.request import FetchRequest


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to one request.

    Attributes
    ----------
    opens : ndarray of int64, shape [n]
        Open of each bar in nanoseconds on the feed's own clock, strictly increasing.
    closes : ndarray of int64, shape [n]
        Close of each bar in nanoseconds since 1970, UTC.
    values : ndarray of float64, shape [n, len(feed.columns)]
        The numbers of each bar.
    following : int
        Where the next page begins, on the feed's clock; later than where this one began.
    left_out : int
        Bars that came without prices.
    """

    opens: "NDArray[np.int64]"
    closes: "NDArray[np.int64]"
    values: "NDArray[np.float64]"
    following: int
    left_out: int = 0

    def cut(self, start: int, stop: int) -> "Page":
        """Return the page with the bars ``start`` to ``stop`` (excluded) only."""
        return replace(
            self,
            opens=self.opens[start:stop],
            closes=self.closes[start:stop],
            values=self.values[start:stop],
        )


class Feed(Protocol):
    """One series of one provider, read page by page from old to new."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of a bar; the first five are open to volume."""

    @property
    def step(self) -> int:
        """Length of a bar in nanoseconds, for the display of progress."""

    @property
    def delay(self) -> int:
        """Nanoseconds after its close until a bar no longer changes."""

    def position(self, time: int) -> int:
        """Return the feed's clock at ``time`` (nanoseconds since 1970, UTC)."""

    def page(self, start: int, stop: int) -> Page:
        """Return the first bars that open in ``[start, stop)`` of the feed's clock.

        Raises
        ------
        TemporaryFailure
            If the same request may succeed later.
        TradegymError
            If it will not.
        """

    def provenance(self) -> dict[str, str]:
        """Return what the file should say about where its bars come from."""


OpenFeed = Callable[["FetchRequest"], Feed]
PROVIDERS: dict[str, OpenFeed] = {}


def provider(name: str) -> Callable[[OpenFeed], OpenFeed]:
    """Register the function that opens the feeds of provider ``name``.

    It may raise what `Feed.page` raises.
    """

    def register(function: OpenFeed) -> OpenFeed:
        PROVIDERS[name] = function
        return function

    return register


def open_feed(request: "FetchRequest") -> Feed:
    """Open the series that ``request`` names.

    Raises
    ------
    UserError
        If provider, symbol or interval do not exist, or a package is missing.
    TemporaryFailure
        If the provider cannot be reached now.
    """
    try:
        function = PROVIDERS[request.provider]
    except KeyError:
        raise UserError(
            f"source '{request.source}': provider {request.provider} is not one of "
            f"{', '.join(PROVIDERS)}{did_you_mean(request.provider, PROVIDERS)}"
        ) from None
    return function(request)


def require(package: str, provider: str) -> Any:
    """Import a package of the extra ``fetch``.

    Raises
    ------
    UserError
        If it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise UserError(
            f"source '{provider}:': needs the package '{error.name}', which is not installed; "
            "install the extra with: pip install -e '.[fetch]'"
        ) from None


@provider("yahoo")
def _yahoo(request: "FetchRequest") -> Feed:
    from tradegym.envs.data.fetch.yahoo import open_yahoo

    return open_yahoo(request)


@provider("ccxt")
def _ccxt(request: "FetchRequest") -> Feed:
    from tradegym.envs.data.fetch.exchange import open_exchange

    return open_exchange(request)
