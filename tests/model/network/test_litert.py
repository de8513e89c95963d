import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

from model.network.litert import LiteRTModel
from model.network.manifest import LITERT_FILE, SHIPPED


def test_interpreters_are_freed_with_the_model_while_their_threads_live() -> None:
    model = LiteRTModel((SHIPPED / LITERT_FILE).read_bytes())
    with ThreadPoolExecutor(1) as pool:
        interpreters = [
            weakref.ref(model._interpreter()),
            weakref.ref(pool.submit(model._interpreter).result()),
        ]
        assert interpreters[0]() is not interpreters[1]()
        del model
        gc.collect()
        assert [interpreter() for interpreter in interpreters] == [None, None]
