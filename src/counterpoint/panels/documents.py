"""Minutes as a Word file, from what one reader was given. Nothing is read here; reading was audited before."""

from datetime import date
from io import BytesIO

from docx import Document
from docx.document import Document as Doc

from counterpoint.panels.records import DecisionRecord, SeatLine
from counterpoint.panels.views import MinutesLine, MinutesView
from counterpoint.panels.words import moment_in_words

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ERASED = "What was recorded of this case was erased."


def minutes_as_docx(view: MinutesView) -> bytes:
    """The minutes as this reader may read them, with for whom they were made."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Panel minutes", "Counterpoint", ""
    document.add_heading(f"Minutes: {view.heading.panel}", level=0)
    document.add_paragraph(f"{moment_in_words(view.heading.starts_at)}, {view.heading.place}")
    document.add_paragraph(f"Chair: {view.heading.chair}")
    document.add_paragraph(state_in_words(view))
    document.add_paragraph(
        f"Made for {view.reader}, {view.reader_agency}. It holds what they may read. Do not pass on."
    )
    _add_seats(document, view.seats)
    if view.summary:
        document.add_heading("Summary", level=1)
        _add_text(document, view.summary)
    for line in view.lines:
        _add_line(document, line)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def state_in_words(view: MinutesView) -> str:
    """Whether the minutes are final, by whom, and whether later ones took their place."""
    row = view.row
    if row.approved_at is None:
        return "Draft: not approved yet."
    told = f"Approved by {row.approved_by}, {moment_in_words(row.approved_at)}."
    return f"{told} Superseded by later minutes." if row.is_superseded else told


def _add_seats(document: Doc, lines: tuple[SeatLine, ...]) -> None:
    document.add_heading("Who was there", level=1)
    table = document.add_table(rows=1, cols=4)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("Name", "Agency", "Seat", "Attendance"), strict=True):
        cell.text = text
    for line in lines:
        deputy = f": {line.deputy}" if line.deputy else ""
        texts = (line.name, line.agency, line.role, f"{line.attending}{deputy}" or "Not recorded")
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text


def _add_line(document: Doc, line: MinutesLine) -> None:
    document.add_heading(f"{line.number}. {line.record.reference}", level=1)
    if line.is_erased:
        document.add_paragraph(ERASED)
        return
    if line.text:
        _add_text(document, line.text)
    for name in line.record.aside:
        document.add_paragraph(f"{name} stepped aside and took no part.")
    for decision in line.record.decisions:
        _add_decision(document, decision)
    if not line.record.decisions:
        document.add_paragraph("Nothing was decided.")
    if line.record.actions:
        document.add_heading("Actions", level=2)
        for action in line.record.actions:
            document.add_paragraph(f"{action.what} – {action.owner}, by {_day(action.due_on)}", style="List Bullet")


def _add_decision(document: Doc, decision: DecisionRecord) -> None:
    document.add_heading(f"Decided: {decision.decided}", level=2)
    how = f"{decision.how}. " if decision.how else ""
    document.add_paragraph(f"{decision.step}. {how}Confirmed by {decision.chair}, {moment_in_words(decision.at)}.")
    _add_text(document, decision.reason)
    for said in decision.positions:
        words = f": {said.words}" if said.words else ""
        entered = f" (entered {'' if said.is_own else 'for them '}by {said.by})" if said.by else ""
        document.add_paragraph(f"{said.agency}: {said.view.lower()}{words}{entered}", style="List Bullet")
    if decision.dissent:
        document.add_heading("Dissent", level=3)
        _add_text(document, decision.dissent)


def _add_text(document: Doc, text: str) -> None:
    """A paragraph for each line. Control characters, which the format does not hold, are left out."""
    for line in text.splitlines():
        document.add_paragraph("".join(char for char in line if char.isprintable() or char == "\t"))


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"
