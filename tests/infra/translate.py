"""Turns the SAM template on standard input into CloudFormation on standard output, as AWS does, without asking AWS.

It runs in the virtual environment of requirements-infra.txt, and so imports nothing of ours.
"""

from __future__ import annotations

import json
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

template = json.load(sys.stdin)
for resource in template["Resources"].values():
    for name in ("CodeUri", "ContentUri"):
        if name in resource.get("Properties", {}):
            resource["Properties"][name] = f"s3://artifacts/{name}"
translator = Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=boto3.Session(region_name="eu-west-1"))
json.dump(translator.translate(template, parameter_values={}), sys.stdout)
