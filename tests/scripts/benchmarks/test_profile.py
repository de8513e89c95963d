import pytest

from scripts.benchmarks.profile import LOOP, REST, shares

LOOP_STACK = ("__main__:main", "asyncio.base_events:BaseEventLoop._run_once")
HTTP = (*LOOP_STACK, "telegram._bot:Bot._post", "httpx._client:AsyncClient.send")
WAITING = (*LOOP_STACK, "selectors:EpollSelector.select")
PIPELINE = ("threading:Thread.run", "model.prediction.predictor:Predictor.predict")


def test_time_counts_for_the_first_share_that_fits() -> None:
    found = shares(
        [(HTTP, 2.0), (LOOP_STACK, 1.0), ((*PIPELINE, "model.images.jpeg:decode"), 3.0), ((), 0.5)]
    )
    assert {name: spent for name, spent in found.items() if spent} == {
        "HTTP": 2.0,
        LOOP: 1.0,
        "decoding": 3.0,
        REST: 0.5,
    }


def test_waiting_counts_for_what_the_event_loop_did_otherwise() -> None:
    found = shares([(HTTP, 3.0), (LOOP_STACK, 1.0), (WAITING, 2.0), (PIPELINE, 5.0)])
    assert found["HTTP"] == pytest.approx(4.5)
    assert found[LOOP] == pytest.approx(1.5)
    assert found["the rest of the pipeline"] == 5.0
