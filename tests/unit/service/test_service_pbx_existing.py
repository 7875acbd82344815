"""What is written for an Asterisk that exists already: only our part, and a README about it."""

import re
from pathlib import Path

from pbx_site import SITE

from service.pbx.existing import files_for_existing
from service.pbx.places import PRODUCT_CONF

PROMPTS = Path("/srv/prompts")
TEXTS = files_for_existing(Path("/srv/inc"), PROMPTS, SITE)


def test_there_is_only_our_part() -> None:
    assert set(TEXTS) == {"dialer-extensions.conf", "dialer-manager.conf", "dialer-pjsip.conf", "README"}
    assert "[general]" not in "".join(text for name, text in TEXTS.items() if name != "README")
    assert not [name for name, text in TEXTS.items() if re.search(r"(?m)^#include", text)]
    assert "[globals](+)\nDIALER_SVC = agi://127.0.0.1:4573\n" in TEXTS["dialer-extensions.conf"]
    for context in ("dialer-outbound", "dialer-talk", "dialer-hotline", "dialer-agent-hold"):
        assert f"\n[{context}]\n" in TEXTS["dialer-extensions.conf"]
    assert "[dialer-service](!)" in TEXTS["dialer-manager.conf"]
    assert "secret = s3cret" in TEXTS["dialer-manager.conf"]
    assert "[carrier](dialer-trunk)" in TEXTS["dialer-pjsip.conf"]
    assert "fatal_retry_interval = 120\n" in TEXTS["dialer-pjsip.conf"]
    assert "transport" not in TEXTS["dialer-pjsip.conf"]
    for name in TEXTS:
        if name.endswith(".conf"):
            assert f"#include /srv/inc/{name}" in TEXTS["README"]


def test_the_readme_names_folders_as_they_are() -> None:
    readme = files_for_existing(Path("/srv/site/../inc"), PROMPTS, SITE)["README"]
    assert "#include /srv/inc/dialer-pjsip.conf" in readme
    assert ".." not in readme


def test_the_readme_names_every_folder_that_both_need_and_what_for() -> None:
    step = TEXTS["README"].split("\n5. ")[1].split("\n6. ")[0]
    assert re.findall(r"(?m)^   (read|read, write) +(/\S+)$", step) == [
        ("read", "/srv/inc"), ("read", "/srv/prompts"), ("read, write", "/srv/votes"),
    ]  # fmt: skip
    assert "   chgrp -R asterisk /srv/inc /srv/votes\n" in step
    elsewhere = files_for_existing(Path("/srv/inc"), Path("/var/lib/sounds"), SITE)["README"]
    assert "/var/lib/sounds as /srv/prompts (pbx.prompts_seen_as)" in elsewhere


def test_an_existing_asterisk_is_told_our_timers() -> None:
    readme = TEXTS["README"]
    text = (PRODUCT_CONF / "pjsip.conf").read_text(encoding="utf-8")
    ours = re.findall(r"^timer_\w+=\d+", text, re.MULTILINE)
    assert len(ours) == 2
    assert all(f"   {line}\n" in readme for line in ours)


def test_nothing_of_ours_has_a_name_that_another_may_have_given() -> None:
    """An existing Asterisk merges contexts and templates of one name without a word."""
    heads = {name: re.findall(r"(?m)^\[([^]]+)\]", text) for name, text in TEXTS.items()}
    contexts = [head for head in heads["dialer-extensions.conf"] if head != "globals"]
    assert len(contexts) > 10
    of_settings = {one.name for one in (*SITE.trunks, *SITE.phones)}
    sections_ = [
        head for head in heads["dialer-pjsip.conf"] if not any(head.startswith(name) for name in of_settings)
    ]
    assert sorted(sections_) == ["dialer-agent", "dialer-agent-aor", "dialer-trunk"]
    assert heads["dialer-manager.conf"] == ["dialer-service", "dialer"]
    assert [name for name in contexts if not name.startswith("dialer-")] == []
    text = TEXTS["dialer-extensions.conf"]
    called = re.findall(r"(?:Goto|Gosub)\(([a-z-]+),s,1", text) + re.findall(r"[?:]([a-z-]+),s,1", text)
    assert set(called) <= set(contexts)
    families = re.findall(r"DB(?:_EXISTS)?\(([a-z-]+)/", text)
    assert len(set(families)) == 5
    assert [name for name in families if not name.startswith("dialer-")] == []
    assert set(re.findall(r"(?m)^(\w+) = ", text)) == set(re.findall(r"DIALER_\w+", text))


def test_an_existing_asterisk_is_told_that_agents_keep_it_from_restarting() -> None:
    step = TEXTS["README"].split("\n6. ")[1].split("\n7. ")[0]
    assert "core restart when convenient" in step
    assert "have every agent log out first" in step
