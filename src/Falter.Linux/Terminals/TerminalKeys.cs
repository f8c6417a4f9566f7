using Falter.Linux.Interop;

namespace Falter.Linux.Terminals;

/// <summary>Keys of the terminal that is standard input, each at once and without echo, until it is disposed. Ctrl-C, Ctrl-Z and Ctrl-\ stay signals.</summary>
internal sealed class TerminalKeys : IDisposable
{
    private const int Input = 0;
    private const ulong TIOCGPGRP = 0x540F;
    private const byte Escape = 0x1b;

    private readonly termios_t _before;
    private readonly Action<char> _pressed;
    private readonly Descriptor _stopped, _stop;
    private readonly Thread _thread;

    private TerminalKeys(termios_t before, Action<char> pressed)
    {
        (_before, _pressed) = (before, pressed);
        (_stopped, _stop) = Descriptor.Pipe();
        SetKeyByKey();
        _thread = new Thread(Read) { IsBackground = true, Name = "terminal keys" };
        _thread.Start();
    }

    /// <summary>Whether standard input is a terminal that this process may read from: a process in the background is stopped by the kernel when it tries.</summary>
    public static bool CanRead
    {
        get
        {
            return IsInForegroundOf(Input);
        }
    }

    /// <summary>Whether this descriptor is a terminal, and this process in its foreground.</summary>
    public static unsafe bool IsInForegroundOf(int descriptor)
    {
        int group;
        return Libc.ioctl(descriptor, TIOCGPGRP, &group) == 0 && group == Libc.getpgrp();
    }

    /// <summary>Begins to read keys; null where <see cref="CanRead"/> is false.</summary>
    /// <param name="pressed">Told of each key, on a thread of its own. Keys that send more than one character (arrows) are left out.</param>
    public static TerminalKeys? Open(Action<char> pressed) => CanRead && termios_t.Of(Input) is { } before ? new TerminalKeys(before, pressed) : null;

    /// <summary>Ends the reading and gives the terminal the state that it had.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        // A key that is being told may want a lock that its owner holds while it disposes this.
        if (Thread.CurrentThread != _thread) _thread.Join(TimeSpan.FromSeconds(1));
        _before.Set(Input);
    }

    private unsafe void SetKeyByKey()
    {
        termios_t state = _before;
        state.c_lflag &= ~(termios_t.ICANON | termios_t.ECHO);
        state.c_cc[termios_t.VMIN] = 1;
        state.c_cc[termios_t.VTIME] = 0;
        state.Set(Input);
    }

    private void Read()
    {
        using Descriptor stopped = _stopped;
        Span<pollfd_t> events = [new pollfd_t { fd = Input, events = Libc.POLLIN }, pollfd_t.For(stopped, Libc.POLLIN)];
        while (true)
        {
            _ = pollfd_t.Poll(events, -1);
            // The other end of the pipe was closed.
            if (events[1].revents != 0 || !ReadOnce(events[0].revents)) return;
        }
    }

    /// <returns>False where the terminal is gone.</returns>
    private unsafe bool ReadOnce(short events)
    {
        if (events == 0) return true;
        Span<byte> keys = stackalloc byte[64];
        nint read;
        fixed (byte* first = keys) read = Libc.read(Input, first, (nuint)keys.Length);
        if (read <= 0) return false;
        if (keys[0] == Escape) return true;
        foreach (byte key in keys[..(int)read])
        {
            if (key is > 0x1f and < 0x7f) _pressed((char)key);
        }
        return true;
    }
}
