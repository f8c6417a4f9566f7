using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Falter.Linux.Ebpf;

/// <summary>
/// What libbpf says, kept per thread instead of printed: it is shown only with the exception that it explains. libbpf reports on the thread that
/// called it.
/// </summary>
internal static unsafe partial class LibBpfLog
{
    // enum libbpf_print_level in bpf/libbpf.h: 0 warning, 1 information, 2 debugging.
    private const int MostVerbose = 1;

    // The verifier's log of one program may have 16 MB; its end holds the reason.
    private const int MostCharacters = 16 * 1024;

    [ThreadStatic] private static StringBuilder? t_text;

    /// <summary>From now on libbpf prints nothing. May be called again.</summary>
    public static void Capture() => LibBpf.libbpf_set_print(&Print);

    /// <summary>What libbpf said on this thread since the last call.</summary>
    public static string Take()
    {
        string text = t_text?.ToString() ?? "";
        t_text?.Clear();
        return text;
    }

    [LibraryImport("libc")] private static partial int vsnprintf(byte* buffer, nuint size, byte* format, void* arguments);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Print(int level, byte* format, void* arguments)
    {
        if (level > MostVerbose) return 0;
        const int size = 16 * 1024;
        byte* buffer = stackalloc byte[size];
        int length = Math.Min(vsnprintf(buffer, size, format, arguments), size - 1);
        if (length <= 0) return 0;
        StringBuilder text = t_text ??= new StringBuilder();
        text.Append(Encoding.UTF8.GetString(buffer, length));
        if (text.Length > MostCharacters) text.Remove(0, text.Length - MostCharacters);
        return 0;
    }
}
