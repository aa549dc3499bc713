"""Pages that open from disk without a network: everything they need stands inside them.

Leaflet and jQuery come from the installed packages XStatic-Leaflet and XStatic-jQuery. A page that
would still ask for something outside (a tile server, a plugin's script, a picture beside it) is
refused when it is rendered, instead of being silently broken where there is no internet. A
Content-Security-Policy with the hash of each script is the second lock: nothing that came in with
the data can run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from branca.element import Element, Figure, Link
from folium import Icon
from folium.folium import _default_js

from landgis.base.errors import OutputError
from landgis.base.text import Language, say

__all__ = ["HEAD", "Inline", "OfflinePage", "embed_json", "jquery", "leaflet", "page_file"]

#: what every page says of itself first; Chinese dual-core browsers take the modern engine
HEAD = (
    '<meta charset="utf-8">\n'
    '<meta name="renderer" content="webkit">\n'
    '<meta name="force-rendering" content="webkit">\n'
    '<meta http-equiv="X-UA-Compatible" content="IE=edge,chrome=1">\n'
    '<meta name="referrer" content="no-referrer">\n'
    '<link rel="icon" href="data:,">\n'
)
_POLICY = (
    "default-src 'none'; img-src data: blob:; font-src data:; style-src 'unsafe-inline'; "
    "worker-src blob:; base-uri 'none'; form-action 'none'; script-src {hashes}"
)
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)

#: how a page may ask for something; each captures the address
_REQUESTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:<|\\u003c)(?:script|img|iframe|frame|source|video|audio|embed|track|image|use|input)\b"
        r"[^>]*?\s(?:src|srcset|href|poster)\s*=\s*\\?[\"']?([^\"'\s>\\]+)",
        r"(?:<|\\u003c)link\b[^>]*?\shref\s*=\s*\\?[\"']?([^\"'\s>\\]+)",
        r"(?:<|\\u003c)object\b[^>]*?\sdata\s*=\s*\\?[\"']?([^\"'\s>\\]+)",
        r"url\(\s*\\?[\"']?((?:https?:)?//[^\"')\\]+)",
        r"@import\s+(?:url\()?\s*[\"']?([^\"';)]+)",
        r"\bL\.(?:tileLayer(?:\.\w+)?|imageOverlay|videoOverlay)\(\s*[\"']([^\"']+)",
        r"[\"']?(?:iconUrl|iconRetinaUrl|shadowUrl|icon_url|shadow_url)[\"']?\s*:\s*[\"']([^\"']+)",
        r"(?:fetch|getJSON|ajax|importScripts|Worker|WebSocket)\(\s*[\"']([^\"']+)",
    )
)


class Inline(Element):
    """A piece of the page that is ours: put in as it is, and known to ask for nothing."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.content = content

    def render(self, **kwargs: Any) -> str:  # noqa: ARG002 - branca's signature
        """Return the piece itself."""
        return self.content


class OfflinePage(Figure):
    """A folium figure that renders to one self-contained page.

    Parameters
    ----------
    title : str
        Title of the window.
    language : str
        ``zh`` or ``en``.

    Raises
    ------
    OutputError
        On rendering, if something added to it needs an address outside the page.
    """

    def __init__(self, *, title: str, language: Language) -> None:
        super().__init__(title=title)
        self.language = language

    def render(self, **kwargs: Any) -> str:
        """Return the page as HTML."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        for address in _outside_addresses(self):
            raise OutputError("outside_address", address=address[:200])
        old = html.escape(say("map", "old_browser", {}, self.language))
        body = (
            f"<title>{html.escape(str(self.title))}</title>\n{_FEATURES}\n"
            f"{self.header.render(**kwargs)}\n</head>\n<body>\n"
            f'<p class="old-browser">{old}</p>\n{self.html.render(**kwargs)}\n'
            f"<script>\n{self.script.render(**kwargs)}\n</script>\n</body>\n</html>\n"
        ).replace("\r\n", "\n")
        lang = "zh-CN" if self.language == "zh" else "en"
        return f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n{HEAD}{_policy(body)}\n{body}'


#: ES3, so that the oldest browser runs it. What it asks for came with ES2018, as did what we write.
_FEATURES = (
    "<script>\n(function () {\n"
    '  var isModern = typeof Promise === "function" && typeof Promise.prototype["finally"] === '
    '"function" && typeof Object.entries === "function" && !!window.requestAnimationFrame;\n'
    '  if (!isModern) { document.documentElement.className += " is-old"; }\n'
    "}());\n</script>"
)


def _policy(page: str) -> str:
    """Return the meta tag that lets exactly this page's scripts run."""
    bodies = [
        found["body"] for found in _SCRIPT.finditer(page) if "json" not in found["attributes"]
    ]
    digests = [hashlib.sha256(body.encode()).digest() for body in bodies]
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    policy = _POLICY.format(hashes=" ".join(dict.fromkeys(hashes)) or "'none'")
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


def _outside_addresses(page: OfflinePage) -> Iterator[str]:
    """Yield addresses that parts of the page would ask for, ours left out."""
    for element in _descendants(page):
        if isinstance(element, Icon):  # its script and fonts are on a server
            yield dict(_default_js)["awesome_markers"]
    for part in (page.header, page.html, page.script):
        for child in part._children.values():
            if isinstance(child, Inline):
                continue
            if isinstance(child, Link):
                if not child.url.startswith("data:"):
                    yield child.url
                continue
            yield from addresses(child.render())


def addresses(text: str) -> Iterator[str]:
    """Yield what a piece of HTML, CSS or JavaScript would ask for beyond the page itself."""
    for pattern in _REQUESTS:
        for found in pattern.finditer(text):
            address = found.group(1)
            if not address.lower().startswith(("data:", "blob:", "#", "about:", "javascript:")):
                yield address


def _descendants(element: Element) -> Iterator[Element]:
    """Yield all elements below one, and the icons that folium keeps aside."""
    for child in element._children.values():
        yield child
        icon = getattr(child, "icon", None)
        if isinstance(icon, Element):
            yield icon
        yield from _descendants(child)


def embed_json(data: object, name: str) -> str:
    """Return a data block for the page: no text in it can end the block or start a tag."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    safe = safe.encode("utf-8", "replace").decode("utf-8")
    return f'<script type="application/json" id="{name}">{safe}</script>'


def page_file(name: str) -> str:
    """Return one of our own scripts or style sheets in ``outputs/map/``."""
    return (files("landgis.outputs") / "map" / name).read_text(encoding="utf-8")


def _picture(name: str) -> str:
    """Return one of Leaflet's pictures as a data address."""
    picture = (files("xstatic.pkg.leaflet") / "data" / "images" / name).read_bytes()
    return "data:image/png;base64," + base64.b64encode(picture).decode()


@cache
def leaflet() -> str:
    """Return Leaflet's style sheet and script with its pictures inside."""
    data = files("xstatic.pkg.leaflet") / "data"
    css = (data / "leaflet.css").read_text(encoding="utf-8")
    css = re.sub(r"url\(images/([\w.-]+)\)", lambda found: f"url({_picture(found[1])})", css)
    css = re.sub(r"\s*behavior:\s*url\(#default#VML\);", "", css)
    script = _without_map((data / "leaflet.js").read_text(encoding="utf-8"))
    icons = {
        "iconUrl": _picture("marker-icon.png"),
        "iconRetinaUrl": _picture("marker-icon-2x.png"),
        "shadowUrl": _picture("marker-shadow.png"),
    }
    setting = (
        "delete L.Icon.Default.prototype._getIconUrl;\n"
        f"L.Icon.Default.mergeOptions({json.dumps(icons)});"
    )
    return f"<style>{css}</style>\n<script>{script}\n{setting}</script>"


@cache
def jquery() -> str:
    """Return jQuery, which folium's popups need."""
    data = files("xstatic.pkg.jquery") / "data"
    script = _without_map((data / "jquery.min.js").read_text(encoding="utf-8"))
    return f"<script>{script}</script>"


def _without_map(script: str) -> str:
    """Leave out the pointer to a source map, which developer tools would go and ask for."""
    return re.sub(r"//# sourceMappingURL=\S+\s*$", "", script)
