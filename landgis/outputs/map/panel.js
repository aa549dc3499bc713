// The panel beside the map: verdict, areas, five "ones", deadlines, indicators, what blocks, rules.
(function (landgis) {
  "use strict";

  const { el } = landgis;

  const section = (key, ...body) =>
    el("section", { class: "part", "data-part": key }, el("h2", {}, landgis.say("part_" + key)), ...body);

  function verdict(panel) {
    const style = landgis.styleOf("verdict", panel.verdict);
    return el("div", { class: "verdict", "data-verdict": style.key, style: { background: style.fill, color: style.line } },
      el("span", { class: "mark", "aria-hidden": "true" }, style.mark),
      el("div", {}, el("strong", {}, style.label), el("small", {}, landgis.say("verdict_on", { day: landgis.day(panel.as_of) }))));
  }

  /** A bar of the four states and the list of their areas. */
  function stateBar(areas) {
    const total = areas.total || 0;
    const states = landgis.page.styles.state.filter((style) => areas[style.key]);
    const bar = el("div", { class: "bar", role: "img", "aria-label": states.map((s) => `${s.label} ${landgis.mu(areas[s.key])}`).join(", ") },
      states.map((style) => {
        const block = el("span", { style: { "flex-grow": String(areas[style.key] / (total || 1)) } });
        return landgis.swatchInto(block, style);
      }));
    const lines = states.map((style) => el("tr", {}, el("th", { scope: "row" }, landgis.swatch(style), style.label),
      el("td", {}, landgis.mu(areas[style.key])), el("td", {}, total ? landgis.percent(areas[style.key] / total) : "—")));
    return [bar, el("table", { class: "areas" }, el("tbody", {}, lines,
      el("tr", { class: "sum" }, el("th", { scope: "row" }, landgis.say("total")), el("td", {}, landgis.mu(areas.total)), el("td", {}, ""))))];
  }

  function ones(items) {
    const missing = items.filter((one) => landgis.isMissing(one.value)).length;
    const note = missing ? landgis.say("ones_missing", { count: missing }) : landgis.say("ones_complete");
    return section("ones", el("p", { class: missing ? "note warn" : "note good" }, note), el("dl", { class: "facts" }, items.map((one) => {
      const isOpen = landgis.isMissing(one.value);
      return [el("dt", {}, one.label), el("dd", { class: isOpen ? "warn" : null }, isOpen ? landgis.say("to_supply") : one.value)];
    })));
  }

  function daysLeft(left) {
    if (left === null) return [landgis.say("day_open"), "warn"];
    if (left < 0) return [landgis.say("overdue", { days: landgis.plain(-left) }), "late"];
    return left === 0 ? [landgis.say("due_today"), "late"] : [landgis.say("days_left", { days: landgis.plain(left) }), ""];
  }

  function deadlines(items) {
    return section("deadlines", el("ul", { class: "deadlines" }, items.map((item) => {
      const [words, look] = daysLeft(item.days_left);
      return el("li", {}, el("span", {}, item.label, el("small", {}, landgis.day(item.date))), el("b", { class: look }, words));
    })));
  }

  function indicator(row) {
    const show = (value) => (landgis.isMissing(value) ? "—" : row.unit_key === "mu" ? landgis.number(value, 2) : landgis.plain(value));
    const about = row.approx ? landgis.say("about") : "";
    const share = landgis.isMissing(row.rate) ? null : Math.max(0, Math.min(1, row.rate));
    const rate = share === null ? el("span", { class: "rate none" }, landgis.say("not_known"))
      : el("span", { class: "rate", role: "img", "aria-label": landgis.percent(row.rate) },
        el("i", { style: { width: share * 100 + "%" } }), el("em", {}, landgis.percent(row.rate)));
    return [
      el("tr", { "data-indicator": row.key }, el("th", { scope: "row" }, row.label, " ", row.unit === row.label ? null : el("small", {}, row.unit)),
        el("td", {}, show(row.task)), el("td", {}, landgis.isMissing(row.done) ? "—" : about + show(row.done)),
        el("td", {}, landgis.isMissing(row.left) ? "—" : about + show(row.left))),
      el("tr", { class: "under" }, el("td", { colspan: 4 }, rate)),
    ];
  }

  function indicators(rows) {
    const head = ["indicator", "task", "done", "left"].map((key) => el("th", { scope: "col" }, landgis.say("col_" + key)));
    return section("indicators", el("table", { class: "indicators" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows.map(indicator))));
  }

  function blockers(rows) {
    return section("blockers", el("table", { class: "areas" },
      el("thead", {}, el("tr", {}, ["reason", "area_mu", "count"].map((key) => el("th", { scope: "col" }, landgis.say("col_" + key))))),
      el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.label), el("td", {}, landgis.mu(row.area_m2)), el("td", {}, landgis.plain(row.count)))))));
  }

  function sources(panel) {
    const hash = (one) => el("li", {}, one.file, one.hash ? el("code", {}, one.hash.slice(0, 12)) : null);
    return section("sources",
      el("dl", { class: "facts" }, panel.rules.map((rule) => [el("dt", {}, rule.name), el("dd", {}, rule.source)])),
      panel.image ? el("p", { class: "note" }, panel.image) : null,
      panel.sources.length ? el("details", {}, el("summary", {}, landgis.say("source_files", { count: panel.sources.length })), el("ul", { class: "hashes" }, panel.sources.map(hash))) : null,
      el("p", { class: "note" }, panel.caution));
  }

  /** Build the panel's front page from finished figures. */
  landgis.panel = function (panel) {
    const parts = [verdict(panel), section("areas", ...stateBar(panel.areas))];
    if (panel.deadlines.length) parts.push(deadlines(panel.deadlines));
    if (panel.indicators.length) parts.push(indicators(panel.indicators));
    if (panel.ones.length) parts.push(ones(panel.ones));
    if (panel.blockers.length) parts.push(blockers(panel.blockers));
    if (panel.open_conditions.length) {
      parts.push(section("conditions", el("ul", { class: "plain" }, panel.open_conditions.map((words) => el("li", {}, words)))));
    }
    parts.push(sources(panel));
    return parts;
  };
  landgis.stateBar = stateBar;
})((window.landgis = window.landgis || {}));
