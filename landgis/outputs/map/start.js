// Wire the page to the folium map: read the data, build the panel, answer clicks.
(function (landgis) {
  "use strict";

  const HIT_PX = 6;
  const { el } = landgis;

  landgis.imageOpacity = 0.6; // the photo gives way to the parcels' colours

  function head(page) {
    const { say, day } = landgis;
    document.getElementById("landgis-head").replaceChildren(
      el("div", { class: "titles" }, el("p", {}, page.head.campaign), el("h1", {}, page.head.project_id, " ", page.head.project)),
      el("div", { class: "stamp" }, el("b", {}, say("as_of", { day: day(page.panel.as_of) })), el("span", { class: "edition" }, page.head.edition), el("small", {}, page.head.note)));
  }

  /** Show the panel's front page, or the cards of what was chosen. */
  function showPanel(cards) {
    const body = document.getElementById("landgis-panel-body");
    if (cards === null) body.replaceChildren(...landgis.panel(landgis.page.panel));
    else {
      const back = el("button", { type: "button", class: "back", on: { click: () => landgis.choose([], false) } }, "← " + landgis.say("back"));
      body.replaceChildren(back, ...cards);
      document.body.classList.remove("panel-closed");
    }
    body.scrollTop = 0;
  }

  function boundsOf(shapes, i) {
    const lat = (y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
    const lon = (x) => x * 360 - 180;
    const b = shapes.box;
    return Number.isFinite(b[4 * i]) ? L.latLngBounds([lat(b[4 * i + 3]), lon(b[4 * i])], [lat(b[4 * i + 1]), lon(b[4 * i + 2])]) : null;
  }

  function togglePanel(map) {
    const isClosed = document.body.classList.toggle("panel-closed");
    const button = document.getElementById("landgis-fold");
    button.setAttribute("aria-expanded", String(!isClosed));
    button.textContent = isClosed ? "»" : "«";
    map.invalidateSize({ animate: false, pan: false });
  }

  /** Take over the folium map: `landgis.start(map)` is called once, by the page's own script. */
  landgis.start = function (map) {
    landgis.page = JSON.parse(document.getElementById("landgis-data").textContent);
    landgis.map = map;
    landgis.sheet = landgis.makeSheet(landgis.page);
    landgis.fontScale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;
    map.createPane("landgis").style.zIndex = 350;
    map.getPane("landgis").style.pointerEvents = "none";
    map.createPane("landgis-image").style.zIndex = 250;

    const image = landgis.page.image;
    const photo = image ? L.imageOverlay(image.url, image.bounds, { pane: "landgis-image" }) : null;
    const painter = new landgis.Painter({ paint: landgis.paintSheet });

    landgis.refresh = function () {
      if (photo) {
        if (landgis.sheet.shown.image) photo.addTo(map).setOpacity(landgis.imageOpacity);
        else photo.remove();
      }
      painter.redraw();
    };

    /** Choose things: highlight them, tell their story, and go there if asked. */
    landgis.choose = function (hits, shouldGo) {
      landgis.sheet.chosen = hits.filter((hit) => hit.name === "parcels" || hit.name === "records");
      const cards = landgis.story(hits);
      showPanel(cards.length ? cards : null);
      if (shouldGo && hits.length) {
        const bounds = boundsOf(landgis.sheet.layers[hits[0].name].shapes, hits[0].i);
        if (bounds) map.fitBounds(bounds, { maxZoom: 18, animate: false, ...landgis.padding() });
      }
      painter.redraw();
    };

    /** Room that the legend takes from the map when something is brought into view. */
    landgis.padding = function () {
      const card = document.getElementById("landgis-legend");
      const isWide = card && map.getSize().x > 640;
      return { paddingTopLeft: [24, 64], paddingBottomRight: [isWide ? card.offsetWidth + 24 : 24, 40] };
    };

    head(landgis.page);
    showPanel(null);
    L.control.attribution({ position: "bottomright", prefix: "Leaflet " + L.version }).addTo(map);
    if (landgis.sheet.layers.parcels.size) landgis.search().addTo(map);
    L.control.zoom({ position: "topleft", zoomInTitle: landgis.say("zoom_in"), zoomOutTitle: landgis.say("zoom_out") }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
    landgis.legend().addTo(map);
    document.getElementById("landgis-fold").addEventListener("click", () => togglePanel(map));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && landgis.sheet.chosen.length) landgis.choose([], false);
    });

    const worldAt = (event) => {
      const { lat, lng } = event.latlng;
      return [landgis.decode.worldX(lng), landgis.decode.worldY(lat), HIT_PX / (256 * Math.pow(2, map.getZoom()))];
    };
    map.on("click", (event) => landgis.choose(landgis.hitsAt(...worldAt(event)), false));
    let waiting = false;
    map.on("mousemove", (event) => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        map.getContainer().style.cursor = landgis.hitsAt(...worldAt(event)).length ? "pointer" : "";
      });
    });
    map.invalidateSize({ animate: false, pan: false }); // the head took its room only now
    map.fitBounds(landgis.page.bounds, { animate: false, ...landgis.padding() });
    painter.addTo(map);
    landgis.refresh();
    document.body.setAttribute("data-ready", "yes");
  };
})((window.landgis = window.landgis || {}));
