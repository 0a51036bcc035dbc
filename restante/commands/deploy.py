"""`restante deploy`: the service in an AWS account, made or brought up to date."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from chalicelib.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from chalicelib.settings import Settings
    from infra.packaging import Bundle
    from restante.deploying.executing import Executor
    from restante.deploying.planning import Plan, Wish

OPTIONS = {
    "domain": ("MailDomain", "the domain whose mail is received, as mail.example.com"),
    "zone": ("HostedZoneId", "its zone in Route 53: records and certificates are made there"),
    "api_host": ("ApiHost", "a host name for the API, as api.mail.example.com"),
    "live_host": ("LiveHost", "a host name for WebSocket connections, another than the API's"),
    "certificate": ("CertificateArn", "a certificate of ACM for both host names, where there is no zone"),
    "rule_set": ("RuleSet", "add our rule to this receipt rule set, instead of one of our own"),
    "alarm_email": ("AlarmEmail", "who is told of alarms"),
    "budget": ("MonthlyBudget", "US dollars a month above which an alarm is raised"),
}
"""By option: the template's parameter, and what it means."""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command's parser."""
    parser = commands.add_parser(
        "deploy",
        help="put the service into an AWS account",
        description="Make a stage in the AWS account of the environment's credentials, or bring it up to date. What "
        "is not given stays as it is. Costs and limits: docs/deploying.md.",
    )
    add_stage(parser)
    for option, (_, meaning) in OPTIONS.items():
        parser.add_argument(f"--{option.replace('_', '-')}", metavar="X", help=meaning)
    parser.add_argument("--take-over", action="store_true", help="make our receipt rule set active instead of another")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PARAMETER=VALUE",
        help="any other parameter of the template, as KeepDays=90 or Valkey=on",
    )
    parser.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64", help="default: %(default)s")
    parser.add_argument("--dry-run", action="store_true", help="do everything but change anything")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.set_defaults(run=_run)


def add_stage(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where: which stage, in which region."""
    parser.add_argument("--stage", required=True, metavar="STAGE", help="as prod: the stack is called restante-STAGE")
    parser.add_argument("--region", metavar="REGION", help="the AWS region, instead of the environment's")


def require_stage(stage: str) -> None:
    """Raises BadRequest for a word that cannot be part of the names of AWS."""
    # The cache's name is the shortest of them: 40 characters.
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", stage) or len(stage) > 30:
        raise BadRequest("--stage takes up to 30 lower-case letters, digits and single hyphens, as prod")


def agreed(question: str) -> bool:
    """Whether somebody says yes; nobody there means no."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def wish_of(options: argparse.Namespace) -> Wish:
    """What the options ask for. Raises BadRequest."""
    from restante.deploying.planning import Wish  # noqa: PLC0415 - other commands need none of this

    require_stage(options.stage)
    given = {name: getattr(options, option) for option, (name, _) in OPTIONS.items()}
    parameters = {name: value for name, value in given.items() if value is not None}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadRequest(f"--set {text}: expected PARAMETER=VALUE, as KeepDays=90")
        parameters[name] = value
    if options.take_over:
        parameters["TakeOver"] = "yes"
    return Wish(stage=options.stage, parameters=parameters)


def _run(settings: Settings, options: argparse.Namespace) -> int:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - slow to load: as below

    from restante.deploying.account import refusal  # noqa: PLC0415

    try:
        with TemporaryDirectory() as folder:
            return _deploy(settings, options, Path(folder))
    except ClientError as error:
        raise Unavailable(refusal(error)) from None
    except BotoCoreError as error:
        raise Unavailable(f"AWS could not be reached: {error}. Look at the network and try again.") from None


def _deploy(settings: Settings, options: argparse.Namespace, folder: Path) -> int:
    from infra.packaging import CannotPackageError, package  # noqa: PLC0415 - slow to load, and for this command alone
    from restante.deploying.account import clients_of, look  # noqa: PLC0415
    from restante.deploying.executing import Executor  # noqa: PLC0415
    from restante.deploying.planning import bucket_name  # noqa: PLC0415

    wish = wish_of(options)
    client = clients_of(options.region)
    region: str = client("sts").meta.region_name
    domain = wish.parameters.get("MailDomain")
    found = look(client, stack=wish.stack, domain=domain, bucket=lambda account: bucket_name(account, region))
    print(f"Account {found.account}, region {found.region}, stack {wish.stack}")
    print("Packaging ...")
    try:
        bundle = package(folder / "package", architecture=options.architecture)
    except CannotPackageError as error:
        raise Unavailable(str(error)) from None
    plan = _plan(wish, bundle, found)
    for notice in plan.notices:
        print(f"Note: {notice}")
    if plan.problems:
        raise BadRequest("\n".join(plan.problems))
    if options.dry_run:
        return _show(plan)
    executor = Executor(client=client, account=found.account, tell=print)
    return _carry_out(settings, executor, plan, yes=options.yes)


def _plan(wish: Wish, bundle: Bundle, found: Any) -> Plan:
    from restante.deploying.planning import Artifact, plan  # noqa: PLC0415 - as above

    artifacts = tuple(Artifact(path=one.path, name=one.path.name, digest=one.digest) for one in bundle.archives)
    return plan(wish, bundle.template, artifacts, found)


def _show(plan: Plan) -> int:
    print(f"Would {'make' if plan.makes_bucket else 'use'} the bucket {plan.bucket}")
    for artifact in plan.uploads:
        print(f"Would upload {artifact.name}")
    print(f"Would {'create' if plan.creates else 'update'} {plan.stack}:")
    for line in plan.changed or ("nothing in its template changes",):
        print(f"  {line}")
    print("Nothing was changed.")
    return 0


def _carry_out(settings: Settings, executor: Executor, plan: Plan, *, yes: bool) -> int:
    proposed = executor.propose(plan, executor.upload(plan))
    if proposed is None:
        print("The stack is up to date.")
    else:
        change_set, changes = proposed
        for line in changes:
            print(f"  {line}")
        if not yes and not agreed(f"Carry out these {len(changes)} changes?"):
            executor.drop(change_set)
            print("Nothing was changed.")
            return 1
        with tqdm(total=len(changes), unit=" resources", desc="Deploying") as bar:
            executor.execute(plan.stack, change_set, lambda _: bar.update(1))
    return report(settings, executor, plan.stack)


def report(settings: Settings, executor: Executor, stack: str) -> int:
    """Try the API, and print where everything is, what is missing in the DNS, and a first key where there is none."""
    from chalicelib.resolving import DnsResolver  # noqa: PLC0415 - as above
    from restante.deploying.account import identity_of, stack_of  # noqa: PLC0415
    from restante.deploying.records import missing, records  # noqa: PLC0415

    found = stack_of(executor.client, stack)
    outputs: Mapping[str, str] = found.outputs if found else {}
    # This address answers before the DNS knows a host name of one's own.
    executor.smoke(outputs["EndpointURL"].rstrip("/"))
    region = executor.client("sts").meta.region_name
    identity = identity_of(executor.client, outputs["DomainOfMail"])
    print(f"API:   {outputs['ApiUrl']}\nLive:  {outputs['LiveUrl']}\nMail:  anything@{outputs['DomainOfMail']}")
    lacking = list(missing(records(outputs, region, identity), identity, DnsResolver().mx))
    if lacking:
        print("These DNS records are still missing (an hour may pass until they are seen):")
        for record in lacking:
            print(f"  {record}")
    secret = _first_key(settings, outputs, region)
    if secret:
        print(f"API key (shown only now): {secret}")
    return 0


def _first_key(settings: Settings, outputs: Mapping[str, str], region: str) -> str | None:
    """Make the admin account's key straight in the table: nobody could ask the API for it."""
    from chalicelib.actions.admitting import ensure_first_key  # noqa: PLC0415 - as above
    from chalicelib.aws.backend import AwsBackend  # noqa: PLC0415
    from chalicelib.aws.clients import Clients  # noqa: PLC0415

    backend = AwsBackend(
        table=outputs["TableName"],
        bucket=outputs["MailBucketName"],
        queue=outputs["JobQueueUrl"],
        clients=Clients(region=region),
    )
    return ensure_first_key(backend, settings.api_key)
