"""One emulator, its clients, and the proxy that functions talk through."""

import concurrent.futures
import functools
import io
import pathlib
import shutil
import subprocess
import tempfile
import zipfile

import boto3
from athena import Athena
from botocore.config import Config
from glue import Glue
from proxy import Proxy
from servers import CREDENTIALS, REGION, wait_for

CODE_BUCKET = "leadlake-code"
RESULTS_BUCKET = "leadlake-athena-results"
ROLE = "arn:aws:iam::000000000000:role/leadlake"
AT_ONCE = 8


def client(service, endpoint, credentials=CREDENTIALS):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
        config=Config(
            s3={"addressing_style": "path"},
            retries={"max_attempts": 1},
            read_timeout=300,
            max_pool_connections=2 * AT_ONCE,
        ),
    )


class Account:
    """`direct` clients see what is there; functions and the CLI go through the proxy."""

    def __init__(self, emulator, functions, folder):
        self.emulator = emulator
        self.functions = functions
        self.folder = folder
        self.glue_rules = Glue()
        athena = Athena(self.direct("s3"), self.direct("glue"), folder / "athena")
        self.proxy = Proxy(emulator.endpoint, {"glue": self.glue_rules, "athena": athena}).start()
        for bucket in (CODE_BUCKET, RESULTS_BUCKET):
            self.direct("s3").create_bucket(Bucket=bucket)

    @functools.cache
    def direct(self, service):
        return client(service, self.emulator.endpoint)

    @functools.cache
    def through_proxy(self, service):
        return client(service, self.proxy.endpoint)

    def environment(self):
        """What makes a program on this machine talk to the emulator."""
        return CREDENTIALS | {"AWS_ENDPOINT_URL": self.proxy.endpoint}

    @functools.cache
    def code(self, binary):
        """Where the zip of a function lies. Debugging symbols would make it larger than Lambda takes."""
        with tempfile.TemporaryDirectory() as scratch:
            bootstrap = pathlib.Path(scratch, "bootstrap")
            shutil.copy(self.functions / binary, bootstrap)
            if bootstrap.read_bytes()[:4] == b"\x7fELF":
                subprocess.run(["strip", bootstrap], check=True, timeout=120)
            zipped = io.BytesIO()
            with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.write(bootstrap, "bootstrap")
        self.direct("s3").put_object(Bucket=CODE_BUCKET, Key=f"{binary}.zip", Body=zipped.getvalue())
        return {"S3Bucket": CODE_BUCKET, "S3Key": f"{binary}.zip"}

    def create_function(self, name, binary, variables, timeout, memory):
        made = self.direct("lambda").create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Role=ROLE,
            Handler="bootstrap",
            Code=self.code(binary),
            Timeout=timeout,
            MemorySize=memory,
            Environment={"Variables": {"AWS_ENDPOINT_URL": self.proxy.endpoint} | variables},
        )
        return made["FunctionArn"]

    def log_of(self, function):
        """What a function wrote, line by line."""
        pages = self.direct("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        return [event["message"] for page in pages for event in page["events"]]

    def ask_athena(self, sql, database):
        """The rows of an answer as texts, each under the names of its columns."""
        athena = self.through_proxy("athena")
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": f"s3://{RESULTS_BUCKET}/"},
        )
        return finished_query(athena, started["QueryExecutionId"])

    def stop(self):
        self.proxy.stop()


def at_once(work, items):
    """The work on each item, several at a time; fails with the first that fails."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(work, items))


def finished_query(athena, query):
    def ended():
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return status if status["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

    status = wait_for("the query", ended)
    assert status["State"] == "SUCCEEDED", status
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
