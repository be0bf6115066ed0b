"""`python -m counterpoint.kernel.coordination`: the command without the rest of the house."""

from counterpoint.kernel.coordination.command import app

app(prog_name="counterpoint coordination")
