"""Coordinate text (勘测定界 / 国土报盘 TXT): bytes, grammar, rings, places, writing."""
