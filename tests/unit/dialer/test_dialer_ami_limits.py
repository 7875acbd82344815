import pytest

from dialer.ami.config import AmiConfig
from dialer.ami.limits import action_bytes, caller_id, header_bytes, variable_headers
from dialer.errors import NotSent, Unsendable


@pytest.mark.parametrize("mark", ["\r", "\n", "\r\n", "\0"])
@pytest.mark.parametrize("where", ["{}a", "a{}b", "a{}"])
def test_a_line_end_or_nul_is_refused_in_any_value_and_name(mark: str, where: str) -> None:
    bad = where.format(mark)
    with pytest.raises(Unsendable, match="line end or NUL"):
        action_bytes({"Action": "Originate", "CallerID": bad})
    with pytest.raises(Unsendable, match="line end or NUL"):
        action_bytes({"Action": "Originate", "Variable": ["A=1", f"B={bad}"]})
    with pytest.raises(Unsendable, match="header name"):
        action_bytes({"Action": "Originate", bad: "x"})


def test_an_action_goes_out_header_by_header_and_ends_in_an_empty_line() -> None:
    fields = {"Action": "Originate", "CallerID": "José <1>", "Variable": ["A=1", "B=2"]}
    told = "Action: Originate\r\nCallerID: José <1>\r\nVariable: A=1\r\nVariable: B=2\r\n\r\n"
    assert action_bytes(fields) == told.encode()


def test_what_cannot_be_sent_counts_as_not_sent() -> None:
    assert issubclass(Unsendable, NotSent)


def test_a_line_may_hold_1022_bytes_with_its_name_and_not_one_more() -> None:
    header_bytes("Value", "y" * (1022 - len("Value: ")))
    with pytest.raises(Unsendable, match="Value: 1023 bytes"):
        header_bytes("Value", "y" * (1023 - len("Value: ")))


def test_bytes_count_not_characters() -> None:
    with pytest.raises(Unsendable, match="bytes"):
        header_bytes("Value", "王" * 400)


def test_a_lone_surrogate_is_refused_not_raised_raw() -> None:
    with pytest.raises(Unsendable, match="not valid text"):
        header_bytes("Value", "\ud800")


def test_at_most_128_headers() -> None:
    action_bytes({f"H{index}": "x" for index in range(128)})
    with pytest.raises(Unsendable, match="129 headers"):
        action_bytes({f"H{index}": "x" for index in range(129)})


def test_at_most_64_variables() -> None:
    action_bytes({"Variable": [f"V{index}=1" for index in range(64)]})
    with pytest.raises(Unsendable, match="65 variables"):
        action_bytes({"Variable": [f"V{index}=1" for index in range(65)]})


def test_each_variable_is_one_header_with_the_splitters_marks_escaped() -> None:
    assert variable_headers({"__ATT": "att-1", "N": 'a,b "c" \\d (e) [f]'}) == [
        "__ATT=att-1",
        'N=a\\,b \\"c\\" \\\\d \\(e\\) \\[f\\]',
    ]


@pytest.mark.parametrize("name", ["", "A=B", "A,B", 'A"B', "A\\B"])
def test_a_variable_name_that_would_split_is_refused(name: str) -> None:
    with pytest.raises(Unsendable, match="variable name"):
        variable_headers({name: "1"})


def test_a_caller_id_keeps_quotes_and_commas_of_the_name() -> None:
    assert caller_id('Acme "Best", Ltd \\ Co', "+1202") == '"Acme \\"Best\\", Ltd \\\\ Co" <+1202>'
    assert caller_id("", "+1202") == "<+1202>"


@pytest.mark.parametrize("number", ["+1<2", "+1>2", '+1"2'])
def test_a_caller_number_that_would_break_the_header_is_refused(number: str) -> None:
    with pytest.raises(Unsendable):
        caller_id("Acme", number)


def test_a_config_lists_all_its_faults_and_never_shows_its_secret() -> None:
    with pytest.raises(ValueError, match=r"response_timeout_s.*silence_limit_s.*port"):
        AmiConfig("127.0.0.1", 0, "u", "s", response_timeout_s=0, ping_every_s=5.0)
    with pytest.raises(Unsendable, match="Secret"):
        AmiConfig("127.0.0.1", 5038, "u", "s\r\nAction: Command")
    assert "hunter2" not in repr(AmiConfig("127.0.0.1", 5038, "u", "hunter2"))


def test_the_default_config_notices_a_dead_link_inside_five_seconds() -> None:
    assert AmiConfig("127.0.0.1", 5038, "u", "s").silence_limit_s < 5
