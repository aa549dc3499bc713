"""The land in the orthophotos: hills, river, fields, crowns of trees, edges."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from .canvas import (
    COLOURS,
    RIPE,
    Canvas,
    burn,
    cloudy,
    direction,
    noise,
)
from .delivery import Delivery
from .fixtures import river_shape
from .ground import Array
from .settings import SEED


class Landscape:
    """Paints the ground of one picture; what is random comes from seeds that both share."""

    def __init__(self, delivery: Delivery, canvas: Canvas, number: int) -> None:
        self.delivery, self.canvas, self.day = delivery, canvas, number
        self.parcels = delivery.ground.parcels
        self.labels = burn(canvas, [(p.shape, k + 1) for k, p in enumerate(self.parcels)])
        self.cleared = np.array([False, *(self._is_cleared(k) for k in range(len(self.parcels)))])
        self.picture = np.empty((*canvas.shape, 3))

    def _is_cleared(self, index: int) -> bool:
        fate = self.delivery.story.fates.get(index)
        return fate is not None and fate.cleared is not None and fate.cleared <= self.day

    def seed(self, number: int) -> np.random.Generator:
        """Return a generator that both pictures share."""
        return np.random.default_rng([SEED, 11, number])

    def hills(self) -> None:
        """Paint wooded hills with light from the south-east."""
        rng = self.seed(1)
        height = cloudy(self.canvas, 260.0, rng, 5) * 70
        slope = np.zeros(self.canvas.shape)
        slope[1:-1, 1:-1] = (height[1:-1, 2:] - height[1:-1, :-2]) + (
            height[2:, 1:-1] - height[:-2, 1:-1]
        )
        leaves = cloudy(self.canvas, 7.0, rng, 3)
        tone = 1.0 - np.clip(slope * 0.11, -0.3, 0.3) + leaves * 0.38
        self.picture[:] = np.array([72.0, 92.0, 58.0]) * tone[..., None]
        meadow = cloudy(self.canvas, 170.0, rng, 6) > 0.46
        self.picture[meadow] = (np.array([118.0, 128.0, 82.0]) * (1 + leaves * 0.16)[..., None])[
            meadow
        ]
        road = [(shapely.LineString(self._axis()).buffer(6.5), 1)]
        self.picture[burn(self.canvas, road) > 0] = (146, 146, 146)

    def _axis(self) -> Array:
        u = np.arange(-400.0, 3401.0, 20.0)
        return self.delivery.ground.bend.ground(np.column_stack([u, np.full_like(u, 1668.0)]))

    def river(self) -> None:
        """Paint the river with its banks and bars of sand."""
        rng = self.seed(2)
        shape = river_shape(self.delivery.ground)
        bank = burn(self.canvas, [(shape.buffer(16.0), 1)]) > 0
        water = burn(self.canvas, [(shape, 1)]) > 0
        depth = np.zeros(self.canvas.shape)
        for metres in range(2, 25, 2):
            depth += burn(self.canvas, [(shape.buffer(-float(metres)), 1)])
        leaves = cloudy(self.canvas, 6.0, rng, 3)
        self.picture[bank] = (np.array([78.0, 102.0, 60.0]) * (1 + leaves * 0.5)[..., None])[bank]
        flow = cloudy(self.canvas, 90.0, rng, 5)
        deep = np.array([88.0, 112.0, 104.0]) * (1 + flow * 0.16)[..., None]
        self.picture[water] = deep[water]
        bar = (cloudy(self.canvas, 240.0, rng, 4) - 0.12) * 30.0
        sand = water & (depth < bar)
        self.picture[sand] = (np.array([196.0, 184.0, 152.0]) * (1 + flow * 0.1)[..., None])[sand]

    def fields(self) -> None:
        """Paint every parcel: its own tone, rows along its longer side, spots."""
        rng, ripe = self.seed(3), self.day > 0
        table = np.zeros((len(self.parcels) + 1, 3))
        rows = np.zeros((len(self.parcels) + 1, 4))  # across east, across north, period, height
        for number, parcel in enumerate(self.parcels, start=1):
            draw, jitter, period = (
                int(rng.integers(0, 12)),
                rng.uniform(0.88, 1.12, 3),
                rng.uniform(2.9, 5.4),
            )
            palette = COLOURS[parcel.use]
            if ripe and parcel.use in RIPE:
                palette = RIPE[parcel.use]
            table[number] = np.array(palette[draw % len(palette)]) * (
                0.35 * jitter + 0.65 * jitter.mean()
            )
            along = direction(parcel.shape)
            height = {"paddy": 0.045, "dry": 0.11, "garden": 0.13, "eucalyptus": 0.16}.get(
                parcel.use, 0.0
            )
            rows[number] = (along[1], along[0], period, height * rng.uniform(0.5, 1.3))
        held = self.labels > 0
        label = self.labels[held]
        row_at, column_at = np.nonzero(held)
        east, south = self.canvas.east[column_at], self.canvas.north[row_at]
        across, along_n, period, height = rows[label].T
        phase = (east * across + south * along_n) / np.where(period > 0, period, 1.0)
        wave = np.abs((phase % 1.0) * 2 - 1) * 2 - 1
        spots = cloudy(self.canvas, 26.0, rng, 5)[held]
        grain = cloudy(self.canvas, 3.0, rng, 2)[held]
        wet = self._uses(("pond",))[label]
        rough = np.where(wet, 0.05, 0.17)
        tone = 1 + wave * height + spots * rough + grain * np.where(wet, 0.02, 0.11)
        self.picture[held] = table[label] * tone[:, None]
        self._highway(rng)

    def _uses(self, uses: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return, per label, whether the parcel is of one of some uses."""
        return np.array([False, *(parcel.use in uses for parcel in self.parcels)])

    def _highway(self, rng: np.random.Generator) -> None:
        line = burn(self.canvas, [(shapely.LineString(self._axis()).buffer(0.7), 1)]) > 0
        verge = burn(self.canvas, [(shapely.LineString(self._axis()).buffer(5.6), 1)]) > 0
        on = self._uses(("highway",))[self.labels]
        self.picture[on & ~verge] = (124, 134, 92)
        self.picture[line & (noise(self.canvas, 9.0, rng) > 0.3)] = (206, 204, 190)

    def crowns(self) -> None:
        """Paint the crowns of orchards in rows, and the tops of the eucalyptus."""
        rng = self.seed(4)
        frame = np.zeros((len(self.parcels) + 1, 3))
        for number, parcel in enumerate(self.parcels, start=1):
            frame[number] = (*direction(parcel.shape), rng.uniform(5.0, 6.6))
        for use, limit, colour in (
            ("orchard", 0.17, (66, 96, 52)),
            ("eucalyptus", 0.3, (46, 72, 48)),
        ):
            at = self._uses((use,))[self.labels]
            rows, columns = np.nonzero(at)
            dx, dy, size = frame[self.labels[at]].T
            if use == "eucalyptus":
                size = size * 0.62
            east, south = self.canvas.east[columns], self.canvas.north[rows]
            one = ((east * dx - south * dy) / size) % 1.0 - 0.5
            two = ((east * dy + south * dx) / size) % 1.0 - 0.5
            wild = noise(self.canvas, 2.6, rng)[at] * 0.14
            tree = one * one + two * two + wild < limit
            shade = 1 + cloudy(self.canvas, 4.0, rng, 2)[at] * 0.5 - (one + two) * 0.35
            self.picture[rows[tree], columns[tree]] = np.array(colour) * shade[tree][:, None]

    def edges(self) -> None:
        """Paint bunds between fields, dykes around ponds, walls around courtyards."""
        lab = self.labels
        edge = np.zeros(self.canvas.shape, dtype=bool)
        edge[:, 1:] |= lab[:, 1:] != lab[:, :-1]
        edge[1:, :] |= lab[1:, :] != lab[:-1, :]
        edge &= (lab > 0) & ~self.cleared[lab]
        for uses, colour, share in (
            (("paddy", "dry", "garden"), (126, 132, 86), 0.55),
            (("pond",), (156, 148, 116), 0.8),
            (("plot",), (112, 110, 98), 0.5),
            (("orchard", "eucalyptus"), (112, 116, 80), 0.5),
        ):
            at = edge & self._uses(uses)[lab]
            self.picture[at] = self.picture[at] * (1 - share) + np.array(colour) * share
