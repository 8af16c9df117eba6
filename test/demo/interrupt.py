# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""interrupt.py start|screen: runs tools/demo on a terminal, presses Ctrl-C when something was printed or when the live
screen is there, and checks that it ends within 3 s with status 130, leaves the terminal as it was, says nothing more, and
leaves no process."""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

ENTER, LEAVE, SHOW = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"
WAIT, AT_ONCE = 120, 3  # s


def session_of(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            return int(f.read().rsplit(b")", 1)[1].split()[3])
    except OSError:
        return None


def fail(why, said):
    print(why)
    print(said[-1500:].decode(errors="replace").replace("\x1b", "ESC"))
    sys.exit(1)


on_screen = sys.argv[1] == "screen"
pid, fd = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests run in the background; a shell could not trap it
    os.execv("tools/demo", ["tools/demo"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
said, pressed, started = b"", None, time.monotonic()
while True:
    now = time.monotonic()
    if now > (pressed or started) + (AT_ONCE if pressed else WAIT):
        os.kill(pid, 9)
        fail("not ended" if pressed else "no screen", said)
    if select.select([fd], [], [], 0.1)[0]:
        try:
            more = os.read(fd, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not more:
            break
        said += more
    # a screen with the bank on it; or, at the start, anything: of a machine that is started, or the screen
    if pressed is None and (b"BANK" in said if on_screen else said):
        os.write(fd, b"\x03")
        pressed, before = now, len(said)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if pressed is None:
    fail("ended by itself", said)
if status != 130:
    fail(f"status {status}", said)
if LEAVE not in said or said.rfind(LEAVE) < said.rfind(ENTER) or said.rfind(SHOW) < said.rfind(b"\x1b[?25l"):
    fail("the terminal is not as it was", said)
# behind the screen nothing may stand but what puts the terminal back
rest = re.sub(rb"\x1b7|\x1b\[[?0-9;]*[a-zA-Z]|\^C|[\r\n]", b"", said[max(before, said.rfind(LEAVE)):])
if rest:
    fail("more was said: " + rest.decode(errors="replace"), said)
left = [p for p in os.listdir("/proc") if p.isdigit() and session_of(p) == pid]
if left:
    fail("left behind: " + ", ".join(open(f"/proc/{p}/cmdline").read().replace("\0", " ") for p in left), said)
