(function () {
  'use strict';
  for (const figure of document.querySelectorAll('figure')) {
    const source = figure.querySelector('script[type="application/json"]');
    if (!source) continue;
    const data = JSON.parse(source.textContent);
    const charts = figure.querySelector('.charts');
    const pictures = [...charts.querySelectorAll('svg.chart')];
    const box = charts.querySelector('.readout');
    const nearest = (place) => {
      let low = 0;
      let high = data.at.length - 1;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (data.at[middle] < place) low = middle; else high = middle;
      }
      return place - data.at[low] < data.at[high] - place ? low : high;
    };
    const show = (event) => {
      const area = pictures[0].getBoundingClientRect();
      const place = (event.clientX - area.left) / area.width;
      if (place < -0.02 || place > 1.02) return hide();
      const row = nearest(Math.min(Math.max(place, 0), 1));
      for (const picture of pictures) {
        const line = picture.querySelector('.cursor');
        line.setAttribute('x1', 100 * data.at[row] + '%');
        line.setAttribute('x2', 100 * data.at[row] + '%');
      }
      const title = document.createElement('b');
      title.textContent = data.label[row];
      const rows = data.series.map((one) => {
        const line = document.createElement('span');
        const key = document.createElementNS(pictures[0].namespaceURI, 'svg');
        const path = document.createElementNS(pictures[0].namespaceURI, 'path');
        key.setAttribute('width', 18);
        key.setAttribute('height', 8);
        path.setAttribute('class', 'key ' + one.style);
        path.setAttribute('d', 'M1 4H17');
        key.append(path);
        line.append(key, one.name + ' ' + one.text[row]);
        return line;
      });
      box.replaceChildren(title, ...rows);
      box.hidden = false;
      charts.classList.add('hovered');
      const outer = charts.getBoundingClientRect();
      const x = area.left - outer.left + data.at[row] * area.width;
      const left = x > outer.width / 2 ? x - box.offsetWidth - 14 : x + 14;
      box.style.left = Math.min(Math.max(left, 0), Math.max(outer.width - box.offsetWidth, 0)) + 'px';
      return undefined;
    };
    const hide = () => {
      box.hidden = true;
      charts.classList.remove('hovered');
    };
    charts.addEventListener('pointermove', show);
    charts.addEventListener('pointerdown', show);
    charts.addEventListener('pointerleave', hide);
  }
  document.documentElement.dataset.ready = 'yes';
})();
