namespace Falter.Linux.Proc;

/// <summary>The pid namespace that this process runs in.</summary>
public static class PidNamespace
{
    // PROC_PID_INIT_INO in include/linux/proc_ns.h: the same on every boot.
    private const string Initial = "pid:[4026531836]";

    /// <summary>Whether process ids here are those that the kernel itself uses.</summary>
    public static bool IsInitial => new FileInfo("/proc/self/ns/pid").LinkTarget == Initial;
}
