"""S3 and its notifications as another emulator has them, which encodes keys in another way."""

import json

import pytest
from account import client
from conftest import ROOT
from runtime_api import Function
from servers import CREDENTIALS, wait_for
from test_stores import assert_conforms

LAKE = "leadlake-on-localstack"
NAMES = ["plain.json", "with space.json", "a b+c=d.json", "größe%20.json"]


@pytest.fixture(scope="module")
def lake(localstack, functions, tmp_path_factory):
    s3, sqs = (client(service, localstack.endpoint) for service in ("s3", "sqs"))
    s3.create_bucket(Bucket=LAKE)
    s3.put_bucket_versioning(Bucket=LAKE, VersioningConfiguration={"Status": "Enabled"})
    url = sqs.create_queue(QueueName="raw")["QueueUrl"]
    dead = sqs.create_queue(QueueName="raw-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    below = {"Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "bronze/"}]}}}
    s3.put_bucket_notification_configuration(Bucket=LAKE, NotificationConfiguration={"QueueConfigurations": [told | below]})
    settings = {"LEADLAKE_LAKE": f"s3://{LAKE}", "LEADLAKE_DLQ_URL": dead, "AWS_ENDPOINT_URL": localstack.endpoint}
    refine = Function(functions / "refine", settings | CREDENTIALS, tmp_path_factory.mktemp("refine"))
    try:
        yield s3, sqs, url, dead, refine
    finally:
        refine.stop()


def test_objects_are_refined_whatever_their_names_are(lake):
    s3, sqs, url, dead, refine = lake
    sample = (ROOT / "events" / "samples" / "webinar.json").read_bytes()
    keys = [f"bronze/webinar/2025/01/10/{name}" for name in NAMES]
    for key in keys:
        s3.put_object(Bucket=LAKE, Key=key, Body=sample)

    def work():
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages", [])
        if received:
            failed = refine.invoke({"Records": [record(message) for message in received]})["batchItemFailures"]
            assert failed == [], failed
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(ledger(s3)) == len(keys)

    wait_for("a ledger entry of each object", work, 60)
    assert sorted(entry["object_key"] for entry in ledger(s3)) == sorted(keys)
    assert {entry["counts"]["accepted"] for entry in ledger(s3)} == {2}
    assert sqs.receive_message(QueueUrl=dead).get("Messages", []) == []


def test_the_store_conforms(localstack):
    assert_conforms(localstack.endpoint)


def record(message):
    """A message as a function is given it."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:raw",
        "awsRegion": "us-east-1",
    }


def ledger(s3):
    keys = [file["Key"] for file in s3.list_objects_v2(Bucket=LAKE, Prefix="ledger/").get("Contents", [])]
    return [json.loads(s3.get_object(Bucket=LAKE, Key=key)["Body"].read()) for key in keys]
