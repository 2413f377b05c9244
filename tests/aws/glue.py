"""What Glue on AWS insists on and the emulator lets pass."""

import re

from proxy import refused

PAGE = 100
MOST_IN_A_BATCH = 100
LONGEST_COMMENT = 255
NAME = re.compile(r"[a-z0-9_]{1,255}")
# What a table has, each as it is where the input does not say it.
INPUT = {"Description": "", "Owner": "", "StorageDescriptor": {}, "PartitionKeys": [], "TableType": "", "Parameters": {}}


class Glue:
    """Notes updates that do not say which version they are of. While it interferes, somebody else is quicker with each table once."""

    def __init__(self):
        self.unguarded = []
        self.conflicts = 0
        self.disturbed = None

    def interfere(self, does_it=True):
        self.disturbed = set() if does_it else None

    async def __call__(self, call, forward):
        asked = call.json
        problem = what_is_wrong(call.action, asked)
        if problem:
            return refused("InvalidInputException", problem)
        if call.action == "UpdateTable":
            return await self.update(call, asked, forward)
        if call.action == "CreateTable" and self.is_to_disturb(asked["TableInput"]["Name"]):
            await forward(call)
        answer = await forward(call)
        self.conflicts += call.action == "CreateTable" and b"AlreadyExistsException" in answer.body
        if call.action in ("GetPartitions", "GetTables"):
            return page(answer, asked, "Partitions" if call.action == "GetPartitions" else "TableList")
        return answer

    async def update(self, call, asked, forward):
        name = asked["TableInput"]["Name"]
        if "VersionId" not in asked:
            self.unguarded.append(name)
        if self.is_to_disturb(name):
            await self.touch(call, asked, forward)
        # The emulator would keep what the input leaves out.
        answer = await forward(call.asking(asked | {"TableInput": INPUT | asked["TableInput"]}))
        self.conflicts += answer.status == 400 and b"ConcurrentModificationException" in answer.body
        return answer

    async def touch(self, call, asked, forward):
        """Another version of the table, with nothing changed."""
        name = asked["TableInput"]["Name"]
        touched = {"DatabaseName": asked["DatabaseName"], "TableInput": {"Name": name}}
        await forward(call.asking(touched))

    def is_to_disturb(self, name):
        if self.disturbed is None or name in self.disturbed:
            return False
        self.disturbed.add(name)
        return True


def what_is_wrong(action, asked):
    if action in ("CreateTable", "UpdateTable"):
        return what_is_wrong_with_table(asked["TableInput"])
    if action == "BatchCreatePartition" and len(asked["PartitionInputList"]) > MOST_IN_A_BATCH:
        return f"{len(asked['PartitionInputList'])} partitions in one request; at most {MOST_IN_A_BATCH}"
    return None


def what_is_wrong_with_table(table):
    columns = table.get("StorageDescriptor", {}).get("Columns", []) + table.get("PartitionKeys", [])
    for name in [table["Name"], *(column["Name"] for column in columns)]:
        if not NAME.fullmatch(name):
            return f"{name!r} cannot be a name"
    for column in columns:
        if len(column.get("Comment", "")) > LONGEST_COMMENT:
            return f"the comment of {column['Name']} is longer than {LONGEST_COMMENT} characters"
    if len({column["Name"] for column in columns}) < len(columns):
        return "a column is named twice"
    return None


def page(answer, asked, listed):
    """The emulator answers with everything at once."""
    if answer.status != 200:
        return answer
    content = answer.json
    begin = int(asked.get("NextToken") or 0)
    end = begin + min(int(asked.get("MaxResults") or PAGE), PAGE)
    if end < len(content[listed]):
        content["NextToken"] = str(end)
    content[listed] = content[listed][begin:end]
    return answer.saying(content)
