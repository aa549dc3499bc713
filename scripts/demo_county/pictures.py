"""The two orthophotos, painted from the same mosaic: 1 August and 10 October 2022.

All arithmetic is double precision and rounded last, so that the same library versions paint the
same bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.enums import ColorInterp

from .canvas import (
    NEW_ROOF,
    ROOFS,
    RUBBLE,
    SOIL,
    burn,
    cloudy,
    direction,
    make_canvas,
)
from .delivery import Delivery
from .ground import Array
from .landscape import Landscape
from .register import Record
from .settings import CRS, IMAGE_DAY

DAYS = {"ortho_before.tif": -22, "ortho_after.tif": IMAGE_DAY}


class Painter(Landscape):
    """Paints one picture: the land, what was cleared, single trees, roofs and light."""

    def paint(self) -> NDArray[np.uint8]:
        """Return the picture, bands first."""
        self.hills()
        self.river()
        self.fields()
        self.crowns()
        self.soil()
        self.edges()
        self.trees()
        self.roofs()
        self.light()
        return np.moveaxis(np.clip(np.round(self.picture), 0, 255).astype(np.uint8), 2, 0)

    def soil(self) -> None:
        """Paint cleared parcels as bare earth with the tracks of machines."""
        rng = self.seed(5)
        streak = cloudy(self.canvas, 5.0, rng, 3)
        clods = cloudy(self.canvas, 60.0, rng, 4)
        if not self.cleared.any():
            return
        lines = [(project.shape, 1) for project in self.delivery.projects]
        bare = self.cleared[self.labels] & (burn(self.canvas, lines) > 0)
        tone = 1 + streak * 0.2 + clods * 0.16
        self.picture[bare] = (SOIL * tone[..., None])[bare]

    def trees(self) -> None:
        """Paint single trees along tracks and in the villages, with their shadows."""
        rng = self.seed(6)
        chances = {"track": 0.0055, "garden": 0.0052, "plot": 0.0032, "ditch": 0.003, "lane": 0.001}
        chance = np.array([0.0, *(chances.get(p.use, 0.0) for p in self.parcels)])[self.labels]
        draw = rng.random(self.canvas.shape)
        rows, columns = np.nonzero(draw < chance)
        size = rng.random(len(rows)) * 1.7 + 1.2
        tone = rng.random(len(rows)) * 0.4 + 0.75
        stands = ~self.cleared[self.labels[rows, columns]]
        rows, columns, size, tone = rows[stands], columns[stands], size[stands], tone[stands]
        for shadow in (True, False):
            for dr in range(-3, 4):
                for dc in range(-3, 4):
                    inside = dr * dr + dc * dc <= size * size
                    at_r = np.clip(rows[inside] + dr - shadow, 0, self.canvas.shape[0] - 1)
                    at_c = np.clip(columns[inside] + dc - 2 * shadow, 0, self.canvas.shape[1] - 1)
                    if shadow:
                        self.picture[at_r, at_c] = np.array([58.0, 66.0, 50.0])
                    else:
                        lit = tone[inside] * (1 + 0.09 * (dr + dc))
                        self.picture[at_r, at_c] = np.array([70.0, 100.0, 54.0]) * lit[:, None]

    def roofs(self) -> None:
        """Paint roofs in two tones with shadows; what is gone leaves rubble or soil."""
        rng = self.seed(7)
        speckle = cloudy(self.canvas, 3.0, rng, 2)
        standing: list[tuple[shapely.Geometry, int]] = []
        gone: list[tuple[shapely.Geometry, int]] = []
        table, ridge = [np.zeros(3)], [(0.0, 0.0, 0.0)]
        for record in self._houses():
            colour = self._roof(record, rng)
            if record.removed is not None and record.removed <= self.day:
                if record.parcel < 0 or not self.cleared[record.parcel + 1]:
                    gone.append((record.shape.buffer(1.5), 1))  # type: ignore[union-attr]
                continue
            if self._built(record) > self.day:
                continue
            standing.append((record.shape, len(table)))  # type: ignore[arg-type]
            self._add_roof(record.shape, colour, table, ridge)  # type: ignore[arg-type]
        extra = [
            (row["shape"], (92, 84, 78))
            for row in self.delivery.exclusions
            if row["除外原因"] == "祠堂"
        ]
        extra += [(shape, NEW_ROOF) for shape in self.delivery.built_later if self.day > 0]
        for shape, colour in extra:
            standing.append((shape, len(table)))  # type: ignore[arg-type]
            self._add_roof(shape, colour, table, ridge)  # type: ignore[arg-type]
        rubble = burn(self.canvas, gone) > 0
        self.picture[rubble] = (RUBBLE * (1 + speckle * 0.55)[..., None])[rubble]
        self._cast(burn(self.canvas, standing), np.array(table), np.array(ridge), speckle)

    def _houses(self) -> list[Record]:
        return [r for r in self.delivery.records if r.kind == "house" and r.shape is not None]

    def _built(self, record: Record) -> int:
        """Return the day a house was built, as far as it matters here."""
        if "日" not in record.built:
            return -999
        year, rest = record.built.split("年")
        month, dom = rest.rstrip("日").split("月")
        return int(
            (
                np.datetime64(f"{year}-{int(month):02d}-{int(dom):02d}")
                - np.datetime64("2022-08-23")
            ).astype(int)
        )

    def _roof(self, record: Record, rng: np.random.Generator) -> tuple[int, int, int]:
        draw = int(rng.integers(0, 6))
        if self._built(record) > 0:
            return NEW_ROOF
        palette = ROOFS.get(record.structure, ROOFS["砖混"])
        return palette[draw % len(palette)]

    def _add_roof(
        self,
        shape: shapely.Polygon,
        colour: tuple[int, int, int],
        table: list[Array],
        ridge: list[tuple[float, float, float]],
    ) -> None:
        dx, dy = direction(shape)
        at = shape.centroid
        east, south = at.x - self.canvas.transform.c, self.canvas.transform.f - at.y
        table.append(np.array(colour, dtype=float))
        ridge.append((dy, dx, east * dy + south * dx))

    def _cast(self, roof: NDArray[np.int32], table: Array, ridge: Array, speckle: Array) -> None:
        """Paint roofs and, to the north-west of them, their shadows."""
        shadow = np.zeros(self.canvas.shape, dtype=bool)
        for dr, dc in ((1, 1), (1, 2), (2, 2), (2, 3)):
            shadow[:-dr, :-dc] |= roof[dr:, dc:] > 0
        shadow &= roof == 0
        self.picture[shadow] *= 0.55
        at = roof > 0
        rows, columns = np.nonzero(at)
        across, along, middle = ridge[roof[at]].T
        side = self.canvas.east[columns] * across + self.canvas.north[rows] * along > middle
        tone = np.where(side, 1.06, 0.86) * (1 + speckle[at] * 0.1)
        self.picture[at] = table[roof[at]] * tone[:, None]

    def light(self) -> None:
        """Give the picture the light of its day."""
        if self.day > 0:
            self.picture *= np.array([1.04, 1.0, 0.95])
            self.picture += 3.0
        else:
            self.picture *= np.array([0.98, 1.02, 1.0])


def write_pictures(folder: Path, delivery: Delivery) -> None:
    """Write both orthophotos: JPEG in GeoTIFF, 8 bit RGB, EPSG:4526."""
    canvas = make_canvas(delivery)
    for name, number in DAYS.items():
        picture = Painter(delivery, canvas, number).paint()
        profile = {
            "driver": "GTiff",
            "height": canvas.shape[0],
            "width": canvas.shape[1],
            "count": 3,
            "dtype": "uint8",
            "crs": CRS,
            "transform": canvas.transform,
            "compress": "JPEG",
            "jpeg_quality": 74,
            "photometric": "YCBCR",
            "tiled": True,
            "blockxsize": 512,
            "blockysize": 512,
            "interleave": "pixel",
        }
        with rasterio.open(folder / name, "w", **profile) as target:
            target.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
            target.write(picture)
