"""Compiles the translations when a wheel is built; everything else is in pyproject.toml."""

from babel.messages.frontend import CommandLineInterface
from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithTranslations(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            folder = f"{self.build_lib}/bot/locales"
            CommandLineInterface().run(["pybabel", "-q", "compile", "-d", folder, "-D", "bot"])


setup(cmdclass={"build_py": BuildWithTranslations})
