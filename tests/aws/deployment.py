"""A lake on the emulator, as it is deployed on AWS: buckets, queues, functions and what joins them."""

import dataclasses
import json

from account import RESULTS_BUCKET, at_once
from objects import Objects
from servers import wait_for

SOURCES = ("crm", "online", "roadshow", "transactions", "webinar")
LAYERS = ("bronze", "silver", "features", "gold", "ops")
# Of each folder, which layer's bucket it lies in.
LAYER_OF = {"bronze": "bronze", "silver": "silver", "quarantine": "silver", "features": "features", "gold": "gold"}
DATABASE = "leadlake"


@dataclasses.dataclass
class Queue:
    url: str
    arn: str
    dead_url: str
    dead_arn: str


@dataclasses.dataclass
class Refine:
    """One deployment of the function."""

    function: str
    queue: Queue
    mapping: str


class Lake:
    """Buckets and functions that are there."""

    def __init__(self, account, address):
        self.account = account
        self.address = address
        pattern, _, prefix = address.removeprefix("s3://").partition("/")
        self.prefix = f"{prefix}/" if prefix else ""
        self.bucket_of_layer = {layer: pattern.replace("{layer}", layer) for layer in LAYERS}
        self.buckets = sorted(set(self.bucket_of_layer.values()))
        self.s3, self.sqs, self.lambdas = (account.direct(service) for service in ("s3", "sqs", "lambda"))

    # What is asked of it

    def invoke(self, function, event):
        """The answer of a function that did not fail."""
        status, answer = self.invoke_as_it_ends(function, event)
        assert status is None, f"{function}: {answer}\n" + "\n".join(self.account.log_of(function)[-40:])
        return answer

    def invoke_as_it_ends(self, function, event):
        ended = self.lambdas.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        return ended.get("FunctionError"), json.loads(ended["Payload"].read() or b"null")

    def configure(self, function, variables):
        """Sets further variables; processes that run with the old ones end."""
        known = self.lambdas.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        self.lambdas.update_function_configuration(FunctionName=function, Environment={"Variables": known | variables})

    def enable(self, refine, enabled=True):
        self.lambdas.update_event_source_mapping(UUID=refine.mapping, Enabled=enabled)

    def send(self, queue, bodies):
        """Messages, ten in a request."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        batches = [entries[begin : begin + 10] for begin in range(0, len(entries), 10)]

        def send(batch):
            answer = self.sqs.send_message_batch(QueueUrl=queue.url, Entries=batch)
            assert not answer.get("Failed"), answer

        at_once(send, batches)

    def waiting(self, url):
        """How many messages a queue holds, those included that somebody works on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def wait_until_worked_off(self, refine, seconds):
        wait_for(f"an empty queue of {refine.function}", lambda: self.waiting(refine.queue.url) == 0, seconds, every=0.2)

    def dead(self, refine, count):
        """The messages of a dead-letter queue, which stay there."""
        found = {}

        def look():
            asked = {"QueueUrl": refine.queue.dead_url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
            for message in self.sqs.receive_message(**asked, VisibilityTimeout=5).get("Messages", []):
                found[message["MessageId"]] = message
            return len(found) >= max(count, self.waiting(refine.queue.dead_url))

        wait_for(f"{count} messages in {refine.queue.dead_url}", look, 20)
        messages = list(found.values())
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=refine.queue.dead_url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        return messages

    # What lies in it

    def bucket(self, key):
        return self.bucket_of_layer[LAYER_OF.get(key.partition("/")[0], "ops")]

    def place(self, key):
        return f"s3://{self.bucket(key)}/{self.prefix}{key}"

    def put(self, key, content):
        self.s3.put_object(Bucket=self.bucket(key), Key=self.prefix + key, Body=content)

    def get(self, key):
        return self.s3.get_object(Bucket=self.bucket(key), Key=self.prefix + key)["Body"].read()

    def upload(self, folder):
        """Every object of a folder's bronze."""
        files = sorted(path for path in (folder / "bronze").rglob("*") if path.is_file())
        at_once(lambda path: self.put(path.relative_to(folder).as_posix(), path.read_bytes()), files)
        return [path.relative_to(folder).as_posix() for path in files]

    def keys(self, below=""):
        """The keys of everything below a folder, in all buckets."""
        found = []
        for bucket in {self.bucket(below)} if below else self.buckets:
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=self.prefix + below)
            found += [file["Key"].removeprefix(self.prefix) for page in pages for file in page.get("Contents", [])]
        return found

    def ledger(self):
        return [json.loads(entry) for entry in at_once(self.get, self.keys("ledger/"))]

    def download(self, folder):
        """A copy of the lake, as a lake on one machine."""

        def copy(key):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.get(key))

        at_once(copy, self.keys())
        return folder

    def log(self, table):
        """The entries of a table's log, by their numbers."""
        entries = [json.loads(self.get(key)) for key in self.keys(f"{table}/_log/")]
        return {entry["number"]: entry for entry in entries}

    def current(self, table):
        """The entry whose version readers use."""
        log = self.log(table)
        return log[log[max(log)]["current"]]


class Deployment(Lake):
    """A lake that is made here, call by call."""

    def __init__(self, account, name, address, is_versioned=True):
        super().__init__(account, address)
        self.objects = Objects(account.emulator.endpoint)
        self.name = name
        self.refines = {}
        for bucket in self.buckets:
            self.s3.create_bucket(Bucket=bucket)
        if is_versioned:
            self.s3.put_bucket_versioning(Bucket=self.bucket("bronze/"), VersioningConfiguration={"Status": "Enabled"})

    def put(self, key, content):
        self.objects.put(self.bucket(key), self.prefix + key, content)

    def get(self, key):
        return self.objects.get(self.bucket(key), self.prefix + key)

    def add_refine(self, name, source=None, timeout=30, visibility=None, receives=5, concurrency=2, enabled=True, variables=None):
        """A queue and a function for the objects of one source, or of all."""
        queue = self.add_queue(name, visibility or timeout, receives)
        settings = {
            "LEADLAKE_LAKE": self.address,
            "LEADLAKE_QUEUE_URL": queue.url,
            "LEADLAKE_DLQ_URL": queue.dead_url,
            "LEADLAKE_MAX_RECEIVES": str(receives),
        } | ({"LEADLAKE_SOURCE": source} if source else {})
        function = f"{self.name}-{name}"
        self.account.create_function(function, "refine", settings | (variables or {}), timeout, memory=512)
        mapping = self.lambdas.create_event_source_mapping(
            EventSourceArn=queue.arn,
            FunctionName=function,
            BatchSize=10,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": concurrency},
            Enabled=enabled,
        )
        self.refines[name] = Refine(function, queue, mapping["UUID"])
        return self.refines[name]

    def add_queue(self, name, visibility, receives):
        def made(name, attributes):
            url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
            found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            return url, found["Attributes"]["QueueArn"]

        dead_url, dead_arn = made(f"{self.name}-{name}-dead", {})
        # The function itself sends to it what fails too often; this is for what it cannot.
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": receives + 5})
        url, arn = made(f"{self.name}-{name}", {"VisibilityTimeout": str(visibility), "RedrivePolicy": redrive})
        return Queue(url, arn, dead_url, dead_arn)

    def notify(self, queues):
        """Objects that are created below a prefix are told to its queue."""
        configurations = [
            {
                "QueueArn": queue.arn,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": self.prefix + below}]}},
            }
            for below, queue in queues.items()
        ]
        self.s3.put_bucket_notification_configuration(
            Bucket=self.bucket("bronze/"), NotificationConfiguration={"QueueConfigurations": configurations}
        )

    def add_score(self, variables=None):
        settings = {"LEADLAKE_LAKE": self.address, "LEADLAKE_GLUE_DATABASE": self.database}
        name = f"{self.name}-score"
        return name, self.account.create_function(name, "score", settings | (variables or {}), timeout=120, memory=1024)

    def add_catalog(self, variables=None):
        settings = {
            "LEADLAKE_LAKE": self.address,
            "LEADLAKE_GLUE_DATABASE": self.database,
            "LEADLAKE_ATHENA_OUTPUT": f"s3://{RESULTS_BUCKET}/{self.name}/",
        }
        name = f"{self.name}-catalog"
        return name, self.account.create_function(name, "catalog", settings | (variables or {}), timeout=240, memory=1024)

    @property
    def database(self):
        return f"{DATABASE}_{self.name}".replace("-", "_")
