"""Documents a customer may hold in hand: a frozen snapshot goes in, the bytes of a file come out.

`snapshot` freezes what is printed, `layout` holds the measured coordinates of the invoice face, `typeset` breaks text,
`face` places a snapshot on pages and `face_html` words them for the template, `fonts` and `painting` make a PDF of it.
`pdf`, `ofd` and `xml` are the formats, `files` makes all three in one pass; `detail` lists the charges behind an invoice,
`proforma` words the overseas document. Nothing here reads the database, the clock or the network.
"""
