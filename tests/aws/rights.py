"""Which right each request needs on AWS, on which resource, as IAM calls them."""

import dataclasses
import gzip
import re
import urllib.parse

from servers import REGION

SIGNED = re.compile(r"Credential=(\w+)/\d+/[^/]+/([^/]+)/aws4_request")
# How a signature calls a service, where policies call it otherwise.
IN_POLICIES = {"monitoring": "cloudwatch"}
OBJECT = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "POST": "PutObject", "DELETE": "DeleteObject"}


@dataclasses.dataclass(frozen=True)
class Right:
    action: str
    resource: str
    # Of the keys that conditions speak of, those that the lake's policies name.
    key: str = ""
    value: str = ""


@dataclasses.dataclass(frozen=True)
class Signature:
    access_key: str
    service: str


def signature_of(call):
    headers = {name.lower(): value for name, value in call.headers}
    found = SIGNED.search(headers.get("authorization", ""))
    return Signature(*found.groups()) if found else None


def rights_of(call, service, account, workgroup_of):
    """What the caller needs; `workgroup_of` knows where a query was asked."""
    if service == "s3":
        return list(on_s3(call))
    action = f"{IN_POLICIES.get(service, service)}:{call.action}"
    arn = f"arn:aws:{service}:{REGION}:{account}:"
    if service == "monitoring":
        return [Right(action, "*", "cloudwatch:namespace", namespace_of(call))]
    if service == "glue":
        return [Right(action, resource) for resource in on_glue(call.json, arn)]
    if service == "athena":
        workgroup = call.json.get("WorkGroup") or workgroup_of(call.json.get("QueryExecutionId"))
        return [Right(action, f"{arn}workgroup/{workgroup}")]
    if service == "sqs":
        return [Right(single(action), arn + call.json["QueueUrl"].rpartition("/")[2])]
    return [Right(action, "*")]


def single(action):
    """SQS asks for the right of one for that of many."""
    return re.sub("Batch$", "", action)


def on_s3(call):
    path, _, query = call.target.partition("?")
    asked = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    bucket, _, key = urllib.parse.unquote(path).removeprefix("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    if not key:
        yield from on_bucket(call, arn, asked)
        return
    action = OBJECT[call.method]
    if "uploadId" in asked and call.method in ("DELETE", "GET"):
        action = "AbortMultipartUpload" if call.method == "DELETE" else "ListMultipartUploadParts"
    elif "versionId" in asked:
        action += "Version"
    yield Right(f"s3:{action}", f"{arn}/{key}")
    headers = {name.lower(): value for name, value in call.headers}
    if "x-amz-copy-source" in headers:
        source = urllib.parse.unquote(headers["x-amz-copy-source"]).partition("?")[0].removeprefix("/")
        yield Right("s3:GetObject", f"arn:aws:s3:::{source}")


def on_bucket(call, arn, asked):
    if call.method == "POST" and "delete" in asked:
        for key in re.findall(rb"<Key>(.*?)</Key>", call.body):
            yield Right("s3:DeleteObject", f"{arn}/{key.decode()}")
    elif "location" in asked:
        yield Right("s3:GetBucketLocation", arn)
    elif "versions" in asked:
        yield Right("s3:ListBucketVersions", arn, "s3:prefix", asked.get("prefix", ""))
    else:
        yield Right("s3:ListBucket", arn, "s3:prefix", asked.get("prefix", ""))


def on_glue(asked, arn):
    """A table lies in its database, and that in the catalog: Glue asks for all of them."""
    database = asked.get("DatabaseName") or (asked["Name"] if "Name" in asked else asked["DatabaseInput"]["Name"])
    yield arn + "catalog"
    yield f"{arn}database/{database}"
    if "DatabaseName" in asked:
        table = asked.get("TableName") or asked.get("TableInput", {}).get("Name") or asked.get("Name", "*")
        yield f"{arn}table/{database}/{table}"


def namespace_of(call):
    """The request is CBOR, in which a short text follows a byte with its length."""
    headers = {name.lower(): value for name, value in call.headers}
    body = gzip.decompress(call.body) if headers.get("content-encoding") == "gzip" else call.body
    _, _, rest = body.partition(b"Namespace")
    return rest[1 : 1 + rest[0] - 0x60].decode() if rest else ""
