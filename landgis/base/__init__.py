"""The words and the ground: what every other wing stands on."""
