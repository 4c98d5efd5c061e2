import xml.etree.ElementTree as ElementTree

import segno

from web.http.qr import qr_response


async def test_the_picture_is_the_code_of_exactly_this_link() -> None:
    link = "https://laptop.local:4280/r/abcdefgh00?i=t0ken"
    body = await qr_response(link).get_data(as_text=False)
    picture = ElementTree.fromstring(body)
    code = segno.make_qr(link, error="m")
    width = (code.symbol_size(scale=1, border=4)[0]) * 8
    assert picture.attrib["width"] == str(width)
    assert segno.make_qr("https://other.example/", error="m").matrix != code.matrix
