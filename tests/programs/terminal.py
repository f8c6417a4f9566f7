"""
terminal: runs a command on a terminal of its own and plays a user: terminal.py ROWSxCOLUMNS STEP... -- COMMAND...

Steps: wait:TEXT (until the screen shows it), gone:TEXT (until it does not), send:KEYS, size:ROWSxCOLUMNS, signal:NAME, stopped (until the command has been stopped; then it is continued), end.
Prints one JSON document per step: the screen, whether it is the second one, whether the terminal echoes; the last one has the exit status too. Nothing is waited for longer than a minute.
"""
import fcntl, json, os, pty, re, select, signal, struct, sys, termios, time

CONTROL = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|\x1b([=>])")


class Screen:
    """As much of a terminal as the monitor uses; anything else is an error."""

    def __init__(self, rows, columns):
        self.rows, self.columns, self.second, self.cursor, self.pending, self.scrolled = rows, columns, False, True, "", 0
        self.first, self.lines, self.row, self.column = [""], [], 0, 0

    def feed(self, text):
        text, self.pending = self.pending + text, ""
        while text:
            if text[0] == "\x1b":
                found = CONTROL.match(text)
                if not found:
                    if len(text) > 12: raise ValueError("not understood: %r" % text[:20])
                    self.pending = text
                    return
                self.control(*found.groups())
                text = text[found.end():]
            else:
                self.put(text[0])
                text = text[1:]

    def control(self, private, numbers, letter, keypad):
        if keypad or letter == "m": return
        if private:
            if numbers == "1049": self.second, self.lines, self.row, self.column = letter == "h", [""] * self.rows, 0, 0
            elif numbers == "25": self.cursor = letter == "h"
            elif numbers not in ("7", "1"): raise ValueError("mode " + numbers)
        elif letter == "H" and not numbers: self.row, self.column = 0, 0
        elif letter == "K" and self.second: self.lines[self.row] = self.lines[self.row][:self.column]
        elif letter == "J" and self.second: self.lines[self.row:] = [self.lines[self.row][:self.column]] + [""] * (len(self.lines) - self.row - 1)
        else: raise ValueError("control " + letter)

    def put(self, character):
        if not self.second:
            if character == "\n": self.first.append("")
            elif character != "\r": self.first[-1] += character
        elif character == "\r": self.column = 0
        elif character == "\n":
            self.row += 1
            if self.row >= self.rows:
                self.lines, self.row = self.lines[1:] + [""], self.rows - 1
                self.scrolled += 1
        else:
            # A line that was drawn for a wider window is cut, as wrapping is off.
            if self.column < self.columns: self.lines[self.row] = self.lines[self.row][:self.column].ljust(self.column) + character + self.lines[self.row][self.column + 1:]
            self.column += 1

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = [line[:columns] for line in (self.lines + [""] * rows)[:rows]]
        self.row = min(self.row, rows - 1)

    def text(self):
        return self.lines if self.second else self.first


def size(text):
    rows, columns = text.split("x")
    return int(rows), int(columns)


def main():
    dashes = sys.argv.index("--")
    rows, columns = size(sys.argv[1])
    child, master = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.environ.update(TERM="xterm-256color")
        os.execvp(sys.argv[dashes + 1], sys.argv[dashes + 1:])
    screen = Screen(rows, columns)
    state = {"exit": None, "open": True}

    def pump(seconds):
        if state["open"] and select.select([master], [], [], seconds)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                data = b""
            state["open"] = len(data) > 0
            screen.feed(data.decode("utf-8", "replace"))

    def until(holds, what):
        end = time.monotonic() + 60
        while not holds():
            if time.monotonic() > end or not state["open"] and state["exit"] is not None: raise TimeoutError("%s; the screen:\n%s" % (what, "\n".join(screen.text())))
            pump(0.05)

    def waited(options):
        if state["exit"] is None:
            pid, status = os.waitpid(child, os.WNOHANG | options)
            if pid and os.WIFSTOPPED(status): return True
            if pid: state["exit"] = os.waitstatus_to_exitcode(status)
        return False

    def show(step, **more):
        flags = termios.tcgetattr(master)[3]
        print(json.dumps({"step": step, "screen": screen.text(), "second": screen.second, "cursor": screen.cursor, "scrolled": screen.scrolled, "key_by_key": not flags & termios.ICANON, "echo": bool(flags & termios.ECHO), **more}))

    try:
        for step in sys.argv[2:dashes]:
            kind, _, text = step.partition(":")
            if kind == "wait": until(lambda: any(text in line for line in screen.text()), step)
            elif kind == "gone": until(lambda: not any(text in line for line in screen.text()), step)
            elif kind == "send": os.write(master, text.encode())
            elif kind == "signal": os.kill(child, getattr(signal, text))
            elif kind == "size":
                screen.resize(*size(text))
                fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", screen.rows, screen.columns, 0, 0))
            elif kind == "stopped":
                until(lambda: waited(os.WUNTRACED), step)
                until(lambda: not screen.second, step)
                show(step)
                os.kill(child, signal.SIGCONT)
                continue
            elif kind == "end": until(lambda: (waited(0), state["exit"] is not None)[1], step)
            else: raise ValueError(step)
            while kind == "end" and state["open"] and select.select([master], [], [], 0)[0]: pump(0)
            show(step, exit=state["exit"])
    finally:
        if state["exit"] is None:
            os.kill(child, signal.SIGCONT)
            os.kill(child, signal.SIGTERM)
            try:
                until(lambda: (waited(0), state["exit"] is not None)[1], "the end")
            finally:
                if state["exit"] is None: os.kill(child, signal.SIGKILL)


main()
