"""The `http`, `docker`, `kubernetes` tables of a task, as the user writes them."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from leo_engine.spec.model import Json

Duration = str | int | float
Size = str | int | float
Scalar = str | int | float | bool
Count = Annotated[int, Meta(ge=0)]
PositiveCount = Annotated[int, Meta(ge=1)]


class Table(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """Base of every table of a DAG file: an unknown key is an error."""


class PullPolicy(StrEnum):
    """When Docker asks the registry for the image."""

    ALWAYS = "always"
    MISSING = "missing"
    NEVER = "never"


class HttpAuthSource(Table, frozen=True):
    """How a request says who it is: `basic` takes `user:password`, `bearer` a token."""

    basic: str | None = None
    bearer: str | None = None


class HttpPollSource(Table, frozen=True):
    """Ask again until the answer says that the work is done."""

    until: str
    """A condition over `status`, `headers`, `body` and `json` of the answer."""
    interval: Duration | None = None
    deadline: Duration | None = None


class HttpSource(Table, frozen=True):
    """The `http` table: one request."""

    url: str
    method: str | None = None
    params: dict[str, Scalar | tuple[Scalar, ...]] | None = None
    headers: dict[str, str] | None = None
    json: Json = None
    """Body, sent as JSON."""
    body: str | None = None
    """Body, sent as it is."""
    form: dict[str, Scalar] | None = None
    files: dict[str, str] | None = None
    """Field name to path; sent as multipart."""
    auth: HttpAuthSource | None = None
    verify: bool | str | None = None
    """False, or the path of a CA bundle."""
    redirects: bool | None = None
    success: tuple[str | int, ...] | None = None
    """Status codes that count as success: `["2xx", 404]`."""
    timeout: Duration | None = None
    """For one request; `deadline` is for all of them together."""
    deadline: Duration | None = None
    retries: Count | None = None
    """Requests after the first, for what is transient; not the task's `retries`."""
    retry_methods: tuple[str, ...] | None = None
    """Methods that may be repeated besides the idempotent ones."""
    retry_cap: Duration | None = None
    max_body: Size | None = None
    max_in_flight: PositiveCount | None = None
    max_per_host: PositiveCount | None = None
    poll: HttpPollSource | None = None


class DockerSource(Table, frozen=True):
    """The `docker` table: how the container is made."""

    entrypoint: str | tuple[str, ...] | None = None
    user: str | int | None = None
    volumes: tuple[str, ...] | None = None
    network: str | None = None
    memory: Size | None = None
    cpus: Annotated[float, Meta(gt=0)] | None = None
    pids: PositiveCount | None = None
    gpus: str | int | None = None
    shm_size: Size | None = None
    platform: str | None = None
    extra_hosts: tuple[str, ...] | dict[str, str] | None = None
    init: bool | None = None
    pull: PullPolicy | None = None
    labels: dict[str, str] | None = None
    hostname: str | None = None
    read_only: bool | None = None
    tmpfs: tuple[str, ...] | None = None
    secret_files: dict[str, str] | None = None
    """Secret of the task to the file that it gets instead of a variable."""


class KubernetesResourcesSource(Table, frozen=True):
    """What the container asks for and may use at most, in Kubernetes' own units."""

    requests: dict[str, str | int | float] | None = None
    limits: dict[str, str | int | float] | None = None


class KubernetesSource(Table, frozen=True):
    """The `kubernetes` table: how the pod is made."""

    namespace: str | None = None
    context: str | None = None
    resources: KubernetesResourcesSource | None = None
    node_selector: dict[str, str] | None = None
    tolerations: tuple[dict[str, Json], ...] | None = None
    affinity: dict[str, Json] | None = None
    service_account: str | None = None
    image_pull_secrets: tuple[str, ...] | None = None
    pull: PullPolicy | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    entrypoint: str | tuple[str, ...] | None = None
    staging_claim: str | None = None
    secret_mounts: dict[str, str] | None = None
    """Name of a cluster secret to the folder where the container sees it."""
    ca_mount: str | None = None
    """Config map whose certificates the container trusts."""
    startup_headroom: Duration | None = None
    """Added to the timeout for scheduling and pulling."""
    image_pull_grace: Duration | None = None
