"""Where relational steps are computed: the embedded engine, or Spark for the steps that move most rows.

A step is written once (steps.py); `translation` says it in Spark's words, `spark` runs it there.
"""

from enum import StrEnum


class Engine(StrEnum):
    DUCKDB = "duckdb"
    SPARK = "spark"
