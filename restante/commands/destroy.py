"""`restante destroy`: take a stage out of an AWS account; its mail stays unless it is to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tqdm import tqdm

from chalicelib.errors import NotFound, Unavailable
from restante.commands.deploy import add_stage, agreed, require_stage

if TYPE_CHECKING:
    import argparse

    from chalicelib.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "destroy",
        help="take a stage out of an AWS account, and keep its mail",
        description="Delete a stage's stack. The bucket of mail and the table stay, unless --delete-mail is given.",
    )
    add_stage(parser)
    parser.add_argument("--delete-mail", action="store_true", help="delete mail, accounts and keys too, for ever")
    parser.add_argument("--table", metavar="NAME", help="with --delete-mail: the table that a stack left behind")
    parser.add_argument("--bucket", metavar="NAME", help="with --delete-mail: the bucket that a stack left behind")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=_run, complain=parser.error)


def _run(_: Settings, options: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to load, and rarely needed

    from restante.deploying.account import refusal  # noqa: PLC0415

    require_stage(options.stage)
    if (options.table or options.bucket) and not options.delete_mail:
        options.complain("--table and --bucket name what --delete-mail deletes")
    try:
        return _destroy(options)
    except ClientError as error:
        raise Unavailable(refusal(error)) from None
    except BotoCoreError as error:
        raise Unavailable(f"AWS could not be reached: {error}. Look at the network and try again.") from None


def _destroy(options: argparse.Namespace) -> int:
    from restante.deploying.account import account_of, clients_of, stack_of  # noqa: PLC0415 - as above
    from restante.deploying.executing import Executor  # noqa: PLC0415
    from restante.deploying.planning import STACK_PREFIX  # noqa: PLC0415
    from restante.deploying.removing import removal_of, remove  # noqa: PLC0415

    client = clients_of(options.region)
    account = account_of(client)
    name = STACK_PREFIX + options.stage
    stack = stack_of(client, name)
    if stack is None and not (options.table or options.bucket):
        raise NotFound(
            f"There is no stack {name} in {client('sts').meta.region_name}: look at --stage and --region. "
            "A table and a bucket that it left behind are deleted with --delete-mail --table NAME --bucket NAME."
        )
    removal = removal_of(stack, deletes_mail=options.delete_mail, table=options.table, bucket=options.bucket)
    for line in removal.lines():
        print(line)
    if options.dry_run:
        print("Nothing was changed.")
        return 0
    if not options.yes and not agreed("Do it?"):
        print("Nothing was changed.")
        return 1
    executor = Executor(client=client, account=account, tell=print)
    with tqdm(unit=" resources", desc="Removing") as bar:
        remove(executor, removal, lambda _: bar.update(1))
    if not options.delete_mail and removal.bucket:
        print(f"The mail is in s3://{removal.bucket}, the index in the table {removal.table}.")
    return 0
