"""Drawings (DXF): entities, blocks, labels, and what CASS attached."""
