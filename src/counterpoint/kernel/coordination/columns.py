"""What a table of posts may hold, and under which names it may come."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from counterpoint.kernel.coordination.errors import UnreadableInput

REQUIRED = ("post_id", "account_id", "posted_at")
SINGLE = ("platform", "text", "reply_to", "repost_of", "client", "language", "account_created_at", "account_name")
SEVERAL = ("urls", "hashtags", "mentions", "media_hashes")
KNOWN = (*REQUIRED, "object_id", *SINGLE, *SEVERAL)

# How the column is called in the table that CooRTweet reads.
COORTWEET = {"object_id": "object_id", "account_id": "account_id", "post_id": "content_id"}
COORTWEET_TIME = "timestamp_share"


class Shape(StrEnum):
    """POSTS: one row a post. SHARES: one row an object shared in a post, as CooRTweet reads it."""

    POSTS = "posts"
    SHARES = "shares"


def column_sources(present: Sequence[str], mapping: Mapping[str, str]) -> tuple[Shape, dict[str, str]]:
    """Which of our columns is found under which name, and what one row means.

    mapping: our name -> the file's name, stronger than what would be found without it.
    Raises UnreadableInput naming every column that is missing or not known.
    """
    problems = [f"{ours}: not a column of posts; known are {', '.join(KNOWN)}" for ours in mapping if ours not in KNOWN]
    problems += [f"{theirs}: named in the mapping for {ours}, but not in the input" for ours, theirs in mapping.items()
                 if theirs not in present]  # fmt: skip
    sources = {name: name for name in KNOWN if name in present}
    if COORTWEET_TIME in present and "content_id" in present:
        sources |= COORTWEET | {"posted_at": COORTWEET_TIME}
    sources |= {ours: theirs for ours, theirs in mapping.items() if ours in KNOWN and theirs in present}
    problems += [f"{name}: required, but not in the input; if it has another name there, map it: {name}=THEIR_NAME"
                 for name in REQUIRED if name not in sources]  # fmt: skip
    if problems:
        found = ", ".join(present) or "none"
        raise UnreadableInput("The columns do not fit.\n" + "\n".join(problems) + f"\nColumns found: {found}")
    shape = Shape.SHARES if "object_id" in sources else Shape.POSTS
    return shape, {name: source for name, source in sources.items() if source in present}
