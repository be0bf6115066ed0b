import os

# Arrow then takes memory from where NumPy does. Its own allocator keeps what it was given back for tables to come: a
# tenth of the memory of a run. It asks once, when it is first imported; who has chosen already is not overruled.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
