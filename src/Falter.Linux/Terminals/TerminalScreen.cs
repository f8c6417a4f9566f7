using System.Runtime.InteropServices;
using System.Text;
using Falter.Linux.Interop;

namespace Falter.Linux.Terminals;

/// <summary>
/// The whole window of the terminal that is standard output, on its second screen: what was on the first is there again afterwards. Follows changes of the window's size
/// and Ctrl-Z, and gives the terminal the state that it had when it is disposed.
/// </summary>
public sealed class TerminalScreen : IDisposable
{
    // Private modes of xterm (ctlseqs): 1049 second screen, 25 cursor, 7 wrapping at the right margin.
    private const string Enter = "\e[?1049h\e[?25l\e[?7l", Leave = "\e[?7h\e[?25h\e[?1049l";

    private readonly Lock _lock = new();
    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Action<char> _pressed;
    private readonly List<PosixSignalRegistration> _signals = [];
    private TerminalKeys? _keys;
    private bool _entered, _disposed;

    private TerminalScreen(Action<char> pressed) => _pressed = pressed;

    /// <summary>Whether keys can be read: standard input is a terminal, and this process is in its foreground.</summary>
    public static bool CanReadKeys => TerminalKeys.CanRead;

    /// <summary>Whether standard output is a terminal with this process in its foreground: from the background it would disturb whoever works there.</summary>
    public static bool IsInForeground => TerminalKeys.IsInForegroundOf(1);

    /// <summary>Lines and columns of the window at this moment; 24 and 80 where the terminal does not tell.</summary>
    public static unsafe (int Lines, int Columns) Size
    {
        get
        {
            winsize_t size;
            bool known = Libc.ioctl(1, winsize_t.TIOCGWINSZ, &size) == 0 && size is { ws_row: > 0, ws_col: > 0 };
            return known ? (size.ws_row, size.ws_col) : (24, 80);
        }
    }

    /// <summary>Takes the window.</summary>
    /// <param name="redraw">Told that the window has another size or was left and entered again; draws anew.</param>
    /// <param name="pressed">Told of each key, where <see cref="CanReadKeys"/>.</param>
    public static TerminalScreen Open(Action redraw, Action<char> pressed)
    {
        var screen = new TerminalScreen(pressed);
        screen.Take();
        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => redraw()));
        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTSTP, screen.Suspend));
        screen._signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, signal =>
        {
            // The runtime would give the terminal the state that it had at the program's start.
            signal.Cancel = true;
            screen.Take();
            redraw();
        }));
        return screen;
    }

    /// <summary>Shows these lines from the top of the window, and nothing else.</summary>
    public void Draw(IReadOnlyList<string> lines)
    {
        // Each line erases what is right of it, the last one what is below: nothing flickers.
        string text = $"\e[H{string.Join("\e[K\r\n", lines)}\e[K\e[J";
        lock (_lock)
        {
            if (_entered) Write(text);
        }
    }

    /// <summary>Gives the window back.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        lock (_lock) _disposed = true;
        GiveBack();
        _output.Dispose();
    }

    private void Take()
    {
        lock (_lock)
        {
            // Continued in the background (`bg`): not before it is brought to the front, which continues it again.
            if (_entered || _disposed || !IsInForeground) return;
            _entered = true;
            _keys = TerminalKeys.Open(_pressed);
            Write(Enter);
        }
    }

    private void GiveBack()
    {
        TerminalKeys? keys;
        lock (_lock)
        {
            if (!_entered) return;
            _entered = false;
            Write(Leave);
            (keys, _keys) = (_keys, null);
        }
        // Outside of the lock: a key that is being told may be waiting for it in Draw.
        keys?.Dispose();
    }

    /// <summary>Ctrl-Z: the shell gets the terminal as it was. The stop itself is SIGSTOP, because the runtime has taken SIGTSTP's own away.</summary>
    private void Suspend(PosixSignalContext signal)
    {
        signal.Cancel = true;
        GiveBack();
        _ = Libc.kill(Environment.ProcessId, Libc.SIGSTOP);
    }

    private void Write(string text)
    {
        try
        {
            _output.Write(Encoding.UTF8.GetBytes(text));
            _output.Flush();
        }
        catch (IOException)
        {
            // The terminal is gone (EIO); SIGHUP, which ends the program, is on its way.
        }
    }
}
