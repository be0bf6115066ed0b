"""Northmoor, the fictional town: its data (examples/northmoor) made into a plan, and the plan acted out.

1. `town` reads the data; `plan` makes of it the stories of two years, as pure data, the same each time.
2. `acting` tells each story through the services that people and doors use, `clockwork` moves the clock from one
   moment to the next. Nothing is written to a table here: every record is what the software itself makes.
3. `load` puts it together for an empty database; `logins` makes the accounts of the demo.
"""
