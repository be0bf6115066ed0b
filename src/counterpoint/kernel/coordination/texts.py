"""Nearly the same words: which posts carry one wording, changed a little for each account.

1. Links, mentions, tags, emoji and other signs are taken out; case, accents written apart and joiners are evened out.
2. Words are compared; where a script has no spaces (Chinese, Japanese, Thai ...), neighbouring pairs of characters.
3. A word weighs the square of its inverse document frequency, so that rare words decide.
4. Weighted MinHash in bands proposes pairs of wordings; each is then checked exactly by weighted Jaccard.
5. Pairs that hold are joined into groups, and a member far from what its group has in common is let go, so that a
   chain of small likenesses does not tie strangers together.

Sources: Broder 1997; Chum, Philbin and Zisserman 2008 (weighted MinHash).
"""

# ruff: noqa: S608, E501 - SQL is put together from our own names, integers and `quoted` literals; its lines follow its clauses

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from counterpoint.kernel.coordination.layers import FEWEST_WORDS, plain_text_sql
from counterpoint.kernel.coordination.runs import at, begins, different, sorted_with_places
from counterpoint.kernel.coordination.steps import Workspace

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
FEWEST_CHARACTERS = 8  # of a script without spaces
MOST_WORDS = 400
BANDS_AT_ONCE = 5  # of MinHash; bounds memory to 60 bytes a text, for each of those that
AT_ONCE = 2  # are worked beside each other
_TEXTS_NEAR = 4096  # whose values stay near the processor while the smallest is looked for
_TEXTS_AT_ONCE = 100_000  # whose words are taken apart
_PAIRS_AT_ONCE = 20_000  # that are checked


@dataclass(frozen=True)
class Likeness:
    """least: weighted Jaccard from which two wordings are nearly the same (words; pairs of characters).
    core: share of its group's common weight that a member must carry; cohesive: share of members that must.
    steps: likeness asked for to take a chain apart. bands x rows: MinHash values."""

    least: float = 0.3
    least_unspaced: float = 0.18
    core: float = 0.35
    cohesive: float = 0.8
    steps: tuple[float, ...] = (0.0, 0.3, 0.4, 0.5, 0.6, 0.75)
    bands: int = 20
    rows: int = 3
    bucket: int = 40


def make_wordings(workspace: Workspace, likeness: Likeness | None = None) -> None:
    """`post_wordings`: `post`, `wording` (a digest that names the group of near-identical texts)."""
    with workspace.turn("post_wordings") as now:
        if now:
            _make_wordings(workspace, likeness or Likeness())


def _make_wordings(workspace: Workspace, likeness: Likeness) -> None:
    workspace.make("plain_texts", plain_texts())
    workspace.make("wordings", distinct_wordings())
    group = _groups(workspace, likeness)
    first = np.empty(int(group.max(initial=-1)) + 1, dtype=np.int64)
    first[group[::-1]] = np.arange(group.size)[::-1]
    workspace.load("grouped", {"wording": np.arange(group.size), "first_of_group": first[group]})
    workspace.make("post_wordings", """WITH names AS (SELECT g.wording, md5(f.plain) AS name FROM grouped g
            JOIN wordings f ON f.wording = g.first_of_group)
        SELECT p.post, n.name AS wording FROM plain_texts p JOIN wordings w USING (plain) JOIN names n USING (wording)""")  # fmt: skip
    workspace.drop("grouped", "plain_texts", "wordings")


def plain_texts() -> str:
    return f"""SELECT post, plain FROM (SELECT post, {plain_text_sql("text")} AS plain FROM posts WHERE text IS NOT NULL)
        WHERE plain <> ''"""


def distinct_wordings() -> str:
    """Texts long enough to say something of their own, numbered by their letters so that row order means nothing."""
    spaces = " %" * (FEWEST_WORDS - 1)
    # Letters of one byte are Latin, which is known sooner than by the expression.
    unspaced = f"CASE WHEN strlen(plain) > length(plain) THEN regexp_matches(plain, '{UNSPACED}') ELSE false END"
    return f"""SELECT (row_number() OVER (ORDER BY plain) - 1)::BIGINT AS wording, plain, unspaced FROM (
        SELECT plain, {unspaced} AS unspaced FROM (SELECT DISTINCT plain FROM plain_texts))
        WHERE CASE WHEN unspaced THEN length(replace(plain, ' ', '')) >= {FEWEST_CHARACTERS}
            ELSE plain LIKE '%{spaces}' END"""


def pairs_of_characters(first: int, last: int) -> str:
    """Of wordings from a script without spaces: wording, word."""
    characters = "string_split(replace(plain, ' ', ''), '')"
    pairs = f"list_transform(list_zip({characters}[:-2], {characters}[2:]), lambda pair: pair[1] || pair[2])"
    return f"""SELECT wording, unnest({pairs}) AS word FROM wordings
        WHERE unspaced AND wording BETWEEN {first} AND {last}"""


def _occurrences(workspace: Workspace, total: int) -> tuple[Ints, Ints, Any]:
    """Which wording has which word, once each and in order: (wording, word's number), and the words by number.

    Words are numbered by their letters; the engine would spend most of its time on lists of texts."""
    wordings, words = (
        [np.empty(0, dtype=np.int64)],
        [pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))],
    )
    for first in range(0, total, _TEXTS_AT_ONCE):
        for wording, word in _words_of(workspace, first, first + _TEXTS_AT_ONCE - 1, total):
            wordings.append(wording)
            words.append(word.dictionary_encode())
    coded = pa.chunked_array(words).unify_dictionaries()
    vocabulary = coded.chunk(0).dictionary
    by_letters = pc.sort_indices(vocabulary).to_numpy()
    number = np.empty(by_letters.size, dtype=np.int64)
    number[by_letters] = np.arange(by_letters.size)
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in coded.chunks])
    bits = int(by_letters.size).bit_length()
    found = different(np.concatenate(wordings) << bits | number[codes])
    return found >> bits, found & (1 << bits) - 1, vocabulary.take(pa.array(by_letters))


def _words_of(workspace: Workspace, first: int, last: int, total: int) -> Iterator[tuple[Ints, Any]]:
    """Wording and word, as often as it comes, of wordings with such numbers, out of so many in all."""
    spaced = workspace.table(
        f"SELECT wording, plain FROM wordings WHERE NOT unspaced AND wording BETWEEN {first} AND {last}"
    ).combine_chunks()
    words = pc.list_slice(pc.split_pattern(spaced["plain"].combine_chunks(), " "), 0, MOST_WORDS)
    yield np.repeat(spaced["wording"].to_numpy(), pc.list_value_length(words).to_numpy()), words.flatten()
    if len(spaced) < min(last + 1, total) - first:
        unspaced = workspace.table(pairs_of_characters(first, last))
        yield unspaced["wording"].to_numpy(), unspaced["word"].combine_chunks()


def _groups(workspace: Workspace, likeness: Likeness) -> Ints:
    total = workspace.count("wordings")
    if total == 0:
        return np.empty(0, dtype=np.int64)
    wording, number, vocabulary = _occurrences(workspace, total)
    workspace.load("words", {"word_number": np.arange(len(vocabulary)), "word": vocabulary})
    # A digest of each word that is the same on every machine.
    digest = workspace.arrays("SELECT md5_number_lower(word) AS digest FROM words ORDER BY word_number")["digest"]
    workspace.drop("words")
    weight = np.log((total + 1) / np.bincount(number).astype(np.float64)) ** 2
    rows = np.concatenate([[0], np.cumsum(np.bincount(wording, minlength=total))])
    matrix = csr_array((weight[number], number.astype(np.int32), rows.astype(np.int32)), shape=(total, weight.size))
    unspaced = workspace.arrays("SELECT unspaced FROM wordings ORDER BY wording")["unspaced"]
    least = np.where(unspaced, likeness.least_unspaced, likeness.least)
    proposed = _proposals(matrix, digest.astype(np.uint64), weight, likeness)
    pairs, jaccard = _checked(matrix, proposed, least)
    return _settled(matrix, pairs, jaccard, likeness)


def _proposals(matrix: Any, digest: NDArray[np.uint64], weight: Floats, likeness: Likeness) -> Ints:
    """Pairs of wordings that agree in all rows of some band; in a crowded bucket, neighbours only, which is enough to
    hold a group together."""
    places = np.arange(matrix.shape[0], dtype=np.uint64)
    low, texts = np.uint64((1 << int(places.size).bit_length()) - 1), np.uint64(places.size)

    def agreeing(band: int) -> list[Any]:
        found = []
        for key in _band_keys(matrix, digest, weight, likeness, band):
            # The text's number in the low bits makes one plain sort do; a clash of the rest is caught by the exact check.
            packed = np.sort((key & ~low) | places)
            band_key = packed & ~low
            for step in (1, 2, 3):
                same = np.flatnonzero(band_key[step:] == band_key[:-step])
                one, two = packed[same] & low, packed[same + step] & low
                found.append(np.minimum(one, two) * texts + np.maximum(one, two))
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:  # arrays are sorted and compared without Python
        found = list(chain.from_iterable(pool.map(agreeing, range(0, likeness.bands, BANDS_AT_ONCE))))
    return different(np.concatenate(found).astype(np.int64))


def _band_keys(
    matrix: Any, digest: NDArray[np.uint64], weight: Floats, likeness: Likeness, band: int
) -> Iterator[NDArray[np.uint64]]:
    """For this band and those worked with it a key of every text, made of the smallest word values of the band's rows.

    Texts by falling length: the n-th words of all texts that have so many are then one plain array, for several bands
    at once, which is many times faster than a minimum for each text."""
    length = np.diff(matrix.indptr)
    order = np.argsort(-length, kind="stable")
    bands = min(BANDS_AT_ONCE, likeness.bands - band)
    rows = range(band * likeness.rows, (band + bands) * likeness.rows)
    values = np.stack([_word_values(digest, weight, row) for row in rows], axis=1)
    smallest = np.full((length.size, len(rows)), np.inf, dtype=np.float32)
    for start in range(0, length.size, _TEXTS_NEAR):
        texts = order[start : start + _TEXTS_NEAR]
        _lower(smallest[start : start + texts.size], values, matrix.indices, matrix.indptr[texts], length[texts])
    bits = smallest.view(np.uint32).astype(np.uint64).reshape(length.size, bands, likeness.rows)
    for part in range(bands):
        mixed = np.zeros(length.size, dtype=np.uint64)
        for row in range(likeness.rows):
            mixed = _mixed(np.bitwise_xor(mixed, bits[:, part, row]))
        key = np.empty_like(mixed)
        key[order] = mixed
        yield key


def _lower(smallest: Any, values: Any, words: Ints, first: Ints, length: Ints) -> None:
    """The smallest values of each text's words, in place. first, length: where in `words` each text's begin, and how many
    there are, falling."""
    taken = np.empty_like(smallest)
    having = np.searchsorted(-length, -np.arange(int(length[0])), side="left")  # a word more
    for nth, texts in enumerate(having.tolist()):
        np.take(values, words[first[:texts] + nth], axis=0, out=taken[:texts], mode="clip")
        np.minimum(smallest[:texts], taken[:texts], out=smallest[:texts])


def _word_values(digest: NDArray[np.uint64], weight: Floats, number: int) -> NDArray[np.float32]:
    """An exponential draw with the word's weight as its rate, fixed by the word: the smallest in a text names a word
    with probability by weight, so that two texts agree as often as their weighted Jaccard."""
    uniform = (_mixed(digest ^ np.uint64(number * 0x9E3779B97F4A7C15 % 2**64)) >> np.uint64(11)).astype(np.float64)
    return (-np.log((uniform + 1) / 2**53) / np.maximum(weight, 1e-9)).astype(np.float32)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64 (Steele, Lea and Flood 2014): every bit of the input moves every bit of the output."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _checked(matrix: Any, proposed: Ints, least: Floats) -> tuple[Ints, Floats]:
    """The pairs that are alike enough, and how alike: exact weighted Jaccard."""
    one, two = proposed // matrix.shape[0], proposed % matrix.shape[0]
    mass = np.asarray(matrix.sum(axis=1)).ravel()

    def alike(start: int) -> Floats:
        a, b = one[start : start + _PAIRS_AT_ONCE], two[start : start + _PAIRS_AT_ONCE]
        shared = np.asarray(matrix[a].minimum(matrix[b]).sum(axis=1)).ravel()
        return np.asarray(shared / np.maximum(mass[a] + mass[b] - shared, 1e-12))

    with ThreadPoolExecutor(AT_ONCE) as pool:  # rows are taken and compared without Python
        jaccard = np.concatenate([np.empty(0), *pool.map(alike, range(0, one.size, _PAIRS_AT_ONCE))])
    kept = jaccard >= np.minimum(least[one], least[two])
    return proposed[kept], jaccard[kept]


def _settled(matrix: Any, pairs: Ints, jaccard: Floats, likeness: Likeness) -> Ints:
    """Groups in which most members carry what the group has in common. A group that is a chain of strangers is taken
    apart by asking for more likeness, step by step; who still carries too little of the core stands alone."""
    total = matrix.shape[0]
    one, two = pairs // total, pairs % total
    group, next_free = np.arange(total), total
    place = np.empty(total, dtype=np.int64)
    for step, asked in enumerate(likeness.steps):
        alike = jaccard >= asked
        if step and alike.all():
            continue  # the same groups as before
        texts = different(np.concatenate([one[alike], two[alike]]))
        place[texts] = np.arange(texts.size)
        part = _components(place[one[alike]], place[two[alike]], texts.size)
        carries = _carries_core(matrix, texts, part, likeness)
        cohesive = np.bincount(part, weights=carries) >= likeness.cohesive * np.bincount(part)
        settled = cohesive[part] & carries
        group[texts[settled]] = next_free + part[settled]
        next_free += texts.size
        strangers = np.zeros(total, dtype=bool)
        strangers[texts] = ~cohesive[part]
        still = strangers[one]
        one, two, jaccard = one[still], two[still], jaccard[still]
        if one.size == 0:
            break
    return _from_zero_up(group)


def _from_zero_up(number: Ints) -> Ints:
    """The same numbers in the same order, with none left out between them."""
    comes = np.zeros(int(number.max(initial=-1)) + 1, dtype=bool)
    comes[number] = True
    return np.asarray((np.cumsum(comes) - 1)[number])


def _components(one: Ints, two: Ints, total: int) -> Ints:
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, two)), shape=(total, total))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _carries_core(matrix: Any, texts: Ints, group: Ints, likeness: Likeness) -> NDArray[np.bool_]:
    """For each of these texts, rows of the matrix, whether it has enough of the words that at least half of its group
    has; groups of two always do."""
    carries = np.ones(group.size, dtype=bool)
    sizes = np.bincount(group)
    large = np.flatnonzero(sizes[group] > 2)  # noqa: PLR2004 - two texts have no core but each other
    if large.size == 0:
        return carries
    rows = matrix if large.size == matrix.shape[0] else matrix[texts[large]]
    vocabulary, length = matrix.shape[1], np.diff(rows.indptr)
    # Words of groups in order, each as often as a text of the group has it: many times sooner than tables of them.
    word, place = sorted_with_places(np.repeat(group[large] * vocabulary, length) + rows.indices)
    first = np.flatnonzero(begins(word))
    times = np.diff(first, append=word.size)
    owner = word[first] // vocabulary
    common = times >= 0.5 * sizes[owner]
    mass = np.bincount(owner, weights=at(rows.data, place[first]) * common, minlength=sizes.size)
    carried = np.zeros(rows.data.size)
    core = place[np.repeat(common, times)]
    carried[core] = rows.data[core]
    carried = np.bincount(np.repeat(np.arange(large.size), length), weights=carried, minlength=large.size)
    carries[large] = (carried >= likeness.core * mass[group[large]]) & (mass[group[large]] > 0)
    return carries
