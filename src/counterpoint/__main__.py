"""`python -m counterpoint`."""

from counterpoint.config.command import main

main()
