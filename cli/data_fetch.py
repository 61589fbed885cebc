"""`tradegym data fetch`: bars from a public price service into a Parquet file."""

from pathlib import Path
from typing import Annotated

import typer

from tradegym.cli.options import Debug, Json


def fetch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="yahoo:SYMBOL or ccxt:EXCHANGE:SYMBOL, and perhaps @INTERVAL, such as "
            "ccxt:binance:BTC/USDT@1h.",
            show_default=False,
        ),
    ],
    start: Annotated[
        str,
        typer.Option(
            "--start", help="First date or time, such as 2024-01-31 (UTC).", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write.", show_default=False)],
    end: Annotated[
        str | None,
        typer.Option(
            "--end",
            help="Date or time of the first bar that is not wanted; now by default.",
            show_default=False,
        ),
    ] = None,
    interval: Annotated[
        str | None,
        typer.Option(
            "--interval",
            help="Length of a bar in the service's words, such as 1h; 1d by default.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace the file, and drop another partial download."),
    ] = False,
    tries: Annotated[
        int, typer.Option("--tries", min=1, max=20, help="How often a request is sent at most.")
    ] = 5,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            help="Server that answers in place of the service's own, such as a mirror.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Download bars into a Parquet file (dataset=parquet reads it); needs the extra 'fetch'.

    A download that was interrupted is continued by the same command. The time of a bar is its
    close, and bars that are not over yet are left out.
    """
    from tradegym.cli.output import print_json
    from tradegym.cli.reporter import make_reporter
    from tradegym.envs.data.fetch.download import download
    from tradegym.envs.data.fetch.request import parse_request
    from tradegym.envs.data.fetch.retry import Retry

    request = parse_request(source, start, end, interval, base_url)
    result = download(request, out, make_reporter(), force=force, retry=Retry(tries))
    times = [str(time.astype("datetime64[s]")) for time in result.dataset.times[[0, -1]]]
    if as_json:
        print_json(
            {
                "file": str(out.absolute()),
                "bars": len(result.dataset),
                "first": times[0],
                "last": times[1],
                "sha256": result.dataset.sha256,
                **result.provenance,
            }
        )
    else:
        print(f"{out}: {len(result.dataset):,} bars, {times[0]} to {times[1]} UTC (closes)")
