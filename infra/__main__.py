"""`python -m infra FOLDER`: package what ships into a folder, and say how large it is."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from infra.packaging import CannotPackageError, package


def main() -> None:
    """Package, print a line an archive, and exit with 1 where it could not be."""
    parser = argparse.ArgumentParser(prog="python -m infra", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder, made anew")
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64")
    options = parser.parse_args()
    try:
        bundle = package(options.out, architecture=options.architecture)
    except CannotPackageError as error:
        sys.exit(f"infra: {error}")
    for archive in bundle.archives:
        print(f"{archive.path}  {archive.octets:,} bytes, {archive.unzipped:,} unzipped, {archive.digest[:16]}")
    print(f"{bundle.folder / 'template.json'}  {len(bundle.template['Resources'])} resources, {bundle.runtime}")


if __name__ == "__main__":
    main()
