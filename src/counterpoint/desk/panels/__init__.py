"""Panel meetings at the desk: panels, meetings, items, minutes."""
