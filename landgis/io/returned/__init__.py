"""Rejected rows on their way back to the sender, and home again mended."""
