// The sheet: which layers there are, which are shown, and in which order they are painted.
(function (landgis) {
  "use strict";

  const paint = landgis.paint;
  const CASING_ZOOM = 16; // from here a red line is drawn on a white one
  const IMAGE_FADE = 0.85; // fills let the orthophoto through

  /** Read the page's layers and set what is shown at first. */
  function makeSheet(page) {
    const layers = {};
    for (const [name, packed] of Object.entries(page.layers)) layers[name] = landgis.decode.layer(packed, page.origin);
    const sheet = { layers, page, by: layers.parcels.size ? "stage" : "state", shown: {}, rows: {}, chosen: [] };
    for (const [name, layer] of Object.entries(layers)) sheet.rows[name] = byValue(layer, GROUPED[name], page);
    sheet.shapeless = layers.records.size - sheet.rows.records.reduce((sum, [, rows]) => sum + rows.length, 0);
    for (const key of ["red_line", "blocks", "parcels", "resettlement_zones", "power_lines", "context", "names", "image"]) {
      sheet.shown[key] = true;
    }
    for (const style of page.styles.zone) sheet.shown["zone_" + style.key] = true;
    for (const style of page.styles.kind) sheet.shown["kind_" + style.key] = style.key !== "land";
    return sheet;
  }

  /** The column that chooses a row's style, the table it is looked up in, and the missing value. */
  const GROUPED = {
    parcels: ["stage", "stage", "none"],
    pieces: ["state", "state", "blocked"],
    records: ["kind", "kind", "land"],
    zones: ["zone", "zone", "unknown"],
    power_lines: ["status", "status", "live"],
    resettlement_zones: ["mode", "mode", "rebuild"],
    context: ["what", "context", "other"],
  };

  /** Rows with a shape by style, in the table's order: [[style, rows], ...]; absent values are left out. */
  function byValue(layer, grouping, page) {
    if (!grouping) return [];
    const [column, table, missing] = grouping;
    const found = new Map(page.styles[table].map((style) => [style.key, []]));
    layer.columns[column].forEach((value, i) => {
      if (layer.shapes.part[i] < layer.shapes.part[i + 1]) found.get(value === null ? missing : value).push(i);
    });
    return page.styles[table].filter((style) => found.get(style.key).length)
      .map((style) => [style, found.get(style.key)]);
  }

  const styleOf = (table, key) => landgis.page.styles[table].find((style) => style.key === key);
  const outline = (key) => styleOf("outline", key);

  function paintAreas(context, view, name, fade) {
    const { shapes } = landgis.sheet.layers[name];
    for (const [style, rows] of landgis.sheet.rows[name]) {
      for (const i of rows) {
        if (paint.isSeen(shapes, i, view)) paint.fill(context, shapes, i, view, style, style.opacity * fade);
      }
    }
  }

  /** Water, roads, villages; over an orthophoto, which shows them itself, only a hint of them. */
  function paintContext(context, view, overPhoto) {
    const { shapes } = landgis.sheet.layers.context;
    for (const [style, rows] of landgis.sheet.rows.context) {
      if (style.fill && style.key !== "road") {
        for (const i of rows) if (paint.isSeen(shapes, i, view)) paint.fill(context, shapes, i, view, style, overPhoto ? 0.3 : 1);
      }
      context.globalAlpha = overPhoto ? 0.55 : 1;
      const width = style.key === "road" ? Math.max(0.6, Math.min(1.8, (view.zoom - 12) / 3)) : 1;
      paint.stroke(context, shapes, rows, view, style, width);
      if (style.key !== "road") continue;
      paint.stroke(context, shapes, rows, view, { ...style, line: style.fill, weight: style.weight - 1.6 }, width);
    }
    context.globalAlpha = 1;
  }

  function paintPaper(context, view) {
    const { shapes, size } = landgis.sheet.layers.red_line;
    for (let i = 0; i < size; i += 1) paint.fill(context, shapes, i, view, { fill: "#ffffff" }, 0.35);
  }

  function paintParcels(context, view, fade) {
    const name = landgis.sheet.by === "stage" ? "parcels" : "pieces";
    paintAreas(context, view, name, fade);
    const { shapes, size } = landgis.sheet.layers.parcels;
    const all = Array.from({ length: size }, (_, i) => i);
    const edge = outline("parcel");
    const weight = Math.max(0.25, Math.min(1.3, (view.zoom - 12) / 4));
    paint.stroke(context, shapes, all, view, edge, weight);
  }

  function paintHomes(context, view, fade) {
    paintAreas(context, view, "resettlement_zones", fade);
    const { shapes } = landgis.sheet.layers.resettlement_zones;
    for (const [style, rows] of landgis.sheet.rows.resettlement_zones) paint.stroke(context, shapes, rows, view, style);
  }

  function paintPower(context, view) {
    const { layers, rows, shown } = landgis.sheet;
    const unknown = rows.zones.filter(([style]) => style.key === "unknown" && shown.zone_unknown);
    for (const [style, some] of rows.zones) {
      if (style.key === "unknown" || !shown["zone_" + style.key]) continue;
      for (const i of some) {
        if (style.fill && paint.isSeen(layers.zones.shapes, i, view)) paint.fill(context, layers.zones.shapes, i, view, style, style.opacity);
      }
      paint.stroke(context, layers.zones.shapes, some, view, style);
    }
    for (const [style, some] of shown.power_lines ? rows.power_lines : []) {
      const casing = { line: "rgba(255,255,255,.85)", weight: style.weight + 2.4 };
      paint.stroke(context, layers.power_lines.shapes, some, view, casing);
      paint.stroke(context, layers.power_lines.shapes, some, view, style);
    }
    for (const [style, some] of unknown) paint.stroke(context, layers.zones.shapes, some, view, style);
  }

  const signRadius = (zoom) => Math.max(1.4, Math.min(7, (zoom - 13.2) * 1.35));

  function paintRecords(context, view, fade) {
    const { shapes, columns } = landgis.sheet.layers.records;
    const isGone = (i) => columns.gone[i] === 1;
    for (const [style, rows] of landgis.sheet.rows.records) {
      if (!landgis.sheet.shown["kind_" + style.key]) continue;
      const there = rows.filter((i) => !isGone(i));
      const gone = rows.filter(isGone);
      for (const i of there) {
        if (paint.isSeen(shapes, i, view)) paint.fill(context, shapes, i, view, style, style.opacity * (fade < 1 ? 0.75 : 1));
      }
      const width = Math.max(0.35, Math.min(1, (view.zoom - 13) / 3));
      paint.stroke(context, shapes, there, view, style, width);
      paint.stroke(context, shapes, gone, view, { ...style, dash: [3, 3] }, width);
      paint.signs(context, shapes, gone, view, style, signRadius(view.zoom), true);
      paint.signs(context, shapes, there, view, style, signRadius(view.zoom), false);
    }
  }

  function paintOutlines(context, view) {
    const { layers, shown } = landgis.sheet;
    const all = (layer) => Array.from({ length: layer.size }, (_, i) => i);
    const thin = Math.max(0.4, Math.min(1, (view.zoom - 12) / 4.5)); // a road's two edges must not hide the road
    if (shown.blocks) paint.stroke(context, layers.blocks.shapes, all(layers.blocks), view, outline("block"), thin);
    if (!shown.red_line) return;
    const edge = outline("red_line");
    const casing = { line: "rgba(255,255,255,.8)", weight: edge.weight + 3 };
    if (view.zoom >= CASING_ZOOM) paint.stroke(context, layers.red_line.shapes, all(layers.red_line), view, casing);
    paint.stroke(context, layers.red_line.shapes, all(layers.red_line), view, edge, thin);
  }

  function paintChosen(context, view) {
    const edge = outline("chosen");
    for (const { name, i } of landgis.sheet.chosen) {
      const { shapes } = landgis.sheet.layers[name];
      paint.stroke(context, shapes, [i], view, { line: "#ffffff", weight: edge.weight + 3 });
      paint.stroke(context, shapes, [i], view, edge);
      ringPoints(context, shapes, i, view, edge.line);
    }
  }

  function ringPoints(context, shapes, i, view, colour) {
    for (let part = shapes.part[i]; part < shapes.part[i + 1]; part += 1) {
      if (shapes.kinds[part] !== 0) continue;
      const k = shapes.vertex[shapes.ring[part]];
      for (const [line, width] of [["#ffffff", 6], [colour, 3]]) {
        context.beginPath();
        context.arc(view.x(shapes.x[k]), view.y(shapes.y[k]), signRadius(view.zoom) + 5, 0, 7);
        context.strokeStyle = line;
        context.lineWidth = width;
        context.stroke();
      }
    }
  }

  /** Paint everything that is shown, from the ground up. */
  function paintSheet(context, view) {
    const { shown, page } = landgis.sheet;
    const fade = page.image && shown.image ? IMAGE_FADE : 1;
    if (fade === 1) paintPaper(context, view);
    if (shown.context) paintContext(context, view, fade < 1);
    if (shown.parcels) paintParcels(context, view, fade);
    if (shown.resettlement_zones) paintHomes(context, view, fade);
    paintRecords(context, view, fade);
    paintPower(context, view);
    paintOutlines(context, view);
    paintChosen(context, view);
    if (shown.names) landgis.paintNames(context, view);
  }

  /** What lies at a place of the world: [{name, i}, ...], small things first. */
  function hitsAt(x, y, reach) {
    const { layers, shown } = landgis.sheet;
    const found = [];
    const isShown = {
      records: (i) => shown["kind_" + layers.records.columns.kind[i]],
      parcels: () => shown.parcels,
      pieces: () => shown.parcels && landgis.sheet.by === "state",
      zones: (i) => shown["zone_" + layers.zones.columns.zone[i]],
      power_lines: () => shown.power_lines,
      resettlement_zones: () => shown.resettlement_zones,
    };
    for (const [name, test] of Object.entries(isShown)) {
      const { shapes, size } = layers[name];
      for (let i = 0; i < size; i += 1) {
        if (landgis.shapes.isHit(shapes, i, x, y, reach) && test(i)) found.push({ name, i });
      }
    }
    return found;
  }

  Object.assign(landgis, { makeSheet, paintSheet, hitsAt, signRadius, styleOf });
})((window.landgis = window.landgis || {}));
