"""The one kind of sound file the switch is given: 8 kHz, mono, 16 bit, PCM wav.

Knows the format and how long a file plays. Any other format would be transcoded by the switch in every
call, or not be played at all.
"""

import wave
from pathlib import Path

from ivr.errors import PromptError

RATE_HZ = 8000
CHANNELS = 1
SAMPLE_BYTES = 2


def seconds_of(path: Path) -> float:
    """Return how long a sound file plays; raises ``PromptError`` when it is not of our format, or empty."""
    try:
        with wave.open(str(path), "rb") as sound:
            format_ = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            frames = sound.getnframes()
    except (OSError, EOFError, wave.Error) as fault:
        raise PromptError(f"{path}: is not a wav file: {fault}") from fault
    if format_ != (RATE_HZ, CHANNELS, SAMPLE_BYTES):
        rate, channels, width = format_
        raise PromptError(
            f"{path}: must be 8000 Hz, 1 channel, 16 bit, not {rate} Hz, {channels}, {width * 8} bit"
        )
    if not frames:
        raise PromptError(f"{path}: holds no sound")
    return frames / RATE_HZ
