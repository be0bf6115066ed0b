"""What watches over the journeys sees a page that asks another host, and lets nothing through to it."""

import socket

import pytest

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
ASK = """address => fetch(address, {mode: "no-cors", signal: AbortSignal.timeout(5000)}).then(
    () => "answered", error => error.name)"""


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1"])
def test_a_request_to_another_host_is_refused_and_told(page, host):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        address = f"http://{host}:{stranger.getsockname()[1]}/pixel"
        page.route("**/quiet", lambda route: route.fulfill(body="<h1>Nothing forbids this page to ask</h1>"))
        page.goto("/quiet")
        assert page.evaluate(ASK, address) == "TypeError"
        stranger.setblocking(False)
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert page.strangers == [address]
    page.strangers.clear()
