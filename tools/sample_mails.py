"""Mails that show what the page can show: for screenshots, and to try the page by hand."""

from __future__ import annotations

import struct
import zlib
from email.message import EmailMessage
from typing import Final

INBOX: Final = "ana@test.example"
_SHOP: Final = """\
<html><head><style>
body { margin: 0; background: #f2f4f7; font-family: Helvetica, Arial, sans-serif; color: #1d2939; }
.box { max-width: 560px; margin: 24px auto; background: #fff; border-radius: 12px; overflow: hidden; }
.top { background: #7a2e8e; color: #fff; padding: 28px 32px; font-size: 22px; font-weight: bold; }
.in { padding: 28px 32px; line-height: 1.55; }
.go { display: inline-block; background: #7a2e8e; color: #fff; padding: 12px 22px; border-radius: 8px; }
td { padding: 8px 0; border-bottom: 1px solid #eaecf0; }
</style></head><body><div class="box"><div class="top">Lavender &amp; Co.</div><div class="in">
<p>Hello Ana,</p><p>thank you for your order. It leaves our workshop tomorrow.</p>
<img src="cid:lamp@shop" alt="A lamp" width="496" height="120" style="border-radius:8px">
<table width="100%"><tr><td>Desk lamp, brass</td><td align="right">€ 89.00</td></tr>
<tr><td>Shipping</td><td align="right">€ 4.90</td></tr>
<tr><td><b>Together</b></td><td align="right"><b>€ 93.90</b></td></tr></table>
<p><a class="go" href="https://shop.example/orders/1042?token=abc">Follow your order</a></p>
<img src="https://track.example/open.gif?u=ana" width="1" height="1"><img src="https://cdn.example/footer.png" alt="">
</div></div></body></html>"""


def _picture(width: int, height: int) -> bytes:
    rows = b"".join(
        b"\0" + b"".join(struct.pack("BBB", 120 + x * 100 // width, 60 + y * 90 // height, 150) for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def _plain(sender: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, f"Ana <{INBOX}>", subject
    mail.set_content(text)
    return mail


def order() -> EmailMessage:
    """HTML with a style sheet, an inline image, two remote images, and three attachments."""
    mail = _plain(
        "Lavender & Co. <orders@shop.example>", "Your order 1042 is on its way", "Your order leaves tomorrow.\n"
    )
    mail["Message-ID"] = "<order-1042@shop.example>"
    mail.add_alternative(_SHOP, subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(_picture(496, 120), "image", "png", cid="<lamp@shop>")  # type: ignore[union-attr]
    mail.add_attachment(pdf("Invoice 1042"), maintype="application", subtype="pdf", filename="invoice-1042.pdf")
    mail.add_attachment(_picture(320, 200), maintype="image", subtype="png", filename="lamp.png")
    mail.add_attachment("Care: wipe with a dry cloth.\n", filename="care.txt")
    return mail


def pdf(text: str) -> bytes:
    """A PDF of one page with a line of text (ISO 32000)."""
    stream = f"BT /F1 24 Tf 60 700 Td ({text}) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF\n"
    return f"{written}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def sign_up() -> EmailMessage:
    """A one-time code, and a link."""
    text = "Hello Ana,\n\nYour code is 482913. It works for ten minutes.\n\nOr confirm: https://shop.example/confirm?token=abcdef\n"
    return _plain("The Shop <welcome@shop.example>", "Your sign-in code", text)


def deceiving() -> EmailMessage:
    """A sender whose name is another address, and a subject that turns itself around."""
    mail = _plain("placeholder@evil.example", "Invoice \u202efdp.exe attached", "Pay now: javascript:alert(1)\n")
    mail.replace_header("From", '"security@bank.example" <phisher@evil.example>')
    return mail


def everything() -> list[EmailMessage]:
    """All of them, the newest last, among ordinary ones."""
    ordinary = [
        _plain("CI <ci@build.example>", f"Build {number} passed", f"Build {number} took {number % 7 + 2} minutes.\n")
        for number in range(2180, 2200)
    ]
    return [*ordinary, deceiving(), sign_up(), order()]
