"""The only rooms that read users' files."""
