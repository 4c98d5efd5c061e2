"""A link as a picture."""

import io

import segno
from quart import Response


def qr_response(link: str) -> Response:
    """`link` as an SVG QR code, dark on white with the quiet zone that scanners need. Never kept: links end."""
    picture = io.BytesIO()
    # Error correction M survives a fingerprint or a fold; the code stays coarse enough for a phone across a table.
    segno.make_qr(link, error="m").save(picture, kind="svg", scale=8, border=4, dark="#000", light="#fff")
    return Response(picture.getvalue(), headers={"Cache-Control": "no-store"}, content_type="image/svg+xml")
