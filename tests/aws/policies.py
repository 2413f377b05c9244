"""The policies of a role as they are deployed, and what they allow as AWS reads them."""

import dataclasses
import fnmatch
import functools
import re

from rights import Right


@dataclasses.dataclass(frozen=True)
class Grant:
    """One action on one pattern of resources, of a statement that allows it."""

    action: str
    resource: str
    # Of each key that must fit: the patterns that it may be, and whether a request without it fits.
    conditions: tuple = ()

    def allows(self, right: Right):
        return (
            matches(right.action.lower(), self.action.lower())
            and matches(right.resource, self.resource)
            and all(fits(right, *condition) for condition in self.conditions)
        )

    def __str__(self):
        where = "".join(f" where {key} is {' or '.join(patterns)}" for key, patterns, _ in self.conditions)
        return f"{self.action} on {self.resource}{where}"


def fits(right, key, patterns, may_lack):
    return any(matches(right.value, pattern) for pattern in patterns) if right.key == key else may_lack


def matches(text, pattern):
    return re.fullmatch(pattern_of(pattern), text) is not None


@functools.cache
def pattern_of(pattern):
    return fnmatch.translate(pattern.replace("[", "[[]"))


def grants_of(iam, role):
    """Nothing in the lake's own roles denies, so that a list of what is allowed says all."""
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    documents += [document_of(iam, policy["PolicyArn"]) for policy in attached]
    statements = [statement for document in documents for statement in listed(document["Statement"])]
    assert all(statement["Effect"] == "Allow" and "NotAction" not in statement for statement in statements), statements
    return [grant for statement in statements for grant in grants_in(statement)]


def denies(document, right, role_arn):
    """Whether a bucket's policy denies it to the role, over TLS. A condition that nothing here knows is taken to fit."""
    statements = [statement for statement in document["Statement"] if statement["Effect"] == "Deny"]
    return any(
        any(matches(right.action, action) for action in listed(statement["Action"]))
        and any(matches(right.resource, resource) for resource in listed(statement["Resource"]))
        and all(denial_fits(key, value, role_arn) for keys in statement.get("Condition", {}).values() for key, value in keys.items())
        for statement in statements
    )


def denial_fits(key, value, role_arn):
    """Each of these keys is used in one way in the lake's buckets: TLS is missing or too old, or the principal is another."""
    if key in ("aws:SecureTransport", "s3:TlsVersion"):
        return False
    return key != "aws:PrincipalArn" or not any(matches(role_arn, pattern) for pattern in listed(value))


def document_of(iam, arn):
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def grants_in(statement):
    operators = statement.get("Condition", {})
    unknown = operators.keys() - {"StringEquals", "StringLike", "StringLikeIfExists", "ArnLike"}
    assert not unknown, f"nothing here knows what {unknown} means"
    conditions = tuple(
        (key, tuple(listed(patterns)), operator.endswith("IfExists"))
        for operator, keys in operators.items()
        for key, patterns in keys.items()
    )
    for action in listed(statement["Action"]):
        for resource in listed(statement["Resource"]):
            yield Grant(action, resource, conditions)


def listed(one_or_many):
    return one_or_many if isinstance(one_or_many, list) else [one_or_many]
