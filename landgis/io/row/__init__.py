"""From cells as sent to rows of a layer: columns, values, ids, households."""
