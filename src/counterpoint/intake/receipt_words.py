"""The words that receipts are made of: the EFF's short word list 1 (CC BY 3.0 US, Electronic Frontier Foundation), as
it comes with the package xkcdpass, without words that would frighten, hurt or single out a worried parent.

Receipts that people hold were made from exactly these words in this order, so a changed list stops the start.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import xkcdpass

from counterpoint.base.errors import Fault

# Violence, death and illness, insults, crime and police, faiths and peoples, bodies, drink, brands, hyphens.
_UNFIT = frozenset(
    """
    acid agent agony aids alarm alias alibi anger armed armor army arson ashen ashes bash blade blast blob blunt
    boned boney bony bribe bride buck bully bust chump coma crazy crepe cried crook crush crust cult cupid curse
    curvy cut deaf ditzy dizzy drank drone drown dwarf erupt evade evict evil fang fetal filth fled foe frisk gag
    gore grave grief grope guru gut harm hash hate hung hunk hunt hurt islam jab judge junky juror jury keg kilt
    lair lash lure lurk lying mace moan nag nanny nerd ouch pagan panic panty pest plead plot poach poser prank
    prude punch punk rabid race rage raid rant rash rebel riot rogue ruin sadly saint scam scare scary scoff scold
    scorn scowl sect shady shaft sham shock shove siren slain slam slang slash slimy slit slob slurp smash snare
    snarl sneer spew spied stark sting stole stomp stung stunt swear swore tank tart taunt theft thigh thong trap
    trash trial tribe trump vapor vice viral virus vixen widow wife wimp womb worry wound wrath wreck xerox yahoo
    yo-yo
    """.split()  # noqa: SIM905 - a list of literals could not be read
)
_FINGERPRINT = "c9460546cb14daad447abf0d923fbb808a9151054de3c5d0e35bd93dd3dc361b"


@cache
def words() -> tuple[str, ...]:
    """The fit words, in the list's order. Raises Fault when the installed list is not the one that receipts use."""
    path = Path(xkcdpass.__file__).parent / "static" / "eff-short"
    fit = tuple(word for word in path.read_text().split() if word not in _UNFIT)
    if hashlib.sha256(" ".join(fit).encode()).hexdigest() != _FINGERPRINT:
        raise Fault(
            "the word list of the package xkcdpass has changed: receipts need the version named in requirements"
        )
    return fit


@cache
def places() -> Mapping[str, int]:
    """Word to its place in `words()`."""
    return {word: place for place, word in enumerate(words())}
