"""From this checkout to what CloudFormation is given: a template, and the two archives that it names.

`chalice package` runs in a clean copy of what ships, with the fragments of this folder merged in; what Chalice leaves
wrong is put right in infra/template.py, and its archives are compiled in infra/archives.py. Nothing here asks AWS.
A template is the same for every stage: what differs between stages are the template's parameters.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chalicelib.settings import environment
from infra.archives import Archive, compiled
from infra.fragments import merged
from infra.template import adapted, runtimes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CHALICE_STAGE = "live"
"""The stage of .chalice/config.json, and of both APIs: each stage of ours is a stack with APIs of its own."""
TEMPLATE = "template.json"
CODE, LAYER = "deployment.zip", "layer-deployment.zip"
UNPACKED_AT = {CODE: "/var/task", LAYER: "/opt"}
"""Where Lambda unpacks code and layers ("Lambda execution environment")."""
MOST_OCTETS = 15 * 1024**2
"""The most that both archives may have, zipped: a cold start fetches them."""
NEVER = frozenset({"boto3", "botocore", "s3transfer", "pip", "setuptools", "tests", "restante", "infra"})
"""What must not be found in an archive: the runtime brings its own, or it is for people's machines."""
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "*.ts", "*.map", "*.test.js", "node_modules")
Architecture = Literal["arm64", "x86_64"]


class CannotPackageError(RuntimeError):
    """The package could not be made; the text says what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a stack is made of."""

    folder: Path
    template: dict[str, Any]
    """Its CodeUri and ContentUri are the names of `archives`, in `folder`."""
    archives: tuple[Archive, ...]
    runtime: str
    """As Lambda calls it: python3.11."""


def package(
    out: Path, *, architecture: Architecture = "arm64", root: Path = ROOT, layers: Path | None = None
) -> Bundle:
    """Write template.json and the archives to `out`, which is made anew.

    `layers` keeps what was fetched for the layer (default: build/layers of the checkout): only what is not there is
    asked of the package index. Lambda gets the Python that runs this. Raises CannotPackageError.
    """
    layers = layers or root / "build" / "layers"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        project, made = Path(name) / "project", Path(name) / "made"
        copy_what_ships(root, project, architecture)
        _chalice_package(project, made, layers)
        template = adapted(json.loads((made / "sam.json").read_text()))
        archives = tuple(
            compiled(made / archive, out / archive, prefix=prefix) for archive, prefix in UNPACKED_AT.items()
        )
    (out / TEMPLATE).write_text(json.dumps(template, indent=1) + "\n")
    bundle = Bundle(folder=out, template=template, archives=archives, runtime=_runtime(template))
    _check(bundle)
    return bundle


def copy_what_ships(root: Path, project: Path, architecture: Architecture) -> None:
    """A project that Chalice packages as it is: no bytecode, no tests, no sources of the page."""
    shutil.copytree(root / "chalicelib", project / "chalicelib", ignore=NOT_SHIPPED)
    for name in ("app.py", "requirements.txt"):
        shutil.copy(root / name, project / name)
    (project / ".chalice").mkdir()
    for path in (root / ".chalice").glob("policy-*.json"):
        shutil.copy(path, project / ".chalice" / path.name)
    config = json.loads((root / ".chalice" / "config.json").read_text())
    (project / ".chalice" / "config.json").write_text(json.dumps(config | {"lambda_architecture": architecture}))
    (project / "fragments.json").write_text(json.dumps(merged(root / "infra")))


def _chalice_package(project: Path, made: Path, layers: Path) -> None:
    kept = project / ".chalice" / "deployments"
    if layers.is_dir():
        shutil.copytree(layers, kept)
    # Chalice asks for a region and writes it nowhere. Bytecode written while it imports app.py would ship.
    given = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    done = subprocess.run(  # noqa: S603 - our own interpreter, folders of ours
        [
            *(sys.executable, "-c", "from chalice.cli import main; main()", "package", "--stage", CHALICE_STAGE),
            *("--merge-template", "fragments.json", str(made)),
        ],
        cwd=project,
        env={**environment(), **given},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (made / LAYER).exists():
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise CannotPackageError(
            f"Chalice could not package: {''.join(said)}. Is the package index reachable, as it is for `pip download "
            "-r requirements.txt`? Without a network only a layer can be used that was fetched before."
        )
    layers.mkdir(parents=True, exist_ok=True)
    for path in kept.glob("*managed-layer*"):
        # Whoever packages at the same time sees all of it or nothing.
        with tempfile.TemporaryDirectory(dir=layers.parent) as beside:
            Path(shutil.copy(path, beside)).replace(layers / path.name)


def _runtime(template: dict[str, Any]) -> str:
    (runtime,) = runtimes(template)
    return runtime


def _check(bundle: Bundle) -> None:
    running = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if bundle.runtime != running:
        raise CannotPackageError(
            f"The bytecode is of {running}, but Lambda would run {bundle.runtime}: run this with {bundle.runtime}."
        )
    octets = sum(archive.octets for archive in bundle.archives)
    if octets > MOST_OCTETS:
        raise CannotPackageError(
            f"The archives have {octets:,} bytes, of at most {MOST_OCTETS:,}: leave something out of requirements.txt."
        )
    wrong = sorted(set(_packages(bundle)) & NEVER)
    if wrong:
        raise CannotPackageError(f"{', '.join(wrong)} must not ship: take it out of requirements.txt.")


def _packages(bundle: Bundle) -> Iterator[str]:
    """The first name of everything in the archives, below the layer's site-packages."""
    for archive in bundle.archives:
        for name in archive.names():
            parts = name.split("/")
            yield parts[parts.index("site-packages") + 1] if "site-packages" in parts else parts[0]
