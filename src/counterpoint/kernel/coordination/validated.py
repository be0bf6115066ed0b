"""Validated co-sharing: groups whose common shares no community, no popularity and no activity explains.

No time window: a campaign that drips over weeks is found as well as one that posts in a minute.
See incidence.py (what counts as a share), null_model.py (pairs), groups.py (groups), circles.py (friends).
"""

# ruff: noqa: E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from counterpoint.kernel.coordination.circles import more_than_friends, said_alike, taken_apart, unknotted
from counterpoint.kernel.coordination.findings import Detector, Finding
from counterpoint.kernel.coordination.groups import (
    Ground,
    GroupOptions,
    Tested,
    choose_objects,
    find_groups,
    holds,
    weigh_objects,
)
from counterpoint.kernel.coordination.incidence import Incidence, make_incidence
from counterpoint.kernel.coordination.layers import Layer
from counterpoint.kernel.coordination.null_model import (
    NullOptions,
    co_sharing_pairs,
    communities,
    joined_communities,
    most_popular_counted,
    validated,
)
from counterpoint.kernel.coordination.resamples import stability
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
MOST_POSTS = 5000  # of evidence listed for one finding

NULL = (
    "Accounts share at random by how active they are and objects by how popular they are, within the communities that "
    "the data shows (degree-corrected block model); every group of that size could have been chosen."
)
INNOCENT = (
    "All of them belong to one small circle or organisation that openly shares its own material, or take the same things "
    "from one feed that the data does not show; or one person runs several accounts for different audiences."
)


@dataclass(frozen=True)
class ValidatedOptions:
    null: NullOptions = field(default_factory=NullOptions)
    group: GroupOptions = field(default_factory=GroupOptions)


def find_validated(
    workspace: Workspace,
    layers: Sequence[Layer],
    options: ValidatedOptions | None = None,
    *,
    tell: Callable[[float], None] = lambda _: None,
) -> list[Finding]:
    """Findings, and the table `validated_edges` (`account_a`, `account_b` numbers, `common`, `expected`, `p`, `kept`).

    kept: the pair beats the null by itself (Benjamini-Hochberg); other pairs are inside a group that does.
    tell: hears which part of the work is done, from 0 to 1."""
    options = options or ValidatedOptions()
    incidence = make_incidence(workspace, layers)
    tell(0.6)
    if incidence.shares.nnz == 0:
        workspace.make(
            "validated_edges",
            "SELECT 0 AS account_a, 0 AS account_b, 0.0 AS common, 0.0 AS expected, 0.0 AS p, false AS kept WHERE false",
        )
        return []
    fine = communities(incidence.shares)
    community = joined_communities(incidence.shares, fine, smallest=options.null.smallest_community)
    pairs = co_sharing_pairs(incidence, community, options.null)
    limit = validated(pairs, options.null)
    tell(0.8)
    popularity = np.asarray(incidence.shares.sum(axis=0)).ravel().astype(np.int64)
    popular = most_popular_counted(popularity, accounts=incidence.shares.shape[0], options=options.null)
    ground = Ground(incidence.shares, community, most_popular=popular)
    groups = taken_apart(ground, find_groups(ground, pairs, fine, options.group, validated_p=limit), options.group)
    alike = said_alike(workspace, incidence, groups)
    knotted, groups = groups, unknotted(workspace, incidence, ground, groups, options.group, alike=alike)
    if list(map(id, groups)) != list(map(id, knotted)):
        alike = said_alike(workspace, incidence, groups)
    size = community.size
    kept_groups = [
        more_than_friends(group, part, options.group, accounts=size) for group, part in zip(groups, alike, strict=True)
    ]
    groups, alike = [group for group, stays in zip(groups, kept_groups, strict=True) if stays], alike[kept_groups]
    tell(0.95)
    together = np.full(community.size, -1)
    for number, group in enumerate(groups):
        together[group.members] = number
    inside = (together[pairs.one] >= 0) & (together[pairs.one] == together[pairs.two])
    kept = (pairs.p <= limit) | inside
    workspace.load("validated_edges", {
        "account_a": incidence.accounts[pairs.one[kept]], "account_b": incidence.accounts[pairs.two[kept]],
        "common": pairs.common[kept], "expected": pairs.expected[kept], "p": pairs.p[kept], "kept": pairs.p[kept] <= limit,
    })  # fmt: skip
    if not groups:
        return []
    posts = _evidence(workspace, incidence, groups)
    names = workspace.arrays("SELECT object_id FROM co_objects ORDER BY column_number")["object_id"]
    return [
        _finding(
            ground, incidence, group, posts=posts[number], names=names, options=options, alike=float(alike[number])
        )
        for number, group in enumerate(groups)
    ]


def _evidence(workspace: Workspace, incidence: Incidence, groups: Sequence[Tested]) -> list[Ints]:
    """For each group the posts in which its members share its objects, in time order."""
    member, of_object = (
        np.repeat(np.arange(len(groups)), sizes)
        for sizes in ([group.members.size for group in groups], [group.objects.size for group in groups])
    )
    accounts = np.concatenate([incidence.accounts[group.members] for group in groups])
    objects = np.concatenate([group.objects for group in groups])
    workspace.load("group_members", {"number": member, "account": accounts})
    workspace.load("group_objects", {"number": of_object, "column_number": objects})
    rows = workspace.arrays("""SELECT DISTINCT m.number::BIGINT AS number, s.at_seconds, s.post FROM co_shares s
        JOIN group_members m ON m.account = s.account
        JOIN group_objects o ON o.column_number = s.column_number AND o.number = m.number
        ORDER BY number, at_seconds, post""")  # fmt: skip
    workspace.drop("group_members", "group_objects")
    return [rows["post"][rows["number"] == number][:MOST_POSTS].astype(np.int64) for number in range(len(groups))]


def _finding(
    ground: Ground,
    incidence: Incidence,
    group: Tested,
    *,
    posts: Ints,
    names: NDArray[np.object_],
    options: ValidatedOptions,
    alike: float,
) -> Finding:
    order = np.lexsort((incidence.accounts[group.members], -group.coverage))
    size = group.members.size
    return Finding(
        detector=Detector.VALIDATED,
        kind="co-sharing",
        accounts=incidence.accounts[group.members[order]],
        posts=posts,
        statistic="shares of the same objects by the group's members",
        value=float(group.shared.sum()),
        expected=float(group.expected.sum()),
        null=NULL,
        innocent=INNOCENT,
        stability=stability_of(ground, group, options.group),
        objects=[str(names[column]) for column in group.objects],
        details={"surplus_nats": round(group.surplus, 2), "participation": round(group.participation, 3),
                 "objects": int(group.objects.size), "accounts": int(size), **({} if np.isnan(alike) else {"in_the_same_words": round(alike, 3)})},
        account_details=[{"coverage": round(float(group.coverage[place]), 3)} for place in order],
    )  # fmt: skip


def stability_of(ground: Ground, group: Tested, options: GroupOptions) -> float:
    """Share of resamples, each with 70 % of all objects, in which the same accounts hold as a group again."""
    evidence = weigh_objects(ground, group.members, options)
    return stability(ground.shares.shape[1], lambda kept: holds(choose_objects(ground, evidence, among=kept), options))
