"""The page around the chart: markup, style and script."""

# Nothing may be loaded, whatever a script in the page asks for.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; background: var(--background); color: var(--ink);
  font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
main { max-width: 1400px; margin: 0 auto; padding: 24px 24px 32px; }
h1 { font-size: 22px; margin: 0 0 4px; overflow-wrap: anywhere; }
p { margin: 0; color: var(--muted); font-size: 14px; }
dl { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0 8px; }
dl div { border: 1px solid var(--grid); border-radius: 8px; padding: 8px 14px; min-width: 92px; }
dt { color: var(--muted); font-size: 12px; }
dd { margin: 2px 0 0; font-size: 18px; font-variant-numeric: tabular-nums; }
nav { display: flex; flex-wrap: wrap; gap: 18px; margin: 14px 0 0; }
nav span { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
button { font: inherit; font-size: 13px; color: var(--ink); background: var(--background);
  border: 1px solid var(--axis); border-radius: 6px; padding: 4px 12px; cursor: pointer; }
button:hover { border-color: var(--muted); }
button[aria-pressed=true] { background: var(--grid); border-color: var(--muted); }
noscript p { padding: 24px 0; }
"""

_SCRIPT = """
(function () {
  const episode = JSON.parse(document.getElementById('episode').textContent);
  const plot = document.getElementById('plot');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const buttons = [...document.querySelectorAll('nav button')];
  const whole = episode.layout.xaxis.range.slice();
  let shownKind = null;

  function rgba(hex, opacity) {
    const part = (at) => parseInt(hex.slice(at, at + 2), 16);
    return `rgba(${part(1)},${part(3)},${part(5)},${opacity})`;
  }
  // Replace what stands for colours and times.
  function fill(value, theme) {
    if (Array.isArray(value)) {
      return value.length && typeof value[0] === 'object' && value[0] !== null
        ? value.map((one) => fill(one, theme)) : value;
    }
    if (value === null || typeof value !== 'object') return value;
    if (value.$ === 'times') return episode.times;
    if (value.$ !== undefined) {
      const hex = theme[value.$];
      return value.opacity === undefined ? hex : rgba(hex, value.opacity);
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one, theme)]));
  }
  function draw() {
    const theme = episode.themes[dark.matches ? 'dark' : 'light'];
    for (const [name, hex] of Object.entries(theme)) {
      document.documentElement.style.setProperty('--' + name, hex);
    }
    const traces = fill(episode.traces, theme);
    for (const trace of traces) {
      if (shownKind !== null && (trace.meta === 'line' || trace.meta === 'candles')) {
        trace.visible = trace.meta === shownKind;
      }
    }
    const layout = fill(episode.layout, theme);
    if (plot.layout) {
      // What the reader has zoomed to stays.
      for (const name of Object.keys(layout).filter((one) => one.includes('axis'))) {
        const { range, autorange } = plot.layout[name];
        if (range && autorange !== true) Object.assign(layout[name], { range, autorange: false });
      }
    }
    return Plotly.react(plot, traces, layout, {
      displaylogo: false, responsive: true, scrollZoom: false,
      modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
    });
  }
  function moment(text) {
    const day = String(text);
    return new Date(day.length > 10 ? day.replace(' ', 'T') + 'Z' : day).getTime();
  }
  // Give each panel the range of what is seen after a zoom along the times.
  function fit(change) {
    const keys = Object.keys(change);
    if (!keys.some((key) => key.startsWith('xaxis'))) return;
    const [left, right] = plot.layout.xaxis.range.map(moment);
    const isAll = left <= moment(episode.times[0]) && right >= moment(episode.times.at(-1));
    const found = {};
    for (const trace of plot.data) {
      if (trace.visible === false || trace.visible === 'legendonly') continue;
      const axis = 'yaxis' + (trace.yaxis || 'y').slice(1);
      const ends = found[axis] || (found[axis] = { low: Infinity, high: -Infinity, fixed: false });
      ends.fixed = ends.fixed || trace.stackgroup !== undefined;
      const lows = trace.low || trace.y;
      const highs = trace.high || trace.y;
      trace.x.forEach((time, i) => {
        const at = moment(time);
        if (at < left || at > right || lows[i] === null) return;
        ends.low = Math.min(ends.low, lows[i]);
        ends.high = Math.max(ends.high, highs[i]);
      });
      if (trace.fill === 'tozeroy') {
        ends.low = Math.min(ends.low, 0);
        ends.high = Math.max(ends.high, 0);
      }
    }
    const update = {};
    for (const [axis, { low, high, fixed }] of Object.entries(found)) {
      if (isAll || fixed || !(high >= low)) {
        update[axis + '.autorange'] = true;
      } else {
        const room = 0.06 * (high - low) || 0.01 * Math.abs(high) || 1;
        update[axis + '.range'] = [low - room, high + room];
      }
    }
    Plotly.relayout(plot, update);
    press('span', null);
  }
  // Show which button of a kind was the last.
  function press(kind, chosen) {
    for (const one of buttons.filter((button) => button.dataset[kind] !== undefined)) {
      one.setAttribute('aria-pressed', String(one === chosen));
    }
  }
  function zoom(button) {
    const long = Number(button.dataset.span);
    const last = moment(episode.times.at(-1));
    const right = Math.min(moment(plot.layout.xaxis.range[1]), last);
    const text = (at) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
    const range = long ? [text(right - long), text(right + 0.01 * long)] : whole.slice();
    Plotly.relayout(plot, { 'xaxis.range': range }).then(() => press('span', button));
  }
  draw().then(() => {
    plot.on('plotly_relayout', fit);
    document.documentElement.dataset.ready = 'yes';
  });
  for (const button of buttons) {
    button.addEventListener('click', () => {
      if (button.dataset.span !== undefined) return zoom(button);
      shownKind = button.dataset.kind;
      press('kind', button);
      return draw();
    });
  }
  dark.addEventListener('change', draw);
})();
"""


def page(title: str, subtitle: str, cards: str, tools: str, library: str, data: str) -> str:
    """Return the page.

    Parameters
    ----------
    title, subtitle, cards, tools : str
        Markup.
    library : str
        plotly.js.
    data : str
        The episode as JSON, without ``<``.
    """
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n",
            f"<h1>{title}</h1>\n<p>{subtitle}</p>\n<dl>{cards}</dl>\n<nav>{tools}</nav>\n",
            '<div id="plot"></div>\n',
            "<noscript><p>The chart needs JavaScript.</p></noscript>\n</main>\n",
            f'<script type="application/json" id="episode">{data}</script>\n',
            f"<script>{library}</script>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )
