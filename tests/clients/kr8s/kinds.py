"""kr8s: every kind that discovery lists, all objects of it."""

from __future__ import annotations

import kr8s
from report import Context, run


async def kinds(context: Context):
    api = await kr8s.asyncio.api()
    seen = set()
    for resource in await api.api_resources():
        if "list" in resource["verbs"]:
            name = f"{resource['name']}.{resource['version']}"
            async for item in api.get(name, namespace=kr8s.ALL):
                assert item.kind.lower() == resource["kind"].lower()  # kr8s takes it from the singular name
                seen.add(resource["kind"])
    return sorted(seen)


if __name__ == "__main__":
    run("kr8s", kinds)
