"""The frame gate: no frame while the terminal has the last ones still to take."""

from leo_tui.widgets.frame_gate import FrameGate


class Terminal:
    """How many frames wait."""

    def __init__(self) -> None:
        self.waiting = 0

    def __call__(self) -> int:
        """Return it."""
        return self.waiting


def frames(gate: FrameGate, start_ms: int, length_ms: int) -> int:
    """Return how many frames a timer of one millisecond gets through."""
    return sum(gate.is_open(now) for now in range(start_ms, start_ms + length_ms))


def test_a_terminal_that_keeps_up_gets_thirty_frames_a_second() -> None:
    timer_ms = 33
    gate = FrameGate(Terminal())
    drawn = sum(gate.is_open(1_000 + tick * timer_ms) for tick in range(30))
    assert drawn == 30


def test_a_terminal_that_does_not_read_gets_none() -> None:
    terminal = Terminal()
    gate = FrameGate(terminal)
    terminal.waiting = 4
    assert frames(gate, 1_000, 10_000) == 0
    assert gate.fps == 5


def test_after_a_stall_it_becomes_faster_again_step_by_step() -> None:
    terminal = Terminal()
    gate = FrameGate(terminal)
    terminal.waiting = 4
    frames(gate, 1_000, 1_000)
    terminal.waiting = 0
    frames(gate, 2_000, 2_500)
    assert gate.fps == 15
    frames(gate, 4_500, 2_500)
    assert gate.fps == 30


def test_slow_frames_slow_it_down_and_a_single_one_does_not() -> None:
    gate = FrameGate(Terminal())
    gate.took(50, 1_000)
    gate.took(1, 1_000)
    assert gate.fps == 30
    for _ in range(10):
        gate.took(50, 1_000)
    assert gate.fps == 15


def test_fewer_frames_can_be_asked_for() -> None:
    assert FrameGate(Terminal(), most_fps=10).fps == 10
    assert FrameGate(Terminal(), most_fps=2).fps == 2


def test_it_counts_what_was_drawn_and_left_out_since_it_was_last_asked() -> None:
    terminal = Terminal()
    gate = FrameGate(terminal)
    for now_ms in (1_000, 1_040):
        assert gate.is_open(now_ms)
        gate.took(now_ms - 990, now_ms)
    terminal.waiting = 4
    assert not gate.is_open(1_080)
    assert gate.counts() == (2, 1, 60, 50)
    assert gate.counts() == (0, 0, 0, 0)


def test_the_most_frames_can_be_set_at_any_time() -> None:
    gate = FrameGate(Terminal())
    gate.limit(10)
    assert (gate.most_fps, gate.fps) == (10, 10)
    assert frames(gate, 1_000, 1_000) <= 11
