// Small helpers: elements made of text only, numbers, areas and days in the page's language.
// No helper takes HTML: whatever an attribute holds, it can only become text.
(function (landgis) {
  "use strict";

  const DAY_MS = 86400000;

  /** Make an element: el("p", {class: "x"}, "text", child, ...); null children are left out. */
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "on") {
        for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
      } else if (name === "style") {
        for (const [property, worth] of Object.entries(value)) node.style.setProperty(property, worth);
      } else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined) continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  }

  /** Fill "{name}" in one of the page's sentences. */
  function say(key, facts) {
    const sentence = landgis.page.text[key];
    if (sentence === undefined) throw new Error("no sentence " + key);
    return sentence.replace(/\{(\w+)\}/g, (_, name) => (facts && name in facts ? facts[name] : ""));
  }

  const isMissing = (value) => value === null || value === undefined || value === "";
  const orDash = (value) => (isMissing(value) ? "—" : value);

  function number(value, decimals) {
    if (isMissing(value)) return "—";
    const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return value.toLocaleString("en-US", options);
  }

  /** A quantity as counted: whole numbers bare, others with at most two decimals. */
  function plain(value) {
    return isMissing(value) ? "—" : value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  }

  const mu = (m2) => (isMissing(m2) ? "—" : number(m2 / landgis.page.m2_per_mu, 2));
  const percent = (share) => (isMissing(share) ? "—" : number(share * 100, 1) + "%");

  /** A day, counted since 1970-01-01, as the page's language writes it. */
  function day(count) {
    if (isMissing(count)) return "—";
    const date = new Date(count * DAY_MS);
    const [y, m, d] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (landgis.page.language === "zh") return `${y}年${m}月${d}日`;
    return `${y}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}`;
  }

  Object.assign(landgis, { el, say, isMissing, orDash, number, plain, mu, percent, day });
})((window.landgis = window.landgis || {}));
