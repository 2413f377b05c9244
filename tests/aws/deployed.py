"""The stage `local` of infra/, deployed to an emulator that asks for rights."""

import datetime
import functools
import json

from account import at_once
from cdk import Cdk, packaged
from deployment import SOURCES, Lake, Queue
from enforced import ACCOUNT, Enforced
from servers import REGION, wait_for

NAME = "leadlake-local"
STORAGE, LAKE = f"{NAME}-storage", f"{NAME}-lake"
ANSWERS = f"{NAME}-answers-{ACCOUNT}-{REGION}"
DATABASE = NAME.replace("-", "_")
PERSONS = ("pipeline", "analyst", "scientist", "sales", "privacy")


class Deployed(Lake):
    def __init__(self, bin_folder, infra, functions, folder):
        self.enforced = Enforced(bin_folder, folder)
        try:
            super().__init__(self.enforced, f"s3://{NAME}-{{layer}}-{ACCOUNT}-{REGION}")
            self.cdk = Cdk(infra, packaged(functions), folder / "cdk", self.enforced.environment())
            synth = self.cdk.synth("local")
            self.enforced.emulator.wait_until_healthy(60)
            bootstrap = self.cdk.bootstrap(ACCOUNT, REGION)
            self.cdk.finished(synth, bootstrap)
            self.cdk.deploy(STORAGE, LAKE)
        except BaseException:
            self.enforced.stop()
            raise

    def destroy_lake(self):
        self.cdk.destroy(LAKE)
        self.forget()

    def deploy_lake(self):
        """The roles are others now, under names of their own."""
        self.cdk.deploy(LAKE)
        self.forget()

    def forget(self):
        for cached in (self.enforced.grants, self.role_of):
            cached.cache_clear()
        self.enforced.callers.clear()

    # Who and what there is

    def function(self, name):
        return f"{NAME}-{name}"

    @functools.cache
    def role_of(self, function):
        configuration = self.lambdas.get_function_configuration(FunctionName=self.function(function))
        return configuration["Role"].rpartition("/")[2]

    def queue(self, source):
        url = self.sqs.get_queue_url(QueueName=f"{NAME}-{source}")["QueueUrl"]
        dead = self.sqs.get_queue_url(QueueName=f"{NAME}-{source}-dead")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
        return Queue(url, arn + url.rpartition("/")[2], dead, arn + dead.rpartition("/")[2])

    def as_person(self, person):
        return self.enforced.assume(f"{NAME}-{person}")

    def as_function(self, function):
        return self.enforced.assume(self.role_of(function))

    def principal(self, who):
        """A function, a person or a producer, by the name that the tests have for it."""
        kind, _, source = who.partition("-")
        if kind == "producer":
            return self.producers[source]
        return self.as_person(who) if who in PERSONS else self.as_function(who)

    def producer(self, source):
        """Somebody who has nothing but the policy that producers of a source are given."""
        iam, role = self.enforced.direct("iam"), f"deliverer-of-{source}"
        principal = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [principal]}))
        iam.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-producer-{source}")
        return self.enforced.assume(role)

    def machine(self, name):
        return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NAME}-{name}"

    def stacks(self):
        ended = "DELETE_COMPLETE"
        found = self.enforced.direct("cloudformation").list_stacks()["StackSummaries"]
        return {stack["StackName"] for stack in found if stack["StackStatus"] != ended}

    def noted_of(self, function):
        return self.of_calls(self.enforced.proxy.noted, function)

    def denied_of(self, function):
        return self.of_calls(self.enforced.proxy.denied, function)

    def of_calls(self, calls, function):
        """All versions of it; not what tests tried with its role."""
        names = {key: caller.name for key, caller in self.enforced.callers.items() if caller}
        return set().union(*(rights for key, rights in calls.items() if names.get(key) == self.function(function)))

    # What Glue says

    def tables(self):
        pages = self.enforced.direct("glue").get_paginator("get_tables").paginate(DatabaseName=DATABASE)
        return [table for page in pages for table in page["TableList"]]

    def table(self, name):
        return self.enforced.direct("glue").get_table(DatabaseName=DATABASE, Name=name)["Table"]

    def partitions_of(self, table):
        """Values and place below the table's own of each partition."""
        asked = {"DatabaseName": DATABASE, "TableName": table["Name"]}
        pages = self.enforced.direct("glue").get_paginator("get_partitions").paginate(**asked)
        root = table["StorageDescriptor"]["Location"]
        partitions = [partition for page in pages for partition in page["Partitions"]]
        return [(each["Values"], each["StorageDescriptor"]["Location"].removeprefix(root)) for each in partitions]

    def files_of(self, table):
        """Of its partitions, or of all of it where it has none."""
        root = table["StorageDescriptor"]["Location"]
        roots = [root + below for _, below in self.partitions_of(table)] if table.get("PartitionKeys") else [root]
        prefixes = tuple(place.rstrip("/") + "/" for place in roots)
        bucket, _, folder = root.removeprefix("s3://").partition("/")
        found = [key for key in self.keys(folder.rstrip("/") + "/") if key.endswith(".parquet")]
        return [key for key in found if f"s3://{bucket}/{key}".startswith(prefixes)]

    # What happens in it

    def wait(self, what, is_so, seconds=60):
        try:
            return wait_for(what, is_so, seconds, every=0.2)
        except TimeoutError as late:
            raise AssertionError(f"{late}\n{self.last_words()}") from late

    def wait_for_ledger(self, count):
        self.wait(f"{count} entries of the ledger", lambda: len(self.keys("ledger/")) >= count, 120)

    def execute(self, machine, asked, seconds=180):
        """Runs a state machine to its end, as a schedule does."""
        states = self.enforced.direct("stepfunctions")
        execution = states.start_execution(stateMachineArn=self.machine(machine), input=json.dumps(asked))["executionArn"]

        def ended():
            found = states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        ended = self.wait(f"the end of {machine}", ended, seconds)
        assert ended["status"] == "SUCCEEDED", f"{ended.get('error')}: {ended.get('cause')}\n{self.last_words()}"
        return json.loads(ended["output"])

    def grow_older(self, days):
        """As if so many days had gone by since anything was written: for the logs of tables, and for S3."""
        for key in [key for key in self.keys() if "/_log/" in key]:
            entry = json.loads(self.get(key))
            before = datetime.datetime.fromisoformat(entry["committed_at"]) - datetime.timedelta(days=days)
            self.put(key, json.dumps(entry | {"committed_at": before.isoformat().replace("+00:00", "Z")}).encode())
        self.enforced.ageing.days = days

    def last_words(self):
        """What functions were denied, and the ends of their logs."""
        denied = {right for rights in self.enforced.proxy.denied.values() for right in rights}
        functions = [f"refine-{source}" for source in SOURCES] + ["score", "catalog", "tables"]
        logs = at_once(lambda function: self.enforced.log_of(self.function(function))[-15:], functions)
        ends = [f"{function}:\n" + "".join(log) for function, log in zip(functions, logs, strict=True) if log]
        return "\n".join([f"denied: {right}" for right in denied] + ends)

    def stop(self):
        self.enforced.stop()
