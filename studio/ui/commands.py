"""The window's own actions: menus, keys and palette entries that belong to no room."""

from __future__ import annotations

import logging
import platform
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QUrl, Slot, qVersion
from PySide6.QtGui import QAction, QActionGroup, QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu

import studio as package
from studio.library.store import write_atomic
from studio.state.filmstrip.errands import Errands, once
from studio.ui import theme
from studio.ui.actions import MENUS
from studio.ui.controls import DecimalSpin, Spin
from studio.ui.key_words import KeyWords
from studio.ui.main_window import MainWindow
from studio.ui.notifier import Notifier
from studio.ui.opening import Opener
from studio.ui.panels import WORKSPACES
from studio.ui.plain import one_line, set_plain_tip
from studio.ui.save_name import ask_save_name

log = logging.getLogger(__name__)


class Commands(QObject):
    """Slots of the window's actions, and its menu."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._studio = window.studio
        self._menus: list[QMenu] = []
        self.opener = Opener(window)
        self._errands = Errands(self._studio.background, self)

    # ------------------------------------------------------------ slots
    @Slot()
    def generate(self) -> None:
        """Make a picture of what stands in the fields, also in the one that is typed in."""
        if self._is_settled():
            self._studio.session.generate()

    @Slot()
    def generate_next(self) -> None:
        """The same, before all that waits."""
        if self._is_settled():
            self._studio.session.generate_next()

    def _is_settled(self) -> bool:
        """Keys leave the cursor where it is: take the number; if it is impossible, say so."""
        field = self._window.focusWidget()
        if not isinstance(field, (Spin, DecimalSpin)) or field.typing.settle():
            return True
        self._studio.messages.error(*field.typing.words)
        return False

    @Slot()
    def next_theme(self) -> None:
        """System, dark, light, system..."""
        at = theme.CHOICES.index(theme.switch().choice)
        self._set_theme(theme.CHOICES[(at + 1) % len(theme.CHOICES)])

    @Slot(QAction)
    def choose_theme(self, action: QAction) -> None:
        """Dress the program as the chosen entry says."""
        self._set_theme(str(action.data()))

    def _set_theme(self, choice: str) -> None:
        self._studio.settings.set("theme", choice)
        theme.switch().apply(choice)

    @Slot(bool)
    def set_reduced_motion(self, is_reduced: bool) -> None:
        """Keep or drop everything that moves by itself."""
        self._studio.settings.set("reduced_motion", is_reduced)
        self._window.setAnimated(not is_reduced)

    @Slot(bool)
    def set_notify(self, is_wanted: bool) -> None:
        """Say it when long work ends behind another window, or keep quiet."""
        self._studio.settings.set("notify", is_wanted)

    @Slot()
    def show_workspace(self) -> None:
        """The workspace that the triggering action names.

        Ctrl+1 is the one key that two habits claim: where Generate is shown already, it means
        what it means in every picture editor, 100 %.
        """
        action = self.sender()
        if not isinstance(action, QAction):
            return
        name = action.objectName().rsplit(".", 1)[-1]
        is_there = name == "generate" == self._window.workspaces.current
        if is_there and "view.actual" in self._window.actions_of:
            self._window.actions_of["view.actual"].trigger()
        self._window.workspaces.show(name)

    @Slot()
    def toggle_fullscreen(self) -> None:
        """Fill the screen, or go back: also to a window that was maximised."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot()
    def open_pictures_folder(self) -> None:
        """Show where pictures are saved."""
        self._open(self._studio.home.pictures)

    @Slot()
    def open_models_folder(self) -> None:
        """Show where models are looked for."""
        self._open(self._studio.home.models)

    def _open(self, folder: object) -> None:
        path = str(folder)
        try:
            self._studio.home.pictures.mkdir(parents=True, exist_ok=True)
            self._studio.home.models.mkdir(parents=True, exist_ok=True)
            self._studio.models.watch(self._studio.home.models)
        except OSError:  # a full or read-only disk: show what there is
            log.warning("a folder could not be made")
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    @Slot()
    def open_lists_folder(self) -> None:
        """Show where the lists of words lie that `__name__` in a prompt stands for."""
        folder = self._studio.wording.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            self._studio.messages.warning("The folder for lists cannot be made.")
            return
        self._open(folder)

    @Slot()
    def rescan_models(self) -> None:
        """Look for models again."""
        self._studio.models.refresh()

    @Slot()
    def toggle_pause(self) -> None:
        """Hold the queue or let it go on."""
        self._studio.generation.pause(not self._studio.generation.is_paused)

    @Slot()
    def focus_prompt(self) -> None:
        """Put the cursor into the prompt."""
        self._window.focus_prompt()

    @Slot()
    def about(self) -> None:
        """Say what this is and what it runs on."""
        words = f"Latent Studio {package.__version__}"
        rest = f"Python {platform.python_version()}, Qt {qVersion()}. Nothing leaves this machine."
        if self._studio.lateness is not None:
            usual, most = self._studio.lateness()
            rest += (f" In the last minute the window was late by {usual:.0f} ms at most in 99 of "
                     f"100 moments, and never by more than {most:.0f} ms.")  # fmt: skip
        self._studio.messages.info(words, rest)

    # ------------------------------------------------------------ menu
    @Slot()
    def open_menu(self) -> None:
        """Open the menu under its button, ready for the arrow keys."""
        button, menu = self._window.top_bar.menu_button, self._window.menu
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
        if menu.actions():
            menu.setActiveAction(menu.actions()[0])

    @Slot()
    def fill_menu(self) -> None:
        """Build the menus anew from the registry, each time before they are shown."""
        menu = self._window.menu
        menu.clear()
        for own in self._menus:
            own.deleteLater()
        self._menus = []
        for name in MENUS:
            actions = [
                entry.action
                for entry in self._window.actions_of.entries()
                if entry.menu == name and entry.action.isVisible()
            ]
            if actions:
                part = menu.addMenu(name)
                part.addActions(actions)
                self._menus.append(part)
                if name == "View":
                    self._add_view(part)
                if name == "File":
                    self._add_recent(part)
        menu.addSeparator()
        menu.addAction(self._window.actions_of["file.quit"])

    def _add_recent(self, part: QMenu) -> None:
        recent = QMenu("Open again", part)
        recent.setToolTipsVisible(True)  # the folders, where two names are alike
        for path in self.opener.recent():
            action = recent.addAction(one_line(path.name, 60).replace("&", "&&"))
            action.setData(str(path))
            set_plain_tip(action, str(path))
        recent.setEnabled(not recent.isEmpty())
        recent.triggered.connect(self._on_recent)
        part.insertMenu(self._window.actions_of["file.pictures"], recent)

    @Slot(QAction)
    def _on_recent(self, action: QAction) -> None:
        self.opener.open([Path(str(action.data()))])

    @Slot()
    def save_copy(self) -> None:
        """Save a copy of the picture that is shown, settings and all, where the user wants it."""
        node = self._studio.filmstrip.node
        source = node.picture if node is not None else None
        if source is None:
            self._studio.messages.info("No finished picture is shown.",
                                       "Choose one in the history.")  # fmt: skip
            return
        target = ask_save_name(
            self._window, "Save a copy", source.name, f"Pictures (*{source.suffix})", source.suffix
        )
        if target is not None:
            work = once(partial(_copy, source, target))
            self._errands.run(work, "Saving a copy", self._on_copied)

    @Slot()
    def save_elsewhere(self) -> None:
        """Ask for a folder for pictures that could not be saved where pictures belong."""
        name = QFileDialog.getExistingDirectory(self._window, "Save the pictures in")
        if name:
            self._studio.rescue.save_into(Path(name))

    @Slot(object)
    def _on_copied(self, target: Path) -> None:
        self._studio.messages.info(f"A copy was saved as {one_line(target.name, 60)}.")

    def _add_view(self, part: QMenu) -> None:
        panels = part.addMenu("Panels")
        for dock in self._window.docks:
            panels.addAction(dock.toggleViewAction())
        choices = part.addMenu("Theme")
        group = QActionGroup(choices)
        for choice in theme.CHOICES:
            action = choices.addAction(choice.capitalize())
            action.setCheckable(True)
            action.setChecked(choice == theme.switch().choice)
            action.setData(choice)
            group.addAction(action)
        group.triggered.connect(self.choose_theme)


def _copy(source: Path, target: Path) -> Path:
    write_atomic(target, source.read_bytes())
    return target


def register(window: MainWindow) -> Commands:
    """Add the window's actions and connect its menu."""
    own = Commands(window)
    window.studio.models.watch(window.studio.home.models)
    window.studio.rescue.folder_wanted.connect(own.save_elsewhere)
    Notifier(window, window.studio.session, window.studio.settings)
    _add_generate(window, own)
    _add_view(window, own)
    add = window.actions_of.add
    add("file.open", "Open…", own.opener.ask, shortcut="Ctrl+O", icon="open",
        workspaces=set(WORKSPACES) - {"paint"},
        tip="A picture with its settings, a take with its strip, or a project.")  # fmt: skip
    add("file.save_copy", "Save a copy of the picture…", own.save_copy, icon="save")
    add("file.pictures", "Open the pictures folder", own.open_pictures_folder, icon="folder")
    add("file.models", "Open the models folder", own.open_models_folder, icon="folder")
    add(
        "file.lists",
        "Open the folder with lists of words",
        own.open_lists_folder,
        icon="folder",
        tip="Text files, one choice a line: animals.txt is __animals__ in a prompt.",
    )
    add("file.rescan", "Look for models again", own.rescan_models)
    add("file.quit", "Quit", window.close, shortcut="Ctrl+Q")
    add("view.menu", "Open the menu", own.open_menu, shortcut="F10", icon="menu")
    add("help.keys", "Keys", window.keys.open, shortcut="F1", icon="keyboard")
    add("help.palette", "Search commands", window.palette_popup.open,
        shortcut=("Ctrl+K", "Ctrl+Shift+P"), icon="search")  # fmt: skip
    add("help.about", "About Latent Studio", own.about, icon="info")
    key_words = KeyWords(window.actions_of, window.top_bar, window)
    window.workspaces.workspace_changed.connect(key_words.say)  # it may build the prompt's panel
    window.menu.aboutToShow.connect(own.fill_menu)
    window.actions_of.set_workspace(window.workspaces.current)
    return own


def _add_generate(window: MainWindow, own: Commands) -> None:
    session, history = window.studio.session, window.studio.history
    add = window.actions_of.add
    add(
        "generate.start",
        "Generate",
        own.generate,
        icon="generate",
        shortcut=("Ctrl+Return", "Ctrl+Enter"),
        tip="Make a picture; it waits behind the others.",
    )
    add(
        "generate.next",
        "Generate next",
        own.generate_next,
        shortcut=("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
        tip="Make a picture before all others.",
    )
    add(
        "generate.stop",
        "Stop",
        session.stop,
        shortcut="Esc",
        icon="stop",
        tip="Stop this picture and the rest of its batch; its steps stay in the strip.",
    )
    add(
        "generate.skip",
        "Skip this picture",
        session.skip,
        shortcut=("Alt+Return", "Alt+Enter"),
        tip="Stop this picture; its batch goes on.",
    )
    add("generate.stop_all", "Stop all and empty the queue", session.stop_all, shortcut="Shift+Esc")
    add("queue.pause", "Hold the queue", own.toggle_pause, icon="pause")
    add("queue.show", "Show or hide the queue", window.toggle_queue, icon="queue")
    add("edit.prompt", "Write the prompt", own.focus_prompt, shortcut="Ctrl+L", icon="prompt")
    add("edit.undo_delete", "Bring back the deleted picture", history.undo_delete, icon="undo")


def _add_view(window: MainWindow, own: Commands) -> None:
    add = window.actions_of.add
    for at, name in enumerate(WORKSPACES):
        add(f"view.{name}", f"{name.capitalize()} workspace", own.show_workspace,
            shortcut=f"Ctrl+{at + 1}")  # fmt: skip
    add("view.docks", "Hide or show all panels", window.toggle_docks, shortcut="Ctrl+Tab")
    add("view.reset", "Reset this workspace's layout", window.workspaces.reset)
    add("view.fullscreen", "Full screen", own.toggle_fullscreen, shortcut="F11")
    add("view.theme", "Next theme: system, dark, light", own.next_theme, icon="sun")
    motion = add("view.motion", "Reduced motion", own.set_reduced_motion, is_checkable=True)
    motion.setChecked(window.studio.settings.get("reduced_motion"))
    notify = add("view.notify", "Tell when long work has ended", own.set_notify, is_checkable=True,
                 tip="A notice of the system, while another window is in front.")  # fmt: skip
    notify.setChecked(window.studio.settings.get("notify"))
    add("view.messages", "Dismiss all messages", window.centre.messages.clear)
