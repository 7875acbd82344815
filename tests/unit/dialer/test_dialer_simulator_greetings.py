"""The sounds of the network's people: the same ones every time, with the noise where it belongs."""

import array

from dialer.simulator.greetings import LAG_S, NOISE_AFTER_S, RATE_HZ, Greeting, Setting, amid_noise, file_name

LOUD = 12_000
VOICE = array.array("h", [LOUD, -LOUD] * 2000)


def test_noise_is_the_same_for_the_same_seed_and_lies_around_the_voice() -> None:
    mixed = amid_noise(VOICE, seed=1)
    assert mixed == amid_noise(VOICE, seed=1)
    assert mixed != amid_noise(VOICE, seed=2)
    begins = int(LAG_S[Setting.NOISE] * RATE_HZ)
    assert len(mixed) == begins + len(VOICE) + NOISE_AFTER_S * RATE_HZ
    before, after = mixed[:begins], mixed[begins + len(VOICE) :]
    for part in (before, after):
        assert 300 < sum(map(abs, part)) / len(part) < 350  # above the 256 at which a switch hears sound
        assert max(map(abs, part)) < LOUD / 4
    assert min(map(abs, mixed[begins : begins + len(VOICE)])) > LOUD / 2


def test_noise_on_a_loud_voice_stays_within_sixteen_bits() -> None:
    assert max(amid_noise(array.array("h", [32767] * 100), seed=1)) == 32767


def test_every_voice_and_sort_of_line_has_its_own_file() -> None:
    names = {file_name(Greeting.HELLO, setting, serial) for setting in Setting for serial in range(8)}
    assert names == {f"3-{noise}-{voice}" for noise in ("plain", "noise") for voice in range(4)}
