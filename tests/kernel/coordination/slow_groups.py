"""What a group's shares are worth, in plain Python with sets and loops: what the matrices are held against."""

from math import log
from statistics import median

Shares = list[set[int]]  # for each account the objects that it shares


def rates(shares: Shares, community: list[int], members: set[int], thing: int) -> float:
    """Shares of the object for each share made, among accounts outside the group: in the group's own communities, or in
    the community that knows the object best, whichever is higher."""
    places = sorted(set(community))
    mass = {
        place: sum(len(theirs) for account, theirs in enumerate(shares) if community[account] == place)
        for place in places
    }
    typical = median(mass.values())
    outside = dict.fromkeys(places, 0)
    left = dict(mass)
    for account, theirs in enumerate(shares):
        if account in members:
            left[community[account]] -= len(theirs)
        elif thing in theirs:
            outside[community[account]] += 1
    own = {community[account] for account in members if shares[account]}
    at_home = (sum(outside[place] for place in own) + 0.5) / (sum(left[place] for place in own) + typical)
    known = [(outside[place] + 0.5) / (left[place] + typical) for place in places if outside[place]]
    return max([at_home, *known])


def gains(shares: Shares, community: list[int], members: set[int], *, lift: float, most: int) -> dict[int, float]:
    """Nats of log likelihood that each object brings which enough members share."""
    found = {}
    for thing in sorted(set().union(*shares)):
        everybody = sum(thing in theirs for theirs in shares)
        shared = sum(thing in shares[account] for account in members)
        if shared < max(3, 0.04 * len(members)) or not 2 < everybody <= most:
            continue
        expected = rates(shares, community, members, thing) * sum(len(shares[account]) for account in members)
        found[thing] = shared * log(shared / expected) - shared + expected if shared >= lift * expected else 0.0
    return found


def repeated_posts(posts: list[tuple[str, str, str]], *, several: int) -> dict[str, int]:
    """For each tag how many of its posts (tag, account, wording) say what so many accounts said under it."""
    said: dict[tuple[str, str], set[str]] = {}
    for tag, account, wording in posts:
        said.setdefault((tag, wording), set()).add(account)
    counts: dict[str, int] = {}
    for tag, _, wording in posts:
        counts[tag] = counts.get(tag, 0) + (len(said[tag, wording]) >= several)
    return counts


def taken_up(
    shares: list[tuple[str, str, int]], closed: set[str], at: int, *, days: int, popular: int
) -> dict[str, set[str]]:
    """For each other account the closed ones' rare things that it first shared after `at`."""
    span = days * 86_400
    objects = {thing for _, thing, _ in shares}
    known = {thing: {account for account, other, _ in shares if other == thing} for thing in objects}
    found: dict[str, set[str]] = {}
    for thing in objects:
        before = [account for account, other, when in shares if other == thing and at - span <= when < at]
        rare = len(known[thing]) > 1 and 1 < len(set(before)) <= popular
        if not rare or 2 * sum(account in closed for account in before) < len(before):
            continue
        earlier = {account for account, other, when in shares if other == thing and when < at}
        for account, other, when in shares:
            if other == thing and at <= when <= at + span and account not in closed | earlier:
                found.setdefault(account, set()).add(thing)
    return found
