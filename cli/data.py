"""`tradegym data`: look at bars, check, convert, make and download them."""

import typer

from tradegym.cli import (
    data_convert,
    data_fetch,
    data_fit,
    data_generate,
    data_info,
    data_list,
    data_plot,
    data_splits,
    data_validate,
)

app = typer.Typer(help="Look at bars, check, convert, make and download them.")
app.command("list")(data_list.list_datasets)
app.command("info")(data_info.info)
app.command("validate")(data_validate.validate)
app.command("plot")(data_plot.plot)
app.command("splits")(data_splits.splits)
app.command("generate")(data_generate.generate)
app.command("convert")(data_convert.convert)
app.command("fetch")(data_fetch.fetch)
app.command("fit")(data_fit.fit)
