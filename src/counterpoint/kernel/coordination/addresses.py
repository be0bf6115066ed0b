"""Web addresses in one canonical form, so that the same page is the same object.

A shortened link says nothing about where it leads and is made anew for every post: it is ignored unless a table says
where it leads. The engine computes in `canonical_sql` what `canonical_address` computes here.
"""
# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

import re

from counterpoint.kernel.coordination.steps import quoted

SHORTENERS = frozenset(
    [
        "adf.ly",
        "amzn.to",
        "bit.do",
        "bit.ly",
        "bitly.com",
        "buff.ly",
        "cutt.ly",
        "dlvr.it",
        "fb.me",
        "ff.im",
        "goo.gl",
        "hubs.ly",
        "ift.tt",
        "is.gd",
        "j.mp",
        "lnkd.in",
        "lnk.to",
        "ln.is",
        "mcaf.ee",
        "migre.me",
        "ow.ly",
        "po.st",
        "qr.ae",
        "rb.gy",
        "rebrand.ly",
        "s.id",
        "sco.lt",
        "short.io",
        "shorte.st",
        "shorturl.at",
        "smarturl.it",
        "snip.ly",
        "soo.gd",
        "spr.ly",
        "su.pr",
        "t.co",
        "t.ly",
        "t2m.io",
        "tiny.cc",
        "tiny.one",
        "tinyurl.com",
        "tr.im",
        "trib.al",
        "u.to",
        "urlz.fr",
        "v.gd",
        "vk.cc",
        "wp.me",
        "x.co",
        "zpr.io",
        "clck.ru",
        "goo.su",
        "qps.ru",
        "t.cn",
        "url.cn",
        "dwz.cn",
        "suo.im",
        "u.nu",
    ]
)
# The front page of one of these is an advertisement for the platform, not something that is pushed.
FRONT_PAGES = frozenset(
    [
        "facebook.com",
        "google.com",
        "instagram.com",
        "linkedin.com",
        "reddit.com",
        "t.me",
        "telegram.org",
        "tiktok.com",
        "twitter.com",
        "vk.com",
        "wa.me",
        "whatsapp.com",
        "youtube.com",
    ]
)
SAME_HOST = {"x.com": "twitter.com", "fxtwitter.com": "twitter.com", "vxtwitter.com": "twitter.com",
             "m.vk.com": "vk.com", "web.facebook.com": "facebook.com", "old.reddit.com": "reddit.com"}  # fmt: skip

_WHOLE = r"^(?:https?:)?//(?:[^/@?#]*@)?([^/:?#\s]+)(?::[0-9]+)?([^?#\s]*)(?:\?([^#\s]*))?"
_SUBDOMAIN = r"^(?:www[0-9]?|m|mobile|amp)\."
_TRACKING = (
    r"^(?:utm_[a-z_]*|fbclid|gclid|dclid|msclkid|igshid|igsh|mc_cid|mc_eid|yclid|twclid|ttclid|si|ref|ref_src|ref_url|"
    r"feature|cmpid|ncid|spm|__twitter_impression|amp|_ga|_gl|wt_mc|smid|smtyp)(?:=.*)?$"
)
_PATH_TAIL = r"(?:/amp)?/*$"


def canonical_address(address: str) -> str | None:
    """`host/path?query` in canonical form; None for what names no page (no address, a shortener, a front page)."""
    found = re.match(_WHOLE, address.strip(), re.IGNORECASE)
    if found is None:
        return None
    host = re.sub(_SUBDOMAIN, "", found[1].lower().rstrip("."))
    host = SAME_HOST.get(host, host)
    path = re.sub(_PATH_TAIL, "", found[2])
    parts = sorted(
        part for part in (found[3] or "").split("&") if part and not re.match(_TRACKING, part, re.IGNORECASE)
    )
    if host == "youtu.be":
        host, path, parts = "youtube.com", "/watch", ["v=" + path.removeprefix("/")]
    if host in SHORTENERS or "." not in host or (host in FRONT_PAGES and not path and not parts):
        return None
    return host + path + ("?" + "&".join(parts) if parts else "")


def canonical_sql(column: str) -> str:
    """`canonical_address` as an SQL expression over a text column."""
    whole = quoted("(?i)" + _WHOLE)
    matched = f"SELECT regexp_extract(trim({column}), {whole}, ['host', 'path', 'query']) AS found"
    bare = f"regexp_replace(rtrim(lower(found.host), '.'), {quoted(_SUBDOMAIN)}, '')"
    path = f"regexp_replace(found.path, {quoted(_PATH_TAIL)}, '')"
    tracking = quoted("(?i)" + _TRACKING)
    query = (
        "array_to_string(list_sort(list_filter(string_split(found.query, '&'), "
        f"lambda part: part <> '' AND NOT regexp_matches(part, {tracking}))), '&')"
    )
    parts = f"SELECT {bare} AS bare, {path} AS path, CASE WHEN found.query <> '' THEN {query} ELSE '' END AS query"
    renamed = "".join(f"WHEN {quoted(old)} THEN {quoted(new)} " for old, new in SAME_HOST.items())
    fields = f"SELECT CASE bare {renamed}ELSE bare END AS host, path, query FROM ({parts} FROM ({matched}))"
    hosts, fronts = (", ".join(map(quoted, sorted(names))) for names in (SHORTENERS, FRONT_PAGES))
    return (
        "(SELECT CASE WHEN host = 'youtu.be' THEN 'youtube.com/watch?v=' || ltrim(path, '/') "
        f"WHEN NOT contains(host, '.') OR host IN ({hosts}) OR (host IN ({fronts}) AND path = '' AND query = '') THEN NULL "
        f"ELSE host || path || CASE WHEN query = '' THEN '' ELSE '?' || query END END FROM ({fields}))"
    )
