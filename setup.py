"""Compiles the translations when a wheel is built; everything else is in pyproject.toml."""

from pathlib import Path
from shutil import rmtree

from babel.messages.frontend import CommandLineInterface
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTranslations(build_py):
    def run(self) -> None:
        if not self.editable_mode:
            # `pip install .` leaves it in the checkout, and would install files of the version that
            # was built before as well.
            rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if not self.editable_mode:
            folder = f"{self.build_lib}/bot/locales"
            CommandLineInterface().run(["pybabel", "-q", "compile", "-d", folder, "-D", "bot"])
            for source in Path(folder).rglob("*.po"):
                source.unlink()


setup(cmdclass={"build_py": BuildWithTranslations})
