"""The CloudFormation fragments of this folder, to be merged into what `chalice package` makes.

Intrinsic functions are written in their long form, so that a fragment is plain YAML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


class DuplicateResourceError(ValueError):
    """Two fragments define the same resource."""


def merged(folder: Path = FOLDER) -> dict[str, Any]:
    """All fragments of a folder as one template. Raises DuplicateResourceError."""
    resources: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, resource in yaml.safe_load(path.read_text())["Resources"].items():
            if name in resources:
                raise DuplicateResourceError(f"{name} of {path.name} is in another fragment too")
            resources[name] = resource
    return {"Resources": resources}


def table_request(name: str) -> dict[str, Any]:
    """What CreateTable has to be asked for, to make the table of the template under that name."""
    properties = merged()["Resources"]["Table"]["Properties"]
    asked = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {"TableName": name, **{part: properties[part] for part in asked}}
