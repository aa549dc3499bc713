"""Geometry on frames: who meets whom, and by how much."""
