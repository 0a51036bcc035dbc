"""The store that commands work on: the data folder, or a service on AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from chalicelib.errors import NotFound, Unavailable
from chalicelib.settings import PREFIX, read_settings
from restante.embedded.backend import EmbeddedBackend, backend_of

if TYPE_CHECKING:
    import argparse

    from chalicelib.aws.backend import AwsBackend
    from chalicelib.ports import Backend
    from chalicelib.settings import Settings

OUTPUTS = {"table": "Table", "bucket": "MailBucket", "queue": "JobQueue"}
"""Under which logical id a stack has what each setting names."""
STACK = "restante-{stage}"
"""How the stack of a stage is called."""


def open_store(settings: Settings, *, create: bool = False) -> EmbeddedBackend:
    """The data folder's backend. Raises NotFound where there is none yet and it is not to be made."""
    # Raw mail alone is enough: the index is made again from it.
    if not create and not any((settings.data / name).exists() for name in ("restante.sqlite3", "mail")):
        raise NotFound(f"There is no data in {settings.data.resolve()}; give the folder with --data or RESTANTE_DATA")
    return backend_of(settings)


def add_stage(
    parser: argparse.ArgumentParser, *, help_: str = "the deployed stage, instead of the data folder"
) -> None:
    """Let a command work on a service on AWS: `on_stage` or `chosen_store` reads what is given."""
    parser.add_argument("--stage", metavar="NAME", help=help_)
    parser.add_argument("--table", metavar="NAME", help="the DynamoDB table of a service on AWS without a stack")
    parser.add_argument("--bucket", metavar="NAME", help="the S3 bucket that goes with --table")
    parser.add_argument("--queue", metavar="URL", help="the SQS queue of jobs that goes with --table")


def chosen_store(settings: Settings, options: argparse.Namespace, *, create: bool = False) -> Backend:
    """The store of the stage or table that the options name, else that of the data folder."""
    if options.stage is None and options.table is None:
        return open_store(settings, create=create)
    return cast("Backend", on_stage(settings, options))


def on_stage(settings: Settings, options: argparse.Namespace) -> AwsBackend:
    """The service on AWS that the options name, with the settings that a stage was deployed with.

    Raises NotFound for a stage that is not deployed or where no region is known, and Unavailable.
    """
    require_botocore()
    _require_region()
    from chalicelib.aws.backend import backend_of as on_aws  # noqa: PLC0415 - one machine has no use for it

    if options.stage is not None:
        settings = _as_deployed(settings, options.stage)
    given = {name: getattr(options, name) for name in OUTPUTS if getattr(options, name) is not None}
    return on_aws(replace(settings, **given))


def require_botocore() -> None:
    """See that AWS can be spoken to. Raises Unavailable."""
    try:
        import botocore.session  # noqa: F401, PLC0415 - only this needs it, and one machine has no use for it
    except ImportError:
        raise Unavailable("--stage and --table need botocore: install the package of that name") from None


def _require_region() -> None:
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - one machine has no use for it
    from botocore.session import get_session  # noqa: PLC0415 - as above

    try:
        region = get_session().get_config_variable("region")
    except BotoCoreError as error:
        # A profile that there is not, or a file that cannot be read: botocore says which.
        raise Unavailable(str(error)) from None
    if not region:
        raise NotFound("No region is known: set AWS_DEFAULT_REGION to that of the service.")


def _as_deployed(settings: Settings, stage: str) -> Settings:
    """These settings with those of the stage: where its store is, and what its parameters say.

    How long mail is kept, as one, must not depend on the machine that a command is run on.
    """
    from infra.template import PARAMETERS, parameter_of  # noqa: PLC0415 - one machine has no use for it

    parameters, there = _stack(STACK.format(stage=stage))
    named = {"domains": "MailDomain", **{name: parameter_of(name) for name in PARAMETERS}}
    asked = read_settings({f"{PREFIX}{name.upper()}": parameters.get(named[name], "") for name in named})
    changes: dict[str, Any] = {name: getattr(asked, name) for name in named}
    changes |= {setting: there[logical] for setting, logical in OUTPUTS.items() if logical in there}
    return replace(settings, **changes)


def _stack(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """The stack's parameters, and the physical ids of its resources. Raises NotFound and Unavailable."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - one machine has no use for it
    from botocore.session import get_session  # noqa: PLC0415 - as above

    from chalicelib.aws.border import border  # noqa: PLC0415 - as above

    client: Any = get_session().create_client("cloudformation")
    try:
        with border("CloudFormation"):
            (told,) = client.describe_stacks(StackName=name)["Stacks"]
            pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
            resources = [one for page in pages for one in page["StackResourceSummaries"]]
    except ClientError:
        raise NotFound(f"There is no stack {name} in this account and region: see `restante deploy`") from None
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in told.get("Parameters", [])}
    # What could not be made has no physical id.
    return parameters, {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in resources}
