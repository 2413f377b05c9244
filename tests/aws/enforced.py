"""An emulator that asks for rights, and the proxy in front of it, which notes who asked for what.

Where the emulator is more lenient than AWS, callers are held to it here: what Athena reads and writes for somebody, it reads and
writes with their rights, and that an object is not there is told to who may list. Where it denies what AWS allows, it is
overruled, if the caller's own policy holds the right.
"""

import asyncio
import collections
import concurrent.futures
import dataclasses
import datetime
import functools
import hashlib
import json
import re
import threading
import uuid

from account import client, finished_query
from athena import Athena
from athena_tables import Tables, Unreadable
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from glue import Glue
from policies import denies, grants_of
from proxy import HOP_BY_HOP, Answer, Proxy, refused
from rights import Right, rights_of, signature_of
from servers import CREDENTIALS, REGION, MiniStack, free_port

ACCOUNT = "000000000000"
# What the emulator denies although the policy is right on AWS, each with what it looks at instead.
MISJUDGED = {
    "athena:GetQueryExecution": "looks for a right on every workgroup",
    "athena:GetQueryResults": "looks for a right on every workgroup",
    "glue:GetDatabase": "looks for a right on a table of the database's name",
    "s3:DeleteObject": "takes the session for the principal, where a bucket's policy names a role",
    "sqs:SendMessage": "looks for a right to SendMessageBatch, which AWS does not have",
}
WRITTEN = re.compile(rb"<LastModified>(\d{4}-\d\d-\d\d)")
# As whatever ends TLS in front of a service says it.
TLS = ("X-Forwarded-Proto", "https")
ACCESS_DENIED = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'


@dataclasses.dataclass(eq=False)
class Caller:
    """Somebody with credentials that end."""

    role: str
    name: str
    credentials: dict

    @property
    def access_key(self):
        return self.credentials["AWS_ACCESS_KEY_ID"]


class Enforced:
    """`direct` clients are root's, which may do everything but speak without TLS."""

    def __init__(self, bin_folder, folder):
        port = free_port()
        self.folder = folder
        self.callers = {}
        self.glue_rules = Glue()
        self.proxy = NotingProxy(f"http://127.0.0.1:{port}", self)
        self.athena = AthenaOfCallers(self)
        self.ageing = Ageing()
        self.proxy.rules = {"glue": self.glue_rules, "athena": self.athena, "s3": self.ageing}
        self.proxy.start()
        # Functions get it, too, so that what is deployed says nothing of an emulator.
        settings = {"AUTH": "true", "AWS_ENDPOINT_URL": self.proxy.endpoint}
        self.emulator = MiniStack(bin_folder, folder / "ministack", port, settings)

    @functools.cache
    def direct(self, service):
        return client(service, self.proxy.endpoint)

    def environment(self, caller=None):
        credentials = caller.credentials if caller else CREDENTIALS
        return CREDENTIALS | credentials | {"AWS_ENDPOINT_URL": self.proxy.endpoint, "AWS_ENDPOINT_URL_S3": self.proxy.endpoint}

    @functools.cache
    def client_of(self, caller, service):
        return client(service, self.proxy.endpoint, caller.credentials)

    def assume(self, role):
        """Root may take on every role of the account, those of functions too."""
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        got = self.direct("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return self.register(role, "test", got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])

    def register_function(self, configuration):
        """Who the function is when it calls: the emulator derives credentials from its names, for each version others."""
        role = configuration["Role"]
        derived = hashlib.sha256(f"{configuration['FunctionArn']}:{role}".encode()).hexdigest()
        secret, token = (hashlib.sha256(f"{what}:{derived}".encode()).hexdigest() for what in ("secret", "token"))
        return self.register(role.rpartition("/")[2], configuration["FunctionName"], f"ASIA{derived[:16].upper()}", secret, token)

    def register(self, role, name, key, secret, token):
        credentials = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
        caller = Caller(role, name, credentials)
        self.callers[key] = caller
        return caller

    def caller_of(self, access_key):
        """None for CDK's own roles. Functions are looked up when they first call, which some do while they are deployed."""
        if access_key not in self.callers:
            self.callers[access_key] = None
            lambdas = self.direct("lambda")
            names = [function["FunctionName"] for function in lambdas.list_functions(MaxItems=50)["Functions"]]
            for version in [version for name in names for version in lambdas.list_versions_by_function(FunctionName=name)["Versions"]]:
                self.register_function(version)
        return self.callers.get(access_key)

    @functools.cache
    def grants(self, role):
        return grants_of(self.direct("iam"), role)

    def bucket_denies(self, caller, right):
        if not right.action.startswith("s3:"):
            return False
        bucket = right.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        policy = json.loads(self.direct("s3").get_bucket_policy(Bucket=bucket)["Policy"])
        return denies(policy, right, f"arn:aws:iam::{ACCOUNT}:role/{caller.role}")

    def log_of(self, function):
        pages = self.direct("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        return [event["message"] for page in pages for event in page["events"]]

    def ask_athena(self, caller, sql, database, workgroup):
        athena = self.client_of(caller, "athena")
        context = {"Database": database}
        started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup=workgroup)
        return finished_query(athena, started["QueryExecutionId"])

    def stop(self):
        self.emulator.stop()
        self.proxy.stop()


class NotingProxy(Proxy):
    """As if TLS ended here. Signatures hold for the host that the client meant, so it stays."""

    left_out = HOP_BY_HOP - {"host"}

    def __init__(self, upstream, enforced):
        super().__init__(upstream, port=free_port())
        self.enforced = enforced
        # Of each caller, by access key: what it did.
        self.noted = collections.defaultdict(set)
        self.denied = collections.defaultdict(set)
        self.overruled = collections.Counter()

    async def serve(self):
        # A question of Athena's holds a thread while it asks for objects, each of which needs one again.
        asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(64))
        await super().serve()

    async def forward(self, call):
        headers = [*call.headers, TLS]
        signature = signature_of(call)
        if signature is None or not signature.access_key.startswith("ASIA"):
            return await super().forward(dataclasses.replace(call, headers=headers))
        caller = await self.off_the_loop(self.enforced.caller_of, signature.access_key)
        if caller is None:
            return await super().forward(dataclasses.replace(call, headers=headers))
        rights = rights_of(call, signature.service, ACCOUNT, self.enforced.athena.workgroup_of)
        if call.is_altered:
            headers = signed(call, signature.service, caller.credentials)
        answer = await super().forward(dataclasses.replace(call, headers=headers))
        if is_denied(answer) and await self.off_the_loop(self.is_misjudged, caller, rights):
            self.overruled[rights[0].action] += 1
            answer = await super().forward(dataclasses.replace(call, headers=signed(call, signature.service, CREDENTIALS)))
        if answer.status == 404 and call.method in ("GET", "HEAD") and signature.service == "s3":
            rights += looks_of(rights[0])
            if not await self.off_the_loop(self.covers, caller, rights[1:]):
                answer = Answer(403, answer.headers, ACCESS_DENIED)
        (self.denied if is_denied(answer) else self.noted)[signature.access_key].update(rights)
        return answer

    async def off_the_loop(self, work, *arguments):
        return await self.loop.run_in_executor(None, work, *arguments)

    def is_misjudged(self, caller, rights):
        return rights[0].action in MISJUDGED and self.covers(caller, rights) and not self.enforced.bucket_denies(caller, rights[0])

    def covers(self, caller, rights):
        grants = self.enforced.grants(caller.role)
        return all(any(grant.allows(right) for grant in grants) for right in rights)


def looks_of(right):
    """Only who may list is told that an object is not there. Whether S3 takes the key for a prefix then, it does not say: either will do."""
    bucket, _, key = right.resource.partition("/")
    return [Right("s3:ListBucket", bucket), Right("s3:ListBucket", bucket, "s3:prefix", key)]


def is_denied(answer):
    return answer.status in (400, 403) and (b"AccessDenied" in answer.body or b"not authorized" in answer.body)


def signed(call, service, credentials):
    """The headers of the call, signed by somebody."""
    kept = {"host", "content-type", "content-encoding", "x-amz-target", "smithy-protocol", "accept"}
    headers = {name: value for name, value in call.headers if name.lower() in kept}
    request = AWSRequest(call.method, f"http://{headers.get('host') or headers['Host']}{call.target}", headers, call.body)
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    SigV4Auth(Credentials(*(credentials.get(key) for key in keys)), service, REGION).add_auth(request)
    return [*request.headers.items(), TLS]


class Ageing:
    """S3 that can say of all objects that they are older than they are. Vacuum leaves alone what is young."""

    def __init__(self):
        self.days = 0

    async def __call__(self, call, forward):
        answer = await forward(call)
        if self.days and call.method == "GET" and b"<LastModified>" in answer.body:
            return dataclasses.replace(answer, body=WRITTEN.sub(self.older, answer.body))
        return answer

    def older(self, found):
        day = datetime.date.fromisoformat(found[1].decode()) - datetime.timedelta(days=self.days)
        return f"<LastModified>{day}".encode()


class AthenaOfCallers(Athena):
    """Athena with the rights of whoever asks, as on AWS: on tables, on files and on the place of the answers."""

    def __init__(self, enforced):
        self.enforced = enforced
        self.lock = threading.Lock()
        self.queries, self.ids, self.workgroups = {}, {}, {}
        self.tables_of_callers = {}

    def workgroup_of(self, query):
        return self.workgroups.get(query, "primary")

    def tables_for(self, call):
        key = signature_of(call).access_key
        if key not in self.tables_of_callers:
            self.tables_of_callers[key] = TablesOfCaller(self.enforced, self.enforced.callers[key])
        return self.tables_of_callers[key]

    async def start(self, call, forward):
        workgroup = call.json.get("WorkGroup", "primary")
        key = signature_of(call).access_key
        caller = await self.enforced.proxy.off_the_loop(self.enforced.caller_of, key)
        try:
            await self.enforced.proxy.off_the_loop(self.write_answer, caller, workgroup)
        except ClientError as error:
            if not is_access_denied(error):
                raise
            return refused("InvalidRequestException", "Unable to verify/create output bucket")
        answer = await super().start(call, forward)
        if answer.status == 200:
            self.workgroups[answer.json["QueryExecutionId"]] = workgroup
        return answer

    def write_answer(self, caller, workgroup):
        """What Athena does for the caller in the place that the workgroup has for answers."""
        configured = self.enforced.direct("athena").get_work_group(WorkGroup=workgroup)["WorkGroup"]["Configuration"]
        place = configured["ResultConfiguration"]["OutputLocation"]
        bucket, _, folder = place.removeprefix("s3://").partition("/")
        s3, key = self.enforced.client_of(caller, "s3"), f"{folder}{uuid.uuid4()}.csv.metadata"
        s3.get_bucket_location(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps({"workgroup": workgroup}).encode())
        s3.get_object(Bucket=bucket, Key=key)


class TablesOfCaller(Tables):
    def __init__(self, enforced, caller):
        s3, glue = (enforced.client_of(caller, service) for service in ("s3", "glue"))
        super().__init__(s3, glue, enforced.folder / "athena" / caller.access_key)

    def file_of(self, database, name):
        try:
            return super().file_of(database, name)
        except ClientError as error:
            if not is_access_denied(error):
                raise
            raise Unreadable(f"Access Denied: {error.operation_name} of {name}") from error


def is_access_denied(error):
    return error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "403")

