"""Names of placemarks that are codes: where all of them are, they are the ids of the layer.

A placemark is often called by a person's name, so a name that is no code is left where it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from landgis.base.schema import LAYERS
from landgis.io.drawing.labels import code_in
from landgis.io.row.columns import roles_of

__all__ = ["NAME", "names_as_ids"]

#: the cell that `landgis.io.vector.kml` gives a placemark's name
NAME = "name"


def names_as_ids(
    raw: pd.DataFrame, layer_name: str, columns: Mapping[str, str]
) -> tuple[pd.DataFrame, str | None]:
    """Return cells with the names as the layer's id, and that column; None where they stay names.

    Parameters
    ----------
    raw : DataFrame
        Cells of placemarks.
    layer_name : str
        Layer of the schema.
    columns : mapping
        Sent column to ours, as the campaign says; where it speaks of name or id it decides.
    """
    layer = LAYERS[layer_name]
    told = NAME in columns or layer.id in columns.values() or "name" in layer.names
    if told or not layer.id.endswith("_id") or NAME not in raw:
        return raw, None
    if any(layer.id in roles_of(str(sent), layer_name) for sent in raw.columns):
        return raw, None
    names = [one for one in raw[NAME].tolist() if isinstance(one, str) and one.strip()]
    if not names or any(code_in(one) is None for one in names):
        return raw, None
    return raw.rename(columns={NAME: layer.id}), layer.id
