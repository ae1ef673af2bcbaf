"""A local stand-in for Reddit that answers with recorded traffic, for any subreddit."""

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

# PRAW paces itself by Reddit's own rate headers; these say that there is plenty left.
PLENTY_LEFT = {"x-ratelimit-remaining": "590", "x-ratelimit-used": "10", "x-ratelimit-reset": "1"}
TOKEN_PATH = "/api/v1/access_token"


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


def recorded(folder: Path, cassette: str, status: int = 200) -> list[Answer]:
    """What Reddit answered with `status` in a recording, the exchange of the token left out, in order."""
    content = json.loads((folder / f"{cassette}.json").read_text(encoding="utf-8"))
    return [
        _answer(interaction["response"])
        for interaction in content["interactions"]
        if not urlsplit(interaction["request"]["uri"]).path.endswith(TOKEN_PATH)
        and interaction["response"]["status"]["code"] == status
    ]


def _answer(response: dict[str, Any]) -> Answer:
    kept = ("content-type", "retry-after")
    headers = tuple((name, values[0]) for name, values in response["headers"].items() if name.lower() in kept)
    return Answer(response["status"]["code"], response["body"].get("string", ""), headers)


class RedditReplay:
    """Serves the recorded first page of `/r/NAME/new` and `/r/NAME/comments`, then an empty one.

    `next_answers` puts answers in front of the recorded ones, by path; `token` replaces the answer to a sign-in.
    `requests` holds the paths asked for so far, with their method.
    """

    def __init__(self, folder: Path) -> None:
        self.listings = {
            "new": recorded(folder, "praw/TestSubredditListings.test_new")[0],
            "comments": recorded(folder, "praw/TestSubredditListings.test_comments")[0],
        }
        self.nothing_more = recorded(folder, "praw/TestListingGenerator.test_no_items")[0]
        self.token = Answer(
            200, json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})
        )
        self.requests: list[str] = []
        self._waiting: defaultdict[str, deque[Answer]] = defaultdict(deque)

    def next_answers(self, path: str, *answers: Answer) -> None:
        self._waiting[path].extend(answers)

    def answer(self, method: str, target: str) -> Answer:
        parts = urlsplit(target)
        path = parts.path.rstrip("/")
        self.requests.append(f"{method} {path}")
        if self._waiting[path]:
            return self._waiting[path].popleft()
        if path == TOKEN_PATH:
            return self.token
        listing = path.rsplit("/", 1)[-1]
        if method == "GET" and path.startswith("/r/") and listing in self.listings:
            return self.nothing_more if "after" in parse_qs(parts.query) else self.listings[listing]
        return Answer(404, json.dumps({"message": "Not Found", "error": 404}))

    def __enter__(self) -> "RedditReplay":
        replay = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = replay.answer(self.command, self.path)
                body = answer.body.encode()
                self.send_response(answer.status)
                for name, value in (*PLENTY_LEFT.items(), *answer.headers, ("content-length", str(len(body)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
