"""The API reference and the guides: HTML made from the OpenAPI document, from docs/, and from recorded answers.

What is made is committed in chalicelib/ui/docs and served by chalicelib/api/reference.py. Nothing here ships.

    contents.py     which pages there are, in their order: one line a page
    requests.py     the example request of each operation, from the OpenAPI document
    snippets.py     a request as curl, Python and JavaScript
    recording.py    asks a real server each request, and keeps what it answers: docs/examples/answers.json
    posting.py      has a webhook told, and keeps what is posted: docs/examples/webhook.json
    markdown.py     Markdown to HTML: anchors, links between pages, coloured code
    operations.py   the operations of a tag as HTML
    layout.py       the page around both: contents at the left, search, scripts
    limits.py       docs/limits.md, from the constants themselves
    site.py         all of it: path -> text
"""
