"""The public routes. Each names its language in the address, so that no cookie is needed for it."""

from django.urls import URLPattern, path, re_path, register_converter

from counterpoint.channels.portal.views import letters, report, sending, start


class LanguageId:
    """Two or three small letters; whether the pack has the language, the page finds out."""

    regex = "[a-z]{2,3}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class PackId(LanguageId):
    """The id of a question set or of one of its pages."""

    regex = "[a-z][a-z0-9_]{0,63}"


register_converter(LanguageId, "language")
register_converter(PackId, "pack_id")

app_name = "portal"
# Names with a hyphen cannot be the id of a page.
_FORM = "<language:language>/report/<pack_id:set_id>"
urlpatterns: list[URLPattern] = [
    path("", start.root, name="root"),
    path("<language:language>/", start.start, name="start"),
    path("<language:language>/choose", start.choose, name="choose"),
    path("<language:language>/exit", start.leave, name="exit"),
    re_path(rf"^(?P<language>[a-z]{{2,3}})/(?P<topic>{start.ABOUT})$", start.about, name="about"),
    path(f"{_FORM}/", report.begin, name="begin"),
    path(f"{_FORM}/call-first", sending.emergency, name="emergency"),
    path(f"{_FORM}/send-now", sending.send_now, name="send_now"),
    path(f"{_FORM}/check-answers", sending.check_answers, name="check"),
    path(f"{_FORM}/your-receipt", sending.receipt, name="receipt"),
    path(f"{_FORM}/too-long-open", report.ended, name="ended"),
    path(f"{_FORM}/<pack_id:page_id>", report.question_page, name="page"),
    path("<language:language>/finished", sending.finished, name="finished"),
    path("<language:language>/mailbox", letters.sign_in, name="mailbox"),
    path("<language:language>/mailbox/messages", letters.messages, name="messages"),
    path("<language:language>/mailbox/close", letters.close, name="close"),
    path("<language:language>/mailbox/closed", letters.closed, name="closed"),
]
