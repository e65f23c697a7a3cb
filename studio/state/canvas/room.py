"""The canvas room: document, tools, frame, options, candidates, and what Generate does here."""

from __future__ import annotations

import logging
import random
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, Signal, Slot

from studio.engine.context import kind_of_mask, mask_from, resized
from studio.engine.errors import InvalidRequest, StudioError
from studio.engine.request import SEED_MAX, GenerationRequest, Inpaint, Pixels, from_json, to_json
from studio.library.saving import Saved
from studio.state.canvas import masks
from studio.state.canvas.asking import Asked, ask
from studio.state.canvas.candidates import Candidate, Candidates
from studio.state.canvas.document import MASK, PAINT, CanvasDocument, Reference
from studio.state.canvas.files import CanvasFiles
from studio.state.canvas.frame import FrameState
from studio.state.canvas.options import InpaintOptions, from_plain, to_plain
from studio.state.canvas.pasting import PasteOffer
from studio.state.canvas.toolbox import ToolBox, ToolName
from studio.state.messages import MessageAction
from studio.state.session import Run

if TYPE_CHECKING:
    from studio.state.studio import Studio

log = logging.getLogger(__name__)

# Runs whose place on the canvas is remembered; of large pictures fewer, but so many anyway.
_ASKED_KEPT, _ASKED_BYTES, _LEAST = 32, 512 * 2**20, 8
VARIATIONS = 4


class CanvasRoom(QObject):
    """What `studio.canvas` is.

    Signals:
        active_changed(bool): Generate now repaints the canvas (True) or makes new pictures.
        options_changed(): how the picture is repainted.
        run_over(): a run has ended: its last preview has served.
        settings_wanted(Path), reference_wanted(Path): what shall become of a dropped file.
    """

    active_changed = Signal(bool)
    options_changed = Signal()
    run_over = Signal()
    settings_wanted = Signal(object)
    reference_wanted = Signal(object)

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self.document = CanvasDocument(self)
        self.tools = ToolBox(self)
        self.document.document_replaced.connect(self._fit_brushes)
        self.frame = FrameState(self.document, self)
        self.candidates = Candidates(self.document, self)
        studio.settings.declare("canvas_options", {})
        self.options = from_plain(studio.settings.get("canvas_options"))
        self.frame.set_around(self.options.area == "around")
        self.files = CanvasFiles(self.document, studio, self._settings_of_project, self)
        self.files.settings_read.connect(self._on_settings_read)
        self.files.mask_read.connect(self.take_mask)
        self.paste_offer = PasteOffer(self.document, studio.messages, start=self.start_from_it,
                                      reference=self.add_reference, parent=self)  # fmt: skip
        self.files.pasted.connect(self.paste_offer.offer)
        self.is_active = False
        self._asked: OrderedDict[int, Asked] = OrderedDict()  # id of the image -> place
        self._waiting: Counter[int] = Counter()  # runs of a batch that have not ended
        self._asked_at = -1  # the document's revision when the last request was made
        session = studio.session
        session.run_added.connect(self._on_run_added)
        session.preparers.append(self.prepare)
        studio.forks.mask_source = self.mask_for_fork
        session.run_ended.connect(self._on_run_ended)
        session.form.form_changed.connect(self._follow_model)
        studio.models.models_changed.connect(self._follow_model)  # the scan ends after the start
        self._follow_model()

    # ---------------------------------------------------------------- what is asked
    def set_active(self, is_active: bool) -> None:
        """Whether Generate repaints the canvas: True in the Paint workspace."""
        if is_active != self.is_active:
            self.is_active = is_active
            self.active_changed.emit(is_active)

    def set_options(self, options: InpaintOptions) -> None:
        """Change how the picture is repainted."""
        if options == self.options:
            return
        self.options = options
        self._studio.settings.set("canvas_options", to_plain(options))
        self.frame.set_around(options.area == "around" and options.mode == "mask")
        self.options_changed.emit()

    def edit_options(self, **changes: Any) -> None:
        """Change single options."""
        self.set_options(replace(self.options, **changes))

    def prepare(self, request: GenerationRequest) -> GenerationRequest:
        """Add the canvas to a request of the form, for the session. Raises InvalidRequest."""
        if not self.is_active or self.document.is_empty():
            return request
        return self._ask(request, self.options)

    def _ask(self, request: GenerationRequest, options: InpaintOptions) -> GenerationRequest:
        info = self._studio.session.form.model
        request, asked = ask(self.document, self.frame, options, request,
                             multiple_of=info.multiple_of if info else 8)  # fmt: skip
        self._remember(asked)
        self._asked_at = self.document.revision
        return request

    def _remember(self, asked: Asked) -> None:
        self._asked[id(asked.image)] = asked  # `asked` holds the image, so the id stays its own
        held = sum(one.image.nbytes for one in self._asked.values())
        while len(self._asked) > _ASKED_KEPT or (held > _ASKED_BYTES and len(self._asked) > _LEAST):
            held -= self._asked.popitem(last=False)[1].image.nbytes

    def summary(self) -> str:
        """What Generate would do now, in one sentence."""
        document, frame = self.document, self.frame
        if document.is_empty():
            return "Open or drop a picture, or take one from the history."
        size = f"{document.size().width()}×{document.size().height()} px"
        if any(frame.growth()):
            shown = frame.shown()
            return f"Extends the picture; the model sees {shown.width()}×{shown.height()} px."
        if self.options.mode == "picture":
            hint = " The mask counts for Masked part only." if document.has_mask() else ""
            return f"Repaints all of {size} from what is there.{hint}"
        if not document.has_mask():
            if self.tools.tool is ToolName.FRAME:
                return "Drag an edge of the frame outwards to extend the picture."
            return "Nothing is masked yet: paint over what should change (B)."
        shown = frame.shown()
        return f"Repaints the mask; the model sees {shown.width()}×{shown.height()} of {size}."

    @Slot()
    def vary(self) -> None:
        """Queue a few variations of the whole picture: image to image with other seeds."""
        session = self._studio.session
        options = replace(self.options, mode="picture")
        try:
            request = self._ask(session.form.request, options)
        except InvalidRequest as error:
            self._studio.messages.error(error.message, error.hint)
            return
        first, batch = random.randrange(SEED_MAX + 1), 0
        for number in range(VARIATIONS):
            seed = (first + number) % (SEED_MAX + 1)
            batch = session.submit(request.edit(seed=seed), batch=batch).batch  # one Stop for all

    @Slot()
    def fork_shown(self) -> None:
        """Go on from the step under the strip's scrubber, with the mask as it is painted now."""
        if not self.document.has_mask():
            self._studio.messages.error("Nothing is masked, so nothing would change.",
                                        "Paint over what should be repainted.")  # fmt: skip
            return
        self._studio.forks.fork({"inpaint": True})

    def mask_for_fork(self) -> tuple[Pixels, Inpaint] | None:
        """The picture and mask for a fork of the shown take; None if nothing is masked.

        A run that saw a context frame goes on in the same frame, on the picture it began with.
        """
        document, node = self.document, self._studio.filmstrip.node
        if document.is_empty() or not document.has_mask() or node is None:
            return None
        options, before = self.options, node.request.inpaint
        inpaint = Inpaint(mask=document.mask.copy(), soft=options.is_soft, fill=options.fill,
                          feather=options.feather, match_colour=options.match_colour)  # fmt: skip
        image = node.request.image
        if before is None or image is None or before.mask.shape != document.mask.shape:
            image = document.composite()
        else:
            inpaint = replace(inpaint, frame=before.frame)
        self._remember(Asked(image=image, left=0, top=0, frame=_frame_of(inpaint, image),
                             document=document.identity))  # fmt: skip
        return image, inpaint

    def preview_place(self) -> QRect:
        """Where the strip's pictures belong on the canvas; null if they do not belong there."""
        strip = self._studio.filmstrip
        node, frame = strip.node, strip.frame
        if node is None or frame is None or frame.index >= frame.total:
            return QRect()
        asked = self.asked_of(node.request)
        if asked is not None:
            return asked.frame
        size, request = self.document.size(), node.request
        if request.inpaint is not None and request.inpaint.mask.shape == self.document.mask.shape:
            return _frame_of(request.inpaint, self.document.picture)
        is_alike = (request.width, request.height) == (size.width(), size.height())
        return QRect(QPoint(0, 0), size) if is_alike else QRect()

    def preview_mask(self) -> Pixels | None:
        """What of the strip's pictures is new, [h, w] 0 .. 255; None for all, or another lane."""
        strip = self._studio.filmstrip
        inpaint = strip.node.request.inpaint if strip.node is not None else None
        if inpaint is None or strip.lane != "x0":
            return None
        mask = inpaint.mask if inpaint.soft else np.where(inpaint.mask > 127, 255, 0)
        x, y, width, height = inpaint.frame or (0, 0, mask.shape[1], mask.shape[0])
        part = mask[y : y + height, x : x + width].astype(np.uint16)
        return np.minimum(part * 4, 255).astype(np.uint8)

    # ---------------------------------------------------------------- what comes back
    def asked_of(self, request: GenerationRequest) -> Asked | None:
        """Where the run's answer belongs; None if the canvas did not ask for it."""
        image = request.image
        if image is None:
            return None
        if (asked := self._asked.get(id(image))) is not None:
            return asked
        # A take that came back from its file brings its own copy of the picture.
        return next((a for a in self._asked.values() if _are_equal(a.image, image)), None)

    @Slot(object)
    def _on_run_ended(self, run: Run) -> None:
        self.run_over.emit()
        self._waiting[run.batch] -= 1
        asked, saved = self.asked_of(run.request), run.job.result
        if not isinstance(saved, Saved):
            return
        if asked is None:
            if self.is_active and self.document.is_empty():  # as the empty canvas promises
                self.files.show_picture(saved.picture, "")
            return
        picture = saved.picture
        if run.request.inpaint is None:  # image to image comes back at the model's size
            picture = resized(picture, asked.image.shape[1], asked.image.shape[0])
        self.candidates.add(Candidate(picture=picture, asked=asked, path=saved.path,
                                      seed=run.request.seed, batch=run.batch))  # fmt: skip
        self._show_batch(run)
        self.files.recovery.autosave_soon()

    @Slot(object)
    def _on_run_added(self, run: Run) -> None:
        self._waiting[run.batch] += 1
        self.candidates.show_side_by_side(False)  # there is something new to watch

    def _show_batch(self, run: Run) -> None:
        """When the last of several results has come, show them all, unless somebody paints."""
        is_whole = self._waiting[run.batch] <= 0
        mates = [item for item in self.candidates.items if item.batch == run.batch]
        is_idle = not self.document.is_being_edited() and self.document.revision == self._asked_at
        if is_whole and len(mates) > 1 and self.is_active and is_idle:
            self.candidates.show_side_by_side(True)

    @Slot()
    def _follow_model(self) -> None:
        info = self._studio.session.form.model
        if info is not None:
            self.frame.set_native_size(info.native_size)

    # ---------------------------------------------------------------- the document
    @Slot()
    def _fit_brushes(self) -> None:
        size = self.document.size()
        self.tools.fit_brushes(size.width(), size.height())

    @Slot()
    def invert_mask(self) -> None:
        """What was kept is repainted and the other way round."""
        self._change_mask("Invert mask", masks.invert)

    @Slot()
    def fill_mask(self) -> None:
        """Mask everything."""
        self._change_mask("Mask all", masks.filled)

    @Slot()
    def clear_mask(self) -> None:
        """Mask nothing."""
        self._change_mask("Clear mask", masks.cleared)

    def grow_mask(self, pixels: int) -> None:
        """Widen the mask, or shrink it by a negative number."""
        word = "Grow mask" if pixels >= 0 else "Shrink mask"
        self._change_mask(word, lambda mask: masks.grown(mask, pixels))

    def feather_mask(self, pixels: int) -> None:
        """Blur the mask's edge."""
        self._change_mask("Feather mask", lambda mask: masks.feathered(mask, pixels))

    @Slot()
    def clear_paint(self) -> None:
        """Take all paint away."""
        if not self.document.is_empty():
            self.document.change("Clear paint", PAINT, masks.cleared)

    def is_another_shown(self) -> bool:
        """Whether the strip shows a finished picture that the canvas did not ask for."""
        strip = self._studio.filmstrip
        node, frame = strip.node, strip.frame
        if node is None or frame is None or frame.index < frame.total:
            return False
        return self.asked_of(node.request) is None

    def offer_shown(self, put: Callable[[], object]) -> None:
        """Say that the canvas still holds earlier work. put: lays the new picture on it."""
        self._studio.messages.info(
            "The canvas still holds the picture that you worked on.",
            "The new one can take its place; Undo brings the old one back.",
            MessageAction("Put the new one on it", put),
        )

    def add_reference(self, name: str, pixels: Pixels) -> None:
        """Keep a picture in sight while painting."""
        references = (*self.document.references, Reference(name, pixels))
        self.document.set_references("Add reference", references)

    @Slot(object)
    def take_mask(self, colours: Pixels) -> None:
        """Make a picture's brightness or transparency the mask, as one step; see `mask_from`."""
        try:
            mask = mask_from(colours, self.document.picture)
        except InvalidRequest as error:
            self._studio.messages.error(error.message, error.hint)
            return
        self._change_mask("Mask from a picture", lambda _old: mask)
        if kind_of_mask(colours) == "holes":
            self._studio.messages.info("Its transparent parts are masked.",
                                       "X turns the mask round.")  # fmt: skip

    @Slot()
    def start_from_it(self) -> None:
        """Image to image: the whole picture is the start of what Generate makes."""
        self.edit_options(mode="picture")

    def refuse_paste(self) -> None:
        """Say that the clipboard or the drop held no picture."""
        self._studio.messages.warning("There is no picture to paste.",
                                      "Copy one in another program first.")  # fmt: skip

    def _change_mask(self, text: str, make: Any) -> None:
        if not self.document.is_empty():
            self.document.change(text, MASK, make)

    def _settings_of_project(self) -> dict[str, Any]:
        return {"request": to_json(self._studio.session.form.request),
                "options": to_plain(self.options)}  # fmt: skip

    @Slot(object)
    def _on_settings_read(self, settings: dict[str, Any]) -> None:
        self.set_options(from_plain(settings.get("options")))
        kept = settings.get("request")
        if isinstance(kept, dict):
            try:
                self._studio.session.form.load(from_json(kept))
            except (StudioError, ValueError, TypeError) as error:
                log.info("the project's settings were not read: %s", error)


def _are_equal(one: Pixels, other: Pixels) -> bool:
    """A few rows and columns tell most pictures apart; all of 32 large ones took 0.2 s."""
    if one.shape != other.shape or not np.array_equal(one[::16, ::16], other[::16, ::16]):
        return False
    return np.array_equal(one, other)


def _frame_of(inpaint: Inpaint, picture: Pixels) -> QRect:
    if inpaint.frame is not None:
        return QRect(*inpaint.frame)
    return QRect(0, 0, picture.shape[1], picture.shape[0])
