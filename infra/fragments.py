"""The CloudFormation fragments of this folder, to be merged into what `chalice package` makes.

Intrinsic functions are written in their long form, so that a fragment is plain YAML.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")


class DuplicateResourceError(ValueError):
    """Two fragments define the same resource, parameter or the like."""


def merged(folder: Path = FOLDER) -> dict[str, Any]:
    """All fragments of a folder as one template. Raises DuplicateResourceError."""
    template: dict[str, Any] = {}
    for path in sorted(folder.glob("*.yaml")):
        for section, entries in yaml.safe_load(path.read_text()).items():
            known = template.setdefault(_known(section, path), {})
            for name, entry in entries.items():
                if name in known:
                    raise DuplicateResourceError(f"{name} of {path.name} is in another fragment too")
                known[name] = entry
    return template


def _known(section: str, path: Path) -> str:
    if section not in SECTIONS:
        raise ValueError(f"{section} of {path.name} is none of {', '.join(SECTIONS)}")
    return section


def table_request(name: str) -> dict[str, Any]:
    """What CreateTable has to be asked for, to make the table of the template under that name."""
    properties = merged()["Resources"]["Table"]["Properties"]
    asked = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {"TableName": name, **{part: properties[part] for part in asked}}
