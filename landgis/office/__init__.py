"""Figures, money, time and law, on frames."""
