"""Archives as sources: unpacked under limits, their members as files."""
