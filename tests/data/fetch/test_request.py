import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.fetch.mirror import on_mirror
from tradegym.envs.data.fetch.providers import PROVIDERS, open_feed
from tradegym.envs.data.fetch.request import parse_request

DAY = 86_400 * 10**9


@pytest.mark.parametrize(
    ("source", "interval", "expected"),
    [
        ("yahoo:SPY", None, ("yahoo", "SPY", "1d")),
        ("yahoo:^GSPC", "1wk", ("yahoo", "^GSPC", "1wk")),
        ("yahoo:EURUSD=X@1h", None, ("yahoo", "EURUSD=X", "1h")),
        ("ccxt:binance:BTC/USDT@1h", "1h", ("ccxt", "binance:BTC/USDT", "1h")),
        ("ccxt:okx:BTC/USDT:USDT@5m", None, ("ccxt", "okx:BTC/USDT:USDT", "5m")),
    ],
)
def test_sources(source, interval, expected):
    request = parse_request(source, "1970-01-02", "1970-01-04", interval)
    assert (request.provider, request.symbol, request.interval) == expected
    assert (request.start, request.end) == (DAY, 3 * DAY)


def test_times_are_utc_unless_they_say_otherwise():
    request = parse_request("yahoo:SPY", "1970-01-01T05:00", "1970-01-01T05:00-02:00")
    assert (request.start, request.end) == (5 * DAY // 24, 7 * DAY // 24)
    assert parse_request("yahoo:SPY", "1970-01-01").end is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "SPY"}, "source 'SPY': is not PROVIDER:SYMBOL"),
        ({"source": "yahoo:"}, "source 'yahoo:': is not PROVIDER:SYMBOL"),
        ({"source": "yahoo:SPY@"}, "source 'yahoo:SPY@': is not PROVIDER:SYMBOL"),
        ({"source": "yahoo:SPY@1d", "interval": "1h"}, "--interval: 1h contradicts"),
        ({"start": "yesterday"}, "--start: 'yesterday' is not a date or time"),
        ({"start": "0001-01-01"}, "--start: the year of 0001-01-01 is not within"),
        ({"end": "2020-13-01"}, "--end: '2020-13-01' is not a date or time"),
        ({"end": "2020-01-01"}, "--end: 2020-01-01 is not after --start 2020-01-01"),
        ({"start": "2199-01-01"}, "--start: 2199-01-01 is not in the past"),
        ({"base_url": "mirror.example.org"}, "--base-url: 'mirror.example.org' is not"),
        ({"base_url": "ftp://example.org"}, "--base-url: 'ftp://example.org' is not"),
        ({"base_url": "http://["}, "--base-url: 'http://[' is not"),
    ],
)
def test_mistakes(options, message):
    given = {"source": "yahoo:SPY", "start": "2020-01-01", **options}
    with pytest.raises(UserError) as caught:
        parse_request(**given)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_unknown_provider_names_the_nearest():
    with pytest.raises(UserError, match=r"provider yaho is not one of .*; did you mean 'yahoo'\?"):
        open_feed(parse_request("yaho:SPY", "2020-01-01"))


@pytest.mark.parametrize(("source", "package"), [("yahoo:A", "yfinance"), ("ccxt:a:B", "ccxt")])
def test_absent_package_says_how_to_install_it(monkeypatch, source, package):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(UserError) as caught:
        open_feed(parse_request(source, "2020-01-01"))
    assert f"needs the package '{package}', which is not installed" in str(caught.value)
    assert "pip install -e '.[fetch]'" in str(caught.value)
    assert caught.value.exit_code == 2


def test_every_provider_is_a_function():
    assert set(PROVIDERS) == {"yahoo", "ccxt"}


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v3/klines?limit=5"),
        ("https://m.example.org/prices", "https://m.example.org/prices/api/v3/klines?limit=5"),
    ],
)
def test_mirror_replaces_scheme_and_host(base, expected):
    assert on_mirror("https://api.example.org/api/v3/klines?limit=5", base) == expected
    assert on_mirror("https://{hostname}", base) == base
