"""The packaged stack on ministack: its API Gateway, topics, queues, streams and functions work together."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.sync.client import connect

from chalicelib.actions.admitting import digest_of
from chalicelib.aws.connections import Connection
from chalicelib.settings import environment
from tests.deploy.stage import DOMAIN, INBOX, until

if TYPE_CHECKING:
    from tests.deploy.front import Front
    from tests.deploy.stage import Stage

COMPAT = Path(__file__).parents[1] / "compat"

pytestmark = pytest.mark.xdist_group("deploy")


def test_only_what_ministack_lacks_is_taken_out(front: Front, stage: Stage) -> None:
    resources = [line.partition(" ")[0] for line in front.taken_out if "AWS::" in line or "Custom::" in line]

    assert "RestAPI" not in resources
    assert len(resources) <= 10
    assert {"Table", "MailBucket", "MailTopic", "MailQueue", "OnMail", "OnJob", "OnTableChange"} <= set(stage.ids)


def test_the_official_client_lists_reads_and_deletes_mail_that_came_through_ses(stage: Stage) -> None:
    node = shutil.which("node")
    if not (COMPAT / "node_modules" / "@mailsac" / "api").exists():
        npm = shutil.which("npm")
        if npm is None and not environment().get("CI"):
            pytest.skip("Node is not there: Mailsac's client is not run")
        subprocess.run(
            [npm or "npm", "ci", "--ignore-scripts"], cwd=COMPAT, check=True, capture_output=True, timeout=120
        )
    stage.mail("client", f"client@{DOMAIN}", "For the client")
    stage.arrived(f"client@{DOMAIN}", "For the client")
    done = subprocess.run(
        [node or "node", "deployed.mjs", stage.api, stage.key, f"client@{DOMAIN}"],
        cwd=COMPAT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = json.loads(done.stdout or "{}")

    assert done.returncode == 0, done.stderr.decode()
    assert said["subjects"] == ["For the client"]
    assert "Hello from For the client." in said["text"]
    assert said["left"] == 0


def test_a_webhook_receiver_is_told_signed(stage: Stage) -> None:
    inbox = f"hook@{DOMAIN}"
    stage.ask("POST", f"/addresses/{inbox}", {"webhook": f"http://{stage.receiver.address}/mail"})
    stage.mail("hook", inbox, "For the hook")
    headers, body = until(lambda: stage.receiver.taken, "the webhook")[0]

    assert json.loads(body)["subject"] == "For the hook"
    assert headers["webhook-signature"].startswith("v1,")


def test_a_listener_is_told_and_forgotten_when_it_goes_or_is_gone(stage: Stage) -> None:
    stage.ask("POST", f"/addresses/{INBOX}", {"enablews": True})
    gone = Connection(id="gone-long-ago", account="admin", key=digest_of(stage.key))
    # Of one that was made a moment ago "gone" means nothing yet: it may not be answered yet.
    stage.world_of(timedelta(minutes=5)).connections.add(gone, [INBOX])
    with connect(f"{stage.live}?key={stage.key}&addresses={INBOX}", open_timeout=30) as listener:
        greeting = json.loads(listener.recv(timeout=30))
        stage.mail("live", INBOX, "For the listener")
        frame = json.loads(listener.recv(timeout=30))
        listening = [one.id for one in stage.world.connections.listening(INBOX)]

    assert greeting["msg"] == "Listening"
    assert frame["email"]["subject"] == frame["subject"] == "For the listener"
    until(lambda: not stage.world.connections.names("gone-long-ago"), "forgetting the connection that was gone")
    until(lambda: not list(stage.world.connections.listening(INBOX)), "forgetting the one that went")
    assert len(listening) >= 1


def test_a_listener_without_a_key_is_refused(stage: Stage) -> None:
    with pytest.raises(Exception, match=r"401|403|rejected|closed|did not receive"):
        connect(f"{stage.live}?addresses={INBOX}", open_timeout=30).recv(timeout=5)


def test_a_mail_that_is_sent_reaches_ses(stage: Stage) -> None:
    sender = f"sender@{DOMAIN}"
    stage.ask("POST", f"/addresses/{sender}", {})
    draft = {"from": sender, "to": "x@other.example", "subject": "Sent from the stage", "text": "Hello"}
    stage.ask("POST", "/outgoing-messages", draft)

    def captured() -> bool:
        with urllib.request.urlopen(f"{stage.stack.url}/_ministack/ses/messages", timeout=10) as answer:
            return "Sent from the stage" in answer.read().decode()

    assert until(captured, "the mail at SES")


def test_a_poisoned_notice_becomes_a_dead_letter_and_is_redriven(front: Front, stage: Stage, tmp_path: Path) -> None:
    # Six minutes pass between two deliveries of the real queue.
    stage.stack.client("sqs").set_queue_attributes(
        QueueUrl=stage.ids["MailQueue"], Attributes={"VisibilityTimeout": "1"}
    )
    stage.publish('{"notificationType": "Received", "poison": true}')
    (letter,) = until(lambda: stage.ask("GET", "/dead-letters"), "the dead letter")
    redriven = stage.ask("POST", "/dead-letters/redrive", {"jobs": [letter["_id"]]})

    assert letter["_id"].startswith("notice:")
    assert redriven == {"count": 1}
    again = until(lambda: stage.ask("GET", "/dead-letters"), "the dead letter of the second try")
    assert "failed again" in json.dumps(again)

    # The same from the command line.
    listed = front.run(tmp_path, "jobs", "list", "--stage", stage.name)
    named = front.run(tmp_path, "jobs", "redrive", again[0]["_id"], "--stage", stage.name)
    assert f"  {again[0]['_id']}  after" in listed.out
    assert (named.code, named.out) == (0, "1 jobs are tried again.\n")


def test_the_functions_write_their_metrics_to_the_log(stage: Stage) -> None:
    stage.mail("measured", f"measured@{DOMAIN}", "Measured")
    stage.arrived(f"measured@{DOMAIN}", "Measured")
    lines = until(lambda: [line for line in stage.logs("OnMail") if "MailsReceived" in line], "the metrics")

    assert json.loads(lines[0][lines[0].index("{") :])["service"] == "restante-test"
