"""Make the demo county in layers/demo (or a folder given): the same bytes at every run."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from demo_county import (
    cards,
    drawings,
    ledgers,
    manifest,
    offices,
    reports,
    shapefiles,
    vectors,
)
from demo_county.defects import spoil
from demo_county.delivery import Delivery, make_delivery
from demo_county.people import personal_values

__all__ = ["DEMO", "make_demo", "personal_values"]

DEMO = Path(__file__).parent.parent / "layers" / "demo"


def write_tables(folder: Path, delivery: Delivery) -> None:
    """Write every table and drawing."""
    red_lines = [
        (p.project_id, p.plan.name, offices.USES[p.plan.use], p.shape) for p in delivery.projects
    ]
    blocks = [
        (block_id, f"{p.plan.name}出让宗地{'一二'[k]}", "出让宗地", shape)
        for p in delivery.projects
        for k, (block_id, shape) in enumerate(p.blocks)
    ]
    places = ledgers.write_ledgers(folder, delivery)
    reports.write_resettlements(folder / "resettlements.xlsx", delivery)
    offices.write_projects(folder / "项目表.xlsx", delivery)
    reports.write_daily(folder / "daily_reports.xlsx", delivery)
    reports.write_districts(folder / "districts.xlsx", delivery)
    manifest.write_manifest(folder / "campaign.toml")
    shapefiles.write_parcels(folder, delivery.rows)
    drawings.write_dxf(folder / "parcels.dxf", delivery.rows)
    drawings.write_coordinates(folder / "red_lines.txt", red_lines)
    drawings.write_coordinates(folder / "blocks.txt", blocks)
    vectors.write_houses(
        folder / "houses.gpkg", [r for r in delivery.records if r.file == "houses.gpkg"]
    )
    vectors.write_graves(
        folder / "graves.gpkg", [r for r in delivery.records if r.file == "graves.gpkg"]
    )
    vectors.write_crops(
        folder / "crops.gpkg", [r for r in delivery.records if r.file == "crops.gpkg"]
    )
    vectors.write_lines(folder / "power_lines.geojson", delivery)
    shapefiles.write_zones(folder, delivery.zones)
    vectors.write_exclusions(folder / "exclusions.gpkg", delivery.exclusions)
    vectors.write_context(folder, delivery)
    by_id = {p.project_id: p for p in delivery.projects}
    claims = [(key, "2022-10-12", by_id[key].shape) for key in ("P03", "P06", "P10")]
    claims.append(("P01", "2022-10-13", by_id["P01"].blocks[0][1]))
    vectors.write_claims(folder / "clean_claims.gpkg", claims)
    write_planted(folder / "planted.csv", delivery, places)
    cards.write_cards(folder, delivery)


def write_planted(path: Path, delivery: Delivery, places: dict[str, str]) -> None:
    """Write the list of planted defects, sorted."""
    rows = []
    for plant in delivery.planted:
        key, note = plant.key, plant.note
        if key.startswith("row:"):
            key, note = places[key[4:]], f"{note} ({key[4:]})"
        rows.append((plant.code, plant.layer, key, note))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "layer", "key", "note"))
    writer.writerows(sorted(rows))
    path.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def make_demo(folder: Path, *, pictures: bool = True) -> Delivery:
    """Make the whole demo county in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    delivery = make_delivery()
    spoil(delivery)
    write_tables(folder, delivery)
    if pictures:
        from demo_county.pictures import write_pictures

        write_pictures(folder, delivery)
    return delivery


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO
    made = make_demo(target)
    sizes = len(made.rows), len(made.records), len(made.planted)
    print("{}: {} parcels, {} records, {} planted".format(target, *sizes))
