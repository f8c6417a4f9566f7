using Falter.Linux.Interop;

namespace Falter.Linux.Launch;

/// <summary>
/// Holds a process that <c>posix_spawn</c> creates back before it executes its program, so that a tracer can attach first. The new process opens a
/// file on which this process holds a write lease (<c>man 2 fcntl</c>, F_SETLEASE): the opening blocks until the lease is given up.
/// A lease and not a shell that waits for a byte: a shell drops environment variables whose names it does not understand (<c>discovery.type=…</c>),
/// adds its own, and reports a failed exec only on the target's standard error. Where this process dies, the lease ends with it.
/// </summary>
internal sealed class ExecGate : IDisposable
{
    private readonly Interop.Descriptor _file;

    public ExecGate()
    {
        using var writable = new Interop.Descriptor(Libc.Checked(Libc.memfd_create("falter-gate", Libc.MFD_CLOEXEC), "memfd_create"));
        // A write lease needs that nobody has the file open for writing, not even its holder.
        _file = new Interop.Descriptor(Libc.Checked(Libc.open($"/proc/self/fd/{writable.Number}", Libc.O_RDONLY | Libc.O_CLOEXEC, 0), "open(memfd)"));
        writable.Dispose();
        // Breaking the lease sends the holder a signal; the default, SIGIO, would end this process. SIGURG is ignored by default.
        Libc.Checked(Libc.fcntl(_file.Number, Libc.F_SETSIG, Libc.SIGURG), "fcntl(F_SETSIG)");
        Libc.Checked(Libc.fcntl(_file.Number, Libc.F_SETLEASE, Libc.F_WRLCK), "fcntl(F_SETLEASE)");
    }

    /// <summary>The number of the leased file, which the new process closes first.</summary>
    public int Descriptor => _file.Number;

    /// <summary>What the new process opens. Not <c>/proc/self</c>: its own copies of the descriptors must not keep the lease alive.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_file.Number}";

    /// <summary>Lets the process go on to its program.</summary>
    public void Open() => Libc.Checked(Libc.fcntl(_file.Number, Libc.F_SETLEASE, Libc.F_UNLCK), "fcntl(F_SETLEASE, F_UNLCK)");

    public void Dispose() => _file.Dispose();
}
