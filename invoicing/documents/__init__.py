"""Documents a customer may hold in hand: a frozen snapshot goes in, the bytes of a file come out.

`snapshot` freezes what is printed, `layout` holds the measured coordinates of the invoice face, `typeset` breaks text,
`face` places a snapshot on pages, `proforma` words the overseas document, `fonts` and `pdf` make the file.
Nothing here reads the database, the clock or the network.
"""
