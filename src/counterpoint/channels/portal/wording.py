"""The pack's words in one language, and the language a stranger is met in."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings

from counterpoint.kernel.packs import Language, Pack
from counterpoint.kernel.questions import QuestionSet, Words
from counterpoint.rules.selectors import pack_in_force

_LONGEST_HEADER = 200


@dataclass(frozen=True)
class Wording:
    """Texts, dates and question sets of the pack in force, as one reader sees them."""

    pack: Pack
    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of this key. Raises KeyError, which a test over all templates rules out."""
        return self.pack.text(key, self.language.id, **values)

    def has(self, key: str) -> bool:
        return key in self.pack.texts

    @property
    def direction(self) -> str:
        return str(self.language.direction)

    @property
    def emergency_number(self) -> str:
        return self.pack.emergency_number

    @property
    def advice_number(self) -> str:
        """The first phone line: the one that a page names when a call is the way on."""
        return self.pack.helplines[0].number if self.pack.helplines else self.pack.emergency_number

    @cached_property
    def words(self) -> Words:
        """The few words that the question library needs to tell an answer."""
        return Words(
            unknown=self("question.unknown"),
            about_age=self("question.age_value_estimated", years="{years}"),
            months=tuple(self(f"month.{number}") for number in range(1, 13)),
        )

    def day(self, at: datetime) -> str:
        """A moment's day in the deployment's zone, such as 3 March 2026."""
        local = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))
        return f"{local.day} {self.words.months[local.month - 1]} {local.year}"

    def moment(self, at: datetime) -> str:
        """A moment in the deployment's zone, such as 3 March 2026 at 14:05."""
        local = at.astimezone(ZoneInfo(settings.DISPLAY_TIME_ZONE))
        return self("mailbox.messages.sent_at", date=self.day(at), time=f"{local:%H:%M}")

    @property
    def is_demo(self) -> bool:
        return bool(settings.DEMO)

    def question_set(self, set_id: str) -> QuestionSet | None:
        return self.pack.question_set(set_id, self.language.id) if set_id in self.pack.question_sets else None

    def title(self, page: str, *, has_error: bool = False) -> str:
        """What stands in the browser's tab."""
        full = self("title.page", page=page, service=self("service.name"))
        return self("title.error_prefix", title=full) if has_error else full


def wording_in(language: str) -> Wording | None:
    """The words in this language, None when the pack has none in it."""
    pack = pack_in_force()
    return Wording(pack, pack.language(language)) if pack.has_language(language) else None


def wording_for(accepted: str) -> Wording:
    """The words in the language that the browser asks for first among those there are. accepted: Accept-Language."""
    pack = pack_in_force()
    wanted = (_plain(part) for part in sorted(accepted[:_LONGEST_HEADER].split(","), key=_weight, reverse=True))
    chosen = next((language for language in wanted if pack.has_language(language)), pack.default_language)
    return Wording(pack, pack.language(chosen))


def _plain(part: str) -> str:
    return part.partition(";")[0].strip().partition("-")[0].casefold()


def _weight(part: str) -> float:
    _, _, weight = part.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
