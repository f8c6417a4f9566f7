using System.Globalization;

namespace Falter.Records;

/// <summary>A signal of x86-64 Linux, by number 1 to 64.</summary>
public readonly record struct Signal(int Number)
{
    // Index is the number (include/uapi/asm/signal.h).
    private static readonly string[] s_names =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ",
        "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => s_names.Skip(1);

    /// <summary>Whether it has a name; the real-time signals have none.</summary>
    public bool HasName => Number > 0 && Number < s_names.Length;

    /// <summary>Reads <c>SIGTERM</c>, <c>TERM</c> or <c>15</c>, in small letters too, as strace does.</summary>
    public static bool TryParse(string text, out Signal signal)
    {
        int number = Array.FindIndex(s_names, 1, n => n.Equals(text, StringComparison.OrdinalIgnoreCase) || n.AsSpan(3).Equals(text, StringComparison.OrdinalIgnoreCase));
        if (number < 0 && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 64)) number = 0;
        signal = new Signal(number);
        return number > 0;
    }

    /// <summary><c>SIGTERM</c>, or <c>signal 40</c> for those without a name.</summary>
    public override string ToString() => HasName ? s_names[Number] : FormattableString.Invariant($"signal {Number}");
}
