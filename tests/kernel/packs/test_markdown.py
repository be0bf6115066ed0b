import pytest

from counterpoint.kernel.packs.markdown import _link_fault, faults


@pytest.mark.parametrize(
    "text",
    [
        "Plain, *with* **marks**, `code` and a list:\n\n- one\n- two",
        "[Call 999](tel:999), [text](sms:60777), [write](mailto:help@help.example), [read](https://help.example/a?b=c#d)",
        "[Here](/help), [there](help), [above](#top), [asked](?language=cy)",
        "5 < 6 and 7 > 6 & so on",
        "Write \\<b> as it stands",
        "[Call {number}](tel:{number})",
    ],
)
def test_safe(text):
    assert list(faults(text)) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<script>alert(1)</script>", "html_in_text"),
        ("a <b>b</b>", "html_in_text"),
        ("<!-- c -->", "html_in_text"),
        ("- > <div>\n", "html_in_text"),
        ("![a](https://a.example/a.png)", "image_in_text"),
        ("[a](javascript:alert(1))", "link_not_allowed"),
        ("[a](JaVaScRiPt:alert(1))", "link_not_allowed"),
        ("[a](&#106;avascript:alert(1))", "link_not_allowed"),
        ("[a][b]\n\n[b]: javascript:alert(1)", "link_not_allowed"),
        ("<javascript:alert>", "link_not_allowed"),
        ("[a](data:text/html,x)", "link_not_allowed"),
        ("[a](http://a.example)", "link_not_allowed"),
        ("[a](//a.example)", "link_not_allowed"),
        ("[a](/\\a.example)", "link_not_allowed"),
        ("[a](\\\\\\\\a.example)", "link_not_allowed"),
    ],
)
def test_unsafe(text, code):
    assert code in {fault[0] for fault in faults(text)}


def test_what_is_no_address_at_all():
    # The parser of today escapes such addresses; another version may not.
    assert _link_fault("https://[")[0] == "link_not_allowed"
