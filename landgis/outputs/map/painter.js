// One canvas for all layers of the sheet, below whatever layers a user adds with folium.
// It knows how to paint shapes in a style; which shapes, in which order, is for layers.js.
(function (landgis) {
  "use strict";

  const TINY_PX = 1.5; // a smaller polygon is painted as a dot
  const SMEAR_PX = 4; // one of many smaller than this has no edge of its own
  const FEW = 100;
  const LEAST_SIGN_PX = 2.8; // a smaller sign is a dot
  const FONT = '"Microsoft YaHei", "PingFang SC", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';

  const Painter = L.Renderer.extend({
    options: { padding: 0.2, pane: "landgis" },

    initialize(options) {
      L.Renderer.prototype.initialize.call(this, options);
      this.paint = options.paint;
    },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
      this._context = this._container.getContext("2d");
    },

    _destroyContainer() {
      cancelAnimationFrame(this._frame);
      this._container.remove();
      this._container = null;
    },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      this.draw();
    },

    _onZoomEnd() {},
    _updatePaths() {},

    /** Paint again before the next frame; many calls cost one painting. */
    redraw() {
      cancelAnimationFrame(this._frame);
      this._frame = requestAnimationFrame(() => this._map && this.draw());
    },

    draw() {
      const size = this._bounds.getSize();
      const ratio = Math.min(window.devicePixelRatio || 1, 3);
      const canvas = this._container;
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.paint(this._context, this._view(size));
    },

    /** From world to canvas pixels, and what part of the world the canvas shows. */
    _view(size) {
      const scale = 256 * Math.pow(2, this._zoom);
      const corner = this._map.getPixelOrigin().add(this._bounds.min);
      const seen = (pad) => ({
        west: (corner.x - pad.x) / scale,
        north: (corner.y - pad.y) / scale,
        east: (corner.x + size.x + pad.x) / scale,
        south: (corner.y + size.y + pad.y) / scale,
      });
      const inset = L.point(size.x, size.y).multiplyBy(-this.options.padding / (1 + 2 * this.options.padding));
      return {
        scale, zoom: this._zoom, width: size.x, height: size.y, ...seen(L.point(0, 0)),
        screen: seen(inset),
        x: (worldX) => worldX * scale - corner.x,
        y: (worldY) => worldY * scale - corner.y,
        corner,
      };
    },
  });

  function isSeen(shape, i, view, reach) {
    const pad = (reach || 0) / view.scale;
    const box = shape.box;
    return box[4 * i] <= view.east + pad && box[4 * i + 2] >= view.west - pad &&
      box[4 * i + 1] <= view.south + pad && box[4 * i + 3] >= view.north - pad;
  }

  /** Add the lines and polygons of feature i to the path. */
  function trace(context, shape, i, view) {
    const { scale, corner } = view;
    for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
      if (shape.kinds[part] === 0) continue;
      for (let ring = shape.ring[part]; ring < shape.ring[part + 1]; ring += 1) {
        const from = shape.vertex[ring];
        context.moveTo(shape.x[from] * scale - corner.x, shape.y[from] * scale - corner.y);
        for (let k = from + 1; k < shape.vertex[ring + 1]; k += 1) {
          context.lineTo(shape.x[k] * scale - corner.x, shape.y[k] * scale - corner.y);
        }
        if (shape.kinds[part] === 2) context.closePath();
      }
    }
  }

  const hatches = new Map();

  /** A repeating pattern of strokes: "/", "\\", "x" or "." in a colour. */
  function hatch(context, kind, colour) {
    const key = kind + colour;
    if (hatches.has(key)) return hatches.get(key);
    const tile = document.createElement("canvas");
    tile.width = tile.height = 10;
    const pen = tile.getContext("2d");
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1;
    pen.beginPath();
    for (const shift of [-10, 0, 10]) {
      if (kind === "/" || kind === "x") { pen.moveTo(shift - 1, 11); pen.lineTo(shift + 11, -1); }
      if (kind === "\\" || kind === "x") { pen.moveTo(shift - 1, -1); pen.lineTo(shift + 11, 11); }
    }
    pen.stroke();
    if (kind === ".") { pen.beginPath(); pen.arc(2.5, 2.5, 1, 0, 7); pen.moveTo(8.5, 7.5); pen.arc(7.5, 7.5, 1, 0, 7); pen.fill(); }
    hatches.set(key, context.createPattern(tile, "repeat"));
    return hatches.get(key);
  }

  function fill(context, shape, i, view, style, opacity) {
    const box = shape.box;
    const isTiny = (box[4 * i + 2] - box[4 * i]) * view.scale < TINY_PX &&
      (box[4 * i + 3] - box[4 * i + 1]) * view.scale < TINY_PX;
    context.globalAlpha = opacity;
    if (style.fill) context.fillStyle = style.fill;
    if (isTiny) {
      if (style.fill) context.fillRect(view.x(box[4 * i]), view.y(box[4 * i + 1]), TINY_PX, TINY_PX);
    } else {
      context.beginPath();
      trace(context, shape, i, view);
      if (style.fill) context.fill("evenodd");
      if (style.hatch) {
        context.globalAlpha = Math.min(1, opacity + 0.15);
        context.fillStyle = hatch(context, style.hatch, style.line);
        context.fill("evenodd");
      }
    }
    context.globalAlpha = 1;
  }

  /** Stroke many features; `style` has line, weight and dash. Edges that would only smear are left out. */
  function stroke(context, shape, rows, view, style, factor) {
    const { box } = shape;
    context.strokeStyle = style.line;
    context.lineWidth = style.weight * (factor || 1);
    context.setLineDash(style.dash || []);
    context.lineJoin = context.lineCap = "round";
    let held = 0; // a path of thousands of pieces is slow to fill, one path per piece is slow to start
    context.beginPath();
    for (const i of rows) {
      if (!isSeen(shape, i, view, style.weight)) continue;
      if (rows.length > FEW && (box[4 * i + 2] - box[4 * i]) * view.scale < SMEAR_PX && (box[4 * i + 3] - box[4 * i + 1]) * view.scale < SMEAR_PX) continue;
      trace(context, shape, i, view);
      held += 1;
      if (held % FEW === 0) { context.stroke(); context.beginPath(); }
    }
    context.stroke();
    context.setLineDash([]);
  }

  /** Outlines of the signs of point records, around (0, 0), for a sign of the given radius. */
  const SIGNS = {
    square: (c, x, y, r) => c.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7),
    diamond: (c, x, y, r) => { c.moveTo(x, y - r * 1.15); c.lineTo(x + r * 1.15, y); c.lineTo(x, y + r * 1.15); c.lineTo(x - r * 1.15, y); c.closePath(); },
    triangle: (c, x, y, r) => { c.moveTo(x, y - r * 1.1); c.lineTo(x + r * 1.1, y + r * 0.85); c.lineTo(x - r * 1.1, y + r * 0.85); c.closePath(); },
    down: (c, x, y, r) => { c.moveTo(x, y + r * 1.1); c.lineTo(x + r * 1.1, y - r * 0.85); c.lineTo(x - r * 1.1, y - r * 0.85); c.closePath(); },
    arch: (c, x, y, r) => { c.moveTo(x - r * 0.8, y + r); c.lineTo(x - r * 0.8, y - r * 0.2); c.arc(x, y - r * 0.2, r * 0.8, Math.PI, 0); c.lineTo(x + r * 0.8, y + r); c.closePath(); },
    circle: (c, x, y, r) => { c.moveTo(x + r, y); c.arc(x, y, r, 0, 7); },
  };

  /** A sign painted once, to be stamped many times: a canvas and its half width in px. */
  function stamp(style, radius, isGone, ratio) {
    const half = Math.ceil(radius * 1.3 + 2);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.beginPath();
    SIGNS[style.sign](pen, half, half, radius);
    pen.lineJoin = "miter";
    pen.lineWidth = isGone ? 1.1 : 1;
    pen.strokeStyle = isGone ? style.line : "#ffffff";
    pen.fillStyle = isGone ? "rgba(255,255,255,.75)" : style.fill;
    pen.fill();
    pen.stroke();
    return { canvas, half };
  }

  /** From afar points are dots, so that thousands of them leave the ground to be seen. */
  function dots(context, shape, rows, view, style) {
    context.fillStyle = style.fill;
    context.globalAlpha = 0.75;
    for (const i of rows) {
      if (!isSeen(shape, i, view, 1)) continue;
      for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
        if (shape.kinds[part] !== 0) continue;
        const k = shape.vertex[shape.ring[part]];
        context.fillRect(Math.round(view.x(shape.x[k])) - 1, Math.round(view.y(shape.y[k])) - 1, 2, 2);
      }
    }
    context.globalAlpha = 1;
  }

  /** Paint the points of features as signs of one style. */
  function signs(context, shape, rows, view, style, radius, isGone) {
    if (!rows.length) return;
    if (radius < LEAST_SIGN_PX) {
      if (!isGone) dots(context, shape, rows, view, style);
      return;
    }
    const { canvas, half } = stamp(style, radius, isGone, context.getTransform().a);
    for (const i of rows) {
      if (!isSeen(shape, i, view, radius)) continue;
      for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
        if (shape.kinds[part] !== 0) continue;
        const k = shape.vertex[shape.ring[part]];
        context.drawImage(canvas, Math.round(view.x(shape.x[k])) - half, Math.round(view.y(shape.y[k])) - half, 2 * half, 2 * half);
      }
    }
  }

  Object.assign(landgis, { Painter, FONT, SIGNS });
  landgis.paint = { isSeen, trace, fill, stroke, signs, hatch };
})((window.landgis = window.landgis || {}));
