# A pseudo-terminal for a test: runs a command in one, copies what it writes to stdout, and takes orders on stdin, one
# JSON a line: {"type": TEXT}, {"resize": [COLUMNS, ROWS]}, {"hangup": true}. The pid is the first line on stderr, and
# after the end `exit CODE` (negative: the signal) with whether the terminal was given back as it was.
import fcntl, json, os, pty, select, signal, struct, sys, termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


def resize(width, height):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', height, width, 0, 0))


terminal, inner = pty.openpty()
resize(columns, rows)
before = termios.tcgetattr(inner)
child = os.fork()
if child == 0:
    os.close(terminal)
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(inner, descriptor)
    os.execvpe(command[0], command, os.environ)
print(child, file=sys.stderr, flush=True)
orders = b''
watched = [terminal, 0]
code = None
while code is None:
    for ready in select.select(watched, [], [], 0.05)[0]:
        if ready == 0:
            part = os.read(0, 65536)
            if not part:
                watched.remove(0)
                os.kill(child, signal.SIGKILL)
            orders += part
            *lines, orders = orders.split(b'\n')
            for line in lines:
                order = json.loads(line)
                if 'type' in order:
                    os.write(terminal, order['type'].encode())
                elif 'resize' in order:
                    resize(*order['resize'])
                elif 'hangup' in order:
                    os.kill(child, signal.SIGHUP)
        else:
            sys.stdout.buffer.write(os.read(terminal, 65536))
            sys.stdout.flush()
    ended, status = os.waitpid(child, os.WNOHANG)
    if ended:
        code = os.waitstatus_to_exitcode(status)
while select.select([terminal], [], [], 0)[0]:
    sys.stdout.buffer.write(os.read(terminal, 65536))
sys.stdout.flush()
same = termios.tcgetattr(inner)[:4] == before[:4]
print(f"exit {code} {'restored' if same else 'left raw'}", file=sys.stderr, flush=True)
