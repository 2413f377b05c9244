"""What S3 promises and the lake builds upon, in the words of the Rust tests."""

import os
import subprocess

from conftest import named
from servers import CREDENTIALS


def test_the_store_conforms(ministack):
    assert_conforms(ministack.endpoint)


def assert_conforms(endpoint):
    """Ranges, versions, conditional writes, multipart uploads, listings: the suite that the other stores pass too."""
    ended = subprocess.run(
        [named("LEADLAKE_CONFORMANCE", "the built example `conformance`"), "s3://conformance-{layer}"],
        env={"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": endpoint} | CREDENTIALS,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
