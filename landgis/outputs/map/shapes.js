// Questions to shapes: is this place inside, how far is this line, where is room for a name.
(function (landgis) {
  "use strict";

  /** Whether a place lies in the polygons of feature i (even-odd, so holes are outside). */
  function contains(shape, i, x, y) {
    const box = shape.box;
    if (x < box[4 * i] || y < box[4 * i + 1] || x > box[4 * i + 2] || y > box[4 * i + 3]) return false;
    let inside = false;
    for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
      if (shape.kinds[part] !== 2) continue;
      for (let ring = shape.ring[part]; ring < shape.ring[part + 1]; ring += 1) {
        const [from, to] = [shape.vertex[ring], shape.vertex[ring + 1]];
        for (let a = from, b = to - 1; a < to; b = a, a += 1) {
          const [ya, yb] = [shape.y[a], shape.y[b]];
          if (ya > y === yb > y) continue;
          if (x < ((shape.x[b] - shape.x[a]) * (y - ya)) / (yb - ya) + shape.x[a]) inside = !inside;
        }
      }
    }
    return inside;
  }

  function toSegment(x, y, ax, ay, bx, by) {
    const [dx, dy] = [bx - ax, by - ay];
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / length;
    const t = Math.max(0, Math.min(1, along));
    return Math.hypot(x - ax - t * dx, y - ay - t * dy);
  }

  /** Whether a point or line of feature i lies within reach of a place. */
  function isNear(shape, i, x, y, reach) {
    const box = shape.box;
    if (x < box[4 * i] - reach || y < box[4 * i + 1] - reach) return false;
    if (x > box[4 * i + 2] + reach || y > box[4 * i + 3] + reach) return false;
    for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
      if (shape.kinds[part] === 2) continue;
      const ring = shape.ring[part];
      const [from, to] = [shape.vertex[ring], shape.vertex[ring + 1]];
      for (let k = from; k < to; k += 1) {
        const next = Math.min(k + 1, to - 1);
        if (toSegment(x, y, shape.x[k], shape.y[k], shape.x[next], shape.y[next]) <= reach) return true;
      }
    }
    return false;
  }

  const isHit = (shape, i, x, y, reach) => contains(shape, i, x, y) || isNear(shape, i, x, y, reach);

  /** Crossings of the polygons of feature i with the horizontal line y, from west to east. */
  function crossings(shape, i, y) {
    const found = [];
    for (let part = shape.part[i]; part < shape.part[i + 1]; part += 1) {
      if (shape.kinds[part] !== 2) continue;
      for (let ring = shape.ring[part]; ring < shape.ring[part + 1]; ring += 1) {
        const [from, to] = [shape.vertex[ring], shape.vertex[ring + 1]];
        for (let a = from, b = to - 1; a < to; b = a, a += 1) {
          const [ya, yb] = [shape.y[a], shape.y[b]];
          if (ya > y !== yb > y) {
            found.push(((shape.x[b] - shape.x[a]) * (y - ya)) / (yb - ya) + shape.x[a]);
          }
        }
      }
    }
    return found.sort((a, b) => a - b);
  }

  /**
   * A place inside the seen part of feature i with room around it: {x, y, width}, or null.
   * Tries a few horizontal lines through the seen part and takes the widest stretch.
   */
  function roomInside(shape, i, view) {
    const box = shape.box;
    const north = Math.max(box[4 * i + 1], view.north);
    const south = Math.min(box[4 * i + 3], view.south);
    let best = null;
    for (const share of [0.5, 0.35, 0.65, 0.2, 0.8]) {
      const y = north + share * (south - north);
      const at = crossings(shape, i, y);
      for (let k = 0; k + 1 < at.length; k += 2) {
        const west = Math.max(at[k], view.west);
        const width = Math.min(at[k + 1], view.east) - west;
        if (width > 0 && (best === null || width > 1.15 * best.width)) best = { x: west + width / 2, y, width };
      }
    }
    return best;
  }

  /** The middle of the longest seen stretch of the lines of feature i, or null. */
  function middleOfLine(shape, i, view) {
    let best = null;
    const [from, to] = landgis.decode.vertices(shape, i);
    for (let k = from; k + 1 < to; k += 1) {
      const seen = clip(shape.x[k], shape.y[k], shape.x[k + 1], shape.y[k + 1], view);
      if (seen !== null && (best === null || seen.length > best.length)) best = seen;
    }
    return best;
  }

  /** The part of a segment within the view (Liang and Barsky): its middle and length, or null. */
  function clip(ax, ay, bx, by, view) {
    let [t0, t1] = [0, 1];
    const [dx, dy] = [bx - ax, by - ay];
    const sides = [[-dx, ax - view.west], [dx, view.east - ax], [-dy, ay - view.north], [dy, view.south - ay]];
    for (const [step, room] of sides) {
      if (step === 0 && room < 0) return null;
      if (step < 0) t0 = Math.max(t0, room / step);
      if (step > 0) t1 = Math.min(t1, room / step);
    }
    if (t0 >= t1) return null;
    const t = (t0 + t1) / 2;
    return { x: ax + t * dx, y: ay + t * dy, width: Infinity, length: (t1 - t0) * Math.hypot(dx, dy) };
  }

  landgis.shapes = { contains, isHit, roomInside, middleOfLine };
})((window.landgis = window.landgis || {}));
