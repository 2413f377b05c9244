"""A lake as it was at a moment, and as it can be made again: its objects, and what Glue says of it."""

import dataclasses
import hashlib
import io
import json

import pyarrow.parquet as pq
import urllib3
from deployment import Deployment
from parquet import of_version

# Of a table of Glue what somebody said of it; the rest is Glue's own.
SAID = ("Name", "Description", "Owner", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/glue/aws4_request, SignedHeaders=host, Signature=none"


@dataclasses.dataclass(frozen=True)
class State:
    """Objects by key, tables of Glue by name: what was said, and the partitions by their values."""

    objects: dict
    tables: dict


class Glue:
    """Asked hundreds of times between two kills, so without what an SDK does around each request."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.pool = urllib3.PoolManager()

    def ask(self, action, **asked):
        """The answer; nothing where there is no such thing."""
        headers = {"X-Amz-Target": f"AWSGlue.{action}", "Content-Type": "application/x-amz-json-1.1", "Authorization": SIGNED}
        answer = self.pool.request("POST", self.endpoint, body=json.dumps(asked), headers=headers)
        if b"EntityNotFoundException" in answer.data:
            return None
        assert answer.status == 200, answer.data
        return json.loads(answer.data or b"{}")

    def tables(self, database):
        """The emulator lists everything at once."""
        listed = self.ask("GetTables", DatabaseName=database) or {"TableList": []}
        return {table["Name"]: (said_of(table), self.partitions(database, table)) for table in listed["TableList"]}

    def partitions(self, database, table):
        if not table.get("PartitionKeys"):
            return {}
        listed = self.ask("GetPartitions", DatabaseName=database, TableName=table["Name"])["Partitions"]
        return {tuple(partition["Values"]): partition["StorageDescriptor"] for partition in listed}

    def make_again(self, tables, database):
        there = self.tables(database)
        if not tables:
            self.ask("DeleteDatabase", Name=database)
        elif not there:
            self.ask("CreateDatabase", DatabaseInput={"Name": database})
        for name in there.keys() - tables.keys():
            self.ask("DeleteTable", DatabaseName=database, Name=name)
        for name, (said, partitions) in tables.items():
            if there.get(name) == (said, partitions):
                continue
            if name in there:
                self.ask("DeleteTable", DatabaseName=database, Name=name)
            self.ask("CreateTable", DatabaseName=database, TableInput=said)
            inputs = [{"Values": list(values), "StorageDescriptor": storage} for values, storage in partitions.items()]
            self.ask("BatchCreatePartition", DatabaseName=database, TableName=name, PartitionInputList=inputs)


def said_of(table):
    return {name: table[name] for name in SAID if table.get(name)}


class Remembered(Deployment):
    """A lake whose objects are listed when it is looked at, and each read once as long as it stays the same."""

    def __init__(self, account, name, glue):
        super().__init__(account, name, f"s3://{name}", is_versioned=False)
        self.glue = glue
        self.contents, self.rows = {}, {}
        self.look()

    def look(self):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.buckets[0], Prefix=self.prefix)
        listed = [file for page in pages for file in page.get("Contents", [])]
        self.etags = {file["Key"].removeprefix(self.prefix): file["ETag"].strip('"') for file in listed}
        return self

    def keys(self, below=""):
        return [key for key in self.etags if key.startswith(below)]

    def get(self, key):
        etag = self.etags[key]
        if etag not in self.contents:
            self.contents[etag] = super().get(key)
        return self.contents[etag]

    def put(self, key, content):
        super().put(key, content)
        self.etags[key] = hashlib.md5(content).hexdigest()

    def rows_of(self, table):
        """What readers see, read once as long as the files stay the same."""
        keys = of_version(self.current(table))
        etags = tuple(self.etags[key] for key in keys)
        if etags not in self.rows:
            self.rows[etags] = [row for key in keys for row in pq.read_table(io.BytesIO(self.get(key))).to_pylist()]
        return self.rows[etags]

    def remember(self):
        self.look()
        return State({key: self.get(key) for key in self.keys()}, self.glue.tables(self.database))

    def make_again(self, state):
        """Touches nothing that is as it was: of objects the time of modification tells, too."""
        self.look()
        other = [{"Key": self.prefix + key} for key in self.etags.keys() - state.objects.keys()]
        if other:
            self.s3.delete_objects(Bucket=self.buckets[0], Delete={"Objects": other})
        for key, content in state.objects.items():
            if self.etags.get(key) != hashlib.md5(content).hexdigest():
                self.put(key, content)
        self.glue.make_again(state.tables, self.database)
