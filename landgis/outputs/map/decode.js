// From the packed layers of the page to typed arrays.
//
// A column is a list of values, or {words, codes} where texts repeat. Shapes are five lists of
// whole numbers: parts per feature, kind per part (0 point, 1 line, 2 polygon), rings per part,
// vertices per ring, and the vertices as steps of 1e-7 degree, each from the one before.
(function (landgis) {
  "use strict";

  const STEP = 1e-7;

  function column(packed) {
    if (Array.isArray(packed)) return packed;
    return packed.codes.map((code) => (code < 0 ? null : packed.words[code]));
  }

  /** Web Mercator, the whole world being the unit square (y grows southwards). */
  const worldX = (lon) => (lon + 180) / 360;
  function worldY(lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
  }

  /** Running starts of counted groups: [2, 3] gives [0, 2, 5]. */
  function starts(counts) {
    const result = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i += 1) result[i + 1] = result[i] + counts[i];
    return result;
  }

  function shapes(packed, origin) {
    const { xy } = packed;
    const count = xy.length / 2;
    const x = new Float64Array(count);
    const y = new Float64Array(count);
    let [lon, lat] = origin;
    for (let i = 0; i < count; i += 1) {
      lon += xy[2 * i];
      lat += xy[2 * i + 1];
      x[i] = worldX(lon * STEP);
      y[i] = worldY(lat * STEP);
    }
    const found = {
      x, y,
      kinds: packed.kinds,
      part: starts(packed.parts),
      ring: starts(packed.rings),
      vertex: starts(packed.sizes),
      size: packed.parts.length,
    };
    found.box = boxes(found);
    return found;
  }

  /** West, north, east and south of each feature; an empty feature has an inverted box. */
  function boxes(shape) {
    const box = new Float64Array(4 * shape.size);
    for (let i = 0; i < shape.size; i += 1) {
      let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
      const [from, to] = vertices(shape, i);
      for (let k = from; k < to; k += 1) {
        west = Math.min(west, shape.x[k]);
        east = Math.max(east, shape.x[k]);
        north = Math.min(north, shape.y[k]);
        south = Math.max(south, shape.y[k]);
      }
      box.set([west, north, east, south], 4 * i);
    }
    return box;
  }

  /** First and last-but-one vertex of a feature. */
  function vertices(shape, i) {
    return [shape.vertex[shape.ring[shape.part[i]]], shape.vertex[shape.ring[shape.part[i + 1]]]];
  }

  /** A layer: columns by name, shapes, and how many rows it has. */
  function layer(packed, origin) {
    const columns = {};
    for (const [name, values] of Object.entries(packed.columns)) columns[name] = column(values);
    return { columns, shapes: shapes(packed.shapes, origin), size: packed.size };
  }

  landgis.decode = { column, layer, shapes, starts, vertices, worldX, worldY };
})((window.landgis = window.landgis || {}));
