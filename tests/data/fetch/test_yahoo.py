from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from fetching import fetch, run_command
from price_server import NEW_YORK, chart_error, chart_of, new_york, sessions

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.fetch.store import read_provenance

pytest.importorskip("yfinance")

BAR = (10.0, 12.0, 9.0, 11.0, 1000, 5.5)


def daily(first, last, bar=BAR):
    return {new_york(day, 9, 30): bar for day in sessions(first, last)}


def test_daily_bars_close_with_the_session(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("2023-12-01", "2024-06-28"))
    out = tmp_path / "spy.parquet"
    result, progress = fetch(yahoo_server, out, "yahoo:SPY", "2024-03-01", "2024-03-20")
    days = [str(day) for day in sessions("2024-03-01", "2024-03-19")]
    # New York leaves standard time on 10 March 2024: 16:00 is 21:00 UTC before, 20:00 after.
    closes = [f"{day}T{21 if day < '2024-03-10' else 20}" for day in days]
    assert list(result.dataset.times) == [np.datetime64(close) for close in closes]
    assert (result.dataset.ohlcv[:, 0] == BAR[:5]).all()
    assert progress.warnings == []
    table = pq.read_table(out)
    assert table.column_names == ["time", "open", "high", "low", "close", "volume", "adj_close"]
    assert set(table["adj_close"].to_pylist()) == {5.5}
    found = read_provenance(out)
    assert (found["timezone"], found["currency"]) == ("America/New_York", "USD")
    assert found["adjusted"] == "open to close: splits; adj_close: splits and dividends"


def test_a_long_period_is_asked_for_in_parts(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("1996-01-01", "2024-01-31"))
    result, progress = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "1990-01-01", "2024-01-01"
    )
    assert len(result.dataset) == len(list(sessions("1996-01-01", "2023-12-31")))
    assert len(yahoo_server.asked) == 4
    assert progress.warnings == ["yahoo:SPY@1d: has no bars before 1996-01-01"]


def test_around_the_clock_a_day_ends_at_midnight(yahoo_server, tmp_path):
    bars = {new_york(day, 0): BAR for day in sessions("2024-01-01", "2024-01-31")}
    yahoo_server.chart = chart_of(bars, "BTC-USD", around_the_clock=True)
    result, _ = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:BTC-USD", "2024-01-02", "2024-01-05"
    )
    ends = ["2024-01-03T05", "2024-01-04T05", "2024-01-05T05"]  # midnight in New York
    assert list(result.dataset.times) == [np.datetime64(end) for end in ends]


def test_the_last_hour_ends_with_the_session(yahoo_server, tmp_path):
    bars = {}
    for day in sessions("2024-01-02", "2024-01-05"):
        for hour in range(9, 16):
            bars[new_york(day, hour, 30)] = BAR
        bars[new_york(day, 17)] = BAR  # after hours: not wanted
    yahoo_server.chart = chart_of(bars)
    result, _ = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:SPY@1h", "2024-01-02", "2024-01-04"
    )
    local = pd.DatetimeIndex(result.dataset.times).tz_localize("UTC").tz_convert(NEW_YORK)
    clock = ["10:30", "11:30", "12:30", "13:30", "14:30", "15:30", "16:00"]
    assert [f"{time:%d %H:%M}" for time in local] == [
        f"{day} {time}" for day in ("02", "03") for time in clock
    ]


@pytest.mark.parametrize(
    ("interval", "opens", "closes"),
    [
        (
            "1wk",
            ["2024-01-01", "2024-01-08", "2024-01-15"],
            ["2024-01-08T05", "2024-01-15T05", "2024-01-22T05"],
        ),
        (
            "1mo",
            ["2024-01-01", "2024-02-01", "2024-03-01"],
            ["2024-02-01T05", "2024-03-01T05", "2024-04-01T04"],
        ),
    ],
)
def test_longer_bars_end_at_midnight_after_their_last_day(
    yahoo_server, tmp_path, interval, opens, closes
):
    bars = {new_york(datetime.fromisoformat(day), 0): BAR for day in opens}
    yahoo_server.chart = chart_of(bars)
    result, _ = fetch(
        yahoo_server, tmp_path / "a.parquet", f"yahoo:SPY@{interval}", "2024-01-01", "2024-03-15"
    )
    assert list(result.dataset.times) == [np.datetime64(close) for close in closes]


def test_today_is_left_out_until_the_session_is_over(yahoo_server, tmp_path):
    today = datetime.now(NEW_YORK).date()
    days = [today - timedelta(days=number) for number in range(8)]
    yahoo_server.chart = chart_of({new_york(day, 9, 30): BAR for day in days})
    start = (today - timedelta(days=7)).isoformat()
    result, _ = fetch(yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", start)
    over = datetime.now(NEW_YORK) - timedelta(minutes=30)
    expected = sum(new_york(day, 16) <= over.timestamp() for day in days)
    assert expected in (7, 8)
    assert len(result.dataset) == expected


def test_bars_without_a_price_are_left_out_and_told(yahoo_server, tmp_path):
    bars = daily("2024-01-02", "2024-01-31")
    bars[new_york(datetime(2024, 1, 9), 9, 30)] = (None, 12.0, 9.0, 11.0, 1000, 5.5)
    yahoo_server.chart = chart_of(bars)
    result, progress = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "2024-01-02", "2024-02-01"
    )
    assert len(result.dataset) == len(bars) - 1
    assert progress.warnings == ["yahoo:SPY@1d: left out 1 bar(s) that came without prices"]


def test_failures_are_tried_again_not_remembered(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("2024-01-02", "2024-01-31"))
    yahoo_server.plan.extend([503, "<html>Please sign in</html>", 401, 401, 429, 429])
    sleeps = []
    result, progress = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "2024-01-02", "2024-02-01", sleeps=sleeps
    )
    assert len(result.dataset) == 22
    # yfinance itself repeats a refused request once, with another cookie.
    assert sleeps == [0.5, 1.0, 2.0, 4.0]
    assert "HTTP 503" in progress.warnings[0]


def test_the_server_says_how_long_to_wait(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("2024-01-02", "2024-01-31"))
    yahoo_server.plan.extend([(429, {"Retry-After": "9"})] * 2)
    sleeps = []
    _, progress = fetch(
        yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "2024-01-02", "2024-02-01", sleeps=sleeps
    )
    assert sleeps == [9.0]
    assert "yahoo limits the rate of requests" in progress.warnings[0]


def test_an_interrupted_download_continues(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("1990-01-01", "2024-01-31"))
    yahoo_server.plan.extend([None, None, 503, 503])
    out, period = tmp_path / "a.parquet", ("1990-01-01", "2024-01-01")
    with pytest.raises(RunFailed, match=r"bars are kept in .*a\.parquet\.part"):
        fetch(yahoo_server, out, "yahoo:SPY", *period, tries=1)
    yahoo_server.asked.clear()
    result, progress = fetch(yahoo_server, out, "yahoo:SPY", *period)
    assert progress.messages[0].endswith("continues after 5,215 bars")
    first = min(int(parameters["period1"]) for _, parameters in yahoo_server.asked)
    assert datetime.fromtimestamp(first, NEW_YORK).isoformat() == "2009-12-25T00:00:00-05:00"
    assert len(result.dataset) == len(list(sessions("1990-01-01", "2023-12-31")))


def test_a_refusal_is_not_taken_for_an_empty_answer(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("1996-01-01", "2024-01-31"))
    yahoo_server.plan.extend([None, 401, 401])
    with pytest.raises(RunFailed, match=r"yahoo answers with HTTP 401 \(tried once\)"):
        fetch(
            yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "1997-01-01", "2024-01-01", tries=1
        )


def test_other_text_is_not_taken_for_an_empty_answer(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("1996-01-01", "2024-01-31"))
    yahoo_server.plan.extend([None, "<html>Please sign in</html>", "<html>Please sign in</html>"])
    with pytest.raises(RunFailed, match=r"yahoo's answer is not understood: .* \(tried 2 times\)"):
        fetch(
            yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "1997-01-01", "2024-01-01", tries=2
        )


def test_what_yahoo_says_is_told(yahoo_server, tmp_path):
    usual = chart_of({})

    def refuses(symbol, parameters):
        if "period1" not in parameters:
            return usual(symbol, parameters)
        return 422, chart_error("Unprocessable Entity", "1m data must be within the last 30 days.")

    yahoo_server.chart = refuses
    with pytest.raises(UserError) as caught:
        fetch(yahoo_server, tmp_path / "a.parquet", "yahoo:SPY@1m", "2024-01-02", "2024-01-03")
    assert str(caught.value) == (
        "yahoo:SPY@1m: yahoo says: 1m data must be within the last 30 days."
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("yahoo:NONE", "source 'yahoo:NONE@1d': yahoo knows no symbol NONE"),
        ("yahoo:SPY@1w", "--interval: 1w is not one of 1m, 2m"),
    ],
)
def test_unknown_names(yahoo_server, tmp_path, source, message):
    yahoo_server.chart = chart_of({})
    with pytest.raises(UserError) as caught:
        fetch(yahoo_server, tmp_path / "a.parquet", source, "2024-01-02", "2024-01-05")
    assert str(caught.value).startswith(message)


def test_no_bars(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of({})
    with pytest.raises(UserError, match=r"has 0 bar\(s\) from 2024-01-02 to 2024-01-05"):
        fetch(yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "2024-01-02", "2024-01-05")


def test_the_command(yahoo_server, tmp_path):
    yahoo_server.chart = chart_of(daily("2024-01-02", "2024-01-31"))
    words = ("yahoo:SPY", "--start", "2024-01-02", "--end", "2024-02-01", "--interval", "1d")
    options = ("--out", "spy.parquet", "--base-url", yahoo_server.url)
    code, out, err = run_command(tmp_path, *words, *options)
    assert (code, err) == (0, [])
    assert out == "spy.parquet: 22 bars, 2024-01-02T21:00:00 to 2024-01-31T21:00:00 UTC (closes)\n"


def test_unreachable_server(yahoo_server, tmp_path):
    yahoo_server.stop()
    with pytest.raises(RunFailed) as caught:
        fetch(yahoo_server, tmp_path / "a.parquet", "yahoo:SPY", "2024-01-02", tries=2)
    assert str(caught.value) == (
        f"yahoo:SPY@1d: cannot reach {yahoo_server.url}: is there a network connection? "
        "(tried 2 times)"
    )
    assert list(tmp_path.glob("a*")) == []
