"""What posts can share: each layer turns posts into objects, and sharing an object is one row of `shares`.

layer     the object is
object    what the input itself calls object_id (CooRTweet's table)
repost    the post that was passed on
url       a page, by its canonical address
media     a file, by its hash
text      the same words (letter for letter once links, mentions and signs are gone)
near_text nearly the same words (made in texts.py)
hashtags  the same set of two or more tags
reply     the post that was answered
mentions  the same set of two or more accounts that were addressed

Answers and mentions are compared only where that is asked for: people who talk with one another share hundreds.
"""
# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Sequence
from enum import StrEnum

from counterpoint.kernel.coordination.addresses import canonical_sql
from counterpoint.kernel.coordination.columns import Shape
from counterpoint.kernel.coordination.errors import BadOption
from counterpoint.kernel.coordination.reading import ReadReport
from counterpoint.kernel.coordination.steps import Workspace, quoted


class Layer(StrEnum):
    OBJECT = "object"
    REPOST = "repost"
    URL = "url"
    MEDIA = "media"
    TEXT = "text"
    NEAR_TEXT = "near_text"
    HASHTAGS = "hashtags"
    REPLY = "reply"
    MENTIONS = "mentions"


FEWEST_WORDS = 4  # shorter texts ("good morning all") are written anew every day by people who never met

_NEEDS = {Layer.OBJECT: "object_id", Layer.REPOST: "repost_of", Layer.URL: "urls", Layer.MEDIA: "media_hashes",
          Layer.TEXT: "text", Layer.NEAR_TEXT: "text", Layer.HASHTAGS: "hashtags",
          Layer.REPLY: "reply_to", Layer.MENTIONS: "mentions"}  # fmt: skip
_FOR_PAIRS = (Layer.OBJECT, Layer.REPOST, Layer.URL, Layer.MEDIA)


def layers_present(report: ReadReport) -> list[Layer]:
    return [layer for layer, column in _NEEDS.items() if column in report.columns]


def layers_for_pairs(report: ReadReport, *, asked: Sequence[str] = ()) -> list[Layer]:
    """What window pairs compare: shares as they are; else reposts, pages and files, and texts where none of these came."""
    present = layers_present(report)
    if asked:
        unknown = [name for name in asked if name not in list(Layer) or Layer(name) not in present]
        if unknown:
            raise BadOption(
                f"{', '.join(unknown)}: no such layer in this input; it has {', '.join(present) or 'none'}."
            )
        return [Layer(name) for name in asked]
    if report.shape is Shape.SHARES:
        return [Layer.OBJECT]
    return [layer for layer in _FOR_PAIRS if layer in present] or [layer for layer in (Layer.TEXT,) if layer in present]


def make_shares(workspace: Workspace, layers: Sequence[Layer], *, label: str) -> None:
    """Tables `objects` (`object` 0 up, `object_id`, `layer`) and `shares` (`object`, `post`, `account`, `at_seconds`).

    label: SQL over account_id that gives the name an account is shown by; whom posts mention is shown by it, too."""
    if not layers:
        raise BadOption(
            "The input has nothing that posts can share: no object_id, repost_of, urls, media_hashes or text."
        )
    if Layer.URL in layers:
        make_pages(workspace)
    if list(layers) == [Layer.OBJECT]:
        workspace.show("objects", "SELECT object::BIGINT AS object, object_id, 'object' AS layer FROM given_objects")
        at_most = workspace.count("given_shares" if workspace.has("given_shares") else "posts")
        shares = "SELECT object::BIGINT AS object, post, account, at_seconds FROM given_shares"
        workspace.show("shares", shares, at_most=at_most)
        return
    named = " UNION ALL ".join(_named(layer) for layer in layers)
    workspace.make("named_shares", f"SELECT DISTINCT * FROM ({named})")
    workspace.make("objects", """SELECT (row_number() OVER () - 1)::BIGINT AS object, object_id, layer
        FROM (SELECT object_id, layer FROM named_shares GROUP BY object_id, layer HAVING count(*) > 1)""")  # fmt: skip
    workspace.make("shares", """SELECT o.object, s.post, p.account, p.at_seconds
        FROM named_shares s JOIN objects o USING (object_id, layer) JOIN posts p USING (post)""")  # fmt: skip
    workspace.drop("named_shares")
    if Layer.MENTIONS in layers:
        workspace.make("objects", f"""SELECT object, CASE WHEN layer = '{Layer.MENTIONS}' THEN '{Layer.MENTIONS}:' || {label}
            ELSE object_id END AS object_id, layer FROM (SELECT *, substr(object_id, {len(Layer.MENTIONS) + 2}) AS account_id FROM objects)""")  # fmt: skip


def make_pages(workspace: Workspace) -> None:
    """`pages`: `post`, `page` for each address in a post that names a page. `resolved_links` may say where short
    links lead."""
    with workspace.turn("pages") as now:
        if now:
            _make_pages(workspace)


def _make_pages(workspace: Workspace) -> None:
    workspace.make("addresses", """SELECT address FROM (SELECT DISTINCT unnest(urls) AS address FROM posts)
        WHERE address <> ''""")  # fmt: skip
    if workspace.has("resolved_links"):
        given = "SELECT address, coalesce(leads_to, address) AS target FROM addresses LEFT JOIN resolved_links USING (address)"
    else:
        given = "SELECT address, address AS target FROM addresses"
    workspace.make("canonical", f"SELECT address, {canonical_sql('target')} AS page FROM ({given})")
    workspace.make("pages", """SELECT DISTINCT post, page FROM (SELECT post, unnest(urls) AS address FROM posts)
        JOIN canonical USING (address) WHERE page IS NOT NULL""")  # fmt: skip
    workspace.drop("addresses", "canonical")


def _named(layer: Layer) -> str:
    """post, object_id, layer. The layer's name goes before the object, so that no two layers meet in one object."""
    source = {
        Layer.OBJECT: "SELECT post, object_id AS thing FROM given_shares JOIN given_objects USING (object)",
        Layer.REPOST: "SELECT post, repost_of AS thing FROM posts WHERE repost_of IS NOT NULL",
        Layer.URL: "SELECT post, page AS thing FROM pages",
        Layer.MEDIA: "SELECT post, unnest(media_hashes) AS thing FROM posts",
        Layer.TEXT: f"SELECT post, plain AS thing FROM ({plain_text_select()}) WHERE words >= {FEWEST_WORDS}",
        Layer.NEAR_TEXT: "SELECT post, wording AS thing FROM post_wordings",
        Layer.HASHTAGS: _sets("hashtags", "#"),
        Layer.REPLY: "SELECT post, reply_to AS thing FROM posts WHERE reply_to IS NOT NULL",
        Layer.MENTIONS: _sets("mentions", "@"),
    }[layer]
    prefix = "" if layer is Layer.OBJECT else f"'{layer}:' || "
    return f"SELECT post, {prefix}thing AS object_id, '{layer}' AS layer FROM ({source}) WHERE thing <> ''"


def _sets(column: str, sign: str) -> str:
    """post, thing: two or more different values of the column, in order, without the sign and in small letters."""
    plain = f"list_sort(list_distinct(list_transform({column}, lambda value: lower(ltrim(value, '{sign}')))))"
    return f"SELECT post, array_to_string(several, ' ') AS thing FROM (SELECT post, {plain} AS several FROM posts) WHERE len(several) >= 2"


# Joiners, the Arabic lengthening stroke and marks written apart from their letter stand inside words.
_INSIDE_WORDS = r"[\x{200B}-\x{200D}\x{FEFF}\x{00AD}\x{0640}]|\p{Mn}"
_NOT_WORDS = r"(?i)(?:https?://|www\.)\S+|[@#][\p{L}\p{N}_.]+|&[a-z]+;"
_PLAIN_ALREADY = "[a-z0-9]+( [a-z0-9]+)*"


def plain_text_sql(column: str) -> str:
    """Letters and digits of a text in lower case, parted by single spaces; links, mentions, tags and signs left out."""
    whole = f"regexp_replace(nfc_normalize({column}), {quoted(_INSIDE_WORDS)}, '', 'g')"
    without = f"regexp_replace({whole}, {quoted(_NOT_WORDS)}, ' ', 'g')"
    plain = f"trim(regexp_replace(lower({without}), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
    return f"CASE WHEN regexp_full_match({column}, '{_PLAIN_ALREADY}') THEN {column} ELSE {plain} END"


def plain_text_select() -> str:
    return (
        f"SELECT post, plain, len(string_split(plain, ' ')) AS words "
        f"FROM (SELECT post, {plain_text_sql('text')} AS plain FROM posts WHERE text IS NOT NULL)"
    )
