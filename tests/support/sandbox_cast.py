"""The ids of everyone in the sandbox, and of its groups and its channel."""

ALEX = 1000  # the admin, and the owner of the groups and the channel
ANNA = 1001
BEN = 1002
GROUP = -1001000000001
FORUM = -1001000000002
DISCUSSION = -1001000000003
CHANNEL = -1001000000004
BOT = 123456
