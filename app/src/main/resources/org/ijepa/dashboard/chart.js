'use strict';

/** A number with about four digits that mean something. */
function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1e4) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(4)));
}

/** Round numbers that divide a range, three to six of them. */
function ticks(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const found = [];
  for (let k = Math.ceil(low / unit); k * unit <= high + unit * 1e-9; k++) found.push(k * unit);
  return found;
}

function svg(name, attributes, parent) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (parent) parent.append(element);
  return element;
}

/**
 * Curves over steps. Each curve has a name, a class, and values by point; where a finger or the
 * mouse is, the caption tells the values.
 */
class Chart {
  constructor(parent, title, options = {}) {
    this.options = options;
    this.curves = [];
    this.xs = [];
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = title;
    this.readout = document.createElement('span');
    caption.append(this.readout);
    this.svg = svg('svg', { role: 'img', 'aria-label': title });
    figure.append(caption, this.svg);
    parent.append(figure);
    this.figure = figure;
    new ResizeObserver(() => this.draw()).observe(figure);
    this.svg.addEventListener('pointermove', (event) => this.point(event.offsetX));
    this.svg.addEventListener('pointerdown', (event) => this.point(event.offsetX));
    this.svg.addEventListener('pointerleave', () => this.point(null));
  }

  /** New values: xs ascending; each curve {name, kind, ys}, null where there is none. */
  show(xs, curves) {
    this.xs = xs;
    this.curves = curves;
    this.figure.hidden = xs.length === 0;
    this.draw();
  }

  point(offset) {
    this.at = offset === null || !this.scale ? null : this.nearest(offset);
    this.draw();
  }

  nearest(offset) {
    const wanted = this.scale.toX(offset);
    let low = 0;
    let high = this.xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.xs[middle] < wanted) low = middle; else high = middle;
    }
    return wanted - this.xs[low] < this.xs[high] - wanted ? low : high;
  }

  range() {
    let low = Infinity;
    let high = -Infinity;
    for (const curve of this.curves) {
      for (const y of curve.ys) {
        if (y === null || y === undefined) continue;
        if (y < low) low = y;
        if (y > high) high = y;
      }
    }
    if (low === Infinity) return null;
    if (this.options.fromZero) low = Math.min(0, low);
    if (high === low) {
      const margin = Math.abs(high) * 0.1 || 1;
      return [this.options.fromZero ? Math.min(0, low) : low - margin, high + margin];
    }
    return [low, high + (high - low) * 0.04];
  }

  draw() {
    const width = this.svg.clientWidth;
    const height = this.svg.clientHeight;
    const range = this.range();
    this.svg.replaceChildren();
    if (!width || !range) return;
    const labels = ticks(range[0], range[1]).map((value) => [value, short(value)]);
    const left = 12 + 6.4 * Math.max(...labels.map(([, text]) => text.length));
    const box = { left, right: width - 10, top: 8, bottom: height - 20 };
    const first = this.xs[0];
    const span = this.xs[this.xs.length - 1] - first || 1;
    const x = (value) => box.left + ((value - first) / span) * (box.right - box.left);
    const y = (value) => box.bottom - ((value - range[0]) / (range[1] - range[0])) * (box.bottom - box.top);
    this.scale = { toX: (offset) => first + ((offset - box.left) / (box.right - box.left)) * span };
    for (const [value, text] of labels) {
      svg('line', { class: 'grid', x1: box.left, x2: box.right, y1: y(value), y2: y(value) }, this.svg);
      svg('text', { x: box.left - 6, y: y(value) + 4, 'text-anchor': 'end' }, this.svg).textContent = text;
    }
    this.steps(first, span, x, height);
    for (const curve of this.curves) this.curve(curve, x, y);
    this.tell(x, y, box);
  }

  steps(first, span, x, height) {
    for (const value of ticks(first, first + span).filter(Number.isInteger)) {
      svg('text', { x: x(value), y: height - 4, 'text-anchor': 'middle' }, this.svg).textContent =
        value.toLocaleString('en');
    }
  }

  curve(curve, x, y) {
    let path = '';
    let last = null;
    curve.ys.forEach((value, i) => {
      if (value === null || value === undefined) {
        last = null;
        return;
      }
      if (last !== null && this.options.stairs) path += `H${x(this.xs[i]).toFixed(1)}`;
      path += `${last === null ? 'M' : 'L'}${x(this.xs[i]).toFixed(1)} ${y(value).toFixed(1)}`;
      last = value;
    });
    if (this.xs.length === 1) path += 'h3';
    svg('path', { d: path, class: curve.kind || '' }, this.svg);
  }

  tell(x, y, box) {
    const i = this.at ?? this.xs.length - 1;
    if (i >= this.xs.length) return;
    const pointed = this.at !== null && this.at !== undefined;
    const named = this.curves.filter((curve) => curve.name);
    this.readout.replaceChildren(pointed ? `step ${this.xs[i].toLocaleString('en')} ` : '');
    named.forEach((curve, k) => {
      const value = document.createElement('span');
      value.textContent = (k ? ', ' : '') + (named.length > 1 ? `${curve.name} ` : '') + short(curve.ys[i]);
      if (named.length > 1) value.className = curve.kind || 'first';
      this.readout.append(value);
    });
    if (pointed) {
      svg('line', { class: 'cross', x1: x(this.xs[i]), x2: x(this.xs[i]), y1: box.top, y2: box.bottom }, this.svg);
    }
  }
}
