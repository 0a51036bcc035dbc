"""Starting and stopping the service: what it says, how it ends, and what it says when it cannot start."""

from __future__ import annotations

import signal
import smtplib
import socket
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.api.mails import PLAIN
from tests.api.serving import KEY
from tests.cli.commands import run
from tests.service.running import running

if TYPE_CHECKING:
    from pathlib import Path


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


COUNT = "/api/addresses/bob@x.dev/message-count"


def test_the_first_start_shows_the_addresses_and_a_key_that_works_and_later_ones_do_not_show_it(
    tmp_path: Path,
) -> None:
    data = tmp_path / "new" / "data"
    with running(data) as first:
        key = first.key
        assert first.lines[-1] == "Restante is ready. Stop it with Ctrl-C."
        assert f"Data     {data}" in first.lines
        assert key is not None
        assert first.client(key).get("/api/health").json == {"status": "ok"}
        assert first.client(key).get(COUNT).json["count"] == 0
        assert first.client("k_" + "0" * 32).ask("GET", COUNT).status == 401

    with running(data) as second:
        assert second.key is None
        assert not any(key in line for line in second.lines)
        assert second.client(key).get(COUNT).json["count"] == 0


def test_a_misspelt_setting_is_named_once_at_the_start(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_DOMAIN="x.dev") as service:
        lines = [line for line in service.lines if "RESTANTE_DOMAIN" in line]

    assert lines == ["restante: RESTANTE_DOMAIN is no setting, and changes nothing; did you mean RESTANTE_DOMAINS?"]


def test_a_data_folder_that_is_made_is_closed_to_other_users(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    with running(data):
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_chosen_key_works_and_is_never_shown(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_API_KEY="k_chosen") as service:
        assert service.client("k_chosen").get(COUNT).json["count"] == 0

    assert not any("k_chosen" in line for line in service.lines)
    assert b"k_chosen" not in (tmp_path / "restante.sqlite3").read_bytes()


def test_a_key_chosen_later_works_beside_the_first(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        first = service.key

    with running(tmp_path, RESTANTE_API_KEY="k_chosen") as service:
        assert service.client("k_chosen").get(COUNT).json["count"] == 0
        assert service.client(first).get(COUNT).json["count"] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_service_cleanly_also_with_clients_connected(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path, RESTANTE_API_KEY=KEY) as service:
        with smtplib.SMTP(*service.smtp, timeout=60) as smtp, closing(socket.create_connection(service.http)):
            smtp.ehlo()
            code = service.stop(number)
            said, _ = smtp.docmd("NOOP") if smtp.sock is not None else (421, b"")
        addresses = (service.smtp, service.http)

    assert code == 0
    assert said == 421
    assert service.lines[-1] == "Restante is ready. Stop it with Ctrl-C."
    for address in addresses:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


def test_ctrl_c_in_a_terminal_reaches_every_process_and_still_ends_with_code_0(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_API_KEY=KEY) as service:
        assert service.interrupt_group() == 0

    assert service.lines[-1] == "Restante is ready. Stop it with Ctrl-C."


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
def test_both_servers_listen_on_ipv6_and_say_so(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_SMTP="[::1]:0", RESTANTE_HTTP="[::1]:0", RESTANTE_API_KEY=KEY) as service:
        with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
            smtp.sendmail("ann@sender.example", ["bob@x.dev"], PLAIN)
        (message,) = service.client().get("/api/addresses/bob@x.dev/messages").json
        raw = service.client().get(f"/api/raw/bob@x.dev/{message['_id']}").body

    assert (message["ip"], message["via"]) == ("::1", "::1")
    assert b" ([IPv6:::1])\r\n" in raw
    assert any(line.startswith("HTTP     http://[::1]:") for line in service.lines)


def test_mail_is_still_there_after_a_restart_on_the_same_ports(tmp_path: Path) -> None:
    with running(tmp_path, RESTANTE_API_KEY=KEY) as service:
        ports = {name: "{}:{}".format(*at) for name, at in (("SMTP", service.smtp), ("HTTP", service.http))}
        with smtplib.SMTP(*service.smtp, timeout=60) as smtp:
            smtp.sendmail("ann@sender.example", ["bob@x.dev"], PLAIN)

    with running(tmp_path, **{f"RESTANTE_{name}": at for name, at in ports.items()}) as service:
        (message,) = service.client().get("/api/addresses/bob@x.dev/messages").json
        assert service.client().get(f"/api/raw/bob@x.dev/{message['_id']}").body.endswith(PLAIN)


@pytest.mark.parametrize("setting", ["RESTANTE_SMTP", "RESTANTE_HTTP"])
def test_a_port_in_use_is_one_line_and_code_2(tmp_path: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = run(tmp_path, "serve", settings={setting: at})

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"restante: Cannot listen on {at}: the port is in use. Choose another with {setting}=HOST:PORT\n"
    )


def test_a_first_start_that_fails_does_not_use_up_the_key_that_is_shown_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(tmp_path, "serve", settings={"RESTANTE_HTTP": f"127.0.0.1:{taken.getsockname()[1]}"}).code == 2

    with running(tmp_path) as service:
        assert service.key is not None
        assert service.client(service.key).get(COUNT).json["count"] == 0


def test_an_address_of_another_machine_is_one_line_and_code_2(tmp_path: Path) -> None:
    ran = run(tmp_path, "serve", settings={"RESTANTE_HTTP": "192.0.2.1:8025"})

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("restante: Cannot listen on 192.0.2.1:8025: ")


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_data_folder_that_cannot_be_written_is_one_line_and_code_2(tmp_path: Path, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")

    ran = run(file / below, "serve")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"restante: The data folder {file / below} cannot be written: ")
    assert file.read_text() == "no folder"


def test_a_data_folder_with_something_else_in_the_place_of_ours_is_one_line_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("no folder")

    ran = run(tmp_path, "serve")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"restante: The data folder {tmp_path} cannot be ")


def test_an_index_that_is_no_database_is_one_line_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "restante.sqlite3").write_bytes(b"no database" * 1000)

    ran = run(tmp_path, "serve")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "file is not a database" in ran.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("RESTANTE_SMTP", "1025"), ("RESTANTE_SMTP_SIZE", "big"), ("RESTANTE_HTTP", "127.0.0.1:70000")],
)
def test_a_wrong_setting_is_one_line_and_code_2(tmp_path: Path, name: str, value: str) -> None:
    ran = run(tmp_path / "data", "serve", settings={name: value})

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"restante: {name}='{value}': expected ")
    assert not (tmp_path / "data").exists()
