"""Holds requests back, so that what happens meanwhile is the same each time. Each is a rule of the proxy."""

import asyncio
import contextlib
import re
import threading

PATIENCE = 60
RUN = re.compile(rb'"run_id":\s*"([^"]+)"')


class Meeting:
    """The first run that commits to a table's log waits for another that wants the same number; from then on nobody waits."""

    def __init__(self, table):
        self.log = f"/{table}/_log/"
        self.met = asyncio.Event()
        self.came = {}

    async def __call__(self, call, forward):
        if call.method == "PUT" and self.log in call.target and not self.met.is_set():
            await self.meet(call)
        return await forward(call)

    async def meet(self, call):
        runs = self.came.setdefault(call.target, set())
        runs.update(RUN.findall(call.body))
        if len(runs) > 1:
            self.met.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.met.wait(), PATIENCE)


class Late:
    """Hears what it first asked of the ledger only when `done` is set, and stands still at its first PUT until it is `over`."""

    def __init__(self):
        self.asked, self.done, self.stands, self.over = (threading.Event() for _ in range(4))

    async def __call__(self, call, forward):
        if call.method == "PUT":
            self.stands.set()
            await asyncio.to_thread(self.over.wait, PATIENCE)
            raise ConnectionResetError
        answer = await forward(call)
        if "/ledger/" in call.target and not self.asked.is_set():
            self.asked.set()
            await asyncio.to_thread(self.done.wait, PATIENCE)
        return answer
