"""Results as text, as Markdown and as JSON."""

from dataclasses import asdict

from frame import Summary

_BEGIN, _END = "<!-- results: begin -->", "<!-- results: end -->"


def as_json(table):
    """Return a table as JSON can hold it."""
    rows = []
    for row in table.rows:
        entry = {"what": row.what}
        for part in ("values", "ratios"):
            cells = getattr(row, part)
            entry[part] = {
                name: asdict(cell) if isinstance(cell, Summary) else float(cell)
                for name, cell in cells.items()
            }
        if row.aim is not None:
            entry["aim"] = asdict(row.aim) | {"met": row.aim.met(_number(row, row.aim.column))}
        rows.append(entry)
    return {"title": table.title, "note": table.note, "rows": rows}


def _number(row, column):
    cell = row.values[column] if column in row.values else row.ratios[column]
    return cell.median if isinstance(cell, Summary) else cell


def text_lines(table):
    """Return the lines of a table for a terminal; a table is what `as_json` returns."""
    head, rows = _cells(table)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["", table["title"], f"  {table['note']}"]
    for cells in (head, *rows):
        first, *rest = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
        lines.append("  " + "  ".join([first.strip().ljust(widths[0]), *rest]).rstrip())
    return lines


def markdown(figures):
    """Return all results as Markdown: a table per measurement."""
    facts = figures["machine"]
    versions = ", ".join(f"{name} {one}" for name, one in facts["packages"].items() if one)
    place = f"{facts['processor']}, {facts['cores']} cores, {facts['system']}"
    lines = [f"{place}; Python {facts['python']}, {versions}."]
    for result in figures["measurements"]:
        if "skipped" in result:
            lines += ["", f"{result['name']}: not measured, {result['skipped']}."]
        for table in result.get("tables", ()):
            head, rows = _cells(table)
            lines += ["", f"### {table['title']}", "", f"{table['note']}.", ""]
            lines += [_line(head), _line(["---"] + ["---:"] * (len(head) - 1))]
            lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def write_markdown(path, figures):
    """Put the results between the two marks of a page."""
    page = path.read_text(encoding="utf-8")
    before, mark, rest = page.partition(_BEGIN)
    _, last, after = rest.partition(_END)
    if not mark or not last:
        raise SystemExit(f"{path}: has no lines {_BEGIN} and {_END} to write between")
    body = markdown(figures)
    path.write_text(f"{before}{_BEGIN}\n\n{body}\n{_END}{after}", encoding="utf-8")


def _line(cells):
    return f"| {' | '.join(cells)} |"


def _cells(table):
    rows = table["rows"]
    values = list(dict.fromkeys(name for row in rows for name in row["values"]))
    ratios = list(dict.fromkeys(name for row in rows for name in row["ratios"]))
    aims = any("aim" in row for row in rows)
    head = ["", *values, *ratios, *(["aim"] if aims else [])]
    lines = []
    for row in rows:
        cells = [row["what"]]
        cells += [_figure(row["values"].get(name)) for name in values]
        cells += [_figure(row["ratios"].get(name), spread=True) for name in ratios]
        if aims:
            cells.append(_aim(row.get("aim")))
        lines.append(cells)
    return head, lines


def _figure(cell, *, spread=False):
    if cell is None:
        return ""
    if not isinstance(cell, dict):
        return _digits(cell)
    text = _digits(cell["median"])
    return f"{text} ({_digits(cell['low'])} to {_digits(cell['high'])})" if spread else text


def _digits(number):
    if abs(number) >= 1000:
        size = 10 ** (len(str(int(abs(number)))) - 3)
        return f"{round(number / size) * size:,.0f}"
    return f"{number:.3g}" if abs(number) < 100 else f"{number:.0f}"


def _aim(aim):
    if aim is None:
        return ""
    sign = "at most" if aim["at_most"] else "at least"
    return f"{aim['column']} {sign} {_digits(aim['bound'])}: {'met' if aim['met'] else 'missed'}"
