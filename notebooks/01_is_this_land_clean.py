# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: -all
#     formats: py:percent,ipynb
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is this land clean?
#
# A surveyor has handed over a county's files, and a contractor claims that a project's ground is
# clean. We load the delivery, read what is wrong with it, compute the clean land (净地) of every
# project in square metres, check the claim, and draw the map.

# %%
import shutil
import tempfile
from pathlib import Path

import landgis

# %% [markdown]
# ## The delivery
# The demo county travels with the package. We work on a copy, as on any delivery.

# %%
county = Path(tempfile.mkdtemp()) / "county"
shutil.copytree(landgis.demo_folder(), county)
sorted(path.name for path in county.iterdir())

# %% [markdown]
# Loading reads every file once: encodings, coordinate systems and units are inferred from
# evidence and said; personal columns are dropped; rows that cannot be are sent back.

# %%
loaded = landgis.load(county)
loaded.files[["source_file", "layer", "rows_read", "accepted", "rejected"]]

# %% [markdown]
# ## What is wrong with it
# Every oddity is a row: a code, the ids it speaks of, the file, sheet and row it came from.

# %%
campaign = loaded.campaign
assessment = landgis.assess(campaign)
assessment.findings.groupby(["severity", "code"]).size()

# %% [markdown]
# ## The ground, in square metres
# Clean, restricted, blocked and excluded ground add up to the project. A verdict never
# certifies: it says 符合净地条件（待会签） at best.

# %%
projects = assessment.clean.projects
projects[["project_id", "verdict", "area_m2", "clean_m2", "restricted_m2", "blocked_m2"]].round(1)

# %%
parts = projects[["clean_m2", "restricted_m2", "blocked_m2", "excluded_m2"]].sum(axis=1)
assert (abs(parts - projects["area_m2"]) <= 1e-6 * projects["area_m2"]).all()

# %% [markdown]
# ## The claim
# Somebody has drawn the boundary that they say is clean. How far is it from the computed one?

# %%
claims = campaign.clean_claims
project_id = claims["project_id"].min()
claim = claims[claims["project_id"] == project_id]
pieces = assessment.clean.pieces
pieces = pieces[pieces["project_id"] == project_id]
check = landgis.check_boundary(claim, pieces, tolerance_m=0.1)
check.projects.round(2)

# %% [markdown]
# What stands in the way, parcel by parcel: ground that was claimed and is not clean.

# %%
check.reasons.sort_values("area_m2", ascending=False).head(10)

# %%
row = check.projects.iloc[0]
assert 0 < row["iou"] < 1
assert row["claimed_not_clean_m2"] > 0

# %% [markdown]
# ## The map
# One HTML page that opens without internet; here, in the notebook.

# %%
battle_map = landgis.battle_map(campaign, project_id)
page = county / "map.html"
battle_map.save(page)
assert page.stat().st_size > 100_000
