import json
import signal
import threading

import pyarrow.parquet as pq
import pytest
from fetching import fetch, run_command, start_command
from price_server import DROP, millis

from tradegym.conf.errors import RunFailed, UserError

pytest.importorskip("ccxt")

SOURCE = "ccxt:binance:BTC/USDT@1h"
PERIOD = ("2024-01-01", "2024-02-01")
HOURS = 31 * 24


def words(server, *more):
    return (
        *(SOURCE, "--start", PERIOD[0], "--end", PERIOD[1], "--out", "btc.parquet"),
        *("--base-url", server.url, *more),
    )


def ended_by(how, server, folder):
    """Start the command, end it after 400 bars; returns exit code and the lines of stderr."""
    server.per_page = 200
    held = threading.Event()
    server.plan.extend([None, None, held])
    process = start_command(folder, *words(server))
    try:
        assert server.reached.wait(60)
        process.send_signal(how)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        held.set()
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["btc.parquet.part"]
    server.asked.clear()
    return process.returncode, err


def test_killed_in_the_middle_it_continues_after_the_last_bar(server, tmp_path):
    assert ended_by(signal.SIGKILL, server, tmp_path)[0] == -signal.SIGKILL
    code, out, err = run_command(tmp_path, *words(server, "--json"))
    assert code == 0, err
    assert "btc.parquet.part: continues after 400 bars" in err
    # The last bar, number 399, is asked for again and compared; the rest follows.
    starts = [int(parameters["startTime"]) for _, parameters in server.asked]
    assert [(time - millis(PERIOD[0])) // 3_600_000 for time in starts] == [399, 599]
    assert json.loads(out)["bars"] == HOURS

    whole, _ = fetch(server, tmp_path / "whole.parquet", SOURCE, *PERIOD)
    assert json.loads(out)["sha256"] == whole.dataset.sha256
    assert pq.read_table(tmp_path / "btc.parquet").equals(pq.read_table(whole.path))
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_stopped_by_a_person_it_says_how_to_go_on(server, tmp_path, how, code):
    ended, err = ended_by(how, server, tmp_path)
    assert ended == code
    assert "400 bars are kept in btc.parquet.part, the same command continues" in err
    assert "Traceback" not in err
    result, _ = fetch(server, tmp_path / "btc.parquet", SOURCE, *PERIOD)
    assert (len(result.dataset), len(server.asked)) == (HOURS, 2)


@pytest.fixture
def interrupted(server, tmp_path):
    """A download of which 400 bars have arrived."""
    server.per_page = 200
    server.plan.extend([None, None, DROP])
    with pytest.raises(RunFailed) as caught:
        fetch(server, tmp_path / "btc.parquet", SOURCE, *PERIOD, tries=1)
    assert str(caught.value).endswith(
        "400 bars are kept in "
        + str(tmp_path / "btc.parquet.part")
        + ", the same command continues"
    )
    server.asked.clear()
    return tmp_path / "btc.parquet"


def test_changed_prices_begin_anew(server, interrupted):
    server.factor = 1.001  # as after a dividend, for adjusted prices
    result, progress = fetch(server, interrupted, SOURCE, *PERIOD)
    assert "the prices of its last bar have changed since" in progress.warnings[0]
    assert len(result.dataset) == HOURS
    whole, _ = fetch(server, interrupted.with_name("whole.parquet"), SOURCE, *PERIOD)
    assert result.dataset == whole.dataset


def test_rounded_prices_continue(server, interrupted):
    server.factor = 1 + 1e-7
    result, progress = fetch(server, interrupted, SOURCE, *PERIOD)
    assert (progress.warnings, len(result.dataset)) == ([], HOURS)


def test_another_request_does_not_continue_it(server, interrupted):
    part = interrupted.with_name("btc.parquet.part")
    before = part.read_bytes()
    with pytest.raises(UserError) as caught:
        fetch(server, interrupted, SOURCE, "2024-01-02", PERIOD[1])
    assert f"holds 400 bars of {SOURCE} from 2024-01-01 to 2024-02-01" in str(caught.value)
    assert "--force" in str(caught.value)
    assert part.read_bytes() == before

    result, progress = fetch(server, interrupted, SOURCE, "2024-01-02", PERIOD[1], force=True)
    assert len(result.dataset) == HOURS - 24
    assert "400 bars of" in progress.warnings[0]


def test_a_file_is_replaced_only_by_force(server, tmp_path):
    out = tmp_path / "btc.parquet"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"exists; give another name, or --force to replace it"):
        fetch(server, out, SOURCE, *PERIOD)
    assert (out.read_text(encoding="utf-8"), server.total) == ("mine", 0)

    server.plan.append(DROP)
    with pytest.raises(RunFailed):
        fetch(server, out, SOURCE, *PERIOD, force=True, tries=1)
    assert out.read_text(encoding="utf-8") == "mine"
    fetch(server, out, SOURCE, *PERIOD, force=True)
    assert pq.read_table(out).num_rows == HOURS


def test_a_file_that_appears_meanwhile_is_not_replaced(server, tmp_path):
    out = tmp_path / "btc.parquet"
    server.plan.append(lambda: out.write_text("mine", encoding="utf-8"))
    with pytest.raises(UserError, match="exists"):
        fetch(server, out, SOURCE, *PERIOD)
    assert out.read_text(encoding="utf-8") == "mine"
    result, _ = fetch(server, tmp_path / "btc.parquet", SOURCE, *PERIOD, force=True)
    assert (len(result.dataset), len(server.asked)) == (HOURS, 2)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("btc.csv", "does not end with .parquet"),
        ("none/btc.parquet", "there is no directory"),
        ("folder.parquet", "exists"),
    ],
)
def test_names_that_cannot_be_written(server, tmp_path, name, message):
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(UserError, match=message):
        fetch(server, tmp_path / name, SOURCE, *PERIOD, force=True)
    assert server.total == 0


def test_the_command_without_a_network(server, tmp_path):
    server.stop()
    code, out, err = run_command(tmp_path, *words(server, "--tries", "1"))
    assert (code, out) == (1, "")
    (line,) = err
    reason = f"cannot reach {server.url}: is there a network connection? (tried once)"
    assert line == f"tradegym: {SOURCE}: {reason}"
    assert not list(tmp_path.glob("btc*"))
