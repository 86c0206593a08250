"""Requests that cannot be sent: one line at once, which names the cause, and never the key."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time

import pytest
from faulty_server import FaultyServer
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_server import RawServer, delta, events, response, sends

from anomaly_agent.agent.assembly.choice import ChosenModels, ModelChoice
from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import BackendError, InputError
from anomaly_agent.agent.models.language import GenerationOptions
from anomaly_agent.agent.models.language.address import address_problem
from anomaly_agent.agent.models.language.keys import choose_url
from anomaly_agent.agent.models.language.server import ServerLanguageModel

KEY = "sk-a-key-that-nobody-may-see"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
FINE = sends(events(delta("stop", content="Fine.")))


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Nothing of this machine's environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("BASE_URL", "API_KEY", "POLICY", "LANGUAGE_MODEL"):
        monkeypatch.delenv(f"ANOMALY_AGENT_{name}", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def ask(url, text="Go.", limit=20.0):
    told = [{"role": "user", "content": [{"type": "text", "text": text}]}]
    return ServerLanguageModel("qwen", url, GenerationOptions(time_limit=limit)).chat(told, [], 7)


ADDRESSES = {
    "127.0.0.1:8000": "does not begin with http:// or https://",
    "localhost:8000/v1": "does not begin with http",
    "//host/v1": "does not begin with http",
    "http:/host/v1": "does not begin with http",
    "http:host": "does not begin with http",
    "ftp://host/v1": "does not begin with http",
    "htp://host/v1": "does not begin with http",
    "http://": "does not begin with http",
    "http:///v1": "names no host",
    "http://:8000/v1": "names no host",
    "http://host:99999/v1": "its port is no number",
    "http://host:80OO/v1": "its port is no number",
    "http://host:-1/v1": "its port is no number",
    "http://host:0/v1": "its port is no number",
    "http://host:8 0/v1": "holds a blank",
    "http://[::1/v1": "stands in brackets",
    "http://::1]/v1": "stands in brackets",
    "http://[::zz]/v1": "bracket",
    "http://[1.2.3.4]/v1": "bracket",
    "http://[]/v1": "bracket|names no host",
    "http://256.1.1.1/v1": "no IPv4 address",
    "http://ho st/v1": "holds a blank",
    "http://host\n/v1": "holds a blank",
    "http://host\u200b/v1": "cannot be shown",
    "http://a..b/v1": "host's name",
    f"http://{'a' * 64}.example/v1": "host's name",
    "http://xn--\u00e4/v1": "host's name",
    "http://ho%20st/v1": "host's name",
    "http://ho\\st/v1": "host's name",
    "http://host,other/v1": "host's name",
    "http://user@host/v1": "what is given .* a user or a password",
    f"http://user:{KEY}@host/v1": "a user or a password.*put the key into ANOMALY_AGENT_API_KEY",
    f"http://user:{KEY}@host:bad/v1": "what is given",
    f"http://host/v1?key={KEY}": "a query or a fragment.*put the key into ANOMALY_AGENT_API_KEY",
    f"http://host/v1#{KEY}": "a query or a fragment",
    "http://host/v1?": "a query or a fragment",
    "http://h\u2100st/v1": "cannot be read|host's name",
    KEY: "what is given is no server's address",
}  # fmt: skip


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_cannot_be_an_address_is_refused_in_one_line(url, monkeypatch):
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    choice = ModelChoice(policy="model", language_model="m", server=url)
    refusing = (lambda: choose_url(url), lambda: ServerLanguageModel("m", url), lambda: ChosenModels(choice))
    for refuse in refusing:
        with pytest.raises(InputError, match=ADDRESSES[url]) as caught:
            refuse()
        assert (
            "\n" not in str(caught.value) and KEY not in str(caught.value) and "give one such as" in str(caught.value)
        )


@pytest.mark.parametrize("given_by", ["option", "variable"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/v1", "http://[::1/v1", "127.0.0.1:8000"])
def test_the_command_line_names_option_or_variable_before_it_reads_a_picture(
    url, given_by, monkeypatch, capsys, tmp_path
):
    given = [
        "--images",
        str(tmp_path / "none"),
        "--item",
        "disc",
        "--anomaly",
        "scratch",
        "--output",
        str(tmp_path / "out"),
    ]
    given += ["--policy", "model", "--language-model", "m"]
    if given_by == "variable":
        monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", url)
    else:
        given += ["--server", url]
    assert main(["synthesize", *given]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and ("--server: " if given_by == "option" else "ANOMALY_AGENT_BASE_URL: ") in said
    assert "is no server's address" in said and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1", "http://[::1]:8000/v1", "https://api.openai.com/v1", "HTTP://localhost:1", "http://my_server:80",
        "http://host.docker.internal:11434/v1/", "http://b\u00fccher.example/v1", "https://h/a/b;c/v1", "http://[fe80::1%25eth0]/v1",
        "http://host./v1", "http://h:65535", "http://1.2.3.4.example/v1",
    ],
)  # fmt: skip
def test_what_can_be_an_address_is_taken(url):
    assert address_problem(url) == "" and ServerLanguageModel("m", url).base_url == url.rstrip("/")


@given(
    url=st.one_of(
        st.text(max_size=30),
        st.builds(
            "{}{}{}{}".format,
            st.sampled_from(["http://", "https://", "http:", ""]),
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(["h", "[::1]", "[", "a..b", "1.2.3.4", "\u00e4", "%", "xn--a", "-", "*"]),
            ),
            st.one_of(st.just(""), st.integers(-2, 70000).map(":{}".format), st.text(max_size=4)),
            st.text(max_size=9),
        ),
    )
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_an_address_that_the_library_takes_or_one_line(url):
    try:
        model = ServerLanguageModel("m", f"{url}x")
    except InputError as error:
        assert "\n" not in str(error) and str(error).isprintable()
        return
    assert model.base_url.lower().startswith("http")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (f"{KEY}\n", "a line's end before or after"),
        (f" {KEY}", "a blank or a line's end before or after"),
        (f"{KEY}\r\n", "before or after"),
        ("sk-a\nb", "a blank or a line's end within"),
        ("sk a", "a blank or a line's end within"),
        ("sk-\x07a", "within"),
        ("sk-\u00fc", "outside ASCII"),
        ("\u201csk-a\u201d", "outside ASCII"),
        ("sk-\udcff", "within|outside ASCII"),
        ("sk-\u200ba", "within|outside ASCII"),
        (" \t", "holds blanks alone"),
    ],
)
@pytest.mark.parametrize("variable", ["ANOMALY_AGENT_API_KEY", "OPENAI_API_KEY"])
def test_a_key_that_cannot_be_sent_is_named_by_its_variable(key, words, variable, monkeypatch):
    url = "http://127.0.0.1:9/v1" if variable.startswith("ANOMALY") else "https://api.openai.com/v1"
    if variable.startswith("ANOMALY"):
        monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", url)
    monkeypatch.setenv(variable, key)
    with pytest.raises(InputError, match=words) as caught:
        ServerLanguageModel("qwen", url)
    text = str(caught.value)
    assert text.startswith(f"{variable}: ") and "\n" not in text and key not in text and "sk" not in text
    # Another server gets no key, so this one does not matter there.
    assert ServerLanguageModel("qwen", "http://127.0.0.1:8/v1").base_url


def test_a_broken_address_in_the_environment_does_not_concern_one_that_is_given(monkeypatch):
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", "http://[::1/v1")
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    with RawServer(FINE) as server:
        assert ask(server.url) == "Fine."
    assert KEY.encode() not in server.requests[0][0]


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY", "all_proxy", "http_proxy"])
@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://127.0.0.1:9", "a SOCKS proxy needs socksio .pip install socksio.; install it, or correct it"),
        ("socks5h://user:pass@127.0.0.1:9", "a SOCKS proxy needs socksio"),
        ("socks4://127.0.0.1:9", "does not begin with http://"),
        ("socks://127.0.0.1:9", "does not begin with http://"),
        ("ftp://127.0.0.1:9", "does not begin with http://"),
        ("http://127.0.0.1:99999", "its port is no number"),
        ("http://user:secret@127.0.0.1:80OO", "its port is no number"),
        ("127.0.0.1:80OO", "its port is no number"),
        ("http://[::1", "its host cannot be read"),
        ("http://", "does not begin with|names no host"),
        ("http://a..b:80", "its host's name"),
        ("http://ho st:80", "holds a blank"),
        ("nonsense here", "holds a blank"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(variable, proxy, words, monkeypatch):
    pytest.importorskip("openai")
    if "socksio" in words:
        monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(InputError, match=words) as caught:
        ServerLanguageModel("qwen", "http://127.0.0.1:9/v1")
    text = str(caught.value)
    assert text.startswith(f"{variable}: ") and "name 127.0.0.1 in NO_PROXY" in text
    assert "\n" not in text and "secret" not in text and "pass@" not in text
    # The cure that it names is one; and what is for other addresses does not matter.
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    with RawServer(FINE) as server:
        assert ask(server.url) == "Fine."


def test_a_proxy_for_other_addresses_does_not_matter(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks9://nowhere:x")
    with RawServer(FINE) as server:
        assert ask(server.url) == "Fine."
    with pytest.raises(InputError, match="HTTPS_PROXY: "):
        ServerLanguageModel("qwen", "https://127.0.0.1:9/v1")


def test_a_request_goes_through_the_proxy_and_its_failure_names_it(monkeypatch):
    with RawServer(FINE) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert ask("http://some.example/v1") == "Fine."
    assert proxy.requests[0][0].startswith(b"POST http://some.example/v1/chat/completions ")
    monkeypatch.setattr("anomaly_agent.agent.models.language.server._FIRST_PAUSE", 0.01)
    with pytest.raises(BackendError, match=r"Connection refused.*goes through the proxy of HTTP_PROXY: is that right"):
        ask("http://some.example/v1")
    with RawServer(sends(response("who are you?", "text/plain", "407 No"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(BackendError, match=r"who are you.*goes through the proxy of HTTP_PROXY"):
            ask("http://some.example/v1")
    with RawServer(sends(b"HTTP/1.1 403 Forbidden\r\n\r\n")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(BackendError, match=r"403 Forbidden.*goes through the proxy of HTTPS_PROXY"):
            ask("https://some.example/v1")
    assert len(proxy.requests) == 1


@pytest.mark.parametrize("form", ["missing", "no PEM", "empty", "a folder", "a key alone"])
def test_a_file_of_certificates_that_cannot_be_used_is_named(form, monkeypatch, tmp_path):
    path = tmp_path / "authority.pem"
    texts = {
        "no PEM": "hello",
        "empty": "",
        "a key alone": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    }
    if form in texts:
        path.write_text(texts[form])
    elif form == "a folder":
        path.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    for url in ("https://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"):
        with pytest.raises(InputError, match=r"^SSL_CERT_FILE: cannot be used \(.+\); name a readable file"):
            ServerLanguageModel("qwen", url)


def test_a_log_of_keys_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "no" / "log"))
    with pytest.raises(
        InputError, match=r"^SSLKEYLOGFILE: cannot be used .No such file or directory.; name a file that can"
    ):
        ServerLanguageModel("qwen", "https://127.0.0.1:9/v1")


def _own_certificate(folder):
    openssl = shutil.which("openssl") or pytest.skip("no openssl to make a certificate with")
    made = ["-out", str(folder / "cert.pem"), "-keyout", str(folder / "key.pem"), "-nodes", "-days", "2"]
    there = ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", *made, *there], check=True, capture_output=True)


def test_a_server_without_tls_is_told_apart_and_not_asked_again():
    plain = FaultyServer()
    with pytest.raises(BackendError, match=r"does not speak TLS as this machine does.*http://"):
        ask(plain.url.replace("http://", "https://"))
    plain.close()


def test_a_certificate_that_is_not_trusted_is_told_apart_and_not_asked_again(monkeypatch, tmp_path):
    _own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with RawServer(FINE) as server:
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        url = server.url.replace("http://", "https://")
        with pytest.raises(BackendError, match=r"its certificate is not trusted .*SSL_CERT_FILE") as caught:
            ask(url)
        assert "tried" not in str(caught.value)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert ask(url) == "Fine."


def test_a_host_that_is_not_known_is_named_at_once():
    with pytest.raises(BackendError, match="its host's name is not known") as caught:
        ask("http://no-such-host.invalid/v1", limit=10.0)
    assert "\n" not in str(caught.value)


def test_a_server_that_is_down_is_tried_again_and_named(monkeypatch):
    monkeypatch.setattr("anomaly_agent.agent.models.language.server._FIRST_PAUSE", 0.01)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(BackendError, match=r"Connection refused\); is the server running.*; tried 5 times"):
        ask(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize("text", ["half \ud83d", "\udc00\ud800", "both \ud83d\ude00", "\udcff raw byte"])
def test_half_a_character_in_the_conversation_is_sent_as_a_sign_for_it(text):
    with RawServer(FINE) as server:
        assert ask(server.url, text) == "Fine."
    body = server.requests[0][1].decode()
    assert (
        ("\U0001f600" in body or "\\ud83d\\ude00" in body) if "both" in text else "\ufffd" in body or "\\ufffd" in body
    )


@pytest.mark.parametrize(
    "error",
    [
        ValueError("odd\nvalue"),
        UnicodeEncodeError("ascii", KEY, 0, 1, "no"),
        TypeError("none"),
        KeyError("x"),
        RuntimeError(KEY),
    ],
)
def test_whatever_the_library_raises_while_it_sends_ends_at_once_in_one_line(error, monkeypatch):
    monkeypatch.setenv("ANOMALY_AGENT_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("ANOMALY_AGENT_API_KEY", KEY)
    model = ServerLanguageModel("qwen", "", GenerationOptions(time_limit=30))
    calls = []

    def fails(*_, **__):
        calls.append(1)
        raise error

    monkeypatch.setattr(model._client._client, "send", fails)
    started = time.monotonic()
    with pytest.raises(BackendError, match=f"cannot be sent .{type(error).__name__}: ") as caught:
        model.chat([{"role": "user", "content": [{"type": "text", "text": "Go."}]}], [], 7)
    assert "\n" not in str(caught.value) and KEY not in str(caught.value)
    assert len(calls) == 1 and time.monotonic() - started < 10


def test_a_models_name_that_cannot_be_sent_is_refused():
    with pytest.raises(InputError, match="the model's name is not UTF-8 text"):
        ServerLanguageModel("qw\udcff", "http://127.0.0.1:9/v1")
