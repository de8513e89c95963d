"""The bot that the READMEs of python-telegram-bot and `fer` suggest.

https://github.com/python-telegram-bot/python-telegram-bot and https://github.com/JustinShenk/fer,
which finds faces with a Haar cascade unless told otherwise.
"""

import os

import cv2
import numpy as np
from fer.fer import FER
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

detector = FER()


async def photo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:  # noqa: ARG001
    message = update.effective_message
    if message is None:
        return
    file = await message.photo[-1].get_file()
    data = np.frombuffer(await file.download_as_bytearray(), np.uint8)
    faces = detector.detect_emotions(cv2.imdecode(data, cv2.IMREAD_COLOR))
    moods = [max(face["emotions"], key=face["emotions"].get) for face in faces]
    await message.reply_text(", ".join(moods) or "No face found.")


def main() -> None:
    url = os.environ["TELEGRAM_API_URL"]
    application = (
        Application.builder()
        .token(os.environ["TELEGRAM_BOT_TOKEN"])
        .base_url(f"{url}/bot")
        .base_file_url(f"{url}/file/bot")
        .build()
    )
    application.add_handler(MessageHandler(filters.PHOTO, photo))
    application.run_polling()


if __name__ == "__main__":
    main()
