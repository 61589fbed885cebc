from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest
from fetching import fetch
from price_server import DROP, HOUR_MS, candle, millis

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.fetch.store import read_provenance

pytest.importorskip("ccxt")
from tradegym.envs.data.fetch.exchange import bar_closes

SOURCE = "ccxt:binance:BTC/USDT@1h"


def expected(start, end, step=HOUR_MS):
    rows = [candle(time, step) for time in range(millis(start), millis(end), step)]
    closes = np.array([row[0] + step for row in rows]).astype("datetime64[ms]")
    return closes, np.array([[float(text) for text in row[1:6]] for row in rows])


def columns(path, names=("open", "high", "low", "close", "volume")):
    table = pq.read_table(path)
    assert tuple(table.column_names) == ("time", *names)
    return (
        table["time"].to_numpy(),
        np.stack([table[name].to_numpy() for name in names], axis=1),
        table.schema,
    )


def test_pages_are_joined_and_stamped_with_the_close(server, tmp_path):
    out = tmp_path / "btc.parquet"
    server.per_page = 300
    result, progress = fetch(server, out, SOURCE, "2024-01-01", "2024-02-01")
    times, values, schema = columns(out)
    closes, bars = expected("2024-01-01", "2024-02-01")
    assert len(times) == 31 * 24
    assert (times == closes).all()
    assert (values == bars).all()
    assert str(schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert len(server.asked) == 3
    assert (progress.total, progress.steps, progress.stopped) == (744, [300, 600, 744], 1)
    assert (progress.warnings, progress.messages) == ([], [])
    assert (result.dataset.times == closes).all()
    assert result.dataset.bar_seconds == 3600
    assert [path.name for path in tmp_path.iterdir()] == ["btc.parquet"]


def test_provenance_is_in_the_schema(server, tmp_path):
    out = tmp_path / "btc.parquet"
    before = datetime.now(UTC).replace(microsecond=0)
    result, _ = fetch(server, out, SOURCE, "2024-01-01", "2024-01-02")
    found = read_provenance(out)
    assert found == result.provenance
    assert found["source"] == SOURCE
    assert (found["symbol"], found["interval"]) == ("binance:BTC/USDT", "1h")
    assert (found["adjusted"], found["time"]) == ("no", "close of the bar in UTC")
    assert found["package"].startswith("ccxt ")
    assert before <= datetime.fromisoformat(found["fetched"]) <= datetime.now(UTC)


def test_bars_that_do_not_exist_are_skipped(server, tmp_path):
    server.listed_ms = millis("2024-01-01")
    server.closed_hours = range(10, 700)
    server.per_page = 8
    result, _ = fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-02-01")
    hours = (result.dataset.times - np.datetime64("2024-01-01")) // np.timedelta64(1, "h")
    assert list(hours) == [*range(1, 11), *range(701, 745)]


def test_a_later_listing_is_told(server, tmp_path):
    server.listed_ms = millis("2024-01-20")
    result, progress = fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-02-01")
    assert result.dataset.times[0] == np.datetime64("2024-01-20T01")
    assert progress.warnings == [f"{SOURCE}: has no bars before 2024-01-20"]


def test_pages_that_cover_a_span_of_time_may_be_empty(server, tmp_path):
    server.windows = True
    server.per_page = 1000
    server.listed_ms = millis("2024-07-01")
    result, _ = fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-07-15")
    assert len(result.dataset) == 14 * 24
    assert len(server.asked) == 5


@pytest.mark.slow  # it asks for a second between two requests
def test_another_exchange_begins_a_bar_early(server, tmp_path):
    result, progress = fetch(
        server, tmp_path / "a.parquet", "ccxt:kraken:BTC/USD@4h", "2024-01-01", "2024-06-01"
    )
    closes, bars = expected("2024-01-01", "2024-06-01", 4 * HOUR_MS)
    assert (result.dataset.times == closes).all()
    assert (result.dataset.ohlcv[:, 0] == bars).all()
    assert (len(server.asked), progress.warnings) == (2, [])


@pytest.mark.parametrize("page", ["<html>Please sign in</html>", "[[1, 2"])
def test_other_text_is_not_taken_for_an_empty_answer(server, tmp_path, page):
    server.per_page = 10
    server.plan.extend([None, page, page])
    with pytest.raises(
        RunFailed, match=r"answer of binance is not understood: .* \(tried 2 times\)"
    ):
        fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02", tries=2)


def test_a_bar_without_prices_is_left_out_and_told(server, tmp_path):
    server.empty_candle = millis("2024-01-01T05:00")
    result, progress = fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02")
    assert len(result.dataset) == 23
    assert np.datetime64("2024-01-01T06") not in result.dataset.times
    assert progress.warnings == [f"{SOURCE}: left out 1 bar(s) that came without prices"]


def test_the_bar_that_is_not_over_is_left_out(server, tmp_path):
    start = datetime.now(UTC) - timedelta(hours=10)
    result, _ = fetch(server, tmp_path / "a.parquet", SOURCE, start.isoformat())
    last = result.dataset.times[-1]
    now = np.datetime64(datetime.now(UTC).replace(tzinfo=None))
    assert last <= now
    assert now - last < np.timedelta64(65, "m")
    assert len(result.dataset) >= 9


def test_failures_are_tried_again(server, tmp_path):
    server.plan.extend([500, DROP, 503, (429, {"Retry-After": "7"}), (418, {})])
    sleeps = []
    result, progress = fetch(
        server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02", tries=6, sleeps=sleeps
    )
    assert len(result.dataset) == 24
    assert sleeps == [0.5, 1.0, 2.0, 7.0, 8.0]
    assert len(progress.warnings) == 3  # the first one and the two long waits
    assert progress.warnings[1].startswith(f"{SOURCE}: binance limits the rate of requests; try 5")


def test_failures_end_after_the_last_try(server, tmp_path):
    server.plan.extend([503] * 9)
    with pytest.raises(RunFailed) as caught:
        fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02", tries=3)
    assert "503" in str(caught.value)
    assert "(tried 3 times)" in str(caught.value)
    assert len(server.asked) == 3
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_not_tried_again(server, tmp_path):
    server.plan.append(401)
    with pytest.raises(RunFailed, match="401"):
        fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02")
    assert len(server.asked) == 1


def test_unreachable_server(server, tmp_path):
    server.stop()
    with pytest.raises(RunFailed) as caught:
        fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-02", tries=2)
    assert str(caught.value) == (
        f"{SOURCE}: cannot reach {server.url}: is there a network connection? (tried 2 times)"
    )
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("ccxt:binance", "names no exchange and symbol"),
        ("ccxt:binanse:BTC/USDT", "ccxt knows no exchange binanse; did you mean 'binance'?"),
        ("ccxt:binance:BTC/USTD", "binance has no symbol BTC/USTD; did you mean 'BTC/USDT'?"),
        ("ccxt:binance:BTC/USDT@7h", "--interval: 7h is not one of 1s, 1m, 3m"),
    ],
)
def test_unknown_names(server, tmp_path, source, message):
    with pytest.raises(UserError) as caught:
        fetch(server, tmp_path / "a.parquet", source, "2024-01-01", "2024-01-02")
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_faulty_prices_do_not_get_the_name(server, tmp_path):
    out = tmp_path / "a.parquet"
    server.factor = -1.0
    with pytest.raises(RunFailed) as caught:
        fetch(server, out, SOURCE, "2024-01-01", "2024-01-02")
    assert "row 0, column 'open'" in str(caught.value)
    assert str(tmp_path / "a.rejected.parquet") in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.rejected.parquet"]
    assert len(columns(tmp_path / "a.rejected.parquet")[0]) == 24


def test_too_few_bars(server, tmp_path):
    with pytest.raises(UserError, match=r"has 2 bar\(s\) from 2024-01-01 to 2024-01-01T02:00:00"):
        fetch(server, tmp_path / "a.parquet", SOURCE, "2024-01-01", "2024-01-01T02:00")
    assert list(tmp_path.iterdir()) == []


def test_calendar_months_and_years_end_where_the_next_begins():
    opens = np.array(["2023-12-01", "2024-01-01", "2024-02-01"], dtype="datetime64[ns]")
    closes = bar_closes(opens.view(np.int64), "1M", 30 * 86_400 * 10**9)
    ends = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], dtype="datetime64[ns]")
    assert (closes.view("datetime64[ns]") == ends).all()
    year = bar_closes(opens[1:2].view(np.int64), "1y", 365 * 86_400 * 10**9)
    assert year.view("datetime64[ns]")[0] == np.datetime64("2025-01-01")
    hours = bar_closes(opens.view(np.int64), "4h", 4 * HOUR_MS * 10**6)
    assert (hours.view("datetime64[ns]") - opens == np.timedelta64(4, "h")).all()
