"""Finished frames in, files out: nothing here measures, joins or decides."""
