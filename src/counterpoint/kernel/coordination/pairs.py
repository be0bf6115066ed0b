"""Window pairs: posts of two accounts that share an object within so many seconds, and the network they make.

Two readings. SOUND, the default:
1. a post that came twice counts once;
2. an account takes part when at least `min_participation` of its posts are in pairs; a pair stays when **both** do;
3. an edge weighs the number of distinct objects; posts are counted on the side of the account that wrote them;
4. of two posts in the same second the one with the smaller post_id is first, so the order of rows means nothing.

COORTWEET reproduces `detect_groups` and `generate_coordinated_network` of CooRTweet 2.1.3, quirks included:
1. participation is counted on input rows, then on rows whose post is in any pair; a pair stays if **either** side does;
2. an edge weighs post pairs; 3. its two post counts are not swapped when the accounts are put in order;
4. rows whose object is itself one of the two posts are dropped as loops;
5. within a second, accounts go by first appearance in the input, then rows by input order.

Two windows: with `fast_seconds`, pairs at most so far apart are marked as fast, and edges are weighed in both networks.
SOUND marks the pairs that a run with the narrower window alone would list. COORTWEET follows `flag_speed_share`: the
participation filter is laid over the listed pairs that are fast, and what is marked are their two posts, wherever the
two are paired.

An object with more than `most_pairs_per_object` pairs is summarised in `popular_objects`, never listed.
Source: Giglietto et al. 2020; Righetti and Balluff, CooRTweet (detect_groups, flag_speed_share, generate_coordinated_network).
"""
# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from dataclasses import dataclass
from enum import StrEnum

from counterpoint.kernel.coordination.errors import BadOption
from counterpoint.kernel.coordination.steps import Workspace
from counterpoint.kernel.coordination.windows import make_near_pairs

MOST_PAIRS_PER_OBJECT = 10_000_000


class Reading(StrEnum):
    SOUND = "sound"
    COORTWEET = "coortweet"


class Subgraph(StrEnum):
    """Which edges are kept, as CooRTweet numbers it.

    FAST: those above the threshold of the fast network. FAST_CONTEXT: all edges among the ends of those and the
    neighbours of these ends."""

    ALL = "0"
    ABOVE_THRESHOLD = "1"
    FAST = "2"
    FAST_CONTEXT = "3"


@dataclass(frozen=True)
class PairOptions:
    """window_seconds: two posts are a pair when at most so far apart.
    edge_weight: the quantile of edge weights that an edge must exceed to be marked `above_threshold`.
    fast_seconds: a narrower window, whose pairs are marked and whose network is weighed as well."""

    window_seconds: int = 60
    min_participation: int = 2
    edge_weight: float = 0.5
    subgraph: Subgraph = Subgraph.ALL
    reading: Reading = Reading.SOUND
    most_pairs_per_object: int = MOST_PAIRS_PER_OBJECT
    fast_seconds: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if self.window_seconds < 0:
            problems.append(f"The window is {self.window_seconds} seconds; it must be 0 or more.")
        if self.min_participation < 0:
            problems.append(f"The minimum participation is {self.min_participation}; it must be 0 or more.")
        if not 0 <= self.edge_weight <= 1:
            problems.append(f"The edge weight is {self.edge_weight}; it is a quantile, from 0 to 1.")
        if self.most_pairs_per_object < 1:
            problems.append("The most pairs listed for one object must be 1 or more.")
        if self.fast_seconds is not None and not 0 <= self.fast_seconds <= self.window_seconds:
            problems.append(f"The fast window is {self.fast_seconds} seconds; it must be from 0 to the window.")
        if self.fast_seconds is None and self.subgraph in (Subgraph.FAST, Subgraph.FAST_CONTEXT):
            problems.append(f"Subgraph {self.subgraph} is about a second, faster window: give --fast-window-seconds.")
        if problems:
            raise BadOption("\n".join(problems))


def make_pairs(workspace: Workspace, options: PairOptions, *, label: str) -> None:
    """From `shares`, `objects`, `posts` and `accounts` make `pairs`, `edges` and `popular_objects`, to be read once.

    label: SQL over account_id that gives the name an account is shown by.
    """
    compat = options.reading is Reading.COORTWEET
    workspace.keep("shares")
    workspace.make("popular_objects", popular_objects(options))
    workspace.make("ordered_shares", rows_in_coortweet_order(options) if compat else shares_in_time_order())
    _make_near_pairs(workspace, options)
    if options.fast_seconds is not None and not compat:
        workspace.make("fast_pairs", pairs_where_both_take_part(options, near=_within(options.fast_seconds)))
    if options.min_participation > 1:  # a post in a pair is one post of its account
        taking_part = pairs_where_either_takes_part if compat else pairs_where_both_take_part
        workspace.make("near_pairs", taking_part(options))
    if options.fast_seconds is not None and compat:
        workspace.make("fast_pairs", pairs_flagged_fast(options))
    workspace.make("pair_labels", f"""SELECT account, {label} AS label FROM accounts
        SEMI JOIN (SELECT account_a AS account FROM near_pairs UNION ALL SELECT account_b FROM near_pairs) USING (account)""")  # fmt: skip
    workspace.drop("ordered_shares")
    workspace.show("pairs", pairs_with_names(options))
    if options.fast_seconds is None:
        workspace.show("edges", f"SELECT * FROM ({edges(options)}) {_KEPT[options.subgraph]}")
    else:
        workspace.make("edges_full", edges(options))
        workspace.make("edges_fast", edges(options, near="fast_pairs"))
        workspace.show("edges", edges_of_two_windows(options))


def drop_pairs(workspace: Workspace) -> None:
    """What `make_pairs` left, once it is written."""
    workspace.drop(
        "pairs", "edges", "edges_full", "edges_fast", "near_pairs", "fast_pairs", "pair_labels", "popular_objects"
    )


def _make_near_pairs(workspace: Workspace, options: PairOptions) -> None:
    compat = options.reading is Reading.COORTWEET
    if workspace.sorts_pairs:
        make_near_pairs(workspace, "near_pairs", window_seconds=options.window_seconds)
        if compat:
            workspace.make("near_pairs", without_loops("near_pairs"))
    else:
        near = near_pairs(options)
        workspace.make("near_pairs", without_loops(f"({near})") if compat else near)


def popular_objects(options: PairOptions) -> str:
    """Objects whose pairs are counted and not listed: how many posts, accounts and pairs, and when.

    Exact and cheap: posts are counted by second, and a running sum over the window counts their pairs."""
    fewest = int((2 * options.most_pairs_per_object) ** 0.5)
    window = options.window_seconds
    following = f"coalesce(sum(posts) OVER (PARTITION BY object ORDER BY at_seconds RANGE BETWEEN 1 FOLLOWING AND {window} FOLLOWING), 0)"  # fmt: skip
    if window == 0:
        following = "0"
    return f"""WITH many AS (SELECT object FROM shares GROUP BY object HAVING count(*) > {fewest}),
        large AS (SELECT object, count(DISTINCT account) AS accounts FROM shares JOIN many USING (object) GROUP BY object),
        by_second AS (SELECT object, at_seconds, count(*) AS posts FROM shares JOIN many USING (object) GROUP BY ALL),
        counted AS (SELECT object, at_seconds, posts, posts * ({following}) + posts * (posts - 1) // 2 AS pairs FROM by_second)
        SELECT c.object, o.object_id, o.layer, sum(c.posts)::BIGINT AS posts, any_value(l.accounts) AS accounts,
            min(c.at_seconds) AS first_at, max(c.at_seconds) AS last_at, sum(c.pairs)::BIGINT AS pairs_within_window
        FROM counted c JOIN large l USING (object) JOIN objects o USING (object) GROUP BY ALL
        HAVING sum(c.pairs) > {options.most_pairs_per_object}"""


def shares_in_time_order() -> str:
    """Shares of objects that are listed; where nothing is popular, all of them."""
    return """SELECT object, post, account, at_seconds, post AS place FROM shares
        WHERE object NOT IN (SELECT object FROM popular_objects)"""


def near_pairs(options: PairOptions) -> str:
    """Pairs (a before b) by an equality join on time buckets as wide as the window, this one and the next."""
    width = max(options.window_seconds, 1)
    columns = """a.object, a.post AS post_a, b.post AS post_b, a.account AS account_a, b.account AS account_b,
        b.at_seconds - a.at_seconds AS seconds_apart"""
    bucketed = f"SELECT *, at_seconds // {width} AS bucket FROM ordered_shares"
    return f"""WITH s AS ({bucketed})
        SELECT {columns} FROM s a JOIN s b ON a.object = b.object AND a.bucket = b.bucket
        WHERE a.account <> b.account AND b.at_seconds - a.at_seconds <= {options.window_seconds}
            AND (a.at_seconds < b.at_seconds OR (a.at_seconds = b.at_seconds AND a.place < b.place))
        UNION ALL
        SELECT {columns} FROM s a JOIN s b ON a.object = b.object AND a.bucket + 1 = b.bucket
        WHERE a.account <> b.account AND b.at_seconds - a.at_seconds <= {options.window_seconds}"""


def pairs_where_both_take_part(options: PairOptions, *, near: str = "near_pairs") -> str:
    """near: the pairs to be filtered, as SQL for FROM (no CTE: read more than once, it would be kept in memory)."""
    return f"""WITH sides AS (SELECT account_a AS account, post_a AS post FROM {near}
            UNION SELECT account_b, post_b FROM {near}),
        taking_part AS (SELECT account FROM sides GROUP BY account HAVING count(*) >= {options.min_participation})
        SELECT * FROM {near} WHERE account_a IN (FROM taking_part) AND account_b IN (FROM taking_part)"""


def rows_in_coortweet_order(options: PairOptions) -> str:
    """Rows of accounts with enough rows; accounts by first appearance, then as they came (quirks 1 and 5)."""
    return f"""WITH active AS (SELECT account, min(post) AS first_row FROM posts GROUP BY account
            HAVING count(*) >= {options.min_participation})
        SELECT s.object, s.post, s.account, s.at_seconds, row_number() OVER (ORDER BY a.first_row, s.post) AS place
        FROM shares s JOIN active a USING (account) WHERE s.object NOT IN (SELECT object FROM popular_objects)"""


def without_loops(near: str) -> str:
    """Without loops in the package's sense (quirk 4): no two shares of one post either. near: pairs, as SQL for FROM."""
    return f"""SELECT n.* FROM {near} n JOIN objects o USING (object)
        JOIN posts a ON a.post = n.post_a JOIN posts b ON b.post = n.post_b
        WHERE a.post_id <> b.post_id AND o.object_id <> a.post_id AND o.object_id <> b.post_id"""


def pairs_where_either_takes_part(options: PairOptions, *, near: str = "near_pairs") -> str:
    """Quirk 1, second half: rows are counted by the post_id they carry, repeated ones each time."""
    if options.min_participation < 1:
        return f"SELECT * FROM {near}"
    return f"""WITH in_pairs AS (SELECT post_id FROM posts WHERE post IN (SELECT post_a FROM {near} UNION SELECT post_b FROM {near})),
        active AS (SELECT account FROM posts GROUP BY account HAVING count(*) >= {options.min_participation}),
        rows_left AS (SELECT account, post_id FROM posts WHERE post_id IN (FROM in_pairs) AND account IN (FROM active)),
        taking_part AS (SELECT account FROM rows_left GROUP BY account HAVING count(*) >= {options.min_participation}),
        kept AS (SELECT DISTINCT post_id FROM rows_left WHERE account IN (FROM taking_part)),
        kept_rows AS (SELECT post FROM posts WHERE post_id IN (FROM kept))
        SELECT * FROM {near} WHERE post_a IN (FROM kept_rows) OR post_b IN (FROM kept_rows)"""


def pairs_flagged_fast(options: PairOptions) -> str:
    """The package's fast pairs: of any object, when their two posts are a fast pair that passes the filter."""
    quick = pairs_where_either_takes_part(options, near=_within(options.fast_seconds or 0))
    return f"""WITH quick AS ({quick}),
        quick_ids AS (SELECT DISTINCT a.post_id AS id_a, b.post_id AS id_b FROM quick q
            JOIN posts a ON a.post = q.post_a JOIN posts b ON b.post = q.post_b)
        SELECT n.* FROM near_pairs n JOIN posts a ON a.post = n.post_a JOIN posts b ON b.post = n.post_b
            JOIN quick_ids i ON i.id_a = a.post_id AND i.id_b = b.post_id"""


def _within(seconds: int) -> str:
    return f"(SELECT * FROM near_pairs WHERE seconds_apart <= {seconds})"


def pairs_with_names(options: PairOptions) -> str:
    """The columns that are written. In the sound reading the smaller post_id goes first within a second."""
    swap = "n.seconds_apart = 0 AND a.post_id > b.post_id" if options.reading is Reading.SOUND else "false"
    either = "CASE WHEN {swap} THEN {second} ELSE {first} END"
    picks = {
        "post_a": ("a.post_id", "b.post_id"), "post_b": ("b.post_id", "a.post_id"),
        "account_a": ("la.label", "lb.label"), "account_b": ("lb.label", "la.label"),
    }  # fmt: skip
    chosen = ", ".join(
        f"{either.format(swap=swap, first=one, second=two)} AS {name}" for name, (one, two) in picks.items()
    )
    fast = ("", "")
    if options.fast_seconds is not None:
        fast = (", f.object IS NOT NULL AS fast", """LEFT JOIN (SELECT DISTINCT object, post_a, post_b FROM fast_pairs) f
            ON f.object = n.object AND f.post_a = n.post_a AND f.post_b = n.post_b""")  # fmt: skip
    return f"""SELECT o.object_id, {chosen}, n.seconds_apart::BIGINT AS seconds_apart{fast[0]} FROM near_pairs n {fast[1]}
        JOIN objects o ON o.object = n.object JOIN posts a ON a.post = n.post_a JOIN posts b ON b.post = n.post_b
        JOIN pair_labels la ON la.account = n.account_a JOIN pair_labels lb ON lb.account = n.account_b"""


def edges(options: PairOptions, *, near: str = "near_pairs") -> str:
    """account_a < account_b; weight as the reading has it; above_threshold marks weights over the asked quantile.
    near: the table of pairs that make the network.

    Most edges are one pair, for which nothing needs counting: counting distinct things is kept for the others. What is
    read twice, once for the threshold, is kept meanwhile: therefore before names are put to it."""
    compat = options.reading is Reading.COORTWEET
    weight = "count(*)" if compat else "count(DISTINCT object)"
    # The sound reading counts posts on the side of their author; the package leaves them where the pair had them.
    ordered = f"""SELECT object, seconds_apart, least(account_a, account_b) AS one, greatest(account_a, account_b) AS two,
        {"post_a" if compat else "CASE WHEN account_a < account_b THEN post_a ELSE post_b END"} AS post_one,
        {"post_b" if compat else "CASE WHEN account_a < account_b THEN post_b ELSE post_a END"} AS post_two FROM {"contents_paired" if compat else near}"""
    # One post may come in several rows, which the package tells apart and then counts by content_id.
    contents = f"""contents AS (SELECT post, min(post) OVER (PARTITION BY post_id) AS content FROM posts),
        contents_paired AS (SELECT n.object, n.seconds_apart, n.account_a, n.account_b, a.content AS post_a, b.content AS post_b FROM {near} n
            JOIN contents a ON a.post = n.post_a JOIN contents b ON b.post = n.post_b),"""
    flip = "b.label < a.label" + (" AND false" if compat else "")
    return f"""WITH {contents if compat else ""} ordered AS ({ordered}),
        grouped AS (SELECT one, two, count(*) AS pairs, avg(seconds_apart) AS apart FROM ordered GROUP BY one, two),
        several AS (SELECT one, two, {weight} AS weight, count(DISTINCT post_one) AS posts_one, count(DISTINCT post_two) AS posts_two
            FROM ordered SEMI JOIN (SELECT one, two FROM grouped WHERE pairs > 1) USING (one, two) GROUP BY one, two),
        weighed AS (SELECT one, two, apart, coalesce(weight, 1) AS weight, coalesce(posts_one, 1) AS posts_one,
            coalesce(posts_two, 1) AS posts_two FROM grouped LEFT JOIN several USING (one, two)),
        named AS (SELECT least(a.label, b.label) AS account_a, greatest(a.label, b.label) AS account_b, weight,
            apart AS avg_seconds_apart, CASE WHEN {flip} THEN posts_two ELSE posts_one END AS posts_a,
            CASE WHEN {flip} THEN posts_one ELSE posts_two END AS posts_b,
            weight > (SELECT quantile_cont(weight, {options.edge_weight}) FROM weighed) AS above_threshold
            FROM weighed JOIN pair_labels a ON a.account = one JOIN pair_labels b ON b.account = two),
        marked AS (SELECT account_a, account_b, weight, avg_seconds_apart, posts_a, posts_b,
            least(posts_a, posts_b) / greatest(posts_a, posts_b) AS symmetry, above_threshold FROM named)
        SELECT * FROM marked"""


def edges_of_two_windows(options: PairOptions) -> str:
    """Every edge with what it weighs among fast pairs (NULL where there are none), and whether its ends belong to an edge
    above the threshold of the fast network."""
    return f"""WITH both_windows AS (SELECT f.*, q.weight AS weight_fast, q.avg_seconds_apart AS avg_seconds_apart_fast, q.posts_a AS posts_a_fast,
            q.posts_b AS posts_b_fast, q.symmetry AS symmetry_fast, q.above_threshold AS above_threshold_fast
            FROM edges_full f LEFT JOIN edges_fast q ON q.account_a = f.account_a AND q.account_b = f.account_b),
        fastest AS (SELECT account_a, account_b FROM both_windows WHERE above_threshold_fast),
        ends AS (SELECT account_a AS account FROM fastest UNION SELECT account_b FROM fastest),
        context AS (SELECT account FROM ends UNION SELECT account_b FROM both_windows WHERE account_a IN (SELECT account FROM ends)
            UNION SELECT account_a FROM both_windows WHERE account_b IN (SELECT account FROM ends))
        SELECT w.*, a.account IS NOT NULL AS fast_a, b.account IS NOT NULL AS fast_b FROM both_windows w
        LEFT JOIN ends a ON a.account = w.account_a LEFT JOIN ends b ON b.account = w.account_b {_KEPT[options.subgraph]}"""


_KEPT = {
    Subgraph.ALL: "",
    Subgraph.ABOVE_THRESHOLD: "WHERE above_threshold",
    Subgraph.FAST: "WHERE above_threshold_fast",
    Subgraph.FAST_CONTEXT: "WHERE account_a IN (SELECT account FROM context) AND account_b IN (SELECT account FROM context)",
}  # fmt: skip
