"""The AWS clients: one session, each client made on first use.

Importing botocore and reading a service model costs a cold start 300 ms and more, so nothing of it happens at import,
and no function pays for a service it does not call. botocore alone is enough: boto3 would add 70 ms.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
SENDING_SECONDS = 45.0
"""How long SES may take for a mail: within what on_job may take (.chalice/config.json)."""
TRIES = 4
"""How often botocore itself tries a request that was throttled or lost."""


class Clients:
    """Every AWS client the service uses. They may be shared by threads.

    Region, credentials and endpoint come from the environment, as AWS defines it, unless a region is given.
    """

    def __init__(self, *, region: str | None = None) -> None:
        self._region = region
        self._lock = threading.RLock()
        self._connections: dict[str, ApiGatewayManagementApiClient] = {}

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return cast("DynamoDBClient", self._made("dynamodb"))

    @cached_property
    def s3(self) -> S3Client:
        return cast("S3Client", self._made("s3"))

    @cached_property
    def sesv2(self) -> SESV2Client:
        return cast("SESV2Client", self._made("sesv2"))

    @cached_property
    def ses_once(self) -> SESV2Client:
        """SES for handing mails over: it is asked once, as a mail may not go twice, and waited for longer."""
        return cast("SESV2Client", self._made("sesv2", tries=1, read_seconds=SENDING_SECONDS))

    @cached_property
    def sqs(self) -> SQSClient:
        return cast("SQSClient", self._made("sqs"))

    def connections(self, endpoint: str) -> ApiGatewayManagementApiClient:
        """The client that pushes to WebSocket connections; `endpoint` is the stage's, as https://.../live."""
        with self._lock:
            if endpoint not in self._connections:
                self._connections[endpoint] = cast(
                    "ApiGatewayManagementApiClient", self._made("apigatewaymanagementapi", endpoint)
                )
            return self._connections[endpoint]

    @cached_property
    def wafv2(self) -> Any:
        return self._made("wafv2")

    @cached_property
    def ses(self) -> Any:
        return self._made("ses")

    @cached_property
    def _session(self) -> Session:
        from botocore.session import get_session  # noqa: PLC0415 - on first use: see the module's first words

        from chalicelib.aws.service_models import ServiceModels  # noqa: PLC0415 - as above

        session = get_session()
        session.register_component("data_loader", ServiceModels())
        return session

    def _made(
        self, service: str, endpoint: str | None = None, *, tries: int = TRIES, read_seconds: float = READ_SECONDS
    ) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - on first use: see the module's first words

        # Only this version signs the length of an upload, and is taken in every region; S3's own default is older.
        signature = "s3v4" if service == "s3" else None
        settings = Config(
            signature_version=signature,
            s3={"addressing_style": self._addressing()} if service == "s3" else None,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=read_seconds,
            retries={"mode": "standard", "total_max_attempts": tries},
            tcp_keepalive=True,
        )
        with self._lock:
            return self._session.create_client(
                service, region_name=self._region, config=settings, endpoint_url=endpoint
            )

    def _addressing(self) -> Literal["auto", "virtual"]:
        from botocore.configprovider import ConfiguredEndpointProvider  # noqa: PLC0415 - as above

        # What is given as endpoint, as an emulator, is one host for all buckets. On AWS, "auto" would sign URLs for
        # the global endpoint, which regions that came after March 2019 do not answer at (S3 User Guide, "Virtual
        # hosting of general purpose buckets"); a bucket with dots in its name goes into the path by itself.
        session = self._session
        given = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), "s3").provide()
        return "auto" if given else "virtual"
