"""Fixtures of the end-to-end tests, re-exported from the modules that hold them."""

from tests.end_to_end.bot_process import anna as anna
from tests.end_to_end.bot_process import chat as chat
from tests.end_to_end.bot_process import place as place
from tests.end_to_end.bot_process import shared_bot as shared_bot
from tests.end_to_end.browser import artifacts as artifacts
from tests.end_to_end.browser import browser_page as browser_page
from tests.end_to_end.browser import chromium as chromium
from tests.end_to_end.learner import learner as learner
from tests.end_to_end.scripted_bot import chat_server as chat_server
from tests.end_to_end.scripted_bot import people as people
from tests.end_to_end.scripted_bot import scripted_bot as scripted_bot
