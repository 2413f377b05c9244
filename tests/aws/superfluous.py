"""What the roles of functions are granted beside what they used."""

import re

from deployment import SOURCES

FUNCTIONS = (*(f"refine-{source}" for source in SOURCES), "score", "catalog", "tables")
# Of grants that no run here uses, which and why. A pattern that fits none any more is to go.
UNUSED = {
    r"logs:(CreateLogStream|PutLogEvents) on ": "Lambda writes the log in the name of the role; the emulator in its own",
    r"sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|GetQueueUrl) on ": "Lambda reads the queue in the name of the role; the emulator in its own",
    r"sqs:ChangeMessageVisibility on ": "only what fails is given back before its time, and poison is put aside at once",
    r"kms:(Decrypt|GenerateDataKey) on ": "S3 asks the key in the name of the role; the emulator encrypts nothing",
    r"s3:GetObjectVersion on \S+/bronze/": "the emulator's events name no version",
    r"s3:(AbortMultipartUpload|ListMultipartUploadParts) on ": "only after an upload in parts has failed",
    r"glue:BatchGetPartition on ": "one of the ways in which Athena asks Glue for partitions, in the name of the role",
    r"glue:GetDatabase on \S+:database/default": "Athena looks at it whatever it is asked; the emulator does not",
    r"athena:StopQueryExecution on ": "only of a query that takes too long",
    r"tables: glue:(GetPartition|UpdateTable|DeletePartition) on ": "only after a run or a vacuum died before it told Glue",
    r"s3:ListBucket on \S+-answers-": "Athena looks for parts of a large answer, in the name of the role",
}


def of_functions(lake):
    return [f"{function}: {grant}" for function in FUNCTIONS for grant in unused(lake, function)]


def unused(lake, function):
    noted = lake.noted_of(function)
    grants = lake.enforced.grants(lake.role_of(function))
    return [grant for grant in grants if not any(grant.allows(right) for right in noted) and not reason(function, grant)]


def reason(function, grant):
    return next((why for pattern, why in UNUSED.items() if fits(pattern, function, grant)), None)


def fits(pattern, function, grant):
    """A pattern may name the function that it is about."""
    return re.match(pattern, str(grant)) or re.match(pattern, f"{function}: {grant}")


def denied_to_functions(lake):
    found = {function: lake.denied_of(function) for function in FUNCTIONS}
    return {function: rights for function, rights in found.items() if rights}


def reasons_without_grant(lake):
    grants = [(function, grant) for function in FUNCTIONS for grant in lake.enforced.grants(lake.role_of(function))]
    return [pattern for pattern in UNUSED if not any(fits(pattern, *grant) for grant in grants)]


def without_grant(lake):
    """Calls that went well and that no grant covers, as AWS reads grants: the emulator asks less of some."""
    found = {function: lake.noted_of(function) for function in FUNCTIONS}
    covers = {function: lake.enforced.grants(lake.role_of(function)) for function in FUNCTIONS}
    return [(of, right) for of, rights in found.items() for right in rights if not any(grant.allows(right) for grant in covers[of])]
