// What a click tells: one card for each thing at the place, a parcel's card with its whole story.
(function (landgis) {
  "use strict";

  const { el, say, orDash, day, mu, plain, isMissing } = landgis;

  const facts = (pairs) => el("dl", { class: "facts" }, pairs.filter(([, value]) => !isMissing(value))
    .map(([key, value]) => [el("dt", {}, say(key)), el("dd", {}, value)]));

  const card = (name, id, title, under, ...body) =>
    el("article", { class: "card", "data-layer": name, "data-id": id }, el("h2", {}, title), under ? el("p", { class: "under" }, under) : null, ...body);

  const chip = (style) => el("p", { class: "chip" }, landgis.swatch(style), style.label);

  function source(columns, i) {
    if (isMissing(columns.source_file[i])) return null;
    const place = [columns.source_file[i], columns.source_sheet[i], isMissing(columns.source_row[i]) ? null : say("row", { row: columns.source_row[i] })];
    return el("p", { class: "source" }, say("source") + place.filter((part) => !isMissing(part)).join(" · "));
  }

  /** The steps of a thing as a line of days; a day after the sheet's own is a plan, not a fact. */
  function timeline(columns, i, steps) {
    return el("ol", { class: "timeline" }, steps.filter(([column]) => column in columns).map(([column, words]) => {
      const on = columns[column][i];
      const state = isMissing(on) ? "open" : on > landgis.page.panel.as_of ? "planned" : "done";
      const said = state === "open" ? say("not_yet") : state === "planned" ? say("planned", { day: day(on) }) : day(on);
      return el("li", { class: state }, el("span", {}, say(words)), el("b", {}, said));
    }));
  }

  const PARCEL_STEPS = [["surveyed_on", "step_surveyed"], ["agreed_on", "step_agreed"], ["paid_on", "step_paid"], ["delivered_on", "step_delivered"], ["cleared_on", "step_cleared"]];
  const RECORD_STEPS = [["built_on", "step_built"], ["agreed_on", "step_agreed"], ["paid_on", "step_paid"], ["removed_on", "step_removed"]];

  const rowsWhere = (name, column, value) =>
    landgis.sheet.layers[name].columns[column].map((other, i) => (other === value ? i : -1)).filter((i) => i >= 0);

  function amount(columns, i) {
    if (isMissing(columns.quantity[i])) return null;
    return plain(columns.quantity[i]) + " " + (columns.unit_word[i] || "");
  }

  /** What is registered on the parcel, kind by kind. */
  function standing(code) {
    const { columns } = landgis.sheet.layers.records;
    const rows = rowsWhere("records", "parcel_id", code);
    if (!rows.length) return el("p", { class: "note" }, say("nothing_stands"));
    const kinds = landgis.page.styles.kind.map((style) => [style, rows.filter((i) => columns.kind[i] === style.key)]);
    return kinds.filter(([, some]) => some.length).map(([style, some]) => el("div", { class: "standing" },
      el("h4", {}, landgis.swatch(style), style.label, el("small", {}, say("rows", { count: some.length }))),
      el("ul", {}, some.slice(0, 40).map((i) => el("li", {},
        el("button", { type: "button", class: "link", on: { click: () => landgis.choose([{ name: "records", i }], true) } }, columns.record_id[i]),
        el("span", {}, [columns.structure[i], amount(columns, i)].filter((part) => !isMissing(part)).join(" · ")),
        el("em", { class: columns.gone[i] ? "good" : "" }, columns.stage_word[i])))),
      some.length > 40 ? el("p", { class: "note" }, say("and_more", { count: some.length - 40 })) : null));
  }

  /** Why the parcel's ground is in the states it is in. */
  function reasons(code) {
    const { columns } = landgis.sheet.layers.pieces;
    const rows = rowsWhere("pieces", "parcel_id", code).filter((i) => columns.state[i] !== "clean");
    if (!rows.length) return null;
    return el("ul", { class: "plain" }, rows.map((i) => {
      const style = landgis.styleOf("state", columns.state[i]);
      return el("li", {}, landgis.swatch(style), say("state_reason", { state: style.label, reason: orDash(columns.reason_word[i]) }) + " ", el("small", {}, mu(columns.area_m2[i]) + " " + say("mu")));
    }));
  }

  function parcel(i) {
    const { columns } = landgis.sheet.layers.parcels;
    const code = columns.parcel_id[i];
    const areas = { total: columns.area_m2[i] };
    for (const style of landgis.page.styles.state) areas[style.key] = columns[style.key + "_m2"][i];
    const place = [columns.village[i], columns.group[i]].filter((part) => !isMissing(part)).join(" ");
    const area = isMissing(areas.total) ? null : say("area_both", { mu: mu(areas.total), m2: landgis.number(areas.total, 1) });
    const stated = isMissing(columns.stated_area_mu[i]) ? null : landgis.number(columns.stated_area_mu[i], 2) + " " + say("mu");
    return card("parcels", code, code, place, chip(landgis.styleOf("stage", columns.stage[i] || "none")),
      facts([["land_use", columns.land_use[i]], ["stated_area", stated], ["measured_area", area], ["team", columns.team[i]]]),
      el("h3", {}, say("story_time")), timeline(columns, i, PARCEL_STEPS),
      el("h3", {}, say("story_states")), isMissing(areas.total) ? el("p", { class: "note" }, say("not_known")) : landgis.stateBar(areas), reasons(code),
      el("h3", {}, say("story_standing")), standing(code), source(columns, i));
  }

  function record(i) {
    const { columns } = landgis.sheet.layers.records;
    const style = landgis.styleOf("kind", columns.kind[i]);
    const code = columns.parcel_id[i];
    const at = isMissing(code) ? -1 : landgis.sheet.layers.parcels.columns.parcel_id.indexOf(code);
    const link = at < 0 ? code : el("button", { type: "button", class: "link", on: { click: () => landgis.choose([{ name: "parcels", i: at }], true) } }, code);
    return card("records", columns.record_id[i], columns.record_id[i], null, el("p", { class: "chip" }, landgis.swatch(style), style.label, " · ", columns.stage_word[i]),
      facts([["structure", columns.structure[i]], ["quantity", amount(columns, i)], ["parcel", link]]), timeline(columns, i, RECORD_STEPS), source(columns, i));
  }

  function zone(i) {
    const { columns } = landgis.sheet.layers.zones;
    const half = isMissing(columns.half_width_m[i]) ? say("not_known") : plain(columns.half_width_m[i]) + " m";
    const voltage = isMissing(columns.voltage_kv[i]) ? say("voltage_unknown") : plain(columns.voltage_kv[i]) + " kV";
    const status = columns.status[i] === null ? null : landgis.styleOf("status", columns.status[i]).label;
    return card("zones", columns.line_id[i], columns.line_id[i], landgis.styleOf("zone", columns.zone[i]).label,
      facts([["voltage", voltage], ["half_width", half], ["offset_source", columns.offset_word[i]], ["status", status], ["relocated_on", isMissing(columns.relocated_on[i]) ? say("day_open") : day(columns.relocated_on[i])], ["rule", columns.rule[i]]]));
  }

  function powerLine(i) {
    const { columns } = landgis.sheet.layers.power_lines;
    const voltage = isMissing(columns.voltage_kv[i]) ? say("voltage_unknown") : plain(columns.voltage_kv[i]) + " kV";
    const status = columns.status[i] === null ? null : landgis.styleOf("status", columns.status[i]).label;
    return card("power_lines", columns.line_id[i], columns.line_id[i], say("power_line"),
      facts([["voltage", voltage], ["status", status], ["relocated_on", isMissing(columns.relocated_on[i]) ? say("day_open") : day(columns.relocated_on[i])]]), source(columns, i));
  }

  function resettlement(i) {
    const { columns } = landgis.sheet.layers.resettlement_zones;
    const unit = columns.unit_word[i] || "";
    const homes = isMissing(columns.homes[i]) ? null : plain(columns.homes[i]) + " " + unit;
    const demand = isMissing(columns.demand[i]) ? null : plain(columns.demand[i]) + " " + unit;
    return card("resettlement_zones", columns.zone_id[i], columns.name[i] || columns.zone_id[i], say("resettlement_zone"),
      chip(landgis.styleOf("mode", columns.mode[i] || "rebuild")),
      facts([["homes", homes], ["demand", demand], ["planned_on", isMissing(columns.planned_on[i]) ? null : day(columns.planned_on[i])],
        ["delivered_on", isMissing(columns.delivered_on[i]) ? say("not_yet") : day(columns.delivered_on[i])]]));
  }

  /** Ground without a parcel tells its own state; with one, the parcel's card does. */
  function piece(i) {
    const { columns } = landgis.sheet.layers.pieces;
    if (!isMissing(columns.parcel_id[i])) return null;
    const style = landgis.styleOf("state", columns.state[i]);
    return card("pieces", "", say("no_parcel"), null, chip(style), facts([["reason", columns.reason_word[i]], ["measured_area", mu(columns.area_m2[i]) + " " + say("mu")]]));
  }

  const CARDS = { records: record, parcels: parcel, pieces: piece, zones: zone, power_lines: powerLine, resettlement_zones: resettlement };
  const MOST_RECORDS = 3;

  /** The cards of what was hit, the first few records only. */
  landgis.story = function (hits) {
    let records = 0;
    return hits.filter((hit) => hit.name !== "records" || (records += 1) <= MOST_RECORDS)
      .map((hit) => CARDS[hit.name](hit.i)).filter((made) => made !== null);
  };
})((window.landgis = window.landgis || {}));
