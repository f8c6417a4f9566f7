using Falter.Records;

namespace Falter.Observe;

/// <summary>How Phoebe writes names of system calls and errors.</summary>
internal static class PhoebeNames
{
    public const string Success = "SUCCESS";

    /// <summary>The text of a label. Phoebe's Python 3 variant exports bytes as <c>b'futex'</c>.</summary>
    public static string Plain(string text) => text.Length >= 3 && text.StartsWith("b'", StringComparison.Ordinal) && text.EndsWith('\'') ? text[2..^1] : text;

    /// <summary>
    /// Whether a pair is a natural error: Phoebe skips calls whose name has "unknown" in it and codes that begin with a minus sign, which are the kernel's own and never reach a program;
    /// a name or code that this machine's tables lack cannot be injected either.
    /// </summary>
    public static bool TryParse(string syscallName, string errorCode, out Syscall syscall, out Errno errno)
    {
        errno = default;
        return Syscall.TryParse(Plain(syscallName), out syscall) && !Plain(errorCode).StartsWith('-') && Errno.TryParse(Plain(errorCode), out errno);
    }
}
