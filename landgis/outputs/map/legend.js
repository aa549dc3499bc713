// Legend and layer control in one card: what is on the map, in the style it is drawn in, to switch.
(function (landgis) {
  "use strict";

  const { el, say } = landgis;
  const paint = landgis.paint;
  const WIDE_PX = 1200;
  const PHONE_PX = 720;

  /** A sample of a style, painted by the same hand as the map. */
  function swatch(style) {
    const [width, height, ratio] = [24, 15, 2];
    const canvas = el("canvas", { class: "swatch", width: width * ratio, height: height * ratio, "aria-hidden": "true" });
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    if (style.sign) drawSign(context, style, width / 2, height / 2);
    else if (style.fill && style.key !== "road") drawArea(context, style, width, height);
    else drawLine(context, style, width, height);
    return canvas;
  }

  function drawArea(context, style, width, height) {
    context.beginPath();
    context.rect(1, 1, width - 2, height - 2);
    context.globalAlpha = Math.min(1, style.opacity + 0.1);
    context.fillStyle = style.fill;
    context.fill();
    context.globalAlpha = 1;
    if (style.hatch) { context.fillStyle = paint.hatch(context, style.hatch, style.line); context.fill(); }
    context.strokeStyle = style.line;
    context.lineWidth = Math.min(1.5, style.weight + 0.2);
    context.setLineDash(style.dash);
    context.stroke();
  }

  function drawLine(context, style, width, height) {
    for (const [line, weight] of style.key === "road" ? [[style.line, style.weight], [style.fill, style.weight - 1.6]] : [[style.line, style.weight]]) {
      context.beginPath();
      context.moveTo(1, height / 2);
      context.lineTo(width - 1, height / 2);
      context.strokeStyle = line;
      context.lineWidth = weight;
      context.lineCap = style.dash.length && style.dash[0] === 1 ? "round" : "butt";
      context.setLineDash(style.dash);
      context.stroke();
    }
  }

  function drawSign(context, style, x, y) {
    context.beginPath();
    landgis.SIGNS[style.sign](context, x, y, 5.5);
    context.fillStyle = style.fill;
    context.fill();
    context.strokeStyle = style.line;
    context.stroke();
  }

  /** Paint a style as the ground of an element (the parts of a bar). */
  function swatchInto(node, style) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 20;
    const context = tile.getContext("2d");
    context.fillStyle = style.fill;
    context.fillRect(0, 0, 20, 20);
    if (style.hatch) { context.fillStyle = paint.hatch(context, style.hatch, style.line); context.fillRect(0, 0, 20, 20); }
    node.style.backgroundImage = `url(${tile.toDataURL()})`;
    return node;
  }

  function toggle(key, label, sample, count) {
    const box = el("input", { type: "checkbox", "data-toggle": key, checked: landgis.sheet.shown[key],
      on: { change: (event) => { landgis.sheet.shown[key] = event.target.checked; landgis.refresh(); } } });
    return el("label", { class: "entry" }, box, sample, el("span", {}, label), count === null || count === undefined ? null : el("small", {}, landgis.plain(count)));
  }

  const classRow = (style, count) => el("div", { class: "entry class" }, swatch(style), el("span", {}, style.label), el("small", {}, landgis.plain(count)));

  const group = (key, ...entries) => {
    const there = entries.flat().filter((entry) => entry !== null);
    return there.length ? el("fieldset", { "data-group": key }, el("legend", {}, say("group_" + key)), there) : null;
  };

  const outline = (key) => landgis.styleOf("outline", key);

  /** Stage or state: which of the two the ground is coloured by, and its classes. */
  function ground() {
    const { layers, rows, by } = landgis.sheet;
    if (!layers.parcels.size && !layers.pieces.size) return null;
    const choice = (value) => el("label", { class: "choice" }, el("input", { type: "radio", name: "ground", value, checked: by === value,
      on: { change: () => { landgis.sheet.by = value; rebuild(); landgis.refresh(); } } }), el("span", {}, say("by_" + value)));
    const both = layers.parcels.size && layers.pieces.size ? el("div", { class: "choices" }, choice("stage"), choice("state")) : null;
    const classes = rows[by === "stage" ? "parcels" : "pieces"].map(([style, some]) => classRow(style, some.length));
    return group("ground", toggle("parcels", say("parcels"), swatch(outline("parcel")), layers.parcels.size), both, classes);
  }

  /** The sign of a kind, or its ground where most of its records are drawn as areas. */
  function kindSwatch(style, rows) {
    const { shapes } = landgis.sheet.layers.records;
    const areas = rows.filter((i) => shapes.kinds[shapes.part[i]] === 2 && shapes.part[i] < shapes.part[i + 1]);
    return swatch(2 * areas.length > rows.length ? { ...style, sign: null } : style);
  }

  function things() {
    return group("things", landgis.sheet.rows.records.map(([style, some]) => toggle("kind_" + style.key, style.label, kindSwatch(style, some), some.length)),
      landgis.sheet.shapeless ? el("p", { class: "entry shapeless" }, say("shapeless", { count: landgis.plain(landgis.sheet.shapeless) })) : null);
  }

  function power() {
    const { rows, layers } = landgis.sheet;
    return group("power",
      layers.power_lines.size ? toggle("power_lines", say("power_line"), rows.power_lines.length > 1 ? null : swatch(rows.power_lines[0][0]), layers.power_lines.size) : null,
      rows.power_lines.length > 1 ? rows.power_lines.map(([style, some]) => classRow(style, some.length)) : [],
      rows.zones.map(([style, some]) => toggle("zone_" + style.key, style.label, swatch(style), some.length)));
  }

  function homes() {
    const { rows, layers } = landgis.sheet;
    const size = layers.resettlement_zones.size;
    return group("homes", size ? toggle("resettlement_zones", say("resettlement_zone"), null, size) : null,
      rows.resettlement_zones.map(([style, some]) => classRow(style, some.length)));
  }

  function frame() {
    const { layers } = landgis.sheet;
    return group("frame",
      layers.red_line.size ? toggle("red_line", say("red_line"), swatch(outline("red_line"))) : null,
      layers.blocks.size ? toggle("blocks", outline("block").label, swatch(outline("block")), layers.blocks.size) : null);
  }

  function background() {
    const { rows, page, layers } = landgis.sheet;
    return group("background",
      page.image ? [toggle("image", page.image.label, null), slider()] : [],
      layers.context.size ? toggle("context", say("context"), null) : null,
      rows.context.map(([style, some]) => classRow(style, some.length)),
      toggle("names", say("names"), null));
  }

  function slider() {
    const range = el("input", { type: "range", min: 0, max: 100, step: 5, value: Math.round(landgis.imageOpacity * 100), "aria-label": say("image_opacity"), "data-slider": "image",
      on: { input: (event) => { landgis.imageOpacity = Number(event.target.value) / 100; landgis.refresh(); } } });
    return el("div", { class: "entry slider" }, el("span", {}, say("image_opacity")), range);
  }

  let body = null;
  /** On a small screen what the colours mean stays in sight and the other layers are folded. */
  function rebuild() {
    const focused = document.activeElement && document.activeElement.value;
    const others = [things(), power(), homes(), frame(), background()].filter((part) => part !== null);
    const fold = body.querySelector("details");
    const isOpen = fold ? fold.open : false;
    const rest = window.innerWidth >= WIDE_PX ? others : [el("details", { open: isOpen }, el("summary", {}, say("more_layers")), others)];
    body.replaceChildren(...[ground(), ...rest].filter((part) => part !== null));
    const again = body.querySelector(`input[type=radio][value="${focused === "state" ? "state" : "stage"}"]`);
    if (again && (focused === "state" || focused === "stage")) again.focus();
  }

  /** A Leaflet control that holds the card. */
  landgis.legend = function () {
    const control = L.control({ position: "topright" });
    control.onAdd = function () {
      body = el("div", { class: "entries" });
      const card = el("div", { class: "legend-card", id: "landgis-legend" },
        el("details", { open: window.innerWidth >= PHONE_PX }, el("summary", {}, say("legend")), body));
      L.DomEvent.disableClickPropagation(card);
      L.DomEvent.disableScrollPropagation(card);
      rebuild();
      return card;
    };
    return control;
  };

  Object.assign(landgis, { swatch, swatchInto });
})((window.landgis = window.landgis || {}));
