"""The manifests in `deploy/kubernetes`, as kubectl builds them.

Their checks need kubectl and the schemas of Kubernetes, both from the extra `dev`.
"""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.metrics import Metrics
from bot.operations.health import Health
from bot.operations.http import operations_app
from bot.settings import LocalSettings, Settings, load_local_settings, load_settings
from bot.shutdown import DEADLINE_S
from bot.webhook_address import split_listen
from scripts.deploy.buildah import DOCKERFILE, REPOSITORY

FOLDER = REPOSITORY / "deploy/kubernetes"
RAY_SERVE = REPOSITORY / "deploy/ray/serve.yaml"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
KUBECTL = Path(sys.executable).with_name("kubectl")
VERSIONS = ("1.34", "1.37")  # of Kubernetes: the oldest whose API has all fields, and the newest
RAY_DRAIN_S = 30  # as a node's log says at SIGTERM
DECODING_MB = 450  # for each HEIF picture or video; see docs/deployment.md#small-machines
IDLE_MB = 250
SECRETS = {
    "TELEGRAM_BOT_TOKEN": "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc",
    "BOT_DATABASE_URL": "postgresql+asyncpg://photo-mood:secret@db.example.org/mood",
    "POSTGRES_PASSWORD": "0123456789abcdef",
}

Manifest = dict[str, Any]


def missing() -> str | None:
    if not KUBECTL.exists():
        return "kubectl is missing: pip install -c constraints.txt '.[dev]'"
    try:
        import kubernetes_validate  # noqa: F401
    except ModuleNotFoundError:
        return "kubernetes-validate is missing: pip install -c constraints.txt '.[dev]'"
    return None


@pytest.fixture(autouse=True)
def _tools() -> None:
    if reason := missing():
        if os.environ.get("REQUIRE_KUBERNETES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@cache
def built(overlay: str) -> tuple[Manifest, ...]:
    """Return what `kubectl apply -k` would send, with secrets filled in."""
    with TemporaryDirectory() as name:
        copy = Path(name) / "deploy"
        ignored = shutil.ignore_patterns("secrets.env")
        shutil.copytree(REPOSITORY / "deploy", copy, ignore=ignored)
        lines = [f"{name}={value}\n" for name, value in SECRETS.items()]
        (copy / "kubernetes/site/secrets.env").write_text("".join(lines))
        command = [str(KUBECTL), "kustomize", str(copy / "kubernetes/overlays" / overlay)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr  # such as a warning that a field is deprecated
    return tuple(YAML(typ="safe").load_all(done.stdout))


def the(overlay: str, kind: str, name: str) -> Manifest:
    (found,) = (
        one for one in built(overlay) if (one["kind"], one["metadata"]["name"]) == (kind, name)
    )
    return found


def pods(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """Yield each pod's name and specification."""
    for one in built(overlay):
        spec = one.get("spec", {})
        name = f"{one['kind']} {one['metadata']['name']}"
        if one["kind"] == "RayService":
            cluster = spec["rayClusterConfig"]
            for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
                yield f"{name} {group.get('groupName', 'head')}", group["template"]["spec"]
        elif "template" in spec:
            yield name, spec["template"]["spec"]


def containers(pod: Manifest) -> list[Manifest]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def environment(overlay: str, container: Manifest) -> dict[str, str]:
    """Return the variables that a container gets, as Kubernetes puts them together."""
    maps = {one["metadata"]["name"]: one for one in built(overlay) if one["kind"] == "ConfigMap"}
    secrets = {one["metadata"]["name"]: one for one in built(overlay) if one["kind"] == "Secret"}

    def secret(name: str) -> dict[str, str]:
        return {key: base64.b64decode(text).decode() for key, text in secrets[name]["data"].items()}

    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" in source:
            variables |= maps[source["configMapRef"]["name"]]["data"]
        else:
            variables |= secret(source["secretRef"]["name"])
    for one in container.get("env", []):
        if "valueFrom" in one:
            key = one["valueFrom"]["secretKeyRef"]
            variables[one["name"]] = secret(key["name"])[key["key"]]
        else:
            text = re.sub(r"\$\((\w+)\)", lambda found: variables[found[1]], one["value"])
            variables[one["name"]] = text
    return variables


def ports(container: Manifest) -> dict[str, int]:
    return {one["name"]: one["containerPort"] for one in container["ports"]}


EVERY_OVERLAY = pytest.mark.parametrize("overlay", OVERLAYS)


@EVERY_OVERLAY
@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_knows_every_field(overlay: str, version: str) -> None:
    import kubernetes_validate

    for one in built(overlay):
        if one["apiVersion"] != "ray.io/v1":
            kubernetes_validate.validate(one, version, strict=True)


@EVERY_OVERLAY
def test_everything_is_in_one_namespace(overlay: str) -> None:
    namespaces = {
        one["metadata"].get("namespace") for one in built(overlay) if one["kind"] != "Namespace"
    }
    assert namespaces == {the(overlay, "Namespace", "photo-mood")["metadata"]["name"]}


@EVERY_OVERLAY
def test_each_pod_is_hardened(overlay: str) -> None:
    """As the restricted Pod Security Standard demands, and a little more."""
    for name, pod in pods(overlay):
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(pod):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]), name
            assert "memory" in container["resources"]["limits"], name
            assert re.fullmatch(r"[\w./-]+:[\w.-]+", container["image"]), name


@EVERY_OVERLAY
def test_our_images_are_those_of_the_dockerfile(overlay: str) -> None:
    dockerfile = DOCKERFILE.read_text()
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    user = re.search(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)
    assert user
    for name, pod in pods(overlay):
        ours = [one for one in containers(pod) if one["image"].startswith("photo-mood-bot:")]
        for container in ours:
            assert container["image"].partition(":")[2] in targets
            mounts = {one["mountPath"] for one in container["volumeMounts"]}
            assert {"/data", "/tmp"} <= mounts, name  # noqa: S108 - what the image may write to
        if ours:
            ids = pod["securityContext"]
            assert (ids["runAsUser"], ids["runAsGroup"], ids["fsGroup"]) == (
                int(user[1]), int(user[2]), int(user[2])
            )  # fmt: skip


@EVERY_OVERLAY
def test_the_bot_accepts_its_settings(
    overlay: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = environment(overlay, bot(overlay))
    settings = load(given, tmp_path, monkeypatch)
    assert isinstance(settings, Settings)
    assert settings.unused == []
    assert settings.webhook
    assert settings.webhook.url.startswith("https://bot.example.org/")
    assert settings.has_database_server
    assert given["BOT_DATA_DIR"] == "/data"


@EVERY_OVERLAY
def test_retraining_accepts_its_settings_and_gets_no_token(
    overlay: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (container,) = the(overlay, "Deployment", "retrain")["spec"]["template"]["spec"]["containers"]
    given = environment(overlay, container)
    assert given["TELEGRAM_BOT_TOKEN"] == ""
    settings = load(given, tmp_path, monkeypatch, LocalSettings)
    bots = environment(overlay, bot(overlay))
    assert settings.bot_database_url.get_secret_value() == bots["BOT_DATABASE_URL"]


def test_ray_serves_what_its_own_file_says() -> None:
    """What Ray makes of it is tested where Ray is installed: tests/bot/serving/cluster."""
    service = the("ray", "RayService", "photo-mood")["spec"]
    assert service["serveConfigV2"] == RAY_SERVE.read_text()


def test_the_bots_belong_to_the_ray_cluster_and_keep_as_many_photos_there_as_it_has_workers() -> (
    None
):
    given = environment("ray", bot("ray"))
    (node,) = the("ray", "Deployment", "bot")["spec"]["template"]["spec"]["initContainers"]
    assert f"--address={given['BOT_RAY_ADDRESS']}" in node["args"]
    shared = {one["name"] for one in node["volumeMounts"]} & {
        one["name"] for one in bot("ray")["volumeMounts"]
    }
    assert {"tmp", "shared-memory"} <= shared
    service = the("ray", "RayService", "photo-mood")
    head = f"{service['metadata']['name']}-head-svc"  # as KubeRay calls it
    cluster = service["spec"]["rayClusterConfig"]
    (port,) = (
        one["containerPort"]
        for one in cluster["headGroupSpec"]["template"]["spec"]["containers"][0]["ports"]
        if one["name"] == "gcs-server"
    )
    assert given["BOT_RAY_ADDRESS"] == f"{head}:{port}"
    (judge,) = YAML(typ="safe").load(RAY_SERVE)["applications"][0]["deployments"]
    (group,) = cluster["workerGroupSpecs"]
    replicas = judge["autoscaling_config"]["max_replicas"]
    assert group["maxReplicas"] == replicas == int(given["BOT_WORKERS"])
    assert group["rayStartParams"]["num-cpus"] == str(judge["ray_actor_options"]["num_cpus"])
    drained_after = judge["graceful_shutdown_timeout_s"] + RAY_DRAIN_S
    assert group["template"]["spec"]["terminationGracePeriodSeconds"] > drained_after


def test_the_ray_cluster_has_the_version_of_the_images() -> None:
    pinned = re.search(r"^ray==(\S+)$", (REPOSITORY / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned
    cluster = the("ray", "RayService", "photo-mood")["spec"]["rayClusterConfig"]
    assert cluster["rayVersion"] == pinned[1]


def test_ray_finds_the_versions_of_the_model_that_the_database_has() -> None:
    (group,) = the("ray", "RayService", "photo-mood")["spec"]["rayClusterConfig"][
        "workerGroupSpecs"
    ]
    pod = group["template"]["spec"]
    (copying,) = pod["initContainers"]
    environment_of_copying = environment("ray", copying)
    assert environment_of_copying["BOT_DATABASE_URL"] == SECRETS["BOT_DATABASE_URL"]
    (judge,) = YAML(typ="safe").load(RAY_SERVE)["applications"][0]["deployments"]
    folder = Path(judge["user_config"]["models"]).parent
    for container in containers(pod):
        assert str(folder) in {one["mountPath"] for one in container["volumeMounts"]}


@pytest.mark.parametrize("kind", ["headGroupSpec", "workerGroupSpecs"])
def test_kubernetes_knows_every_field_of_rays_pods(kind: str) -> None:
    """KubeRay's own fields are checked against no schema: none is published in a package."""
    import kubernetes_validate

    group = the("ray", "RayService", "photo-mood")["spec"]["rayClusterConfig"][kind]
    template = (group if kind == "headGroupSpec" else group[0])["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"} | template["metadata"]}
    kubernetes_validate.validate(pod | {"spec": template["spec"]}, VERSIONS[-1], strict=True)


def bot(overlay: str) -> Manifest:
    pod = the(overlay, "Deployment", "bot")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    return dict(container)


def load(
    given: dict[str, str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[LocalSettings] = Settings,
) -> LocalSettings:
    """Return the settings that a container with these variables has."""
    known = set(Settings.model_fields)
    assert {name.lower() for name in given if name.startswith("BOT_")} <= known
    for name in known:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("BOT_DATA_DIR", str(folder))
    # Whether Ray is installed here does not matter: it is in the image.
    monkeypatch.setattr("bot.inference_engine.find_spec", lambda _: object())
    read = load_settings if kind is Settings else load_local_settings
    return read(folder / "missing.env")


@EVERY_OVERLAY
def test_requests_and_probes_go_where_the_bot_listens(overlay: str) -> None:
    container = bot(overlay)
    given = environment(overlay, container)
    host, webhook = split_listen(given["BOT_WEBHOOK_LISTEN"])
    other_host, operations = split_listen(given["BOT_HTTP_LISTEN"])
    assert {host, other_host} == {"0.0.0.0"}  # noqa: S104 - inside a pod
    assert ports(container) == {"webhook": webhook, "operations": operations}
    routes = {
        getattr(route, "path", None)
        for route in operations_app(Health(polls=False, metrics=Metrics()), Metrics()).routes
    }
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] == "operations"
        assert container[probe]["httpGet"]["path"] in routes
    service = the(overlay, "Service", "bot")["spec"]
    assert [one["targetPort"] for one in service["ports"]] == ["webhook"]
    labels = the(overlay, "Deployment", "bot")["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()


def test_the_ports_are_those_of_compose() -> None:
    compose = YAML(typ="safe").load(REPOSITORY / "compose.yaml")["services"]["bot"]["environment"]
    given = environment("server", bot("server"))
    assert given["BOT_HTTP_LISTEN"] == compose["BOT_HTTP_LISTEN"]
    assert given["BOT_WEBHOOK_LISTEN"] in compose["BOT_WEBHOOK_LISTEN"]


@EVERY_OVERLAY
def test_the_ingress_has_the_host_of_the_webhook(overlay: str) -> None:
    ingress = the(overlay, "Ingress", "bot")["spec"]
    url = environment(overlay, bot(overlay))["BOT_WEBHOOK_URL"]
    assert [rule["host"] for rule in ingress["rules"]] == [url.partition("://")[2]]
    assert [entry["hosts"] for entry in ingress["tls"]] == [[url.partition("://")[2]]]


@EVERY_OVERLAY
def test_a_pod_has_the_time_that_the_bot_takes_to_stop(overlay: str) -> None:
    for name in ("bot", "retrain"):
        pod = the(overlay, "Deployment", name)["spec"]["template"]["spec"]
        hook = pod["containers"][0].get("lifecycle", {"preStop": {"sleep": {"seconds": 0}}})
        asked_after = hook["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] >= asked_after + DEADLINE_S + 3


@EVERY_OVERLAY
def test_a_bot_has_the_memory_for_what_it_decodes_at_a_time(overlay: str) -> None:
    container = bot(overlay)
    workers = int(environment(overlay, container)["BOT_WORKERS"])
    limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    assert limit >= IDLE_MB + workers * DECODING_MB


@EVERY_OVERLAY
def test_an_update_never_takes_a_bot_away_before_another_one_is_ready(overlay: str) -> None:
    spec = the(overlay, "Deployment", "bot")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert "replicas" not in spec  # the autoscaler's; it would be reset by each update
    assert the(overlay, "HorizontalPodAutoscaler", "bot")["spec"]["minReplicas"] >= 2


@EVERY_OVERLAY
def test_no_service_adds_variables_that_look_like_settings(overlay: str) -> None:
    assert all(pod["enableServiceLinks"] is False for _, pod in pods(overlay))


def test_secrets_are_not_committed() -> None:
    assert "/secrets.env" in (FOLDER / "site/.gitignore").read_text().splitlines()
    example = (FOLDER / "site/secrets.env.example").read_text()
    assert set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set(SECRETS)
