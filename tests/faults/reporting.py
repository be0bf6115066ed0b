"""What reporters do while servers die: each fills in a form, sends it, and when something breaks tries the same again
with the same cookies until a page shows the reference and the receipt."""

import hashlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.visitor import Answer, Broken, Visitor

_WORDS = [
    "sad",
    "late",
    "online",
    "alone",
    "angry",
    "shouts",
    "hides",
    "phone",
    "money",
    "friend",
    "poeni",
    "pryderus",
    "خائف",
    "وحيد",
    "“quotes”",
    "100%",
    "é",
]
_KINDS = (  # question set, page, question
    ("concern_public", "worry", "worry"),
    ("concern_public", "worry", "worry"),
    ("concern_public", "worry", "worry"),
    ("online_material", "addresses", "addresses"),
    ("advice", "question", "question"),
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)


@dataclass(frozen=True)
class Form:
    """marker: stands in the answer, names this form among all that were stored."""

    marker: str
    set_id: str
    page: str
    question: str
    answer: str
    files: tuple[tuple[str, bytes], ...] = ()
    sent_twice_at_once: bool = False
    says_saved: bool = False

    @property
    def stored_answer(self) -> object:
        return [self.answer] if self.question == "addresses" else self.answer

    @property
    def file_hashes(self) -> dict[str, str]:
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.files}


@dataclass
class Told:
    """What one reporter was shown: every reference and receipt, however often."""

    form: Form
    shown: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Crowd:
    """Several reporters at once, each with one form after the other and a fresh browser for each."""

    port: int
    seed: int
    reporters: int = 8
    told: list[Told] = field(default_factory=list)
    broken: int = 0
    broken_sends: int = 0
    found_stored: int = 0  # a send whose answer was lost, and that had been stored
    faults: list[str] = field(default_factory=list)
    sending: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        self._threads = [threading.Thread(target=self._report, args=(place,)) for place in range(self.reporters)]
        for thread in self._threads:
            thread.start()

    def end(self, *, seconds: float = 90) -> None:
        """Let everybody come to the end of the form in hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=seconds)
        stuck = [thread for thread in self._threads if thread.is_alive()]
        if stuck:
            self.faults.append(f"{len(stuck)} reporters never came to the end of a form")

    @property
    def acknowledged(self) -> list[Told]:
        with self._lock:
            return [told for told in self.told if told.shown]

    def _report(self, place: int) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            random = Random(f"{self.seed}/{place}/{number}")
            told = Told(form_of(random, marker=f"form-{place}-{number}-{self.seed}"))
            with self._lock:
                self.told.append(told)
            try:
                _Reporter(self, Visitor(self.port, timeout_seconds=20), told).report()
            except Exception as error:  # noqa: BLE001 - told to the test, which fails with it
                self.faults.append(f"{told.form.marker}: {type(error).__name__}: {error}")

    def count(self, name: str) -> None:
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)


def form_of(random: Random, *, marker: str) -> Form:
    """A form as this chance has it: its kind, its words, with files or not, sent once or twice."""
    set_id, page, question = random.choice(_KINDS)
    words = " ".join(random.choices(_WORDS, k=random.randint(3, 60)))
    answer = f"https://material.example/{marker}" if question == "addresses" else f"{marker} {words}"
    files = tuple(_file(random, marker, n) for n in range(random.choice((0, 0, 0, 1, 2)))) if page == "worry" else ()
    return Form(marker, set_id, page, question, answer, files, random.random() < 0.25, random.random() < 0.3)


def _file(random: Random, marker: str, number: int) -> tuple[str, bytes]:
    if random.random() < 0.5:
        return f"{marker}-{number}.png", PNG
    return f"{marker}-{number}.txt", f"{marker} ".encode() * random.randint(1, 4000)


@dataclass
class _Reporter:
    crowd: Crowd
    visitor: Visitor
    told: Told

    def report(self) -> None:
        form = self.told.form
        self._until(lambda: self.visitor.get(self._path("")))
        self._until(self._answer)
        for name, content in form.files:
            self._until(lambda name=name, content=content: self._upload(name, content))
        self._until(self._send)
        self._until(self._look_again)

    def _path(self, page: str) -> str:
        return self.visitor.form(page, self.told.form.set_id)

    def _answer(self) -> None:
        form = self.told.form
        answer = self.visitor.post(self._path(form.page), {form.question: form.answer})
        if answer.status != 200:
            raise AssertionError(f"the page {form.page} answered {answer.status}")

    def _upload(self, name: str, content: bytes) -> None:
        """After a break the person looks first whether the file is there."""
        listed = self.visitor.get(self._path("files"))
        if name in listed.html:
            return
        answer = self.visitor.upload(self._path("files"), [("files", name, content)], {"action": "upload"})
        if answer.status != 200 or name not in answer.html:
            raise AssertionError(f"the upload answered {answer.status}")

    def _send(self) -> None:
        answer = self.visitor.get(self._path("check-answers"))
        if answer.reference:
            self.crowd.count("found_stored")
            self._keep(answer)
            return
        if answer.status != 200 or not answer.path.endswith("check-answers"):
            raise AssertionError(f"checking the answers led to {answer.status} {answer.path}")
        self.crowd.sending.set()
        try:
            if self.told.form.sent_twice_at_once:
                self._send_twice()
            answer = self.visitor.post(self._path("check-answers"))
        except Broken:
            self.crowd.count("broken_sends")
            raise
        self._keep(answer)

    def _send_twice(self) -> None:
        """A double click: the same form posted by two requests at the same moment; both may be answered."""
        other = Visitor(self.visitor.port, cookies=dict(self.visitor.cookies), token=self.visitor.token)

        def press() -> None:
            try:
                self._keep(other.post(self._path("check-answers")))
            except Broken:
                self.crowd.count("broken_sends")

        second = threading.Thread(target=press)
        second.start()
        try:
            self._keep(self.visitor.post(self._path("check-answers")))
        finally:
            second.join()

    def _look_again(self) -> None:
        """The receipt page once more shows the same; then, for some, it is said to be saved."""
        answer = self.visitor.get(self._path("your-receipt"))
        if answer.reference:
            self._keep(answer)
            if self.told.form.says_saved:
                self.visitor.post(self._path("your-receipt"), {"saved": "yes"})
        elif not re.search(r"CP-\w{4}-\w{4}-\w", answer.html) and self.told.form.says_saved is False:
            raise AssertionError(f"the receipt page shows no reference any more: {answer.status} {answer.path}")

    def _keep(self, answer: Answer) -> None:
        if answer.status == 429:
            raise Broken("429")
        if not (answer.reference and answer.receipt):
            raise AssertionError(f"sending led to {answer.status} {answer.path}")
        with self.crowd._lock:
            self.told.shown.add((answer.reference, answer.receipt))

    def _until(self, step: Callable[[], object], *, seconds: float = 120) -> object:
        """The same step again until it is answered."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return step()
            except Broken:
                self.crowd.count("broken")
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
