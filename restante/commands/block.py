"""`restante block`, `allow`, `unblock` and `rules`: straight in the store, whether or not a server runs."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.actions.blocking import Asked, make_rule, remove_rule
from chalicelib.mail.blocking import Action, Scope
from restante.commands.store import add_stage, chosen_store

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.settings import Settings

_OWN = ("127.0.0.1", "::1")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_MADE_BY = "command line"
_SUBJECT = "an IP address, a network as 192.0.2.0/24, or a domain for the API's denylist"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add these commands' parsers."""
    for action, does in ((Action.BLOCK, "shut an address out"), (Action.ALLOW, "let an address in whatever blocks it")):
        maker = commands.add_parser(
            action.value,
            help=does,
            description=f"{does.capitalize()}: at once, and also while the API does not answer.",
        )
        maker.add_argument("address", metavar="ADDRESS", help=_SUBJECT)
        maker.add_argument("--reason", required=True, metavar="TEXT", help="why; it is kept with the rule")
        maker.add_argument(
            "--for", dest="lasts", type=_duration, metavar="TIME", help="for how long, as 30s, 15m, 1h, 7d"
        )
        maker.add_argument(
            "--scope",
            choices=[scope.value for scope in Scope],
            default="both",
            help="which door (default: %(default)s)",
        )
        maker.set_defaults(run=_make, action=action)
        add_stage(maker)
    remover = commands.add_parser(
        "unblock", help="remove a rule", description="Remove the rule, whether it blocks or allows, about ADDRESS."
    )
    remover.add_argument("address", metavar="ADDRESS", help=_SUBJECT)
    remover.set_defaults(run=_remove)
    add_stage(remover)
    lister = commands.add_parser("rules", help="list the rules", description="List the rules that hold now.")
    lister.set_defaults(run=_list)
    add_stage(lister)


def _make(settings: Settings, options: argparse.Namespace) -> int:
    asked = Asked(
        address=options.address,
        reason=options.reason,
        made_by=_MADE_BY,
        action=options.action,
        scope=Scope(options.scope),
        lasts=options.lasts,
    )
    own = _OWN if options.table is None and options.stage is None else ()
    rule = make_rule(chosen_store(settings, options, create=True), asked, own=own)
    done = "blocked" if rule.action is Action.BLOCK else "allowed"
    until = "until it is unblocked" if rule.expires is None else f"until {_moment(rule.expires)} UTC"
    print(f"{rule.subject} is {done} {until}.")
    return 0


def _remove(settings: Settings, options: argparse.Namespace) -> int:
    print(f"The rule about {remove_rule(chosen_store(settings, options), options.address)} is removed.")
    return 0


def _list(settings: Settings, options: argparse.Namespace) -> int:
    rows = [("address", "action", "scope", "hits", "expires", "made by", "reason")]
    for rule in chosen_store(settings, options).rules.rules():
        expires = "" if rule.expires is None else _moment(rule.expires)
        rows.append((rule.subject, rule.action, rule.scope, str(rule.hits), expires, rule.made_by, rule.reason))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[6]]).rstrip())
    return 0


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S}"


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if found is None or not int(found[1]):
        raise argparse.ArgumentTypeError(f"{text} is no time as 30s, 15m, 1h or 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
