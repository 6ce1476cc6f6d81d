"""The state of one analysis: bindings, open tapes, call stack, budget, and the events seen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from tfgrad_lint.api.operation import Operation
from tfgrad_lint.domain.events import Conflicted, Event, HintContradicted
from tfgrad_lint.domain.objects import Class, Deferred, Function, Instance, Scope, Tape
from tfgrad_lint.domain.values import LOOP, Node, Site, Tensor, Unknown, Value
from tfgrad_lint.interpreter.joining import join, join_at
from tfgrad_lint.interpreter.store import Layer, Location, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    import libcst as cst

    from tfgrad_lint.interpreter.project import Project
    from tfgrad_lint.shapes.notation import Names

# Expressions and statements evaluated per file, at 7 to 10 microseconds each: less than a second of CPU. None of the
# 1,536 files of tensorflow/agents, GPflow and Keras needs more than 71,000; what is left over is reported as not
# analysed, never guessed.
STEP_BUDGET: Final = 100_000

# Of these, what may be spent in functions of other files; calls of them give unknown results afterwards, and the file's
# own code goes on. On tensorflow/probability, whose functions call each other through dozens of modules, following all
# calls took ten times as long and found nothing more.
FOREIGN_BUDGET: Final = 10_000

# Calls within calls that are followed. Deeper ones give an unknown result.
MAX_DEPTH: Final = 12


class BudgetExhausted(Exception):
    """The step budget of the file is spent."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the way to the code being run: a call, or one iteration of an unrolled loop (from 1)."""

    site: Site
    iteration: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """An event with the calls and iterations that led to it, outermost first.

    ``guarded`` means that the program expects an error here (``try``, ``assertRaises``).
    """

    event: Event
    context: tuple[Frame, ...]
    guarded: bool


class Activation:
    """A running function: where its writes begin and what it has returned and yielded so far."""

    __slots__ = (
        "base", "closure", "created", "definition", "names", "returned", "self_class", "self_value", "yielded",
    )  # fmt: skip

    def __init__(self, base: Store, definition: cst.CSTNode | None = None, closure: Scope | None = None) -> None:
        self.base = base
        self.definition = definition
        self.closure = closure
        # The sizes that stated shapes name, once one has been read.
        self.names: Names | None = None
        self.returned: list[tuple[Value, Layer]] = []
        self.yielded: list[Value] = []
        self.created: list[Function] = []
        self.self_class: Class | None = None
        self.self_value: Value | None = None


class LoopExits:
    """What the innermost loop's body wrote on the paths that left it by ``break`` or ``continue``.

    ``start`` is the number of the step before the body's first.
    """

    __slots__ = ("base", "broken", "continued", "start")

    def __init__(self, base: Store) -> None:
        self.base = base
        self.start = Node(LOOP).number
        self.broken: list[Layer] = []
        self.continued: list[Layer] = []


class Trial:
    """A pass over code, and whether what it told is kept."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept = False


class State:
    """What the evaluation of a module reads and changes; one object a file."""

    def __init__(self, path: str, project: Project, *, shape_comments: bool = True) -> None:
        self.project = project
        self.shape_comments = shape_comments
        self.steps = STEP_BUDGET
        self.foreign_steps = FOREIGN_BUDGET
        self.imported = Store()
        # The modules of the project whose bindings are in `imported`.
        self.loaded: set[Scope] = set()
        self.resolved: dict[Deferred, Value] = {}
        self.resolving: set[Value] = set()
        self.trees: dict[str, cst.Module] = {}
        self.store = self.imported.fork()
        self.module = Scope("module", None, path)
        self.scope = self.module
        self.activations: list[Activation] = [Activation(self.store)]
        self.loops: list[LoopExits] = []
        self.tapes: tuple[Tape, ...] = ()
        # The loops being run, those of callers included, and those that were when a tape began to record.
        self.loops_around: tuple[cst.CSTNode, ...] = ()
        self.loops_at_start: dict[Tape, tuple[cst.CSTNode, ...]] = {}
        self.context: tuple[Frame, ...] = ()
        # Whether what runs now certainly runs eagerly: as part of the module's body, in no tf.function.
        self.eager = True
        # How many of the functions being run are a tf.function.
        self.graphs = 0
        # The number of the first step of what runs now: the module, or a function that is run for any arguments.
        self.run_since = 0
        self.guards = 0
        # How many branches of imported code are being run whose conditions are not known to hold.
        self.foreign_branches = 0
        self.muted = 0
        # The passes being run that may not be kept, and what their notes replaced: (notes, key, what was there).
        self.trials = 0
        self.replaced: list[tuple[dict[Any, Any], Any, Any]] = []
        self.seen: list[Seen] = []
        # Events that are certain in whatever pass they are seen.
        self.certain: list[Seen] = []
        self.visits: dict[int, int] = {}
        # Where functions without a model are called, by their names.
        self.unmodelled: dict[str, set[cst.CSTNode]] = {}
        self.bindings: dict[cst.CSTNode, Value] = {}
        self.called: dict[cst.CSTNode, bool] = {}
        # What has a shape only because a comment or docstring says so.
        self.hearsay: set[Node] = set()
        self.narrowed: dict[int, tuple[Value, Value]] = {}
        self.declared_global: set[str] = set()
        self.building_classes: list[Class] = []
        self.methods: dict[Class, list[Function]] = {}
        self.instances: dict[Class, Instance] = {}

    # Places and steps.

    def site(self, node: cst.CSTNode) -> Site:
        """Return the place of a syntax node."""
        return Site(self.scope.path, node)

    def step(self) -> None:
        """Spend one step.

        Raises:
            BudgetExhausted: none is left.
        """
        self.steps -= 1
        if self.scope.module is not self.module:
            self.foreign_steps -= 1
        if self.steps < 0:
            raise BudgetExhausted

    def unknown(self, what: str, node: cst.CSTNode, *inputs: Node) -> Unknown:
        """Return a value that may be anything and depend on anything."""
        return Unknown(Node(what, inputs, self.site(node), opaque=True, tapes=self.tapes))

    def operation(self, name: str, node: cst.CSTNode, call: Callable[..., Value] | None = None) -> Operation:
        """Return what an API model needs to know about the call at ``node``."""
        site = self.site(node)
        return Operation(
            name,
            site,
            tapes=self.tapes,
            emit=self.emit,
            call=call,
            memory=self,
            in_graph=self.graphs > 0,
            keras_version=self.project.keras_version,
        )

    def recall(self, owner: Hashable, name: str) -> Value | None:
        """Return what an API model remembered of ``owner`` on the way here, None if nothing."""
        return self.store.get((owner, f"[{name}]"))

    def remember(self, owner: Hashable, name: str, value: Value) -> None:
        """Keep what an API model knows of ``owner``; names in brackets are no attributes."""
        self.store.set((owner, f"[{name}]"), value)

    # Events.

    def emit(self, event: Event) -> None:
        """Keep ``event`` for the rules.

        It is dropped if this pass over the code is one that only looks for a fixpoint, or the code is another file's:
        of that only what raises is kept, as something that the call leading there does, and only where that call
        certainly leads there: the condition of a branch in imported code may rest on what is not modelled.
        """
        if self.muted:
            return
        if self.scope.module is not self.module:
            caller = next((each.site for each in reversed(self.context) if each.site.path == self.module.path), None)
            if caller is None or self.foreign_branches or not isinstance(event, Conflicted):
                return
            event = replace(event, caller=caller)
        if self.hearsay and isinstance(event, Conflicted | HintContradicted) and self._rests_on_hearsay(event):
            return
        self.seen.append(Seen(event, self.context, self.guards > 0))

    def _rests_on_hearsay(self, event: Conflicted | HintContradicted) -> bool:
        """Tell whether an argument got its shape from a comment or docstring, which may be out of date."""
        found: set[Node] = set()
        if isinstance(event, HintContradicted):
            pending = [event.value.node]
        else:
            pending = [*(operand.node for _, operand in event.operands), *event.inputs]
        while pending:
            node = pending.pop()
            if node in self.hearsay:
                return True
            if node not in found:
                found.add(node)
                pending.extend(node.inputs)
        return False

    def emit_once(self, event: Event) -> None:
        """Keep an event that is certain in whatever pass it is seen, once for each place."""
        own = self.scope.module is self.module
        if own and all(seen.event.site.node is not event.site.node for seen in self.certain):
            self.certain.append(Seen(event, self.context, self.guards > 0))

    def visit(self, node: cst.CSTNode) -> None:
        """Count that the operation at ``node`` was evaluated, in one more context."""
        if not self.muted:
            self._note(self.visits, id(node), self.visits.get(id(node), 0) + 1)

    def note_called(self, definition: cst.CSTNode) -> None:
        """Keep that a function has been called, so that it need not be run for unknown arguments."""
        self._note(self.called, definition, True)

    def note_unmodelled(self, name: str, node: cst.CSTNode) -> None:
        """Keep that the function called at ``node`` has no model."""
        if self.scope.module is self.module:
            self.unmodelled.setdefault(name, set()).add(node)

    def note_binding(self, target: cst.CSTNode, value: Value) -> None:
        """Keep what the name at ``target`` was bound to, joined with what it was bound to there before."""
        if self.muted or self.scope.module is not self.module:
            return
        before = self.bindings.get(target)
        if before is None:
            self._note(self.bindings, target, value)
        elif isinstance(before, Tensor) or isinstance(value, Tensor):
            self._note(self.bindings, target, join(before, value))

    def _note(self, notes: dict[Any, Any], key: object, value: object) -> None:
        if self.trials:
            self.replaced.append((notes, key, notes.get(key)))
        notes[key] = value

    # Control flow.

    @property
    def activation(self) -> Activation:
        """Return the running function's activation."""
        return self.activations[-1]

    def alternatives(self, *paths: Callable[[], bool]) -> bool:
        """Run each path on a store of its own and join those that end normally.

        A path returns whether it ends normally; so does this method: whether any does.
        """
        base = self.store
        outcomes: list[Layer] = []
        foreign = self.scope.module is not self.module
        self.foreign_branches += foreign
        try:
            for path in paths:
                self.store = base.fork()
                if path():
                    outcomes.append(self.store.written_since(base))
        finally:
            self.foreign_branches -= foreign
        self.store = base
        if len(outcomes) > 1 and self.narrowed:
            outcomes = [self._before_narrowing(each) for each in outcomes]
        if outcomes:
            base.merge(outcomes, join_at)
        return bool(outcomes)

    def narrow(self, location: Location, value: Value) -> None:
        """Write ``value``, which tells more than what ``location`` holds, until other paths join this one."""
        before = self.store.get(location)
        if before is not None:
            self.narrowed[id(value)] = (value, before)
        self.store.set(location, value)

    def _before_narrowing(self, layer: Layer) -> Layer:
        return {location: self.narrowed.get(id(value), (value, value))[1] for location, value in layer.items()}

    @contextmanager
    def within(self, frame: Frame, *, graph: bool = False) -> Iterator[None]:
        """Run code as part of a call or of an unrolled iteration; ``graph`` says that it is traced into a graph."""
        context, eager = self.context, self.eager
        self.context = (*context, frame)
        self.eager = eager and not graph
        self.graphs += graph
        try:
            yield
        finally:
            self.context, self.eager = context, eager
            self.graphs -= graph

    @contextmanager
    def maybe_in_graph(self, changes: bool = True, *, certain: bool = False) -> Iterator[None]:
        """Run code that may be traced into a graph, unless ``changes`` is False; ``certain`` says that it is."""
        before, self.eager = self.eager, self.eager and not changes
        self.graphs += certain
        try:
            yield
        finally:
            self.eager = before
            self.graphs -= certain

    @contextmanager
    def around(self, loop: cst.CSTNode) -> Iterator[None]:
        """Run code as part of ``loop``."""
        before, self.loops_around = self.loops_around, (*self.loops_around, loop)
        try:
            yield
        finally:
            self.loops_around = before

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Run code whose errors the program expects."""
        self.guards += 1
        try:
            yield
        finally:
            self.guards -= 1

    @contextmanager
    def on_trial(self) -> Iterator[Trial]:
        """Run code whose events and notes are taken back unless it turns out that they are to be kept."""
        trial = Trial()
        seen, replaced = len(self.seen), len(self.replaced)
        self.trials += 1
        try:
            yield trial
        finally:
            self.trials -= 1
            if not trial.kept:
                del self.seen[seen:]
                self._take_back(replaced)
            if not self.trials:
                self.replaced.clear()

    def _take_back(self, since: int) -> None:
        for notes, key, before in reversed(self.replaced[since:]):
            if before is None:
                del notes[key]
            else:
                notes[key] = before
        del self.replaced[since:]

    @contextmanager
    def silently(self) -> Iterator[None]:
        """Run code without keeping events."""
        self.muted += 1
        try:
            yield
        finally:
            self.muted -= 1

    # Names.

    def read(self, name: str) -> Value | None:
        """Return what ``name`` is bound to in the running scope or one around it, None if in none."""
        scope: Scope | None = self.scope
        if name in self.scope.globals:
            scope = self.scope.module
        while scope is not None:
            # Most names are not of the scopes first asked, which a look at the scope tells sooner than all layers do.
            if name in scope.names:
                value = self.store.get((scope, name))
                if value is not None:
                    return value
            scope = scope.outer
        return None

    def locate(self, name: str) -> Location | None:
        """Return where ``name`` is bound, None if no scope binds it."""
        scope: Scope | None = self.scope.module if name in self.scope.globals else self.scope
        while scope is not None:
            if name in scope.names and self.store.get((scope, name)) is not None:
                return (scope, name)
            scope = scope.outer
        return None

    def write(self, name: str, value: Value) -> None:
        """Bind ``name`` in the running scope, or in the one that ``global`` and ``nonlocal`` say."""
        self.store.set((self._home(name), name), value)

    def _home(self, name: str) -> Scope:
        scope = self.scope
        if name in scope.globals:
            return scope.module
        while scope.kind == "comprehension" and name not in scope.own and scope.parent is not None:
            scope = scope.parent
        if name in scope.nonlocals:
            outer = scope.outer
            while outer is not None and outer.kind != "module":
                if self.store.get((outer, name)) is not None:
                    return outer
                outer = outer.outer
        return scope
