"""What a Lambda in Python would do with one object of webinar events: S3, pandas, pyarrow, S3. Started by lambdas.py as a cold process.

It reads lines, keeps what is an object with an address and a time, drops repeated events and writes what it kept, what it refused and how many of each.
It checks far less than a contract does."""

import io
import json
import os
import sys

import boto3
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def main(bucket: str, key: str) -> None:
    s3 = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    records, refused = [], []
    for number, line in enumerate(body.splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict):
            records.append({**record, "object_line": number})
        else:
            refused.append({"object_line": number, "original": line})
    frame = pd.DataFrame(records)
    frame["event_time"] = pd.to_datetime(frame["timestamp"], errors="coerce", utc=True, format="ISO8601")
    frame["email"] = frame["email"].astype("string").str.strip().str.lower()
    frame["duration_minutes"] = pd.to_numeric(frame.get("duration_minutes"), errors="coerce")
    sound = frame["event_time"].notna() & frame["email"].str.contains("@", na=False)
    accepted = frame[sound].drop_duplicates("event_id").sort_values("event_time")
    columns = [name for name in ("event_id", "event_time", "email", "duration_minutes", "webinar_id", "object_line") if name in accepted]
    refused += frame[~sound][["object_line"]].to_dict("records")
    put(s3, bucket, f"pandas/silver/{key}.parquet", pa.Table.from_pandas(accepted[columns], preserve_index=False))
    put(s3, bucket, f"pandas/quarantine/{key}.parquet", pa.Table.from_pylist(refused or [{"object_line": 0}]))
    counts = {"records": len(body.splitlines()), "accepted": len(accepted), "refused": len(refused)}
    s3.put_object(Bucket=bucket, Key=f"pandas/ledger/{key}.json", Body=json.dumps(counts).encode())
    print(json.dumps(counts))


def put(s3, bucket: str, key: str, table: pa.Table) -> None:
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    s3.put_object(Bucket=bucket, Key=key, Body=file.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
