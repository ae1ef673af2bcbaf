"""Reddit through PRAW, read-only: the newest submissions and comments of the configured subreddits."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from itertools import product, takewhile
from typing import Any

import praw
import prawcore
from praw.models import Comment, Submission

from ingest.errors import SourceError, SourceRefusedError, SourceUnavailableError
from ingest.records import Deleted, Record, SetAside, UnusableRecordError, parse_post
from ingest.sources import Cursor, Page, RetryPolicy

LISTINGS = ("new", "comments")
REFUSED_SIGN_IN = "Reddit refused the client_id and client_secret"
REMOVED_TEXTS = {"[deleted]", "[removed]"}
SITE = "https://www.reddit.com"
API = "https://oauth.reddit.com"


@dataclass(frozen=True)
class RedditSource:
    """One page a listing. The cursor holds, a listing, the newest creation time seen (seconds since 1970).

    Each run reads back `overlap_hours` behind that time, so that an edit soon after posting becomes a new version.
    A subreddit may be written `Seychelles` or `r/Seychelles`. `client_secret` is asked for when reading begins.
    `base_url` replaces both of Reddit's hosts, for a stand-in server.
    """

    name: str
    client_id: str
    client_secret: Callable[[], str]
    user_agent: str
    subreddits: Sequence[str]
    base_url: str | None = None
    overlap_hours: float = 24.0
    limit: int = 1000
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    kind: str = "reddit"

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield a page a listing; listings that fail are reported together, after all others were read."""
        reddit = praw.Reddit(
            client_id=self.client_id,
            client_secret=self.client_secret(),
            user_agent=self.user_agent,
            reddit_url=self.base_url or SITE,
            oauth_url=self.base_url or API,
            check_for_updates=False,
            requestor_class=AskOnce,
        )
        seen: dict[str, float] = dict(cursor or {})
        failures: list[SourceError] = []
        for subreddit, listing in product(map(_bare_name, self.subreddits), LISTINGS):
            place = _place(subreddit, listing)
            since = seen[place] - self.overlap_hours * 3600 if place in seen else float("-inf")
            try:
                items = self.retry.call(partial(self._read, reddit, subreddit, listing, since))
            except SourceError as error:
                failures.append(error)
                continue
            seen[place] = max([seen.get(place, 0.0), *map(_created, items)])
            yield Page([_record(item) for item in reversed(items)], cursor=dict(seen))
        if failures:
            is_refused = all(isinstance(error, SourceRefusedError) for error in failures)
            said = "; ".join(dict.fromkeys(error.why for error in failures))
            raise (SourceRefusedError if is_refused else SourceUnavailableError)(self.name, said)

    def _read(self, reddit: praw.Reddit, subreddit: str, listing: str, since: float) -> list[Submission | Comment]:
        """Newest first, back to `since`. Raises `SourceUnavailableError` or `SourceRefusedError`."""
        place = _place(subreddit, listing)
        read = getattr(reddit.subreddit(subreddit), listing)
        try:
            return list(takewhile(lambda item: _created(item) >= since, read(limit=self.limit)))
        except prawcore.TooManyRequests as error:
            asked = _seconds(error.retry_after)
            wait = f", asks to wait {asked:g} s" if asked is not None else ""
            raise SourceUnavailableError(self.name, f"{place} limits the rate{wait}", asked) from error
        except prawcore.ServerError as error:
            asked = _seconds(error.response.headers.get("retry-after"))
            why = f"{place} answered {error.response.status_code}"
            raise SourceUnavailableError(self.name, why, asked) from error
        except ConnectionError as error:
            raise SourceUnavailableError(self.name, f"{place} could not be reached ({error})") from error
        except prawcore.OAuthException as error:
            raise SourceRefusedError(self.name, REFUSED_SIGN_IN) from error
        except prawcore.BadJSON as error:
            raise SourceUnavailableError(self.name, f"{place} sent no listing that PRAW can read") from error
        except prawcore.ResponseException as error:
            if error.response.status_code == HTTPStatus.UNAUTHORIZED:
                raise SourceRefusedError(self.name, REFUSED_SIGN_IN) from error
            why = f"{place} answered {error.response.status_code}: check the subreddit's name and that it is public"
            raise SourceRefusedError(self.name, why) from error
        except (ValueError, TypeError, LookupError, AttributeError, praw.exceptions.PRAWException) as error:
            # What PRAW and prawcore raise, each in its own way, when an answer is not of Reddit's shape.
            raise SourceUnavailableError(self.name, f"{place} sent no listing that PRAW can read") from error


class AskOnce(prawcore.Requestor):  # type: ignore[misc]  # mypy does not read PRAW
    """Raises what prawcore would otherwise ask again for, at once and without regard to Retry-After.

    How often and when a source is asked again is `RetryPolicy`'s business alone; PRAW only renews its token.
    """

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """Raises `prawcore.ServerError`, and `ConnectionError` with the name of what happened."""
        try:
            response = super().request(*args, **kwargs)
        except prawcore.RequestException as error:
            raise ConnectionError(type(error.original_exception).__name__) from error
        if (
            response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            or response.status_code == HTTPStatus.REQUEST_TIMEOUT
        ):
            raise prawcore.ServerError(response)
        return response


def _bare_name(subreddit: str) -> str:
    return re.sub(r"^/?r/|/$", "", subreddit.strip(), flags=re.IGNORECASE)


def _place(subreddit: str, listing: str) -> str:
    return f"r/{subreddit}/{listing}"


def _record(item: Submission | Comment) -> Record:
    raw = _plain(item)
    body = raw.get("body" if isinstance(item, Comment) else "selftext") or ""
    parts = [part for part in (raw.get("title"), body) if part]
    link = raw.get("permalink") or f"/comments/{str(raw.get('link_id'))[3:]}/_/{item.id}/"
    fields = {
        "id": item.fullname,
        "text": "\n\n".join(parts),
        "created_at": raw.get("created_utc"),
        "source": "reddit",
        "author": raw.get("author"),
        "url": f"{SITE}{link}",
        "is_formal": False,
    }
    if body.strip() in REMOVED_TEXTS:
        return Deleted(item.fullname)
    try:
        return replace(parse_post(fields), raw=raw)
    except UnusableRecordError as error:
        return SetAside(str(error), 0, json.dumps(raw, ensure_ascii=False), source_id=item.fullname)


def _created(item: Submission | Comment) -> float:
    return float(vars(item).get("created_utc", 0.0))


def _plain(item: Submission | Comment) -> dict[str, Any]:
    """What Reddit sent, as JSON values: PRAW's objects become their names, its private parts are left out.

    Read from here, not from the item: what a listing left out, PRAW would fetch with a request for each item.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [plain(part) for part in value]
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    return {key: plain(value) for key, value in vars(item).items() if not key.startswith("_")}


def _seconds(header: str | None) -> float | None:
    try:
        return float(header) if header else None
    except ValueError:  # Retry-After may also be a date; Reddit sends seconds
        return None
