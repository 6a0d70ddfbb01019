"""Answers that are kept for a repetition: encrypted with the key and the body of the request.

Only who sends the same request with the same key opens one; a reader of the database does not, and
an answer may hold a secret link.
"""

import datetime
import hmac
import json
import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.responses import Response

from civicapp.storage.ledgers import AnswerRow

NONCE = 12  # bytes
REPLAYED = (b"idempotency-replayed", b"true")


class BadAnswer(ValueError):
    """The key came with another body."""


def seal_answer(answer: Response, id: str, body: str, key: str) -> AnswerRow:
    """Make the row of a finished answer. body: digest of the request's body."""
    if not isinstance(answer.body, bytes):
        raise TypeError("only a finished answer can be kept: a Response with its bytes")
    headers = [[n.decode("latin-1"), v.decode("latin-1")] for n, v in answer.raw_headers]
    content = json.dumps([headers, b64encode(answer.body).decode()]).encode()
    nonce = os.urandom(NONCE)
    return AnswerRow(
        id=id,
        body=_mark(body, key),
        status=answer.status_code,
        answer=nonce + _cipher(body, key).encrypt(nonce, content, id.encode()),
        created_at=datetime.datetime.now(datetime.UTC),
    )


def open_answer(row: AnswerRow, body: str, key: str) -> Response:
    """Return the answer of a row, marked as a repetition; raise BadAnswer for another body."""
    if not hmac.compare_digest(row.body, _mark(body, key)):
        raise BadAnswer
    nonce, sealed = row.answer[:NONCE], row.answer[NONCE:]
    try:
        content = _cipher(body, key).decrypt(nonce, sealed, row.id.encode())
    except InvalidTag as e:
        raise BadAnswer from e
    headers, encoded = json.loads(content)
    answer = Response(b64decode(encoded), row.status)
    answer.raw_headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers]
    answer.raw_headers.append(REPLAYED)
    return answer


def _cipher(body: str, key: str) -> AESGCM:
    return AESGCM(hmac.digest(key.encode(), b"answer " + body.encode(), "sha256"))


def _mark(body: str, key: str) -> str:
    """Tell bodies apart, without a digest by which a reader of the database could guess one."""
    return hmac.digest(key.encode(), b"body " + body.encode(), "sha256").hex()
