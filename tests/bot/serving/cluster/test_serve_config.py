import pytest
from ruamel.yaml import YAML

from scripts.reliability.ray_cluster import CONFIG


@pytest.mark.ray
def test_the_configuration_follows_rays_schema() -> None:
    schema = pytest.importorskip("ray.serve.schema", reason="needs the extra `ray`: make test-ray")
    config = schema.ServeDeploySchema.model_validate(YAML(typ="safe").load(CONFIG))
    (application,) = config.applications
    assert [deployment.name for deployment in application.deployments] == ["PhotoJudge"]
