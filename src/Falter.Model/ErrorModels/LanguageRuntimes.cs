using Falter.Records;

namespace Falter.Model;

/// <summary>A language's runtime that waits and schedules by system calls of its own, beside those of the application.</summary>
public enum LanguageRuntime
{
    /// <summary>None that is known: every call is the application's.</summary>
    Other,

    Go,
    Dotnet,
}

/// <summary>Which runtime a process has, and which calls are that runtime's.</summary>
public static class LanguageRuntimes
{
    private static readonly Syscall s_futex = Syscall.Named("futex"), s_nanosleep = Syscall.Named("nanosleep"), s_clockNanosleep = Syscall.Named("clock_nanosleep"),
        s_membarrier = Syscall.Named("membarrier");

    // By these a goroutine's or a task's thread waits for work, whatever the application does.
    private static readonly HashSet<Syscall> s_internal =
        [.. new[] { "futex", "nanosleep", "clock_nanosleep", "sched_yield", "membarrier", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2" }.Select(Syscall.Named)];

    /// <summary>The runtimes of a window's processes: as the user named them, the others inferred from the calls that they made.</summary>
    /// <param name="window">What was observed.</param>
    /// <param name="named">By process; null where the user named none.</param>
    public static IReadOnlyDictionary<string, LanguageRuntime> Of(ErrorWindow window, IReadOnlyDictionary<string, LanguageRuntime>? named)
    {
        var runtimes = new Dictionary<string, LanguageRuntime>(StringComparer.Ordinal);
        foreach (IGrouping<string, Syscall> process in window.Invocations.Where(i => i.Value > 0).GroupBy(i => i.Key.Process, i => i.Key.Syscall))
        {
            runtimes[process.Key] = named is not null && named.TryGetValue(process.Key, out LanguageRuntime told) ? told : Inferred([.. process]);
        }
        return runtimes;
    }

    /// <summary>Whether a call is one by which the runtime waits and schedules on its own account.</summary>
    public static bool IsInternal(LanguageRuntime runtime, Syscall syscall) => runtime != LanguageRuntime.Other && s_internal.Contains(syscall);

    /// <summary>
    /// Go's scheduler sleeps by nanosleep (<c>runtime·usleep</c>), where C libraries since glibc 2.31 and musl 1.2 take clock_nanosleep; .NET's collector suspends threads by
    /// membarrier (<c>FlushProcessWriteBuffers</c>). Both wait in futex. A program that is linked with an older C library can be taken for Go.
    /// </summary>
    private static LanguageRuntime Inferred(HashSet<Syscall> calls)
    {
        if (!calls.Contains(s_futex)) return LanguageRuntime.Other;
        if (calls.Contains(s_membarrier)) return LanguageRuntime.Dotnet;
        return calls.Contains(s_nanosleep) && !calls.Contains(s_clockNanosleep) ? LanguageRuntime.Go : LanguageRuntime.Other;
    }
}
