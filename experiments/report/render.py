"""HTML and Markdown from a report."""

import base64
import hashlib
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tradegym.envs.rendering.palette import DARK, LIGHT, Palette
from tradegym.experiments.report.blocks import Block
from tradegym.experiments.report.build import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

_PACKAGE = "tradegym.experiments.report"
_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_[]|#~"})
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def to_html(report: Report) -> str:
    """Return the report as one page that needs nothing else.

    Its policy lets nothing be loaded, and runs only the style and the script whose hashes it
    names.
    """
    style = f"{_themes()}\n{_resource('report.css')}"
    script = _resource("report.js")
    return _template("report.html").render(
        report=report,
        style=Markup(style),
        script=Markup(script),
        policy=(
            f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        ),
    )


def to_markdown(report: Report) -> str:
    """Return the report as Markdown: tables, and links to the pictures of the run."""
    text = _template("report.md").render(report=report)
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for k, line in enumerate(lines) if line or (k and lines[k - 1])]
    return "\n".join(kept).strip() + "\n"


def markdown_text(value: object) -> str:
    """Return ``value`` so that Markdown shows it as it is, on one line, also in a table."""
    return " ".join(str(value).split()).translate(_SPECIAL).translate(_ENTITIES)


@cache
def _resource(name: str) -> str:
    return (files(_PACKAGE) / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _template(name: str) -> "Template":
    is_html = name.endswith(".html")
    environment = Environment(
        loader=PackageLoader(_PACKAGE, "templates"),
        autoescape=is_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "kind": _kind,
        "md": markdown_text,
        "markup": Markup,
    }
    environment.filters.update(filters)
    return environment.get_template(name)


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _themes() -> str:
    """Return the colours of both palettes as CSS variables."""
    light, dark = _variables(LIGHT), _variables(DARK)
    condition = "@media screen and (prefers-color-scheme: dark)"
    return f":root {{ {light} }}\n{condition} {{ :root {{ {dark} }} }}"


def _variables(palette: Palette) -> str:
    colors = {name: value for name, value in asdict(palette).items() if isinstance(value, str)}
    colors |= {f"accent{number}": color for number, color in enumerate(palette.accents, 1)}
    colors |= {"up-shade": palette.up_shade, "down-shade": palette.down_shade}
    return " ".join(f"--{name}: {value};" for name, value in colors.items())


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
