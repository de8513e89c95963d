from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.benchmarks.capacity.__main__ import main
from scripts.benchmarks.capacity.measurement import lock_times
from scripts.benchmarks.capacity.queueing import Station, erlang_c
from scripts.benchmarks.capacity.service_times import ServiceTimes
from scripts.benchmarks.capacity.simulation import arrivals, departures
from scripts.benchmarks.capacity.sizing import highest_rate, smallest, table

PHOTOS = 100_000


@pytest.mark.parametrize(
    ("servers", "load", "probability"),
    # Erlang's tables; one server is busy for the share of the time that it has work.
    [(1, 0.5, 0.5), (2, 1.0, 1 / 3), (10, 8.0, 0.4092), (3, 3.0, 1.0), (100, 0.0, 0.0)],
)
def test_erlang_c_is_that_of_the_tables(servers: int, load: float, probability: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(probability, abs=1e-4)


@pytest.mark.parametrize("servers", [1, 4])
@pytest.mark.parametrize("name", ["exponential", "constant", "gamma"])
def test_a_simulation_agrees_with_the_formulas(name: str, servers: int) -> None:
    rng = np.random.default_rng(1)
    service = {
        "exponential": lambda: rng.exponential(0.04, PHOTOS),
        "constant": lambda: np.full(PHOTOS, 0.04),
        "gamma": lambda: rng.gamma(2.0, 0.02, PHOTOS),
    }[name]()
    station = Station(service, servers, rate=0.7 * servers / 0.04)

    arrived = arrivals(station.rate, PHOTOS, rng)
    spent = departures(arrived, service, servers) - arrived
    waits = spent - service

    # The approximation is a tenth too low where several servers take a constant time.
    assert np.mean(waits) == pytest.approx(station.mean_wait_s, rel=0.15)
    assert np.mean(waits > 1e-9) == pytest.approx(station.waiting_probability, abs=0.03)
    computed = np.quantile(station.draw(PHOTOS, rng), 0.95)
    assert np.quantile(spent, 0.95) == pytest.approx(computed, rel=0.08)


def test_held_locks_are_read_from_the_servers_log() -> None:
    log = """
100.000 7 LOG:  duration: 0.030 ms  statement: BEGIN ISOLATION LEVEL READ COMMITTED;
100.001 7 LOG:  duration: 9.000 ms  execute a: SELECT set_config('x', $1, true), pg_advisory_xact_lock($2)
100.002 8 LOG:  duration: 0.020 ms  execute b: SELECT users.language
	FROM users
100.003 8 LOG:  duration: 0.020 ms  statement: COMMIT;
100.004 7 LOG:  duration: 0.100 ms  execute c: INSERT INTO inbox (update_id) VALUES ($1)
100.009 7 LOG:  duration: 2.000 ms  statement: COMMIT;
"""  # noqa: E501 - as the server writes it
    ((statements, commit),) = lock_times(log.splitlines())
    assert statements == pytest.approx(0.006, abs=1e-5)
    assert commit == pytest.approx(0.002)


def service_times(loop_ms: float = 20, workers_ms: float = 40, lock_ms: float = 1) -> ServiceTimes:
    return ServiceTimes(
        loop_s=[loop_ms / 1000] * 3,
        workers_s=[0.5 * workers_ms / 1000, workers_ms / 1000, 1.5 * workers_ms / 1000],
        statements_s=[0.5 * lock_ms / 1000] * 9,
        commit_s=[0.5 * lock_ms / 1000] * 9,
        transactions=3.0,
        database_cpu_s=0.002,
        database_bytes=20_000,
        connections=6,
    )


def test_one_replica_fewer_would_miss_the_target() -> None:
    found = smallest(service_times(), rate=60, target_s=0.3)
    assert found is not None
    assert found.computed_p95_s() <= 0.3
    assert replace(found, replicas=found.replicas - 1).computed_p95_s() > 0.3


def test_a_simulated_deployment_agrees_with_the_computed_one() -> None:
    found = smallest(service_times(), rate=60, target_s=0.3)
    assert found is not None
    assert found.simulated_p95_s() == pytest.approx(found.computed_p95_s(), rel=0.15)


def test_where_the_lock_is_always_held_no_number_of_replicas_is_enough() -> None:
    times = service_times(lock_ms=4)
    assert highest_rate(times) == pytest.approx(1000 / 12)
    assert smallest(times, rate=100, target_s=1.0) is None
    assert "| 100 | 1 | 1 | none |" in table(times, [100.0], [1.0])


def test_a_faster_disk_raises_what_one_database_carries() -> None:
    times = service_times(lock_ms=4)
    assert highest_rate(times.with_commit(0.0)) == pytest.approx(2 * highest_rate(times))


def test_several_bots_share_what_is_beyond_telegrams_limit() -> None:
    rows = table(service_times(), [100.0], [1.0]).splitlines()[2:]
    assert [row.split(" | ")[1] for row in rows] == ["1", "4"]


def test_saved_service_times_give_the_table_and_the_plot_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, plot = tmp_path / "times.json", tmp_path / "plot.png"
    service_times().write(saved)
    assert main(["--load", str(saved), "--plot", str(plot)]) == 0
    assert "| event loop, CPU a photo | 20.0 | 20.0 | 20.0 | 0.00 |" in capsys.readouterr().out
    with Image.open(plot) as picture:
        assert picture.width > picture.height


def test_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"photos": 3}')
    assert main(["--load", str(other)]) == 1
    assert "has no service times" in capsys.readouterr().err
