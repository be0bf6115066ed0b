"""Which pack is in force, and the archive of every file that a record was judged by."""
