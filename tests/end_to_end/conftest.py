"""Fixtures of the end-to-end tests, re-exported from the modules that hold them."""

from tests.support.bot_process import chat as chat
from tests.support.bot_process import people as people
from tests.support.bot_process import sandbox as sandbox
from tests.support.bot_process import shared_database as shared_database
from tests.support.bot_process import shared_sandbox as shared_sandbox
from tests.support.bot_process import unprivileged as unprivileged
from tests.support.browser import artifacts as artifacts
from tests.support.browser import browser_page as browser_page
from tests.support.browser import chromium as chromium
from tests.support.scripted_bot import chat_server as chat_server
from tests.support.scripted_bot import scripted_bot as scripted_bot
from tests.support.stubbed_retraining import retraining as retraining
from tests.support.watcher_process import watched as watched
