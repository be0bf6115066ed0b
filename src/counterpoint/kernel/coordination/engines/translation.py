"""Steps are written in the embedded engine's SQL; here the same step in Spark's words.

Only what a syntax tree can carry over is carried over: a construct without a translation is an error, never a guess.
Not for steps that work on texts: upper and lower case, Unicode forms and regular expressions differ between engines.
"""

from functools import lru_cache

import sqlglot
from sqlglot import exp

from counterpoint.kernel.coordination.errors import EngineFailed

# Each would mean something else there (a letter's case, an order, chance), or is a function of one engine only.
_NOT_THE_SAME = (exp.RegexpReplace, exp.RegexpLike, exp.RegexpExtract, exp.RegexpFullMatch, exp.Lower, exp.Upper,
                 exp.Levenshtein, exp.ArrayAgg, exp.Explode, exp.Rand, exp.First, exp.Last,
                 exp.Anonymous)  # fmt: skip


@lru_cache(maxsize=256)
def spark_sql(sql: str) -> str:
    """The query for Spark. Raises EngineFailed naming what has no equal there."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    unequal = [node.sql("duckdb") for node in tree.find_all(*_NOT_THE_SAME)]
    stars = tree.find_all(exp.Star)
    unequal += [star.sql("duckdb") for star in stars if star.args.get("replace") or star.args.get("except_")]
    if unequal:
        raise EngineFailed(f"Not the same on Spark, so the step must stay embedded: {'; '.join(unequal)}")
    return tree.transform(_in_sparks_words).sql("spark")


@lru_cache(maxsize=256)
def tables_of(sql: str) -> frozenset[str]:
    """Names of the tables that a query reads, without those that it defines for itself."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    return frozenset(table.name for table in tree.find_all(exp.Table)) - own


def _in_sparks_words(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.PercentileCont | exp.Quantile):
        # Spark's percentile is exact and interpolates in a line, as quantile_cont does.
        at = node.expression if isinstance(node, exp.PercentileCont) else node.args["quantile"]
        return exp.Anonymous(this="percentile", expressions=[node.this, at])
    if isinstance(node, exp.DataType) and node.is_type(exp.DataType.Type.INT128):
        return exp.DataType.build("DECIMAL(38, 0)")
    return node
