// Search by parcel code: a list while typing, Enter goes to the chosen or the first one.
(function (landgis) {
  "use strict";

  const { el, say } = landgis;
  const MOST = 12;

  const normal = (text) => text.normalize("NFKC").replace(/\s+/g, "").toLowerCase();

  /** Rows whose code is, begins with, or holds the words, in this order. */
  function find(words, codes) {
    const asked = normal(words);
    if (!asked) return [];
    const ranks = [[], [], []];
    codes.forEach((code, i) => {
      const at = code.indexOf(asked);
      if (at < 0) return;
      ranks[code === asked ? 0 : at === 0 ? 1 : 2].push(i);
    });
    return ranks.flat();
  }

  landgis.search = function () {
    const { columns } = landgis.sheet.layers.parcels;
    const codes = columns.parcel_id.map(normal);
    const control = L.control({ position: "topleft" });
    let found = [];
    let at = 0;

    const list = el("ul", { id: "landgis-found", role: "listbox", "aria-label": say("search"), hidden: true });
    const status = el("p", { class: "found-note", role: "status" });
    const input = el("input", { type: "search", id: "landgis-search", placeholder: say("search"), "aria-label": say("search"), autocomplete: "off", spellcheck: "false",
      role: "combobox", "aria-controls": "landgis-found", "aria-expanded": "false",
      on: { input: () => { at = 0; look(); }, keydown: key, focus: look, blur: () => setTimeout(close, 150) } });

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
    }

    function look() {
      found = find(input.value, codes);
      const shown = found.slice(0, MOST);
      list.replaceChildren(...shown.map((i, k) => el("li", { role: "option", id: "landgis-found-" + k, "aria-selected": String(k === at), "data-code": columns.parcel_id[i],
        on: { mousedown: (event) => { event.preventDefault(); go(i); } } },
      el("b", {}, columns.parcel_id[i]), el("small", {}, [columns.village[i], columns.group[i]].filter((part) => !landgis.isMissing(part)).join(" ")))));
      list.hidden = !shown.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      if (shown.length) input.setAttribute("aria-activedescendant", "landgis-found-" + at);
      else input.removeAttribute("aria-activedescendant");
      const none = input.value.trim() && !found.length;
      status.textContent = none ? say("search_none", { words: input.value.trim() }) : found.length > MOST ? say("search_more", { count: found.length - MOST }) : "";
    }

    function go(i) {
      close();
      status.textContent = "";
      landgis.choose([{ name: "parcels", i }], true);
    }

    function key(event) {
      const last = Math.min(found.length, MOST) - 1;
      if (event.key === "ArrowDown") at = Math.min(at + 1, Math.max(last, 0));
      else if (event.key === "ArrowUp") at = Math.max(at - 1, 0);
      else if (event.key === "Escape") { input.value = ""; close(); status.textContent = ""; return; }
      else if (event.key === "Enter") { look(); if (found.length) go(found[at]); return; }
      else return;
      event.preventDefault();
      look();
    }

    control.onAdd = function () {
      const box = el("div", { class: "search-card" }, input, list, status);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    return control;
  };
  landgis.findCodes = find;
})((window.landgis = window.landgis || {}));
