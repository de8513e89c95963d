"""The files in which others run the bot: Docker, Docker Compose, Caddy, systemd.

`python -m scripts.deploy.images` builds the images and runs one of them.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.settings import Settings
from scripts.deploy.buildah import DOCKERFILE, REPOSITORY, python_image_of_dockerfile

COMPOSE = REPOSITORY / "compose.yaml"
UNIT = REPOSITORY / "deploy/systemd/photo-mood.service"
IMAGE_WITH_TAG = re.compile(r"[\w./-]+:[\w.-]+")


def run(*command: object) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return YAML(typ="safe").load(COMPOSE)["services"]


def test_hadolint_finds_no_fault_in_the_dockerfile() -> None:
    run(Path(sys.executable).with_name("hadolint"), DOCKERFILE)


def test_the_compose_file_follows_the_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run(*check, COMPOSE)


def test_each_service_is_hardened_and_its_image_has_a_tag(services: dict[str, dict]) -> None:
    for name, service in services.items():
        assert IMAGE_WITH_TAG.fullmatch(service["image"]), name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["restart"] == "unless-stopped", name


def test_files_that_compose_mounts_and_targets_that_it_builds_exist(
    services: dict[str, dict],
) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE.read_text(), re.MULTILINE))
    for service in services.values():
        sources = [volume.split(":")[0] for volume in service["volumes"]]
        assert all((REPOSITORY / one).exists() for one in sources if one.startswith("./"))
        assert service.get("build", {"target": "full"})["target"] in targets


def test_the_settings_in_these_files_are_settings(services: dict[str, dict]) -> None:
    texts = [DOCKERFILE.read_text(), UNIT.read_text(), str(services)]
    names = {name for text in texts for name in re.findall(r"\bBOT_[A-Z_]+", text)}
    assert {"BOT_DATA_DIR", "BOT_HTTP_LISTEN"} <= names
    assert {name.lower() for name in names} <= set(Settings.model_fields)


def test_the_image_has_a_pinned_base_and_the_version_of_the_package() -> None:
    assert IMAGE_WITH_TAG.fullmatch(python_image_of_dockerfile())
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert f'org.opencontainers.image.version="{project["version"]}"' in DOCKERFILE.read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    # Its program is not installed here.
    unit = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text(), flags=re.MULTILINE)
    (tmp_path / UNIT.name).write_text(unit)
    run("systemd-analyze", "verify", tmp_path / UNIT.name)
    run("systemd-analyze", "security", "--offline=true", "--threshold=15", tmp_path / UNIT.name)
