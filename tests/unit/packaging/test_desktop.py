"""The desktop files agree with each other and with the program."""

import configparser
import re

from defusedxml.ElementTree import parse

import studio
from tests.laws.source import ROOT

FOLDER = ROOT / "packaging" / "desktop"
ID = "io.github.latentstudio.studio"


def entry():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(FOLDER / f"{ID}.desktop", encoding="utf-8")
    return parser["Desktop Entry"]


def test_the_entry_is_valid():
    one = entry()
    assert (one["Type"], one["Version"], one["Terminal"]) == ("Application", "1.4", "false")
    assert one["Exec"].split()[0] == "studio"
    for name in ("Categories", "Keywords", "MimeType"):
        assert one[name].endswith(";")
    assert "Graphics;" in one["Categories"]


def test_one_id_everywhere():
    one = entry()
    assert one["Icon"] == ID
    assert (FOLDER / f"{ID}.svg").exists()
    component = parse(FOLDER / f"{ID}.metainfo.xml").getroot()
    assert component.findtext("id") == ID
    assert component.findtext("launchable") == f"{ID}.desktop"
    app = (ROOT / "studio" / "app.py").read_text(encoding="utf-8")
    assert re.findall(r'setDesktopFileName\("([^"]+)"\)', app) == [ID]


def test_a_window_on_x11_belongs_to_the_entry():
    """Qt's WM_CLASS is the application's name there [seen with xprop], not the entry's."""
    app = (ROOT / "studio" / "app.py").read_text(encoding="utf-8")
    assert "application.setApplicationName(APP_NAME)" in app
    assert re.findall(r'^APP_NAME = "([^"]+)"', app, re.MULTILINE) == [entry()["StartupWMClass"]]


def test_the_release_is_this_one():
    component = parse(FOLDER / f"{ID}.metainfo.xml").getroot()
    assert component.find("releases/release").get("version") == studio.__version__


def test_takes_have_a_type():
    types = parse(FOLDER / f"{ID}.mime.xml").getroot()
    (kind,) = types
    assert kind.get("type") in entry()["MimeType"]
    assert kind.find("{*}glob").get("pattern") == "*.take"


def test_the_icon_draws_itself():
    """No scripts, no files of others."""
    icon = parse(FOLDER / f"{ID}.svg").getroot()
    tags = {element.tag.rpartition("}")[2] for element in icon.iter()}
    assert tags <= {"svg", "title", "g", "rect", "circle", "path"}
