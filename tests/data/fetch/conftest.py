import pytest
from price_server import PriceServer

from tradegym.envs.data.fetch import yahoo_session


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server on loopback, reached without the proxy, the pauses and the caches of a user."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(yahoo_session, "PAUSE_S", 0.0)
    running = PriceServer()
    yield running
    running.stop()


@pytest.fixture
def yahoo_server(server, tmp_path):
    cache = pytest.importorskip("yfinance.cache")
    cache.set_cache_location(str(tmp_path / "yfinance"))
    return server
