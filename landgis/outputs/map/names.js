// Names on the map: each is written where its shape has room in the seen part, none over another.
(function (landgis) {
  "use strict";

  const GAP = 3;
  const LEAST_NAMED_PX = 160; // a shorter road or pond keeps its name to itself

  /** Write a name of one or two lines around (x, y) if it meets no other; tell whether it was. */
  function write(context, taken, lines, x, y, look) {
    const size = look.size * landgis.fontScale;
    context.font = `${look.weight || 400} ${size}px ${landgis.FONT}`;
    const width = Math.max(...lines.map((line) => context.measureText(line).width));
    const height = lines.length * size * 1.25;
    const box = [x - width / 2 - GAP, y - height / 2 - GAP, x + width / 2 + GAP, y + height / 2 + GAP];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) return false;
    taken.push(box);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    lines.forEach((line, k) => {
      const at = y + (k - (lines.length - 1) / 2) * size * 1.25;
      context.strokeStyle = "rgba(255,255,255,.92)";
      context.lineWidth = look.halo || 3.5;
      context.strokeText(line, x, at);
      context.fillStyle = look.colour;
      context.fillText(line, x, at);
    });
    return true;
  }

  /** Write the name of feature i where there is room for it. */
  function place(context, view, taken, shapes, i, lines, look) {
    if (!landgis.paint.isSeen(shapes, i, { ...view, ...view.screen })) return;
    const spot = landgis.shapes.roomInside(shapes, i, view.screen) || landgis.shapes.middleOfLine(shapes, i, view.screen);
    if (spot === null) return;
    const edge = { west: view.x(view.screen.west), east: view.x(view.screen.east) };
    context.font = `${look.weight || 400} ${look.size * landgis.fontScale}px ${landgis.FONT}`;
    const half = Math.max(...lines.map((line) => context.measureText(line).width)) / 2 + 2 * GAP;
    const x = Math.max(edge.west + half, Math.min(edge.east - half, view.x(spot.x))); // never cut off at the edge
    write(context, taken, lines, x, view.y(spot.y), look);
  }

  const isLifted = (columns, i) => (columns.zone ? columns.zone[i] === "lifted" : columns.status[i] === "relocated");

  function zoneLines(columns, i) {
    const { say, isMissing, day, plain } = landgis;
    const voltage = isMissing(columns.voltage_kv[i]) ? say("voltage_unknown") : plain(columns.voltage_kv[i]) + " kV";
    const status = columns.status[i] === null ? null : landgis.styleOf("status", columns.status[i]).label;
    const moved = isMissing(columns.relocated_on[i]) ? status
      : say(isLifted(columns, i) ? "relocation_done" : "relocation", { day: day(columns.relocated_on[i]) });
    return moved ? [voltage, moved] : [voltage];
  }

  function nameZones(context, view, taken) {
    const { layers, shown } = landgis.sheet;
    const name = Object.keys(shown).some((key) => key.startsWith("zone_") && shown[key]) && layers.zones.size ? "zones" : "power_lines";
    if (name === "power_lines" && !shown.power_lines) return;
    const { columns, shapes, size } = layers[name];
    for (let i = 0; i < size; i += 1) {
      if (name === "zones" && (columns.zone[i] === "planning" || !shown["zone_" + columns.zone[i]])) continue;
      place(context, view, taken, shapes, i, zoneLines(columns, i), { size: 12, weight: 600, colour: isLifted(columns, i) ? "#7d6f7a" : "#6d1863" });
    }
  }

  function nameRows(context, view, taken, layer, column, look, least) {
    const names = layer.columns[column];
    for (let i = 0; i < layer.size; i += 1) {
      if (names[i] === null) continue;
      const box = layer.shapes.box;
      const wide = Math.max(box[4 * i + 2] - box[4 * i], box[4 * i + 3] - box[4 * i + 1]) * view.scale;
      if (wide >= least) place(context, view, taken, layer.shapes, i, [names[i]], look(i));
    }
  }

  /** Parcel codes appear when zoomed in: whole where they fit, else what follows the last "-". */
  function nameParcels(context, view, taken) {
    if (view.zoom < 16.5) return;
    const { shapes, columns, size } = landgis.sheet.layers.parcels;
    const look = { size: 10.5, colour: "#3c3a36", halo: 2.5 };
    context.font = `${look.size * landgis.fontScale}px ${landgis.FONT}`;
    const seen = { ...view, ...view.screen };
    for (let i = 0; i < size; i += 1) {
      if (!landgis.paint.isSeen(shapes, i, seen)) continue;
      const spot = landgis.shapes.roomInside(shapes, i, view.screen);
      if (spot === null) continue;
      const code = columns.parcel_id[i];
      const short = code.slice(code.lastIndexOf("-") + 1);
      context.font = `${look.size * landgis.fontScale}px ${landgis.FONT}`;
      const fitting = [code, short].find((text) => context.measureText(text).width + 6 < spot.width * view.scale);
      if (fitting) write(context, taken, [fitting], view.x(spot.x), view.y(spot.y), look);
    }
  }

  const COLOURS = { water: "#3f7086", road: "#77705f", village: "#8a8477", other: "#6b665c" };
  const MOST_NAMES = 12;

  /** The largest roads, waters and villages in sight have names; more would drown the project. */
  function nameContext(context, view, taken) {
    const { shapes, columns, size } = landgis.sheet.layers.context;
    const { box } = shapes;
    const seen = (i) => Math.max(
      Math.min(box[4 * i + 2], view.screen.east) - Math.max(box[4 * i], view.screen.west),
      Math.min(box[4 * i + 3], view.screen.south) - Math.max(box[4 * i + 1], view.screen.north)) * view.scale;
    const rows = Array.from({ length: size }, (_, i) => i).filter((i) => columns.name[i] !== null)
      .map((i) => [seen(i), i]).filter(([length]) => length >= LEAST_NAMED_PX).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    for (const [, i] of rows.slice(0, MOST_NAMES)) {
      place(context, view, taken, shapes, i, [columns.name[i]], { size: 11.5, colour: COLOURS[columns.what[i] || "other"] });
    }
  }

  landgis.paintNames = function (context, view) {
    const { layers, shown } = landgis.sheet;
    const taken = [];
    nameZones(context, view, taken);
    if (shown.resettlement_zones) {
      nameRows(context, view, taken, layers.resettlement_zones, "name", () => ({ size: 12.5, weight: 600, colour: "#2f3f7d" }), 30);
    }
    if (shown.blocks && layers.blocks.size > 1) {
      nameRows(context, view, taken, layers.blocks, "name", () => ({ size: 13, weight: 700, colour: "#2b2f33" }), 60);
    }
    if (shown.parcels) nameParcels(context, view, taken);
    if (shown.context) nameContext(context, view, taken);
  };
})((window.landgis = window.landgis || {}));
