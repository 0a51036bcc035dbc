"""What the functions say of themselves: log lines and metrics, read from standard output as CloudWatch does."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chalicelib.aws.observing import DiscreetFormatter, count, told
from chalicelib.errors import NotFound, Unavailable
from chalicelib.functions.api import count_cache
from chalicelib.mail.rendering import CacheKey
from tests.aws.events import Context, batch, notice
from tests.aws.invoke import KEY

if TYPE_CHECKING:
    from chalicelib.aws.backend import AwsBackend

SCRIPT = Path(__file__).with_name("invoke.py")
ROOT = SCRIPT.parents[2]
UNITS = {"Count", "Bytes", "Seconds", "Milliseconds"}
Line = dict[str, Any]


@pytest.fixture(scope="module")
def output() -> str:
    """The standard output of the functions: a mail, a poisoned notice, the hour, a job, requests, a listener."""
    environment = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "RESTANTE_TABLE": "mail-table",
        "RESTANTE_BUCKET": "mail-bucket",
        "RESTANTE_QUEUE": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs",
        "PYTHONPATH": str(SCRIPT.parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)],
        input=json.dumps(batch(json.dumps(notice()), '{"poison": "bo@rest.example"}')),
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def lines(output: str) -> list[Line]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture(scope="module")
def logged(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "level" in line]


@pytest.fixture(scope="module")
def measured(lines: list[Line]) -> list[Line]:
    return [line for line in lines if "_aws" in line]


def test_the_entry_points_take_events_as_lambda_gives_them(lines: list[Line]) -> None:
    assert lines[-1] == {
        "answer": {"batchItemFailures": [{"itemIdentifier": "record-1"}]},
        "hour": {"left_over": 0, "mended": 0, "lost": 0, "failed": 0},
        "job": {"batchItemFailures": []},
        "asked": [200, 401, 401],
        "listening": 400,
        "subjects": ["Weekly"],
    }


def test_every_line_is_json_and_every_log_line_names_its_request(lines: list[Line], logged: list[Line]) -> None:
    assert len(lines) > len(logged) >= 2
    assert {line["function_request_id"] for line in logged} == {Context.aws_request_id}
    assert {line["service"] for line in logged} == {"restante"}


def test_a_mail_that_is_taken_in_is_told_by_its_id_its_size_and_its_senders_address(logged: list[Line]) -> None:
    (taken,) = (line for line in logged if line["message"] == "Mail taken in")

    assert taken["mail_id"].startswith("0")
    assert (taken["size"], taken["problems"]) == (89, [])
    assert taken["ip"] == "192.0.2.25"


def test_what_fails_is_told_with_where_it_failed_and_without_what_it_was_about(logged: list[Line]) -> None:
    (failed,) = (line for line in logged if line["level"] == "ERROR")

    assert failed["exception_name"] == "BadRequest"
    assert "notices.py" in failed["exception"]
    assert failed["exception"].splitlines()[-1] == "BadRequest"


def test_the_metrics_of_a_call_are_one_line_in_the_embedded_format(measured: list[Line]) -> None:
    for line in measured:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Restante"
        assert directive["Dimensions"] == [["service"]]
        assert line["service"] == "restante"
        assert isinstance(line["_aws"]["Timestamp"], int)
        for metric in directive["Metrics"]:
            assert metric["Unit"] in UNITS
            assert all(isinstance(value, float) for value in line[metric["Name"]])


def test_mails_jobs_operations_and_refusals_are_counted(measured: list[Line]) -> None:
    sums: dict[str, float] = {}
    for line in measured:
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            sums[metric["Name"]] = sums.get(metric["Name"], 0) + sum(line[metric["Name"]])

    assert sums.pop("ColdStart") > 0
    assert sums == {
        "MailsReceived": 1,
        "BytesReceived": 89,
        "JobsBuried": 1,
        "ApiOperations": 3,
        "ApiRefusals": 2,
        "ListenersRefused": 1,
    }


def test_an_operation_is_told_with_its_name_and_status_beside_its_metrics(measured: list[Line]) -> None:
    asked = [line for line in measured if "ApiOperations" in line]

    assert [(line["operation"], line["status"]) for line in asked] == [
        ("ListMessages", 200),
        ("ListMessages", 401),
        ("ListMessages", 401),
    ]
    assert {line["request"] for line in asked} == {"api-request-1"}


def test_only_the_first_call_of_a_process_is_a_cold_start(measured: list[Line]) -> None:
    assert ["ColdStart" in line for line in measured] == [True] + [False] * (len(measured) - 1)


def test_no_subject_no_body_no_address_and_no_key_is_in_the_log(output: str) -> None:
    log = "\n".join(output.splitlines()[:-1])

    for secret in ("Weekly", "Hello", "@rest.example", "@sender.example", KEY, "k_wrong-one"):
        assert secret not in log


def test_every_metric_is_documented_and_every_documented_one_is_counted() -> None:
    code = "".join(
        path.read_text()
        for place in ("functions/*.py", "aws/observing.py")
        for path in (ROOT / "chalicelib").glob(place)
    )
    counted = set(re.findall(r'(?:count\(|else |name=|Outcome\.[A-Z]+: )"([A-Z]\w+)"', code))
    counted |= set(re.findall(r'"(Cache\w+)": ', code))
    documented = set(re.findall(r"^\| `(\w+)` \| [A-Z]", (ROOT / "docs" / "observing.md").read_text(), re.MULTILINE))

    assert "MailsReceived" in counted
    assert documented == counted


def test_what_each_tier_of_the_cache_had_is_told_once(world: AwsBackend, capsys: pytest.CaptureFixture[str]) -> None:
    key, before = CacheKey(mail=world.new_id(), name="text"), dict[str, int]()
    tell = told(lambda *_: count_cache(world, before))
    said = []
    for _ in range(2):
        world.cache.fetch(key, lambda: b"made")
        tell({}, None)
        said.append(json.loads(capsys.readouterr().out))
    tell({}, None)

    assert [{name: line[name] for name in line if name.startswith("Cache")} for line in said] == [
        {"CacheRenderings": [1.0]},
        {"CacheProcessHits": [1.0]},
    ]
    assert capsys.readouterr().out == ""


def test_metrics_are_written_also_when_the_function_fails(capsys: pytest.CaptureFixture[str]) -> None:
    @told
    def fail(_event: Any, _context: Any) -> None:
        count("Failing")
        raise Unavailable("The table answered Throttling")

    with pytest.raises(Unavailable):
        fail({}, None)

    assert json.loads(capsys.readouterr().out)["Failing"] == [1.0]


@pytest.mark.parametrize(
    ("error", "cause", "shown", "hidden"),
    [
        (ValueError("hunter2"), None, ["ValueError"], "hunter2"),
        (NotFound("There is no bo@rest.example"), None, ["NotFound"], "bo@"),
        (Unavailable("The table answered Throttling"), KeyError("hunter2"), ["KeyError", "answered Thr"], "hunter2"),
        (UnicodeDecodeError("utf-8", b"hunter2", 0, 1, "no"), None, ["UnicodeDecodeError"], "hunter2"),
    ],
)
def test_an_exception_is_logged_without_what_a_stranger_may_have_written(
    error: Exception, cause: Exception | None, shown: list[str], hidden: str
) -> None:
    error.add_note("hunter2")
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter())
    record = logging.LogRecord("chalicelib.x", logging.ERROR, "x.py", 1, "It failed", None, _raised(error, cause))
    handler.emit(record)
    said = stream.getvalue()

    assert all(word in json.loads(said)["exception"] for word in shown)
    assert hidden not in said


def _raised(error: Exception, cause: Exception | None) -> Any:
    try:
        raise error from cause  # noqa: TRY301 - what is tested is that it was raised
    except Exception:  # noqa: BLE001 - any of the table
        return sys.exc_info()
