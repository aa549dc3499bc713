"""The notebooks: paired with their scripts, without outputs, and run to the end."""

import json
from pathlib import Path

import jupytext
import nbclient
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.py"))


def cells(notebook):
    return [(cell["cell_type"], cell["source"].strip()) for cell in notebook.cells]


@pytest.mark.parametrize("script", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_its_script_without_outputs(script):
    paired = script.with_suffix(".ipynb")
    assert cells(jupytext.read(paired)) == cells(jupytext.read(script))
    raw = json.loads(paired.read_text(encoding="utf-8"))
    code = [cell for cell in raw["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("script", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_its_assertions_hold(script, tmp_path, monkeypatch):
    monkeypatch.setenv("LANDGIS_KEY", str(tmp_path / "household.key"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = jupytext.read(script)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
