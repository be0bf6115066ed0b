"""The public side of the stories: sending a form, coming back to the mailbox. As the portal's pages do it."""

import base64
from random import Random

from counterpoint.audit.types import REPORTER
from counterpoint.base import clock
from counterpoint.config.northmoor.files import file_named
from counterpoint.config.northmoor.story import Story
from counterpoint.config.northmoor.world import World
from counterpoint.intake import arrivals, drafts, mailbox
from counterpoint.intake.file_types import file_type_of
from counterpoint.intake.models import Arrival
from counterpoint.intake.types import ArrivalReceived, ChannelName
from counterpoint.rules import selectors as rules


def send(world: World, story: Story, random: Random) -> ArrivalReceived:
    """Send the story's form by its door, with its files where the door takes any, and save the receipt."""
    secret = base64.urlsafe_b64encode(random.randbytes(32)).decode().rstrip("=")
    draft = _draft_with_files(story, secret) if story.files and story.channel == ChannelName.PORTAL else None
    received = arrivals.store_arrival(
        channel=ChannelName(story.channel),
        language=story.language,
        question_set_id=story.question_set,
        answers=draft.answers if draft else story.answers,
        submission_key=drafts.submission_key(secret),
        at=clock.now(),
        browser_secret=secret,
        draft=draft,
        by=REPORTER,
    )
    world.arrivals[story.key] = received.arrival_id
    world.references[story.key] = received.reference
    world.receipts[story.key] = received.receipt
    if story.channel == ChannelName.PORTAL:
        mailbox.acknowledge_receipt_saved(drafts.submission_key(secret))
        if draft:
            drafts.drop(secret)
    return received


def answer(world: World, story: Story, text: str) -> None:
    """The reporter comes back with the receipt, reads, and writes."""
    found = Arrival.objects.select_related("mailbox").get(pk=world.arrivals[story.key]).mailbox
    opened = mailbox.mailbox_of_session(found.pk)
    if opened is not None:
        mailbox.messages_for_reporter(opened)
        mailbox.reply(opened, text=text, submission_key=f"{story.key}/{clock.now().timestamp():.0f}", at=clock.now())


def read_mailbox(world: World, story: Story) -> None:
    """The reporter comes back with the receipt and reads."""
    opened = mailbox.open_mailbox(world.receipts[story.key])
    mailbox.messages_for_reporter(opened)


def _draft_with_files(story: Story, secret: str) -> drafts.DraftView:
    drafts.save_page(secret, question_set=story.question_set, answers=story.answers)
    limit = rules.pack_in_force().uploads.max_files
    for place, kind in enumerate(story.files):
        name, content = file_named(kind, seed=f"{story.key}/{place}")
        found = file_type_of(content)
        drafts.add_file(
            secret,
            question_set=story.question_set,
            question="files",
            name=name,
            media_type=found.media_type if found else "application/octet-stream",
            content=content,
            max_files=limit,
        )
    draft = drafts.read(secret)
    if draft is None:
        raise RuntimeError("a form that was just begun is gone")
    return draft
