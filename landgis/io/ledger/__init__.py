"""Ledgers: headers, subtotals, wide tables, tables of boundary points."""
