using System.Runtime.InteropServices;

namespace Falter.Linux.Interop;

/// <summary><c>struct termios</c> of <c>asm-generic/termbits.h</c>: the kernel's, which is shorter than the C library's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct termios_t
{
    public const ulong TCGETS = 0x5401, TCSETSW = 0x5403;
    public const uint ICANON = 2, ECHO = 8;
    public const int VTIME = 5, VMIN = 6;

    public uint c_iflag;
    public uint c_oflag;
    public uint c_cflag;
    public uint c_lflag;
    public byte c_line;
    public fixed byte c_cc[19];

    /// <summary>The state of a terminal; null where the descriptor is none.</summary>
    public static termios_t? Of(int fd)
    {
        termios_t state;
        return Libc.ioctl(fd, TCGETS, &state) == 0 ? state : null;
    }

    /// <summary>Gives a terminal this state, once what was written to it is out. A terminal that is gone is no error.</summary>
    public readonly void Set(int fd)
    {
        termios_t state = this;
        _ = Libc.ioctl(fd, TCSETSW, &state);
    }
}

/// <summary><c>struct winsize</c> of <c>asm-generic/termios.h</c>: characters, and pixels that nobody fills in.</summary>
internal struct winsize_t
{
    public const ulong TIOCGWINSZ = 0x5413;

    public ushort ws_row;
    public ushort ws_col;
    public ushort ws_xpixel;
    public ushort ws_ypixel;
}
