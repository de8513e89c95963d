"""Makes a Python that starts with this folder in PYTHONPATH as if TensorFlow were not installed.

Python imports this module by itself: https://docs.python.org/3/library/site.html#module-sitecustomize.
"""

import sys

# What `import` and `find_spec` take for "there is no such module".
sys.modules.update(dict.fromkeys(("tensorflow", "keras")))  # type: ignore[arg-type]
