"""Workbooks and CSV as grids of cells."""
