"""An update from the release before keeps what holds mail: nothing that makes CloudFormation replace it may change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from infra.packaging import Bundle

RELEASE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("release.json").read_text())
"""What the release before had. It is written anew when a release is made, and at no other time."""
REPLACING = {
    # AWS::DynamoDB::Table, AWS::S3::Bucket, AWS::SES::EmailIdentity, AWS::KMS::Key, AWS::SQS::Queue:
    # the properties whose change "requires replacement" in the CloudFormation reference.
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "ImportSourceSpecification"),
    "AWS::S3::Bucket": ("BucketName", "ObjectLockEnabled"),
    "AWS::SES::EmailIdentity": ("EmailIdentity",),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
    "AWS::SNS::Topic": ("TopicName", "FifoTopic"),
    "AWS::SES::ReceiptRuleSet": ("RuleSetName",),
}


def kept(template: dict[str, Any], name: str) -> dict[str, Any]:
    """What of a resource may not change."""
    resource = template["Resources"].get(name, {"Type": "nothing"})
    properties = resource.get("Properties", {})
    return {
        "Type": resource["Type"],
        "Condition": resource.get("Condition"),
        "Keys": {one: properties[one] for one in REPLACING.get(resource["Type"], ()) if one in properties},
    }


@pytest.mark.parametrize("name", sorted(RELEASE))
def test_an_update_from_the_release_before_replaces_nothing_that_holds_mail(bundle: Bundle, name: str) -> None:
    assert kept(bundle.template, name) == RELEASE[name]


def test_table_bucket_identity_queues_and_rule_set_are_looked_at(bundle: Bundle) -> None:
    holding = {name for name, one in bundle.template["Resources"].items() if one["Type"] in REPLACING}

    assert holding == set(RELEASE)
    assert {"Table", "MailBucket", "DomainOfMail", "MailQueue", "JobQueue"} <= holding


def test_indexes_of_the_table_that_are_there_stay_as_they_are(bundle: Bundle) -> None:
    """DynamoDB changes no index, and adds or removes only one in an update."""
    table = bundle.template["Resources"]["Table"]["Properties"]

    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == [
        *["by_domain", "by_owner", "by_star", "by_age"]
    ]


def test_another_key_of_the_table_would_be_found(bundle: Bundle) -> None:
    changed = copy.deepcopy(bundle.template)
    changed["Resources"]["Table"]["Properties"]["KeySchema"][0]["AttributeName"] = "id"

    assert kept(changed, "Table") != RELEASE["Table"]
