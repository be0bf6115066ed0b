"""People, agencies, roles; the one permission map; sharing grants."""
