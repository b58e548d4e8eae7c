from __future__ import annotations

import asyncio

from server.http.inbox import Inbox


def test_events_come_out_in_order_and_bytes_are_counted() -> None:
    async def main() -> None:
        taken = 0

        def count() -> None:
            nonlocal taken
            taken += 1

        inbox = Inbox("http")
        inbox.on_taken = count
        await inbox.put({"type": "http.request", "body": b"abc", "more_body": True})
        await inbox.put({"type": "http.request", "body": b"", "more_body": False})
        assert inbox.size == 3
        assert (await inbox.get())["body"] == b"abc"
        assert (inbox.size, taken) == (0, 1)
        assert (await inbox.get())["more_body"] is False
        assert taken == 1

    asyncio.run(main())


def test_a_disconnect_is_received_again_and_again() -> None:
    async def main() -> None:
        inbox = Inbox("http")
        await inbox.leave()
        assert await inbox.get() == await inbox.get() == {"type": "http.disconnect"}

    asyncio.run(main())


def test_a_websocket_is_told_that_the_server_goes_away() -> None:
    async def main() -> None:
        inbox = Inbox("websocket")
        await inbox.leave()
        assert await inbox.get() == {"type": "websocket.disconnect", "code": 1001}

    asyncio.run(main())


def test_who_waits_is_woken() -> None:
    async def main() -> None:
        inbox = Inbox("http")
        waiting = asyncio.ensure_future(inbox.get())
        await asyncio.sleep(0)
        await inbox.leave()
        assert (await waiting)["type"] == "http.disconnect"

    asyncio.run(main())
