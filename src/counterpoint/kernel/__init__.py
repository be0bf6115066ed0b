"""Pure libraries: values in, values out; no Django, clock, chance, network or settings."""
