"""The OFD file of an invoice (GB/T 33190-2016), painted from the same layout as its PDF.

`recorder` (on a `canvas`) takes the place of the PDF stream that WeasyPrint paints on and notes `objects` instead;
`faces` reads the font subsets that the PDF embeds, so both files hold the same ones; `tags` names the fields for
programs that book invoices; `package` writes the parts. `rendering` is the door.
"""
