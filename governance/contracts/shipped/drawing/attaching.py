"""A file put into a PDF as its attachment, as hybrid invoices carry their XML."""

from __future__ import annotations

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas


def attach(canvas: Canvas, name: str, content: bytes, *, subtype: str = "text/xml") -> None:
    """Attach content to the PDF that the canvas draws, as ISO 32000 7.11.4 has it.

    Done by reportlab and not afterwards by pypdfium2, which writes the time into it.
    """
    document = canvas._doc
    stream = PDFStream(
        PDFDictionary({"Type": PDFName("EmbeddedFile"), "Subtype": PDFName(subtype)}),
        content,
    )
    file = PDFDictionary(
        {
            "Type": PDFName("Filespec"),
            "F": PDFString(name),
            "UF": PDFString(name),
            "AFRelationship": PDFName("Alternative"),
            "EF": PDFDictionary({"F": document.Reference(stream)}),
        }
    )
    document.Catalog.Names = PDFDictionary(
        {
            "EmbeddedFiles": PDFDictionary(
                {"Names": PDFArray([PDFString(name), document.Reference(file)])}
            )
        }
    )
